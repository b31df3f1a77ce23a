package arm

import "github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"

// facts tells what the operations of this family rest on. Each resource type has api-versions of its own, which its
// routes name.
func facts(p *server.Platform) {
	documented := func(page string, versions []string) server.Fact {
		return server.Fact{Source: "https://learn.microsoft.com/" + page, Confidence: server.Documented, APIVersions: versions}
	}
	p.Know("arm.", server.Facts{
		"tenants.* subscriptions.*":       documented("rest/api/resources/subscriptions", resourceVersions),
		"resourcegroups.*":                documented("rest/api/resources/resource-groups", resourceVersions),
		"providers.*":                     documented("rest/api/resources/providers", resourceVersions),
		"features.*":                      documented("rest/api/resources/features", featureVersions),
		"metadata.*":                      {Source: "https://management.azure.com/metadata/endpoints?api-version=2020-06-01", Confidence: server.Observed},
		"operations.* operationresults.*": documented("azure/azure-resource-manager/management/async-operations", nil),
		"virtualnetworks.*":               documented("rest/api/virtualnetwork/virtual-networks", networkVersions),
		"subnets.*":                       documented("rest/api/virtualnetwork/subnets", networkVersions),
		"subnets.links":                   documented("rest/api/virtualnetwork/service-association-links", networkVersions),
		"peerings.*":                      documented("rest/api/virtualnetwork/virtual-network-peerings", networkVersions),
		"delegations.*":                   documented("rest/api/virtualnetwork/available-delegations", networkVersions),
		"vaults.*":                        documented("rest/api/keyvault/keyvault/vaults", vaultVersions),
		"keys.*":                          documented("rest/api/keyvault/keyvault/keys", vaultVersions),
		"secrets.*":                       documented("rest/api/keyvault/keyvault/secrets", vaultVersions),
		"roleassignments.*":               documented("rest/api/authorization/role-assignments", roleVersions),
		"roledefinitions.*":               documented("rest/api/authorization/role-definitions", roleVersions),
		"enterprisepolicies.*": {
			Source:     "https://github.com/Azure/azure-rest-api-specs/tree/main/specification/powerplatform/resource-manager",
			Confidence: server.Documented, APIVersions: policyVersions,
		},
	})
}
