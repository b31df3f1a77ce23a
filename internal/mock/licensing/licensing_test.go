package licensing_test

import (
	"encoding/json"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/licensing"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/witness"
)

const (
	app    = "11111111-1111-4111-8111-111111111111"
	first  = "44444444-4444-4444-8444-44444444444a"
	second = "44444444-4444-4444-8444-44444444444b"
)

const environment = "/providers/Microsoft.BusinessAppPlatform/scopes/admin/environments/bbb?api-version=2021-04-01"

type doc = server.Doc

type rig struct {
	*testing.T
	platform *server.Platform
	tenant   *server.Tenant
}

func newRig(t *testing.T) rig {
	t.Helper()
	p := server.New(server.Options{})
	witness.Record(t, p, "")
	bap.Register(p)
	licensing.Register(p)
	return rig{t, p, p.AddTenant(server.TenantSeed{Location: "europe", Items: map[string][]doc{
		"billing_policies": {
			{"id": strings.ToUpper(first), "name": "One", "billing_instrument": doc{"subscription_id": "s", "resource_group": "g"}},
			{"id": second, "status": "Disabled", "location": "japan"},
		},
		"environments": {{"id": "AAA", "display_name": "A", "billing_policy_id": first}, {"id": "bbb", "display_name": "B"}},
	}})}
}

// send asks and fails the test unless the answer has the status and, when one is given, the error code.
func (r rig) send(method, host, audience, path string, body any, status int, code string) doc {
	r.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		r.Fatal(err)
	}
	req, err := http.NewRequestWithContext(r.Context(), method, "https://"+host+path, strings.NewReader(string(raw)))
	if err != nil {
		r.Fatal(err)
	}
	token, err := r.tenant.Token(app, audience)
	if err != nil {
		r.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	res, err := r.platform.Do(req)
	if err != nil {
		r.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		r.Fatal(err)
	}
	out := doc{}
	if len(text) > 0 {
		if err := json.Unmarshal(text, &out); err != nil {
			r.Fatal(err)
		}
	}
	if res.StatusCode != status || server.Text(out, "error.code") != code {
		r.Fatalf("%s %s: %d, want %d %q: %s", method, path, res.StatusCode, status, code, text)
	}
	return out
}

func (r rig) call(method, path string, body any, status int, code string) doc {
	r.Helper()
	return r.send(method, "api.powerplatform.com", "https://api.powerplatform.com", "/licensing"+path+"?api-version=2022-03-01-preview", body, status, code)
}

func (r rig) members(policy string) []string {
	r.Helper()
	list, ok := r.call("GET", "/billingPolicies/"+policy+"/environments", nil, 200, "")["value"].([]any)
	if !ok {
		r.Fatal("no list")
	}
	out := []string{}
	for _, v := range list {
		m, ok := v.(doc)
		if !ok || m["billingPolicyId"] != strings.ToLower(policy) {
			r.Fatalf("member %v", v)
		}
		out = append(out, server.Text(m, "environmentId"))
	}
	return out
}

func (r rig) billed(environment string) string {
	r.Helper()
	env, ok := r.tenant.Collection(bap.Environments).Peek(environment)
	if !ok {
		r.Fatalf("no %s", environment)
	}
	return server.Text(env, "properties.billingPolicy.id")
}

