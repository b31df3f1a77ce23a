package billing_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
)

func TestPoliciesAreListedWithTheirInstrument(t *testing.T) {
	t.Parallel()
	const id, subscription = "22222222-2222-4222-8222-222222222222", "33333333-3333-4333-8333-333333333333"
	w := acctest.New(t, mock.TenantSeed{Items: map[string][]mock.Doc{"billing_policies": {{
		"id": id, "name": "payg", "location": "europe", "billing_instrument": mock.Doc{"subscription_id": subscription, "resource_group": "rg"},
	}}}})
	w.Run(resource.TestStep{
		Config: `data "powerplatform_billing_policies" "all" {}`,
		ConfigStateChecks: acctest.Shows("data.powerplatform_billing_policies.all", acctest.Attributes{
			"billing_policies": knownvalue.ListExact([]knownvalue.Check{knownvalue.ObjectExact(map[string]knownvalue.Check{
				"id": knownvalue.StringExact(id), "name": knownvalue.StringExact("payg"), "location": knownvalue.StringExact("europe"), "status": knownvalue.StringExact("Enabled"),
				"billing_instrument": knownvalue.ObjectExact(map[string]knownvalue.Check{
					"id": knownvalue.NotNull(), "subscription_id": knownvalue.StringExact(subscription), "resource_group": knownvalue.StringExact("rg"),
				}),
			})}),
		}),
	})
}
