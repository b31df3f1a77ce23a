package arm_test

import (
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

const (
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

// rig is a client of Azure Resource Manager in a tenant that has networks in two regions.
type rig struct{ mocktest.Client }

func newRig(t *testing.T, switches ...string) rig {
	t.Helper()
	r := rig{mocktest.New(t, seed())}
	for i := 0; i+1 < len(switches); i += 2 {
		r.SetSwitch(switches[i], switches[i+1])
	}
	return r
}

func seed() server.TenantSeed {
	return server.TenantSeed{Items: map[string][]doc{arm.Subscriptions: landscape()}}
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

// Send asks in the version that the path is for, unless it names one.
func (r rig) Send(method, at string, body any) mocktest.Answer {
	r.Helper()
	version := "2021-04-01"
	if strings.Contains(at, "/providers/Microsoft.Network/") {
		version = "2024-05-01"
	}
	return r.At("https://management.azure.com?api-version="+version).Send(method, at, body)
}

func (r rig) get(at string) mocktest.Answer {
	r.Helper()
	return r.Send("GET", at, nil).Want(200)
}

// put is a PUT of properties that goes well; it ends when the operation ends.
func (r rig) put(at string, properties doc) mocktest.Answer {
	r.Helper()
	a := r.Send("PUT", at, doc{"properties": properties})
	if a.Status != 201 {
		a.Want(200)
	}
	a.Follow()
	return r.get(at)
}

func (r rig) remove(at string) {
	r.Helper()
	r.Send("DELETE", at, nil).Want(202).Follow()
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

// with is the client that sends one more header.
func (r rig) with(name, value string) rig { return rig{r.With(name, value)} }
