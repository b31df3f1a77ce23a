package arm_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/witness"
)

const (
	app          = "11111111-1111-4111-8111-111111111111"
	subscription = "22222222-2222-4222-8222-222222222222"
	other        = "33333333-3333-4333-8333-333333333333"
	service      = "Microsoft.PowerPlatform/enterprisePolicies"

	sub   = "/subscriptions/" + subscription
	group = sub + "/resourceGroups/rg-net"
	nets  = group + "/providers/Microsoft.Network/virtualNetworks"
	east  = nets + "/vnet-east"
	west  = nets + "/vnet-west"
	pp    = east + "/subnets/snet-pp"
	used  = east + "/subnets/snet-used"
)

type doc = server.Doc

// rig is a platform with one tenant that has networks in two regions.
type rig struct {
	*testing.T
	platform *server.Platform
	tenant   *server.Tenant
	headers  map[string]string
}

func newRig(t *testing.T, switches ...string) rig {
	t.Helper()
	p := server.New(server.Options{})
	witness.Record(t, p, "")
	bap.Register(p)
	arm.Register(p)
	r := rig{T: t, platform: p}
	r.tenant = p.AddTenant(server.TenantSeed{Items: map[string][]doc{arm.Subscriptions: landscape()}})
	for i := 0; i+1 < len(switches); i += 2 {
		r.tenant.SetSwitch(switches[i], switches[i+1])
	}
	return r
}

func landscape() []doc {
	link := doc{
		"name": "PowerPlatformServiceLink", "id": used + "/serviceAssociationLinks/PowerPlatformServiceLink",
		"properties": doc{"linkedResourceType": service, "link": sub + "/resourceGroups/rg-pp/providers/Microsoft.PowerPlatform/enterprisePolicies/one"},
	}
	return []doc{
		{"id": subscription, "display_name": "Contoso", "resource_groups": []any{
			doc{"name": "rg-net", "location": "East US", "virtual_networks": []any{
				doc{"name": "vnet-east", "location": "eastus", "address_prefixes": []any{"10.10.0.0/16"}, "subnets": []any{
					doc{"name": "snet-pp", "address_prefixes": []any{"10.10.1.0/24"}, "properties": doc{
						"networkSecurityGroup": doc{"id": "/nsg"}, "defaultOutboundAccess": false, "novelty": doc{"a": []any{1, nil, "x"}},
					}},
					doc{"name": "snet-used", "address_prefixes": []any{"10.10.2.0/24"}, "delegations": []any{service}, "properties": doc{
						"serviceAssociationLinks": []any{link},
					}},
				}},
				doc{"name": "vnet-west", "location": "westus", "address_prefixes": []any{"10.20.0.0/16"}, "dns_servers": []any{"10.20.0.4"}},
				doc{"name": "vnet-same", "address_prefixes": []any{"10.10.128.0/17"}},
			}},
			doc{"name": "rg-empty"},
		}},
		{"id": other, "tenant_id": other, "registered": []any{}, "resource_groups": []any{doc{"name": "rg-other"}}},
	}
}

// with returns the rig with one more request header.
func (r rig) with(name, value string) rig {
	r.headers = map[string]string{name: value}
	return r
}

type answer struct {
	*testing.T
	status int
	header http.Header
	raw    string
	body   doc
}

func (r rig) send(method, at string, body any) answer {
	r.Helper()
	u, err := url.Parse(at)
	if err != nil {
		r.Fatal(err)
	}
	if u.Host == "" {
		u.Scheme, u.Host = "https", "management.azure.com"
	}
	if query := u.Query(); !query.Has("api-version") {
		query.Set("api-version", "2021-04-01")
		if strings.Contains(u.Path, "/providers/Microsoft.Network/") {
			query.Set("api-version", "2024-05-01")
		}
		u.RawQuery = query.Encode()
	}
	raw, err := json.Marshal(body)
	if err != nil {
		r.Fatal(err)
	}
	if body == nil {
		raw = nil
	}
	req, err := http.NewRequestWithContext(r.Context(), method, u.String(), bytes.NewReader(raw))
	if err != nil {
		r.Fatal(err)
	}
	token, err := r.tenant.Token(app, "https://management.azure.com")
	if err != nil {
		r.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	for name, value := range r.headers {
		req.Header.Set(name, value)
	}
	return r.answer(req)
}

func (r rig) answer(req *http.Request) answer {
	r.Helper()
	res, err := r.platform.Do(req)
	if err != nil {
		r.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		r.Fatal(err)
	}
	a := answer{T: r.T, status: res.StatusCode, header: res.Header, raw: string(text)}
	if len(text) > 0 && text[0] == '{' {
		if err := json.Unmarshal(text, &a.body); err != nil {
			r.Fatal(err)
		}
	}
	return a
}

// want fails the test unless the answer has the status and, when one is given, the error code.
func (a answer) want(status int, code string) answer {
	a.Helper()
	if a.status != status || a.text("error.code") != code {
		a.Fatalf("%d, want %d %q: %s", a.status, status, code, a.raw)
	}
	return a
}

func (a answer) text(path string) string { return server.Text(a.body, path) }

// list is the value of a list, or the list at a path.
func (a answer) list(path string) []any {
	value, _ := server.Lookup(a.body, path)
	out, _ := value.([]any)
	return out
}

// names are the names of what is in a list.
func (a answer) names(path string) string {
	var out []string
	for _, value := range a.list(path) {
		d, _ := value.(doc)
		out = append(out, server.Text(d, "name"))
	}
	return strings.Join(out, " ")
}

func (r rig) get(at string) answer {
	r.Helper()
	return r.send("GET", at, nil).want(200, "")
}

// put is a PUT of properties that goes well; it ends when the operation ends.
func (r rig) put(at string, properties doc) answer {
	r.Helper()
	a := r.send("PUT", at, doc{"properties": properties})
	if a.status != 200 && a.status != 201 {
		r.Fatalf("PUT %s: %d %s", at, a.status, a.raw)
	}
	r.wait(a)
	return r.get(at)
}

func (r rig) remove(at string) {
	r.Helper()
	r.wait(r.send("DELETE", at, nil).want(202, ""))
}

// wait polls an operation to its end and returns the last answer.
func (r rig) wait(a answer) answer {
	r.Helper()
	at := a.header.Get("Azure-AsyncOperation")
	if at == "" {
		at = a.header.Get("Location")
	}
	if at == "" {
		r.Fatalf("no poll URL: %d %s", a.status, a.raw)
	}
	for range 20 {
		a = r.send("GET", at, nil)
		if a.status != 202 && a.text("status") != "InProgress" {
			return a
		}
	}
	r.Fatal("the operation does not end")
	return a
}

func subnet(prefix string, more ...doc) doc {
	d := doc{"addressPrefix": prefix}
	for _, m := range more {
		server.Merge(d, m)
	}
	return d
}

func delegation(names ...string) doc {
	list := []any{}
	for _, name := range names {
		list = append(list, doc{"name": name, "properties": doc{"serviceName": name}})
	}
	return doc{"delegations": list}
}

func peering(remote string) doc { return doc{"remoteVirtualNetwork": doc{"id": remote}} }
