package mock

import (
	"fmt"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// What Landscape is made of.
const (
	// LandscapeSubscriptionID is the subscription with the networks.
	LandscapeSubscriptionID = "00000000-0000-4000-8000-00000000cccc"
	// LandscapeSandboxID is the subscription in which Microsoft.PowerPlatform is not registered.
	LandscapeSandboxID = "00000000-0000-4000-8000-00000000dddd"
	// LandscapeEnvironmentID is the managed environment.
	LandscapeEnvironmentID = "aaaaaaaa-0000-4000-8000-00000000a001"
	// LandscapeKeyVaultID is the key vault.
	LandscapeKeyVaultID = "/subscriptions/" + LandscapeSubscriptionID + "/resourceGroups/rg-powerplatform/providers/Microsoft.KeyVault/vaults/kv-contoso"
)

// Landscape is what the network team of Contoso owns, for seeds (TenantSeed.Items): two subscriptions, virtual networks
// in eastus and westus with subnets both delegated and not, a key vault with a key and the secrets of the case API for
// three stages; under "role_assignments", that the application of the tenant and Dataverse may read these secrets; and,
// under "environments", one managed
// environment to link, and the hosts that it reaches once it is linked. Every call returns a copy of its own.
func Landscape() map[string][]server.Doc {
	return map[string][]server.Doc{
		"subscriptions": {
			{
				"id": LandscapeSubscriptionID, "display_name": "Contoso",
				"registered": []any{"Microsoft.Network", "Microsoft.KeyVault", "Microsoft.PowerPlatform"},
				"resource_groups": []any{
					Doc{
						"name": "rg-network", "location": "eastus", "tags": Doc{"owner": "network team"},
						"virtual_networks": []any{landscapeNetwork("eastus", 10), landscapeNetwork("westus", 20)},
					},
					Doc{
						"name": "rg-powerplatform", "location": "eastus",
						"key_vaults": []any{Doc{
							"name": "kv-contoso", "soft_delete": true, "purge_protection": true, "rbac": true,
							"keys":    []any{Doc{"name": "cmk", "type": "RSA", "size": 2048}},
							"secrets": landscapeSecrets(),
						}},
					},
				},
			},
			{
				"id": LandscapeSandboxID, "display_name": "Contoso sandbox", "registered": []any{"Microsoft.Network"},
				"resource_groups": []any{Doc{"name": "rg-sandbox", "location": "eastus"}},
			},
		},
		"role_assignments": {
			{"scope": LandscapeKeyVaultID, "principal": "terraform", "role": "Key Vault Secrets User"},
			{"scope": LandscapeKeyVaultID, "principal": "dataverse", "role": "Key Vault Secrets User"},
		},
		"environments": {{
			"id": LandscapeEnvironmentID, "display_name": "Case management test", "location": "unitedstates",
			"azure_region": "eastus", "type": "Sandbox", "managed": true,
			"dataverse": Doc{"domain": "casemanagementtest", "language_code": 1033, "currency_code": "USD"},
		}},
		"network_hosts": {
			{"host": "sql-contoso.database.windows.net", "addresses": []any{"10.10.3.4"}, "open_ports": []any{1433}},
			{"host": "api.contoso.example", "addresses": []any{"10.10.3.5"}, "open_ports": []any{443}, "tls": Doc{"issuer": "CN=Contoso Issuing CA"}},
		},
	}
}

// landscapeSecrets are a client ID and a client secret of the case API for each stage.
func landscapeSecrets() []any {
	var out []any
	for i, stage := range []string{"dev", "test", "prod"} {
		out = append(out,
			Doc{"name": "case-api-client-id-" + stage, "value": fmt.Sprintf("cccccccc-0000-4000-8000-00000000c%03d", i+1)},
			Doc{"name": "case-api-client-secret-" + stage, "value": "hush~" + stage + "~case-api", "tags": Doc{"stage": stage}})
	}
	return out
}

// landscapeNetwork is the network of a region, 10.block.0.0/16.
func landscapeNetwork(region string, block int) Doc {
	const service = "Microsoft.PowerPlatform/enterprisePolicies"
	subnet := func(third int, name string, more Doc) Doc {
		d := Doc{"name": name, "address_prefixes": []any{fmt.Sprintf("10.%d.%d.0/24", block, third)}}
		server.Merge(d, more)
		return d
	}
	near := func(kind, name string) Doc {
		return Doc{"id": "/subscriptions/" + LandscapeSubscriptionID + "/resourceGroups/rg-network/providers/Microsoft.Network/" + kind + "/" + name + "-" + region}
	}
	return Doc{
		"name": "vnet-" + region, "location": region, "address_prefixes": []any{fmt.Sprintf("10.%d.0.0/16", block)},
		"subnets": []any{
			subnet(1, "snet-powerplatform", Doc{"properties": Doc{
				"networkSecurityGroup": near("networkSecurityGroups", "nsg"), "natGateway": near("natGateways", "ng"),
				"routeTable": near("routeTables", "rt"), "defaultOutboundAccess": false,
				"flowProfile": Doc{"retentionDays": 30, "notes": nil, "labels": []any{"a", "b"}}, // no client knows it
			}}),
			subnet(2, "snet-powerplatform-next", nil),
			subnet(3, "snet-private-endpoints", nil),
			subnet(4, "snet-delegated", Doc{"delegations": []any{service}}),
			subnet(5, "snet-delegated-next", Doc{"delegations": []any{service}}),
		},
	}
}
