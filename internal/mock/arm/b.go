package arm

import (
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

func (r router) policies()  {}
func (r router) providers() {}
func (r router) vaults()    {}
func (r router) roles()     {}

// resourceProviders holds what a subscription has registered, by the ID of the resource provider.
const resourceProviders = "resource_providers"

func providerID(subscription, namespace string) string {
	return subscription + "/providers/" + namespace
}

// seedProviders registers namespaces and features ("namespace/feature") of a subscription (its ID, not its GUID).
func seedProviders(t *server.Tenant, subscription string, registered, _ []string) error {
	for _, namespace := range registered {
		id := providerID(subscription, namespace)
		t.Collection(resourceProviders).Put(id, Doc{"id": id, "namespace": namespace, "registrationState": "Registered"})
	}
	return nil
}

// registered reports whether a subscription (its ID) has registered a namespace.
func registered(t *server.Tenant, subscription, namespace string) bool {
	d, ok := t.Collection(resourceProviders).Peek(providerID(subscription, namespace))
	return ok && server.Text(d, "registrationState") == "Registered"
}

// seedVaults takes the key_vaults of a resource group (its ID).
func seedVaults(_ *server.Tenant, _ string, _ []Doc) error { return nil }

// seedPolicies takes the enterprise_policies of a resource group (its ID); subnets are seeded already.
func seedPolicies(_ *server.Tenant, _ string, _ []Doc) error { return nil }

// releasePolicies deletes the enterprise policies below an ID (of a resource group that is being deleted) and detaches
// them from their subnets. It deletes none and returns why when one cannot be deleted, because it is linked.
func releasePolicies(t *server.Tenant, id string) (blocked string) {
	for _, policy := range below(t, bap.EnterprisePolicies, id) {
		for _, subnet := range t.Collection(Subnets).IDs() {
			if d, ok := subnetDoc(t, subnet); ok && strings.EqualFold(policyOf(d), policy) {
				detach(t, subnet, policy)
			}
		}
		t.Collection(bap.EnterprisePolicies).Delete(policy)
	}
	return ""
}