func TestPoliciesAreRead(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	list, ok := r.call("GET", "/BillingPolicies", nil, 200, "")["value"].([]any)
	if !ok || len(list) != 2 {
		t.Fatalf("list: %v", list)
	}
	p := r.call("GET", "/billingPolicies/"+first, nil, 200, "")
	for path, want := range map[string]string{
		"id": first, "name": "One", "type": "TenantOwned", "status": "Enabled", "location": "europe",
		"billingInstrument.id":             "/subscriptions/s/resourceGroups/g/providers/Microsoft.PowerPlatform/accounts/One",
		"billingInstrument.subscriptionId": "s", "billingInstrument.resourceGroup": "g",
	} {
		if got := server.Text(p, path); got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
	if p := r.call("GET", "/billingPolicies/"+second, nil, 200, ""); server.Text(p, "status") != "Disabled" || server.Text(p, "location") != "japan" {
		t.Errorf("second: %v", p)
	}
	const nobody = "/billingPolicies/00000000-0000-0000-0000-000000000001"
	r.call("GET", nobody, nil, 404, "BillingPolicyNotFound")
	r.call("GET", nobody+"/environments", nil, 404, "BillingPolicyNotFound")
	r.call("POST", nobody+"/environments/add", doc{"environmentIds": []string{"bbb"}}, 404, "BillingPolicyNotFound")
}

func TestMembershipIsThatOfTheEnvironment(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	expect := func(want ...string) {
		t.Helper()
		if got := r.members(strings.ToUpper(first)); !reflect.DeepEqual(got, append([]string{}, want...)) {
			t.Fatalf("members: %v, want %v", got, want)
		}
	}
	expect("aaa")
	r.call("POST", "/billingPolicies/"+first+"/environments/add", doc{"environmentIds": []string{"BBB"}}, 200, "")
	expect("aaa", "bbb")
	if r.billed("bbb") != first {
		t.Error("the environment does not show its policy")
	}
	r.call("POST", "/billingPolicies/"+second+"/environments/remove", doc{"environmentIds": []string{"bbb"}}, 200, "")
	expect("aaa", "bbb")
	r.call("POST", "/billingPolicies/"+first+"/environments/remove", doc{"environmentIds": []string{"aaa", "gone"}}, 200, "")
	expect("bbb")
	if r.billed("aaa") != "" {
		t.Error("the environment still shows its policy")
	}
	r.call("POST", "/billingPolicies/"+second+"/environments/add", doc{"environmentIds": []string{"bbb"}}, 200, "")
	expect()
}

func TestMembershipIsSeenAtOnceWhileTheEnvironmentLags(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.tenant.Lag(server.Lag{Collection: bap.Environments, Field: "properties.billingPolicy", Reads: 2})
	r.call("POST", "/billingPolicies/"+first+"/environments/add", doc{"environmentIds": []string{"bbb"}}, 200, "")
	if got := r.members(first); len(got) != 2 {
		t.Errorf("members: %v", got)
	}
	for _, want := range []string{"", "", first} {
		env := r.send("GET", "api.bap.microsoft.com", "https://service.powerapps.com", environment+"&$expand=properties/billingPolicy", nil, 200, "")
		if got := server.Text(env, "properties.billingPolicy.id"); got != want {
			t.Errorf("the environment shows %q, want %q", got, want)
		}
	}
	if r.billed("bbb") != first {
		t.Error("the truth is not what was written")
	}
}

func TestChangesAreRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, verb := range []string{"add", "remove"} {
		at := "/billingPolicies/" + first + "/environments/" + verb
		r.call("POST", at, doc{"environmentIds": []string{}}, 400, "BadRequest")
		r.call("POST", at, doc{}, 400, "BadRequest")
		r.call("POST", at, doc{"environmentIds": []any{1}}, 400, "BadRequest")
	}
	r.call("POST", "/billingPolicies/"+first+"/environments/add", doc{"environmentIds": []string{"bbb", "nobody"}}, 404, "EnvironmentNotFound")
	if got := r.members(first); len(got) != 1 {
		t.Errorf("a refused request took effect: %v", got)
	}
}

func TestEveryCloudHasBillingPolicies(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, c := range bap.Clouds {
		r.send("GET", c.Platform, c.PlatformAudience, "/licensing/billingPolicies?api-version=2022-03-01-preview", nil, 200, "")
		r.send("GET", c.Platform, c.Audience, "/licensing/billingPolicies?api-version=2022-03-01-preview", nil, 401, "InvalidAuthenticationAudience")
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
