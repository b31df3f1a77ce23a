package bap_test

import (
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

const (
	armGroup  = "/subscriptions/00000000-0000-4000-8000-00000000cccc/resourceGroups/rg"
	armPolicy = armGroup + "/providers/Microsoft.PowerPlatform/enterprisePolicies/"
	linkTo    = "/enterprisePolicies/NetworkInjection/"
	vNets     = "properties.enterprisePolicies.vNets"
	withLinks = "?$expand=properties.enterprisePolicies"
)

// regions is the system ID of a policy.
func regions(name string) string {
	return "/regions/europe/providers/Microsoft.PowerPlatform/enterprisePolicies/" + strings.Repeat(name[:1], 8) + "-0000-4000-8000-000000000000"
}

// put adds a policy as Azure Resource Manager shows it.
func (r rig) put(name, kind, location string, more doc) {
	p := doc{"systemId": regions(name), "healthStatus": "Undetermined"}
	maps.Copy(p, more)
	r.tenant.Collection(bap.EnterprisePolicies).Put(armPolicy+name, doc{
		"id": armPolicy + name, "name": name, "type": "Microsoft.PowerPlatform/enterprisePolicies", "kind": kind, "location": location,
		"identity": doc{"type": "SystemAssigned", "principalId": user}, "properties": p,
	})
}

func (r rig) post(env, path, name string) answer {
	r.Helper()
	return r.send("POST", "/environments/"+env+path+"?api-version=2019-10-01", doc{"SystemId": regions(name)})
}

// links is an environment with its links.
func (r rig) links(env string) doc {
	r.Helper()
	return r.want(r.send("GET", admin+"/"+env+withLinks, nil), 200, "").body
}

// ends follows an operation on a link and fails the test unless it is of that kind and ends in that state.
func (r rig) ends(a answer, kind, state string) doc {
	r.Helper()
	r.want(a, 202, "")
	at := a.header.Get("Operation-Location")
	for range 400 {
		p := r.send("GET", at, nil).body
		switch is := server.Text(p, "state.id"); {
		case server.Text(p, "type.id") != kind:
			r.Fatalf("got %s, want %s", server.Text(p, "type.id"), kind)
		case is == state:
			return p
		case is == server.Failed || is == server.Succeeded:
			r.Fatalf("got %v, want %s", p, state)
		}
	}
	r.Fatal("the operation does not end")
	return nil
}

// newLinkRig has managed environments "one" and "two", one that is not managed, a trial, one without Dataverse and one of
// early release, and policies a, b (network), c (encryption), i (identity), u (network, uk).
func newLinkRig(t *testing.T, switches map[string]string) rig {
	t.Helper()
	env := func(id string, more doc) doc {
		d := doc{"id": id, "display_name": id, "location": "europe", "managed": true, "dataverse": doc{}}
		maps.Copy(d, more)
		return d
	}
	r := newRig(t, server.TenantSeed{Switches: switches, Items: map[string][]doc{"environments": {
		env("one", nil), env("two", nil), env("plain", doc{"managed": false}), env("trial", doc{"type": "Trial"}),
		{"id": "bare", "display_name": "bare", "location": "europe", "managed": true},
		env("early", doc{"release_cycle": "Early"}),
	}}})
	r.put("a", "NetworkInjection", "europe", nil)
	r.put("b", "NetworkInjection", "europe", nil)
	r.put("c", "Encryption", "europe", nil)
	r.put("i", "Identity", "europe", nil)
	r.put("u", "NetworkInjection", "uk", nil)
	return r
}

func TestLinkFollowsItsLife(t *testing.T) {
	t.Parallel()
	r := newLinkRig(t, nil)
	r.has(r.links("one"), doc{"properties.enterprisePolicies": nil})

	a := r.post("one", linkTo+"link", "a")
	if a.raw != "" || a.header.Get("Location") != "" || !strings.HasPrefix(a.header.Get("Operation-Location"), "https://europe."+r.cloud.BAP+"/") {
		t.Errorf("%q %v", a.raw, a.header)
	}
	if e := r.platform.Journal(r.tenant.ID); e[len(e)-1].RetryAfter != 5*time.Second || e[len(e)-1].Operation != "bap.enterprisepolicies.link" {
		t.Errorf("%+v", e[len(e)-1])
	}
	r.has(r.links("one"), doc{vNets + ".linkStatus": "Linking", vNets + ".systemId": regions("a")})
	r.want(r.post("one", linkTo+"link", "a"), 409, "OperationNotStartable")
	r.want(r.post("one", linkTo+"unlink", "a"), 409, "OperationNotStartable")
	r.ends(a, "NewNetworkInjection", server.Succeeded)
	r.has(r.links("one"), doc{vNets: doc{
		"id": armPolicy + "a", "linkStatus": "Linked", "location": "europe", "policyId": "aaaaaaaa-0000-4000-8000-000000000000", "systemId": regions("a"),
	}})
	if _, ok := server.Lookup(r.send("GET", admin+"/one", nil).body, "properties.enterprisePolicies"); ok {
		t.Error("links are shown though nobody asked for them")
	}
	r.tenant.SetSwitch(bap.SwitchPoliciesExpand, "always")
	r.has(r.send("GET", admin+"/one", nil).body, doc{vNets + ".linkStatus": "Linked"})

	r.ends(r.post("one", linkTo+"link", "a"), "SwapNetworkInjection", server.Succeeded)
	a = r.post("one", linkTo+"link", "b")
	r.has(r.links("one"), doc{vNets + ".linkStatus": "Linking", vNets + ".systemId": regions("a")})
	for _, p := range []string{"a", "b"} {
		if got := bap.PolicyEnvironments(r.tenant, armPolicy+p); len(got) != 1 || got[0] != "one" {
			t.Errorf("during the swap %s has %v", p, got)
		}
	}
	r.ends(a, "SwapNetworkInjection", server.Succeeded)
	r.has(r.links("one"), doc{vNets + ".linkStatus": "Linked", vNets + ".systemId": regions("b")})
	if got := bap.PolicyEnvironments(r.tenant, armPolicy+"a"); len(got) != 0 {
		t.Errorf("after the swap a has %v", got)
	}
	if _, ok := bap.PolicyReleased(r.tenant, strings.ToUpper(armPolicy+"a")); !ok {
		t.Error("nobody knows when a lost its environment")
	}

	a = r.post("one", "/enterprisePolicies/networkinjection/unlink", "b")
	r.has(r.links("one"), doc{vNets + ".linkStatus": "Unlinking"})
	r.ends(a, "RevertNetworkInjection", server.Succeeded)
	r.has(r.links("one"), doc{"properties.enterprisePolicies": nil})
}

func TestLinkOfEachKindIsItsOwn(t *testing.T) {
	t.Parallel()
	r := newLinkRig(t, nil)
	const key = "properties.protectionStatus.keyManagedBy"
	r.ends(r.post("one", linkTo+"link", "a"), "NewNetworkInjection", server.Succeeded)
	began := r.tenant.Clock().Now()
	a := r.post("one", "/enterprisePolicies/Encryption/link", "c")
	r.has(r.links("one"), doc{key: "Microsoft"})
	r.ends(a, "NewCustomerManagedKey", server.Succeeded)
	if took := r.tenant.Clock().Now().Sub(began); took < 2*time.Hour {
		t.Errorf("encryption took %v", took)
	}
	r.ends(r.post("one", "/enterprisePolicies/Identity/link", "i"), "NewIdentity", server.Succeeded)
	d := r.links("one")
	r.has(d, doc{
		key: "Customer", vNets + ".systemId": regions("a"), "properties.enterprisePolicies.customerManagedKeys.systemId": regions("c"),
		"properties.enterprisePolicies.identity.systemId": regions("i"),
	})
	if allowed := r.kinds(d, "allowedOperations"); !strings.Contains(allowed, "RotateCustomerManagedKey") || strings.Contains(allowed, "NewCustomerManagedKey") {
		t.Error(allowed)
	}
	r.ends(r.post("one", "/enterprisePolicies/Encryption/link", "c"), "RotateCustomerManagedKey", server.Succeeded)
	r.ends(r.post("one", "/enterprisePolicies/Identity/link", "i"), "SwapIdentity", server.Succeeded)
	r.ends(r.post("one", linkTo+"unlink", "a"), "RevertNetworkInjection", server.Succeeded)
	r.has(r.links("one"), doc{vNets: nil, "properties.enterprisePolicies.identity.linkStatus": "Linked"})
	r.ends(r.post("one", "/enterprisePolicies/Encryption/unlink", "c"), "RevertToMicrosoftKey", server.Succeeded)
	r.ends(r.post("one", "/enterprisePolicies/Identity/unlink", "i"), "RevertIdentity", server.Succeeded)
	r.has(r.links("one"), doc{key: "Microsoft", "properties.enterprisePolicies": nil})
}

func TestLinkIsRefused(t *testing.T) {
	t.Parallel()
	strict := map[string]string{bap.SwitchManagedPolicies: "NetworkInjection,Encryption"}
	for name, c := range map[string]struct {
		switches          map[string]string
		env, path, policy string
		status            int
		code, says        string
	}{
		"not managed":              {env: "plain", path: linkTo + "link", policy: "a", status: 400, code: "InvalidLifecycleOperationRequest", says: "NewNetworkInjection cannot be performed on Power Platform environment because of the governance configuration."},
		"key, not managed":         {switches: strict, env: "plain", path: "/enterprisePolicies/Encryption/link", policy: "c", status: 400, code: "InvalidLifecycleOperationRequest", says: "NewCustomerManagedKey cannot be performed on Power Platform environment because of the governance"},
		"trial":                    {env: "trial", path: linkTo + "link", policy: "a", status: 400, code: "InvalidLifecycleOperationRequest", says: "NewNetworkInjection cannot be performed on environment of type Trial."},
		"no Dataverse":             {env: "bare", path: linkTo + "link", policy: "a", status: 400, code: "InvalidLifecycleOperationRequest", says: "no linked CDS instance"},
		"no such policy":           {env: "one", path: linkTo + "link", policy: "z", status: 404, code: "EnterprisePolicyNotFound", says: regions("z")},
		"another kind":             {env: "one", path: linkTo + "link", policy: "c", status: 400, code: "InvalidLifecycleOperationRequest", says: "is of kind Encryption"},
		"another location":         {env: "one", path: linkTo + "link", policy: "u", status: 400, code: "InvalidLifecycleOperationRequest", says: "'uk'"},
		"no permission":            {switches: map[string]string{bap.SwitchProtectionKeys: "missing"}, env: "one", path: linkTo + "link", policy: "a", status: 403, code: "EnvironmentAccess", says: "ManageProtectionKeys"},
		"no environment":           {env: "never", path: linkTo + "link", policy: "a", status: 404, code: "EnvironmentNotFound"},
		"no such kind":             {env: "one", path: "/enterprisePolicies/vnet/link", policy: "a", status: 404},
		"unlink of nothing":        {env: "one", path: linkTo + "unlink", policy: "a", status: 400, code: "InvalidLifecycleOperationRequest", says: "no enterprise policy of kind NetworkInjection is linked"},
		"unlink, strict":           {switches: map[string]string{bap.SwitchLinkEnforcement: "strict"}, env: "one", path: linkTo + "unlink", policy: "a", status: 400, code: "InvalidLifecycleOperationRequest"},
		"environment without kind": {env: "one", path: "/enterprisePolicies/Lockbox/link", policy: "a", status: 404},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newLinkRig(t, c.switches)
			a := r.want(r.post(c.env, c.path, c.policy), c.status, c.code)
			if !strings.Contains(a.raw, c.says) {
				t.Error(a.raw)
			}
			if c.code != "EnvironmentNotFound" {
				r.has(r.links(c.env), doc{"properties.enterprisePolicies": nil})
			}
		})
	}
}

