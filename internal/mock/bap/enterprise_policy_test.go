package bap_test

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
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
	r.Collection(bap.EnterprisePolicies).Put(armPolicy+name, doc{
		"id": armPolicy + name, "name": name, "type": "Microsoft.PowerPlatform/enterprisePolicies", "kind": kind, "location": location,
		"identity": doc{"type": "SystemAssigned", "principalId": user}, "properties": p,
	})
}

func (r rig) post(env, path, name string) mocktest.Answer {
	r.Helper()
	return r.Send("POST", "/environments/"+env+path+"?api-version=2019-10-01", doc{"SystemId": regions(name)})
}

// links is an environment with its links.
func (r rig) links(env string) mocktest.Answer {
	r.Helper()
	return r.Send("GET", admin+"/"+env+withLinks, nil).Want(200)
}

// ends follows an operation on a link and fails the test unless it is of that kind and ends in that state.
func ends(a mocktest.Answer, kind, state string) mocktest.Answer {
	return a.Want(202).Follow("Operation-Location").Has(doc{"type.id": kind, "state.id": state})
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
	r.links("one").Has(doc{"properties.enterprisePolicies": nil})

	a := r.post("one", linkTo+"link", "a")
	if a.Empty().Header.Get("Location") != "" || !strings.HasPrefix(a.Header.Get("Operation-Location"), "https://europe."+bap.Clouds[0].BAP+"/") {
		t.Error(a.Header)
	}
	if e := r.Last(); e.RetryAfter != 5*time.Second || e.Operation != "bap.enterprisepolicies.link" {
		t.Errorf("%+v", e)
	}
	r.links("one").Has(doc{vNets + ".linkStatus": "Linking", vNets + ".systemId": regions("a")})
	r.post("one", linkTo+"link", "a").Want(409, "OperationNotStartable")
	r.post("one", linkTo+"unlink", "a").Want(409, "OperationNotStartable")
	ends(a, "NewNetworkInjection", server.Succeeded)
	r.links("one").Has(doc{vNets: doc{
		"id": armPolicy + "a", "linkStatus": "Linked", "location": "europe", "policyId": "aaaaaaaa-0000-4000-8000-000000000000", "systemId": regions("a"),
	}})

	r.Send("GET", admin+"/one", nil).Want(200).Has(doc{"properties.enterprisePolicies": nil})
	r.SetSwitch(bap.SwitchPoliciesExpand, "always")
	r.Send("GET", admin+"/one", nil).Has(doc{vNets + ".linkStatus": "Linked"})
	ends(r.post("one", linkTo+"link", "a"), "SwapNetworkInjection", server.Succeeded)
	a = r.post("one", linkTo+"link", "b")
	r.links("one").Has(doc{vNets + ".linkStatus": "Linking", vNets + ".systemId": regions("a")})
	for _, p := range []string{"a", "b"} {
		if got := bap.PolicyEnvironments(r.Tenant, armPolicy+p); len(got) != 1 || got[0] != "one" {
			t.Errorf("during the swap %s has %v", p, got)
		}
	}
	ends(a, "SwapNetworkInjection", server.Succeeded)
	r.links("one").Has(doc{vNets + ".linkStatus": "Linked", vNets + ".systemId": regions("b")})
	if got := bap.PolicyEnvironments(r.Tenant, armPolicy+"a"); len(got) != 0 {
		t.Errorf("after the swap a has %v", got)
	}
	if _, ok := bap.PolicyReleased(r.Tenant, strings.ToUpper(armPolicy+"a")); !ok {
		t.Error("nobody knows when a lost its environment")
	}

	a = r.post("one", "/enterprisePolicies/networkinjection/unlink", "b")
	r.links("one").Has(doc{vNets + ".linkStatus": "Unlinking"})
	ends(a, "RevertNetworkInjection", server.Succeeded)
	r.links("one").Has(doc{"properties.enterprisePolicies": nil})
}

