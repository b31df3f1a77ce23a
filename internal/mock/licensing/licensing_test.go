package licensing_test

import (
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/licensing"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

const (
	first   = "44444444-4444-4444-8444-44444444444a"
	second  = "44444444-4444-4444-8444-44444444444b"
	version = "?api-version=2022-03-01-preview"
)

type doc = server.Doc

// rig is a client of the API of licences in a tenant with two billing policies and two environments.
type rig struct{ mocktest.Client }

func newRig(t *testing.T) rig {
	t.Helper()
	return rig{mocktest.New(t, server.TenantSeed{Location: "europe", Items: map[string][]doc{
		"billing_policies": {
			{"id": strings.ToUpper(first), "name": "One", "billing_instrument": doc{"subscription_id": "s", "resource_group": "g"}},
			{"id": second, "status": "Disabled", "location": "japan"},
		},
		"environments": {{"id": "AAA", "display_name": "A", "billing_policy_id": first}, {"id": "bbb", "display_name": "B"}},
	}}).At("https://api.powerplatform.com/licensing" + version)}
}

// members fails the test unless a policy has these environments.
func (r rig) members(policy string, want ...string) {
	r.Helper()
	a := r.Send("GET", "/billingPolicies/"+policy+"/environments", nil).Want(200).Has(doc{"value.#.environmentId": append([]string{}, want...)})
	for _, m := range a.List("value") {
		mocktest.Has(r, m, doc{"billingPolicyId": strings.ToLower(policy)})
	}
}

// change adds environments to a policy, or removes them.
func (r rig) change(policy, verb string, environments ...string) mocktest.Answer {
	r.Helper()
	return r.Send("POST", "/billingPolicies/"+policy+"/environments/"+verb, doc{"environmentIds": append([]string{}, environments...)})
}

func (r rig) billed(environment string) string {
	r.Helper()
	return server.Text(r.Stored(bap.Environments, environment), "properties.billingPolicy.id")
}

func TestPoliciesAreRead(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.Send("GET", "/BillingPolicies", nil).Want(200).Has(doc{"value.#": 2})
	r.Send("GET", "/billingPolicies/"+first, nil).Want(200).Has(doc{
		"id": first, "name": "One", "type": "TenantOwned", "status": "Enabled", "location": "europe",
		"billingInstrument.id":             "/subscriptions/s/resourceGroups/g/providers/Microsoft.PowerPlatform/accounts/One",
		"billingInstrument.subscriptionId": "s", "billingInstrument.resourceGroup": "g",
	})
	r.Send("GET", "/billingPolicies/"+second, nil).Want(200).Has(doc{"status": "Disabled", "location": "japan"})
	const nobody = "00000000-0000-0000-0000-000000000001"
	r.Send("GET", "/billingPolicies/"+nobody, nil).Want(404, "BillingPolicyNotFound")
	r.Send("GET", "/billingPolicies/"+nobody+"/environments", nil).Want(404, "BillingPolicyNotFound")
	r.change(nobody, "add", "bbb").Want(404, "BillingPolicyNotFound")
}

func TestMembershipIsThatOfTheEnvironment(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	upper := strings.ToUpper(first)
	r.members(upper, "aaa")
	r.change(first, "add", "BBB").Want(200)
	r.members(upper, "aaa", "bbb")
	if r.billed("bbb") != first {
		t.Error("the environment does not show its policy")
	}
	r.change(second, "remove", "bbb").Want(200)
	r.members(upper, "aaa", "bbb")
	r.change(first, "remove", "aaa", "gone").Want(200)
	r.members(upper, "bbb")
	if r.billed("aaa") != "" {
		t.Error("the environment still shows its policy")
	}
	r.change(second, "add", "bbb").Want(200)
	r.members(upper)
}

func TestMembershipIsSeenAtOnceWhileTheEnvironmentLags(t *testing.T) {
	t.Parallel()
	const environment = "https://api.bap.microsoft.com/providers/Microsoft.BusinessAppPlatform/scopes/admin/environments/bbb?api-version=2021-04-01"
	r := newRig(t)
	r.Lag(server.Lag{Collection: bap.Environments, Field: "properties.billingPolicy", Reads: 2})
	r.change(first, "add", "bbb").Want(200)
	r.members(first, "aaa", "bbb")
	for _, want := range []string{"", "", first} {
		r.Send("GET", environment+"&$expand=properties/billingPolicy", nil).Want(200).Has(doc{"properties.billingPolicy.id": want})
	}
	if r.billed("bbb") != first {
		t.Error("the truth is not what was written")
	}
}

func TestChangesAreRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, verb := range []string{"add", "remove"} {
		r.change(first, verb).Want(400, "BadRequest")
		for _, body := range []doc{{}, {"environmentIds": []any{1}}} {
			r.Send("POST", "/billingPolicies/"+first+"/environments/"+verb, body).Want(400, "BadRequest")
		}
	}
	r.change(first, "add", "bbb", "nobody").Want(404, "EnvironmentNotFound")
	r.members(first, "aaa")
}

func TestEveryCloudHasBillingPolicies(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, c := range bap.Clouds {
		at := "https://" + c.Platform + "/licensing/billingPolicies" + version
		r.Audience(c.PlatformAudience).Send("GET", at, nil).Want(200)
		r.Audience(c.Audience).Send("GET", at, nil).Want(401, "InvalidAuthenticationAudience")
	}
}

func TestSeedsThatMakeNoSenseAreRefused(t *testing.T) {
	t.Parallel()
	p := server.New(server.Options{})
	licensing.Register(p)
	err := p.Seed(server.Seed{Tenants: []server.TenantSeed{{Items: map[string][]doc{"billing_policies": {{"name": "n", "colour": "red"}}}}}})
	if err == nil || !strings.Contains(err.Error(), "colour") {
		t.Errorf("error: %v", err)
	}
}
