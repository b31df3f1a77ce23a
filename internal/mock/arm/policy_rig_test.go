package arm_test

import (
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

const (
	labClient   = "11111111-1111-4111-8111-111111111111" // not the one that seeds call terraform
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

// lab is a client of Azure Resource Manager in a tenant that has networks in many regions, a vault and a managed
// environment.
type lab struct{ mocktest.Client }

func newLab(t *testing.T, switches map[string]string) lab {
	t.Helper()
	network := func(region string, octet int) doc {
		prefix := "10." + string(rune('0'+octet))
		return doc{
			"name": "vnet-" + region, "location": region, "address_prefixes": []any{prefix + ".0.0/16"},
			"subnets": []any{
				doc{"name": "pp", "address_prefixes": []any{prefix + ".1.0/24"}, "delegations": []any{"Microsoft.PowerPlatform/enterprisePolicies"}},
				doc{"name": "next", "address_prefixes": []any{prefix + ".2.0/24"}, "delegations": []any{"Microsoft.PowerPlatform/enterprisePolicies"}},
				doc{"name": "bare", "address_prefixes": []any{prefix + ".3.0/24"}},
			},
		}
	}
	var networks []any
	for i, region := range []string{"eastus", "westus", "centralus", "brazilsouth", "westeurope"} {
		networks = append(networks, network(region, i+1))
	}
	return lab{mocktest.New(t, server.TenantSeed{
		Switches: switches, Applications: []server.Application{{ClientID: labClient, DisplayName: "Terraform", Admin: true}},
		Items: map[string][]doc{
			"environments": {{"id": "one", "display_name": "one", "location": "unitedstates", "managed": true, "dataverse": doc{}}},
			"subscriptions": {
				{
					"id": labSub[15:], "registered": []any{"Microsoft.Network", "Microsoft.KeyVault", "Microsoft.PowerPlatform"},
					"resource_groups": []any{doc{
						"name": "rg", "virtual_networks": networks,
						"key_vaults": []any{doc{
							"name": "kv-contoso", "purge_protection": true, "rbac": true,
							"keys": []any{doc{"name": "cmk", "versions": 2}, doc{"name": "curve", "type": "EC", "enabled": false, "expires": 1000}},
						}},
					}},
				},
				{"id": labSandbox[15:], "registered": []any{"Microsoft.Network"}, "resource_groups": []any{doc{"name": "rg"}}},
				{
					"id": labForeign[15:], "tenant_id": "99999999-9999-4999-8999-999999999999",
					"resource_groups": []any{doc{"name": "rg", "virtual_networks": []any{network("westus", 9)}}},
				},
			},
		},
	}).At("https://" + bap.Clouds[0].ARM)}
}

func (l lab) put(name string, body doc) mocktest.Answer {
	l.Helper()
	return l.Send("PUT", labPolicies+"/"+name+labVersion, body)
}

// onSubnets is the body of a network policy; a subnet is "region/name".
func onSubnets(location string, subnets ...string) doc {
	networks := []any{}
	for _, s := range subnets {
		region, subnet, _ := strings.Cut(s, "/")
		networks = append(networks, doc{"id": labNetworks + "vnet-" + region, "subnet": doc{"name": subnet}})
	}
	return doc{
		"location": location, "kind": "NetworkInjection", "properties": doc{"networkInjection": doc{"virtualNetworks": networks}},
	}
}

func withKey(vault, key string) doc {
	return doc{
		"location": "unitedstates", "kind": "Encryption", "identity": doc{"type": "SystemAssigned"},
		"properties": doc{
			"encryption":       doc{"state": "Enabled", "keyVault": doc{"id": vault, "key": doc{"name": key}}},
			"networkInjection": nil,
		},
	}
}

// link links the environment "one" to a policy, or unlinks it, and returns the last document of the operation.
func (l lab) link(kind, verb, systemID string) mocktest.Answer {
	l.Helper()
	return l.Send("POST", "https://"+bap.Clouds[0].BAP+labEnv+kind+"/"+verb+"?api-version=2019-10-01", doc{"SystemId": systemID}).Want(202).Follow("Operation-Location")
}

// links are the names of the service association links of a subnet.
func (l lab) links(subnet string) string {
	region, name, _ := strings.Cut(subnet, "/")
	d, _ := l.Collection(arm.Subnets).Peek(labNetworks + "vnet-" + region + "/subnets/" + name)
	value, _ := server.Lookup(d, "properties.serviceAssociationLinks")
	list, _ := value.([]any)
	var out []string
	for _, v := range list {
		link, _ := v.(doc)
		out = append(out, server.Text(link, "name")+" "+server.Text(link, "properties.link"))
	}
	return strings.Join(out, ",")
}
