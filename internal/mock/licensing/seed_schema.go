package licensing

import (
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/schema"
)

// policyShape describes the key billing_policies of a seed.
func policyShape() *schema.Shape {
	return schema.Objects(bap.BillingPolicies, "Billing policies; environments name the one that pays for them.",
		schema.GUID("id", "The ID; a new one when left out.").Defines(bap.BillingPolicies),
		schema.Text("name", "The name; the ID when left out."),
		schema.Text("location", "The location; the home location of the tenant when left out."),
		schema.Text("status", `"Enabled" when left out.`).Enum("Enabled", "Disabled"),
		schema.Object("billing_instrument", "The account in Azure that is billed.",
			schema.Text("id", "The ID of the account; made of the others when left out."),
			schema.GUID("subscription_id", "The Azure subscription."),
			schema.Text("resource_group", `The resource group, "billing" when left out.`)))
}
