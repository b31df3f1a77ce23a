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
	labClient   = "11111111-1111-4111-8111-111111111111"
	labSub      = "/subscriptions/00000000-0000-4000-8000-00000000cccc"
	labSandbox  = "/subscriptions/00000000-0000-4000-8000-00000000dddd"
	labForeign  = "/subscriptions/00000000-0000-4000-8000-00000000eeee"
	labGroup    = labSub + "/resourceGroups/rg"
	labNetworks = labGroup + "/providers/Microsoft.Network/virtualNetworks/"
	labPolicies = labGroup + "/providers/Microsoft.PowerPlatform/enterprisePolicies"
	labVaults   = labGroup + "/providers/Microsoft.KeyVault/vaults"
	labVersion  = "?api-version=2020-10-30-preview"
	labEnv      = "/providers/Microsoft.BusinessAppPlatform/environments/one/enterprisePolicies/"
)

// lab is a platform with one tenant that has networks in many regions, a vault and a managed environment.
type lab struct {
	*testing.T
	platform *server.Platform
	tenant   *server.Tenant
	cloud    bap.Cloud
}

type labReply struct {
	status int
	header http.Header
	body   server.Doc
}

func (a labReply) code() string { return server.Text(a.body, "error.code") }

func newLab(t *testing.T, switches map[string]string) lab {
	t.Helper()
	p := server.New(server.Options{})
	witness.Record(t, p, "")
	bap.Register(p)
	arm.Register(p)
	network := func(region string, octet int) server.Doc {
		prefix := "10." + string(rune('0'+octet))
		return server.Doc{
			"name": "vnet-" + region, "location": region, "address_prefixes": []any{prefix + ".0.0/16"},
			"subnets": []any{
				server.Doc{"name": "pp", "address_prefixes": []any{prefix + ".1.0/24"}, "delegations": []any{"Microsoft.PowerPlatform/enterprisePolicies"}},
				server.Doc{"name": "next", "address_prefixes": []any{prefix + ".2.0/24"}, "delegations": []any{"Microsoft.PowerPlatform/enterprisePolicies"}},
				server.Doc{"name": "bare", "address_prefixes": []any{prefix + ".3.0/24"}},
			},
		}
	}
	var networks []any
	for i, region := range []string{"eastus", "westus", "centralus", "brazilsouth", "westeurope"} {
		networks = append(networks, network(region, i+1))
	}
	return lab{t, p, p.AddTenant(server.TenantSeed{
		Switches: switches, Applications: []server.Application{{ClientID: labClient, DisplayName: "Terraform", Admin: true}},
		Items: map[string][]server.Doc{
			"environments": {{"id": "one", "display_name": "one", "location": "unitedstates", "managed": true, "dataverse": server.Doc{}}},
			"subscriptions": {
				{
					"id": labSub[15:], "registered": []any{"Microsoft.Network", "Microsoft.KeyVault", "Microsoft.PowerPlatform"},
					"resource_groups": []any{server.Doc{
						"name": "rg", "virtual_networks": networks,
						"key_vaults": []any{server.Doc{
							"name": "kv-contoso", "purge_protection": true, "rbac": true,
							"keys": []any{server.Doc{"name": "cmk", "versions": 2}, server.Doc{"name": "curve", "type": "EC", "enabled": false, "expires": 1000}},
						}},
					}},
				},
				{"id": labSandbox[15:], "registered": []any{"Microsoft.Network"}, "resource_groups": []any{server.Doc{"name": "rg"}}},
				{
					"id": labForeign[15:], "tenant_id": "99999999-9999-4999-8999-999999999999",
					"resource_groups": []any{server.Doc{"name": "rg", "virtual_networks": []any{network("westus", 9)}}},
				},
			},
		},
	}), bap.Clouds[0]}
}

