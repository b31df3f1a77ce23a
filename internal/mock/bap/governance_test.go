package bap_test

import (
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

const governed = "properties.governanceConfiguration."

// governance is a request for a managed environment with these settings.
func governance(settings doc) doc {
	return doc{"protectionLevel": "Standard", "settings": doc{"extendedSettings": settings}}
}

// kinds are the operations that an environment allows or, by another name, does not.
func (r rig) kinds(d doc, list string) string {
	r.Helper()
	var out []string
	all, _ := server.Lookup(d, "properties.lifecycleOperationsEnforcement."+list)
	operations, _ := all.([]any)
	for _, o := range operations {
		if o, ok := o.(doc); ok {
			out = append(out, server.Text(o, "type.id"))
		}
	}
	return strings.Join(out, " ")
}

func TestGovernanceFollowsItsLife(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{})
	id := r.made(definition("governed"))
	at := "/environments/" + id + "/governanceConfiguration"
	before := r.read(id)
	r.has(before, doc{governed + "protectionLevel": "Basic", governed + "settings": nil})
	if !strings.Contains(r.kinds(before, "disallowedOperations"), "NewNetworkInjection") {
		t.Error("an environment that is not managed may be linked to a network")
	}

	a := r.send("POST", at, governance(doc{"solutionCheckerMode": "warn", "bot-limitSharingMode": nil}))
	r.want(r.send("POST", at, governance(nil)), 409, "OperationNotStartable")
	if op := r.follow(a, "Location"); server.Text(op, "type.id") != bap.KindGovern {
		t.Error(op)
	}
	d := r.read(id)
	r.has(d, doc{
		governed + "protectionLevel": "Standard", governed + "settings.extendedSettings.solutionCheckerMode": "warn",
		governed + "settings.extendedSettings.maxLimitUserSharing": "-1", governed + "settings.extendedSettings.bot-limitSharingMode": nil,
	})
	if !strings.Contains(r.kinds(d, "allowedOperations"), "NewNetworkInjection") {
		t.Error("a managed environment may not be linked to a network")
	}

	r.want(r.send("POST", at, governance(doc{"solutionCheckerMode": "warn"})), 204, "")
	r.follow(r.send("POST", at, governance(doc{"maxLimitUserSharing": "5"})), "Location")
	r.has(r.read(id), doc{governed + "settings.extendedSettings.maxLimitUserSharing": "5", governed + "settings.extendedSettings.solutionCheckerMode": "none"})
	r.tenant.SetSwitch(bap.SwitchGovernanceMerge, "on")
	r.follow(r.send("POST", at, governance(doc{"solutionCheckerMode": "block"})), "Location")
	r.has(r.read(id), doc{governed + "settings.extendedSettings.maxLimitUserSharing": "5", governed + "settings.extendedSettings.solutionCheckerMode": "block"})

	r.follow(r.send("POST", at, doc{"protectionLevel": "Basic"}), "Location")
	r.has(r.read(id), doc{governed + "protectionLevel": "Basic", governed + "settings": nil})
	r.tenant.SetSwitch(bap.SwitchGovernanceAnswer, "204")
	r.want(r.send("POST", at, governance(nil)), 204, "")
	r.has(r.read(id), doc{governed + "protectionLevel": "Standard"})
}

func TestGovernanceIsRefused(t *testing.T) {
	t.Parallel()
	member := server.TenantSeed{Items: map[string][]doc{"environment_groups": {{"id": group, "display_name": "Finance"}}}}
	for name, c := range map[string]struct {
		seed   server.TenantSeed
		group  string
		body   any
		status int
		says   string
	}{
		"unknown setting":  {body: governance(doc{"loudness": "1"}), status: 400, says: "Could not find member 'loudness' on object of type 'ExtendedSettings'. Path 'settings.extendedSettings.loudness'."},
		"unknown member":   {body: doc{"protectionLevel": "Standard", "level": 1}, status: 400, says: "Could not find member 'level'"},
		"not a string":     {body: governance(doc{"maxLimitUserSharing": 5}), status: 400, says: "'maxLimitUserSharing' is not a string"},
		"retired setting":  {seed: server.TenantSeed{Switches: map[string]string{bap.SwitchGovernanceRetired: "solutionCheckerMode"}}, body: governance(doc{"solutionCheckerMode": "warn"}), status: 400, says: "Could not find member 'solutionCheckerMode'"},
		"no such level":    {body: doc{"protectionLevel": "Premium"}, status: 400, says: "'Premium' is not valid"},
		"member of group":  {seed: member, group: group, body: governance(nil), status: 409, says: "GovernanceConfigurationChangeBlockedByGroup"},
		"leaving, grouped": {seed: member, group: group, body: doc{"protectionLevel": "Basic"}, status: 409, says: "GovernanceConfigurationChangeBlockedByGroup"},
		"group of zeros":   {group: zero, body: governance(nil), status: 409, says: "GovernanceConfigurationChangeBlockedByGroup"},
		"no database":      {seed: server.TenantSeed{Switches: map[string]string{bap.SwitchGovernanceDatabase: "required"}}, body: governance(nil), status: 400, says: "there is no linked CDS instance"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, server.TenantSeed{Switches: c.seed.Switches})
			c.seed.ID = r.tenant.ID
			if err := r.platform.Seed(server.Seed{Tenants: []server.TenantSeed{c.seed}}); err != nil {
				t.Fatal(err)
			}
			body := definition("")
			if c.group != "" {
				server.Assign(body, "properties.parentEnvironmentGroup", doc{"id": c.group})
			}
			id := r.made(body)
			a := r.send("POST", "/environments/"+id+"/governanceConfiguration", c.body)
			if a.status != c.status || !strings.Contains(a.raw, c.says) {
				t.Errorf("%d %s", a.status, a.raw)
			}
			r.has(r.read(id), doc{governed + "protectionLevel": "Basic"})
		})
	}
	r := newRig(t, server.TenantSeed{})
	r.want(r.send("POST", "/environments/"+group+"/governanceConfiguration", governance(nil)), 404, "EnvironmentNotFound")
}

func TestEnvironmentGroupsAreRead(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{})
	r.want(r.send("GET", "/environmentGroups/"+group, nil), 404, "EnvironmentGroupNotFound")
	if err := r.platform.Seed(server.Seed{Tenants: []server.TenantSeed{{ID: r.tenant.ID, Items: map[string][]doc{"environment_groups": {{"id": group, "display_name": "Finance"}}}}}}); err != nil {
		t.Fatal(err)
	}
	r.has(r.want(r.send("GET", "/environmentGroups/"+group, nil), 200, "").body, doc{"displayName": "Finance", "id": group})
}