func TestLinkIsOnlyWhereItIs(t *testing.T) {
	t.Parallel()
	r := newLinkRig(t, nil)
	for at, method := range map[string]string{
		admin + "/one/enterprisePolicies/NetworkInjection/link": "POST", admin + "/one/enterprisePolicies/NetworkInjection/unlink": "POST",
		"/environments/one/enterprisePolicies/NetworkInjection": "GET",
	} {
		if a := r.send(method, at, doc{"SystemId": regions("a")}); a.status != 404 || a.raw != "" {
			t.Errorf("%s %s: %d %s", method, at, a.status, a.raw)
		}
	}
	at := "/environments/one" + linkTo + "link"
	r.want(r.send("POST", at, doc{"policy": "a"}), 400, "InvalidRequestContent")
	r.want(r.send("POST", at, doc{"SystemId": 1}), 400, "InvalidRequestContent")
	r.want(r.send("POST", at, nil), 400, "InvalidRequestContent")
	r.ends(r.send("POST", at, doc{"systemID": strings.ToUpper(regions("a"))}), "NewNetworkInjection", server.Succeeded)

	req, err := http.NewRequestWithContext(t.Context(), "POST", "https://"+r.cloud.BAP+prefix+at+"?api-version=2019-10-01", strings.NewReader(`{"SystemId":"x"}`))
	if err != nil {
		t.Fatal(err)
	}
	token, err := r.tenant.Token(app, r.cloud.Audience)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := r.platform.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusUnsupportedMediaType {
		t.Errorf("without content type: %d", res.StatusCode)
	}
}