func TestLinkOfEachKindIsItsOwn(t *testing.T) {
	t.Parallel()
	r := newLinkRig(t, nil)
	const key = "properties.protectionStatus.keyManagedBy"
	ends(r.post("one", linkTo+"link", "a"), "NewNetworkInjection", server.Succeeded)
	began := r.Clock().Now()
	a := r.post("one", "/enterprisePolicies/Encryption/link", "c")
	r.links("one").Has(doc{key: "Microsoft"})
	ends(a, "NewCustomerManagedKey", server.Succeeded)
	if took := r.Clock().Now().Sub(began); took < 2*time.Hour {
		t.Errorf("encryption took %v", took)
	}
	ends(r.post("one", "/enterprisePolicies/Identity/link", "i"), "NewIdentity", server.Succeeded)
	d := r.links("one")
	d.Has(doc{
		key: "Customer", vNets + ".systemId": regions("a"), "properties.enterprisePolicies.customerManagedKeys.systemId": regions("c"),
		"properties.enterprisePolicies.identity.systemId": regions("i"),
	})
	if allowed := kinds(d, "allowedOperations"); !strings.Contains(allowed, "RotateCustomerManagedKey") || strings.Contains(allowed, "NewCustomerManagedKey") {
		t.Error(allowed)
	}
	ends(r.post("one", "/enterprisePolicies/Encryption/link", "c"), "RotateCustomerManagedKey", server.Succeeded)
	ends(r.post("one", "/enterprisePolicies/Identity/link", "i"), "SwapIdentity", server.Succeeded)
	ends(r.post("one", linkTo+"unlink", "a"), "RevertNetworkInjection", server.Succeeded)
	r.links("one").Has(doc{vNets: nil, "properties.enterprisePolicies.identity.linkStatus": "Linked"})
	ends(r.post("one", "/enterprisePolicies/Encryption/unlink", "c"), "RevertToMicrosoftKey", server.Succeeded)
	ends(r.post("one", "/enterprisePolicies/Identity/unlink", "i"), "RevertIdentity", server.Succeeded)
	r.links("one").Has(doc{key: "Microsoft", "properties.enterprisePolicies": nil})
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
			r.post(c.env, c.path, c.policy).Want(c.status, c.code, c.says)
			if c.code != "EnvironmentNotFound" {
				r.links(c.env).Has(doc{"properties.enterprisePolicies": nil})
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
		r.Send(method, at, doc{"SystemId": regions("a")}).Want(404).Empty()
	}
	at := "/environments/one" + linkTo + "link"
	r.Send("POST", at, doc{"policy": "a"}).Want(400, "InvalidRequestContent")
	r.Send("POST", at, doc{"SystemId": 1}).Want(400, "InvalidRequestContent")
	r.Send("POST", at, nil).Want(400, "InvalidRequestContent")
	ends(r.Send("POST", at, doc{"systemID": strings.ToUpper(regions("a"))}), "NewNetworkInjection", server.Succeeded)

	r.With("Content-Type", "").Send("POST", at, doc{"SystemId": "x"}).Want(415, "UnsupportedMediaType")
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
			ends(r.post("two", linkTo+"link", "b"), "NewNetworkInjection", server.Succeeded)
			kind := "NewNetworkInjection"
			if c.before != "" {
				ends(r.post(c.env, linkTo+"link", c.before), kind, server.Succeeded)
				kind = "SwapNetworkInjection"
			}
			before := r.links(c.env)
			if c.script != "" {
				r.Script(kind, server.Script{Fail: []string{c.script}})
			}
			a := r.post(c.env, linkTo+"link", c.pol)
			during, wanted := r.links(c.env).Text(vNets+".systemId"), regions(c.pol)
			if c.before != "" && c.switches[bap.SwitchSwapRecord] != "new" {
				wanted = regions(c.before)
			}
			if during != wanted {
				t.Errorf("while it runs: %s", during)
			}
			ends(a, kind, server.Failed).Says(c.says)
			links, _ := mocktest.Find(before.Body, vNets)
			r.links(c.env).Has(doc{vNets: links})
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
			ends(r.post("one", linkTo+"link", "a"), "NewNetworkInjection", server.Succeeded)
		})
	}
	r := newLinkRig(t, map[string]string{bap.SwitchPolicyClusters: "any"})
	ends(r.post("one", linkTo+"link", "a"), "NewNetworkInjection", server.Succeeded)
	ends(r.post("early", linkTo+"link", "a"), "NewNetworkInjection", server.Succeeded)
}