// send asks Resource Manager for a path, or whoever serves an absolute address.
func (l lab) send(method, at string, body any) labReply {
	l.Helper()
	if !strings.HasPrefix(at, "https://") {
		at = "https://" + l.cloud.ARM + strings.ReplaceAll(at, " ", "%20")
	}
	u, err := url.Parse(at)
	if err != nil {
		l.Fatal(err)
	}
	raw, err := json.Marshal(body)
	if err != nil {
		l.Fatal(err)
	}
	if body == nil {
		raw = nil
	}
	req, err := http.NewRequestWithContext(l.Context(), method, u.String(), bytes.NewReader(raw))
	if err != nil {
		l.Fatal(err)
	}
	audience := l.cloud.ARMAudiences[0]
	if strings.HasSuffix(u.Host, l.cloud.BAP) {
		audience = l.cloud.Audience
	}
	token, err := l.tenant.Token(labClient, audience)
	if err != nil {
		l.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	res, err := l.platform.Do(req)
	if err != nil {
		l.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err = io.ReadAll(res.Body)
	if err != nil {
		l.Fatal(err)
	}
	a := labReply{status: res.StatusCode, header: res.Header}
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &a.body); err != nil {
			l.Fatalf("%s %s: %v in %s", method, at, err, raw)
		}
	}
	return a
}

// must fails the test unless the answer has the status and the error code.
func (l lab) must(a labReply, status int, code string) server.Doc {
	l.Helper()
	if a.status != status || a.code() != code {
		l.Fatalf("got %d %q, want %d %q: %v", a.status, a.code(), status, code, a.body)
	}
	return a.body
}

func (l lab) put(name string, body server.Doc) labReply {
	l.Helper()
	return l.send("PUT", labPolicies+"/"+name+labVersion, body)
}

// onSubnets is the body of a network policy; a subnet is "region/name".
func onSubnets(location string, subnets ...string) server.Doc {
	networks := []any{}
	for _, s := range subnets {
		region, subnet, _ := strings.Cut(s, "/")
		networks = append(networks, server.Doc{"id": labNetworks + "vnet-" + region, "subnet": server.Doc{"name": subnet}})
	}
	return server.Doc{
		"location": location, "kind": "NetworkInjection", "properties": server.Doc{"networkInjection": server.Doc{"virtualNetworks": networks}},
	}
}

func withKey(vault, key string) server.Doc {
	return server.Doc{
		"location": "unitedstates", "kind": "Encryption", "identity": server.Doc{"type": "SystemAssigned"},
		"properties": server.Doc{
			"encryption":       server.Doc{"state": "Enabled", "keyVault": server.Doc{"id": vault, "key": server.Doc{"name": key}}},
			"networkInjection": nil,
		},
	}
}

// link links the environment "one" to a policy, or unlinks it, and returns the last document of the operation.
func (l lab) link(kind, verb, systemID string) server.Doc {
	l.Helper()
	a := l.send("POST", "https://"+l.cloud.BAP+labEnv+kind+"/"+verb+"?api-version=2019-10-01", server.Doc{"SystemId": systemID})
	l.must(a, 202, "")
	for range 400 {
		p := l.send("GET", a.header.Get("Operation-Location"), nil).body
		if s := server.Text(p, "state.id"); s == server.Succeeded || s == server.Failed {
			return p
		}
	}
	l.Fatal("the operation does not end")
	return nil
}

// links are the names of the service association links of a subnet.
func (l lab) links(subnet string) string {
	region, name, _ := strings.Cut(subnet, "/")
	d, _ := l.tenant.Collection(arm.Subnets).Peek(labNetworks + "vnet-" + region + "/subnets/" + name)
	value, _ := server.Lookup(d, "properties.serviceAssociationLinks")
	list, _ := value.([]any)
	var out []string
	for _, v := range list {
		link, _ := v.(server.Doc)
		out = append(out, server.Text(link, "name")+" "+server.Text(link, "properties.link"))
	}
	return strings.Join(out, ",")
}