func TestLinkThatFailsLeavesTheRecord(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		switches         map[string]string
		before, env, pol string
		script, says     string
	}{
		"first link":                {env: "one", pol: "a", script: "no more addresses", says: "no more addresses"},
		"swap":                      {before: "b", env: "one", pol: "a", script: "no more addresses", says: "no more addresses"},
		"swap that shows the new":   {switches: map[string]string{bap.SwitchSwapRecord: "new"}, before: "b", env: "one", pol: "a", script: "no more addresses", says: "no more addresses"},
		"location, late":            {switches: map[string]string{bap.SwitchLocationMismatch: "operation"}, before: "b", env: "one", pol: "u", says: "'uk'"},
		"policy of another cluster": {env: "early", pol: "b", says: "used by other cluster"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newLinkRig(t, c.switches)
			r.ends(r.post("two", linkTo+"link", "b"), "NewNetworkInjection", server.Succeeded)
			kind := "NewNetworkInjection"
			if c.before != "" {
				r.ends(r.post(c.env, linkTo+"link", c.before), kind, server.Succeeded)
				kind = "SwapNetworkInjection"
			}
			before := r.links(c.env)
			if c.script != "" {
				r.tenant.Script(kind, server.Script{Fail: []string{c.script}})
			}
			a := r.post(c.env, linkTo+"link", c.pol)
			during, wanted := server.Text(r.links(c.env), vNets+".systemId"), regions(c.pol)
			if c.before != "" && c.switches[bap.SwitchSwapRecord] != "new" {
				wanted = regions(c.before)
			}
			if during != wanted {
				t.Errorf("while it runs: %s", during)
			}
			if op := r.ends(a, kind, server.Failed); !strings.Contains(server.Text(op, "error.message"), c.says) {
				t.Error(op)
			}
			links, _ := server.Lookup(before, vNets)
			r.has(r.links(c.env), doc{vNets: links})
		})
	}
}