func TestLinkAnswersInManyWays(t *testing.T) {
	t.Parallel()
	r := newLinkRig(t, map[string]string{
		bap.SwitchLinkHeader: "Location", bap.SwitchLinkWords: "InProgress,Removing", bap.SwitchUnlinkNothing: "accept",
		bap.SwitchUnlinkOther: "accept", bap.SwitchKeyManagedBy: "CustomerManaged", bap.SwitchLinkEnforcement: "strict",
	})
	a := r.post("one", linkTo+"link", "a")
	r.links("one").Has(doc{vNets + ".linkStatus": "InProgress"})
	if a.Header.Get("Operation-Location") != "" {
		t.Error(a.Header)
	}
	a.Follow("Location")
	d := r.links("one")
	if allowed := kinds(d, "allowedOperations"); strings.Contains(allowed, "NewNetworkInjection") || !strings.Contains(allowed, "SwapNetworkInjection RevertNetworkInjection") {
		t.Error(allowed)
	}
	if denied := kinds(r.links("two"), "disallowedOperations"); !strings.Contains(denied, "SwapNetworkInjection RevertNetworkInjection SwapIdentity RevertIdentity") {
		t.Error(denied)
	}
	r.SetSwitch(bap.SwitchLinkHeader, "none")
	a = r.post("one", linkTo+"unlink", "b").Want(202)
	r.links("one").Has(doc{vNets + ".linkStatus": "Removing"})
	if a.Header.Get("Operation-Location")+a.Header.Get("Location") != "" {
		t.Error(a.Header)
	}
	r.Clock().Advance(time.Hour)
	r.links("one").Has(doc{vNets: nil})
	r.post("two", linkTo+"unlink", "a").Want(202)
	r.post("one", "/enterprisePolicies/Encryption/link", "c").Want(202)
	r.Clock().Advance(3 * time.Hour)
	r.links("one").Has(doc{"properties.protectionStatus.keyManagedBy": "CustomerManaged"})
	r.SetSwitch(bap.SwitchUnlinkOther, "")
	r.post("one", "/enterprisePolicies/Encryption/unlink", "a").Want(400, "InvalidLifecycleOperationRequest")
}

func TestPolicyStaysLinkedUntilItsEnvironmentIsGone(t *testing.T) {
	t.Parallel()
	r := newLinkRig(t, nil)
	ends(r.post("one", linkTo+"link", "a"), "NewNetworkInjection", server.Succeeded)
	ungoverned := doc{"protectionLevel": "Basic"}
	r.Send("POST", "/environments/one/governanceConfiguration", ungoverned).Want(400, "InvalidLifecycleOperationRequest")
	if denied := kinds(r.links("one"), "disallowedOperations"); !strings.Contains(denied, "DisableGovernanceConfiguration") {
		t.Error(denied)
	}
	r.SetSwitch(bap.SwitchUngovernLinked, "accept")
	r.Send("POST", "/environments/one/governanceConfiguration", ungoverned).Follow("Location")

	a := r.Send("DELETE", admin+"/one", nil)
	if got := bap.PolicyEnvironments(r.Tenant, armPolicy+"a"); len(got) != 1 {
		t.Error("the policy lost its environment too early")
	}
	a.Follow("Location")
	if got := bap.PolicyEnvironments(r.Tenant, armPolicy+"a"); len(got) != 0 {
		t.Error(got)
	}
	if _, ok := bap.PolicyReleased(r.Tenant, armPolicy+"a"); !ok {
		t.Error("nobody knows when the policy lost its environment")
	}
	r.post("one", linkTo+"unlink", "a").Want(404, "EnvironmentNotFound")
}
