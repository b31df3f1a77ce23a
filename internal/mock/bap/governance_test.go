package bap_test

import (
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

const governed = "properties.governanceConfiguration."

// governance is a request for a managed environment with these settings.
func governance(settings doc) doc {
	return doc{"protectionLevel": "Standard", "settings": doc{"extendedSettings": settings}}
}

// kinds are the operations that an environment allows or, by another name, does not.
func kinds(a mocktest.Answer, list string) string {
	return a.Names("properties.lifecycleOperationsEnforcement." + list + ".#.type.id")
}

func TestGovernanceFollowsItsLife(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{})
	id := r.made(definition("governed"))
	at := "/environments/" + id + "/governanceConfiguration"
	before := r.read(id)
	before.Has(doc{governed + "protectionLevel": "Basic", governed + "settings": nil})
	if !strings.Contains(kinds(before, "disallowedOperations"), "NewNetworkInjection") {
		t.Error("an environment that is not managed may be linked to a network")
	}

	a := r.Send("POST", at, governance(doc{"solutionCheckerMode": "warn", "bot-limitSharingMode": nil}))
	r.Send("POST", at, governance(nil)).Want(409, "OperationNotStartable")
	a.Follow("Location").Has(doc{"type.id": bap.KindGovern})
	d := r.read(id)
	d.Has(doc{
		governed + "protectionLevel": "Standard", governed + "settings.extendedSettings.solutionCheckerMode": "warn",
		governed + "settings.extendedSettings.maxLimitUserSharing": "-1", governed + "settings.extendedSettings.bot-limitSharingMode": nil,
	})
	if !strings.Contains(kinds(d, "allowedOperations"), "NewNetworkInjection") {
		t.Error("a managed environment may not be linked to a network")
	}

	r.Send("POST", at, governance(doc{"solutionCheckerMode": "warn"})).Want(204)
	r.Send("POST", at, governance(doc{"maxLimitUserSharing": "5"})).Follow("Location")
	r.read(id).Has(doc{governed + "settings.extendedSettings.maxLimitUserSharing": "5", governed + "settings.extendedSettings.solutionCheckerMode": "none"})
	r.SetSwitch(bap.SwitchGovernanceMerge, "on")
	r.Send("POST", at, governance(doc{"solutionCheckerMode": "block"})).Follow("Location")
	r.read(id).Has(doc{governed + "settings.extendedSettings.maxLimitUserSharing": "5", governed + "settings.extendedSettings.solutionCheckerMode": "block"})

	r.Send("POST", at, doc{"protectionLevel": "Basic"}).Follow("Location")
	r.read(id).Has(doc{governed + "protectionLevel": "Basic", governed + "settings": nil})
	r.SetSwitch(bap.SwitchGovernanceAnswer, "204")
	r.Send("POST", at, governance(nil)).Want(204)
	r.read(id).Has(doc{governed + "protectionLevel": "Standard"})
}

func TestGovernanceIsRefused(t *testing.T) {
	t.Parallel()
	member := server.TenantSeed{Items: map[string][]doc{"environment_groups": {{"id": group, "display_name": "Finance"}}}}
	for name, c := range map[string]struct {
		seed   server.TenantSeed
		group  string
		body   any
		status int
		code   string
		says   string
	}{
		"unknown setting":  {body: governance(doc{"loudness": "1"}), status: 400, code: "InvalidRequestContent", says: "Could not find member 'loudness' on object of type 'ExtendedSettings'. Path 'settings.extendedSettings.loudness'."},
		"unknown member":   {body: doc{"protectionLevel": "Standard", "level": 1}, status: 400, code: "InvalidRequestContent", says: "Could not find member 'level'"},
		"not a string":     {body: governance(doc{"maxLimitUserSharing": 5}), status: 400, code: "InvalidRequestContent", says: "'maxLimitUserSharing' is not a string"},
		"retired setting":  {seed: server.TenantSeed{Switches: map[string]string{bap.SwitchGovernanceRetired: "solutionCheckerMode"}}, body: governance(doc{"solutionCheckerMode": "warn"}), status: 400, code: "InvalidRequestContent", says: "Could not find member 'solutionCheckerMode'"},
		"no such level":    {body: doc{"protectionLevel": "Premium"}, status: 400, code: "InvalidRequestContent", says: "'Premium' is not valid"},
		"member of group":  {seed: member, group: group, body: governance(nil), status: 409, code: "GovernanceConfigurationChangeBlockedByGroup"},
		"leaving, grouped": {seed: member, group: group, body: doc{"protectionLevel": "Basic"}, status: 409, code: "GovernanceConfigurationChangeBlockedByGroup"},
		"group of zeros":   {group: zero, body: governance(nil), status: 409, code: "GovernanceConfigurationChangeBlockedByGroup"},
		"no database":      {seed: server.TenantSeed{Switches: map[string]string{bap.SwitchGovernanceDatabase: "required"}}, body: governance(nil), status: 400, code: "InvalidLifecycleOperationRequest", says: "there is no linked CDS instance"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, c.seed)
			body := definition("")
			if c.group != "" {
				server.Assign(body, "properties.parentEnvironmentGroup", doc{"id": c.group})
			}
			id := r.made(body)
			r.Send("POST", "/environments/"+id+"/governanceConfiguration", c.body).Want(c.status, c.code, c.says)
			r.read(id).Has(doc{governed + "protectionLevel": "Basic"})
		})
	}
	r := newRig(t, server.TenantSeed{})
	r.Send("POST", "/environments/"+group+"/governanceConfiguration", governance(nil)).Want(404, "EnvironmentNotFound")
}

func TestEnvironmentGroupsAreRead(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{})
	r.Send("GET", "/environmentGroups/"+group, nil).Want(404, "EnvironmentGroupNotFound")
	r.Fill(map[string][]doc{"environment_groups": {{"id": group, "display_name": "Finance"}}})
	r.Send("GET", "/environmentGroups/"+group, nil).Want(200).Has(doc{"displayName": "Finance", "id": group})
}