func TestLinkKnowsTheOtherNamesOfALocation(t *testing.T) {
	t.Parallel()
	for policy, location := range map[string]string{
		"uk": "unitedkingdom", "brazil": "southamerica", "uae": "unitedarabemirates", "unitedstateseuap": "unitedstates",
		"unitedstates": "unitedstatesfirstrelease", "South Africa": "southafrica",
	} {
		t.Run(policy, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, server.TenantSeed{Items: map[string][]doc{"environments": {
				{"id": "one", "display_name": "one", "location": location, "managed": true, "dataverse": doc{}},
			}}})
			r.put("a", "NetworkInjection", policy, nil)
			r.ends(r.post("one", linkTo+"link", "a"), "NewNetworkInjection", server.Succeeded)
		})
	}
	r := newLinkRig(t, map[string]string{bap.SwitchPolicyClusters: "any"})
	r.ends(r.post("one", linkTo+"link", "a"), "NewNetworkInjection", server.Succeeded)
	r.ends(r.post("early", linkTo+"link", "a"), "NewNetworkInjection", server.Succeeded)
}

func TestLinkAnswersInManyWays(t *testing.T) {
	t.Parallel()
	r := newLinkRig(t, map[string]string{
		bap.SwitchLinkHeader: "Location", bap.SwitchLinkWords: "InProgress,Removing", bap.SwitchUnlinkNothing: "accept",
		bap.SwitchUnlinkOther: "accept", bap.SwitchKeyManagedBy: "CustomerManaged", bap.SwitchLinkEnforcement: "strict",
	})
	a := r.post("one", linkTo+"link", "a")
	r.has(r.links("one"), doc{vNets + ".linkStatus": "InProgress"})
	if a.header.Get("Operation-Location") != "" {
		t.Error(a.header)
	}
	r.follow(a, "Location")
	d := r.links("one")
	if allowed := r.kinds(d, "allowedOperations"); strings.Contains(allowed, "NewNetworkInjection") || !strings.Contains(allowed, "SwapNetworkInjection RevertNetworkInjection") {
		t.Error(allowed)
	}
	if denied := r.kinds(r.links("two"), "disallowedOperations"); !strings.Contains(denied, "SwapNetworkInjection RevertNetworkInjection SwapIdentity RevertIdentity") {
		t.Error(denied)
	}
	r.tenant.SetSwitch(bap.SwitchLinkHeader, "none")
	a = r.want(r.post("one", linkTo+"unlink", "b"), 202, "")
	r.has(r.links("one"), doc{vNets + ".linkStatus": "Removing"})
	if a.header.Get("Operation-Location")+a.header.Get("Location") != "" {
		t.Error(a.header)
	}
	r.tenant.Clock().Advance(time.Hour)
	r.has(r.links("one"), doc{vNets: nil})
	r.want(r.post("two", linkTo+"unlink", "a"), 202, "")
	r.want(r.post("one", "/enterprisePolicies/Encryption/link", "c"), 202, "")
	r.tenant.Clock().Advance(3 * time.Hour)
	r.has(r.links("one"), doc{"properties.protectionStatus.keyManagedBy": "CustomerManaged"})
	r.tenant.SetSwitch(bap.SwitchUnlinkOther, "")
	r.want(r.post("one", "/enterprisePolicies/Encryption/unlink", "a"), 400, "InvalidLifecycleOperationRequest")
}

func TestPolicyStaysLinkedUntilItsEnvironmentIsGone(t *testing.T) {
	t.Parallel()
	r := newLinkRig(t, nil)
	r.ends(r.post("one", linkTo+"link", "a"), "NewNetworkInjection", server.Succeeded)
	ungoverned := doc{"protectionLevel": "Basic"}
	r.want(r.send("POST", "/environments/one/governanceConfiguration", ungoverned), 400, "InvalidLifecycleOperationRequest")
	if denied := r.kinds(r.links("one"), "disallowedOperations"); !strings.Contains(denied, "DisableGovernanceConfiguration") {
		t.Error(denied)
	}
	r.tenant.SetSwitch(bap.SwitchUngovernLinked, "accept")
	r.follow(r.send("POST", "/environments/one/governanceConfiguration", ungoverned), "Location")

	a := r.send("DELETE", admin+"/one", nil)
	if got := bap.PolicyEnvironments(r.tenant, armPolicy+"a"); len(got) != 1 {
		t.Error("the policy lost its environment too early")
	}
	r.follow(a, "Location")
	if got := bap.PolicyEnvironments(r.tenant, armPolicy+"a"); len(got) != 0 {
		t.Error(got)
	}
	if _, ok := bap.PolicyReleased(r.tenant, armPolicy+"a"); !ok {
		t.Error("nobody knows when the policy lost its environment")
	}
	r.want(r.post("one", linkTo+"unlink", "a"), 404, "EnvironmentNotFound")
}
