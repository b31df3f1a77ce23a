package enterprisepolicy_test

import (
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
)

// Two environments change from one policy to another in one apply, and are never without one.
func TestAccNetworkInjectionPolicy_P07(t *testing.T) {
	t.Parallel()
	for name, switches := range map[string]map[string]string{
		"":               nil,
		"late":           {arm.SwitchLinkCountDelay: "20", arm.SwitchServiceLinkDelay: "30"},
		"new record":     {bap.SwitchSwapRecord: "new", arm.SwitchPolicyAnswer: "async"},
		"another header": {bap.SwitchLinkHeader: "Location"},
	} {
		t.Run("swap "+name, func(t *testing.T) {
			t.Parallel()
			w := policyWorld(t, switches)
			config := func(lines ...string) string {
				return injection(append(lines, "lifecycle { create_before_destroy = true }")...) + linked("test", testEnv) + linked("prod", prodEnv)
			}
			next := config(`name = "case-next"`, "subnet_ids = "+pair("snet-delegated-next"))
			replaced := resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(injectionAddr, plancheck.ResourceActionCreateBeforeDestroy),
				plancheck.ExpectResourceAction("powerplatform_enterprise_policy.test", plancheck.ResourceActionUpdate),
				plancheck.ExpectResourceAction("powerplatform_enterprise_policy.prod", plancheck.ResourceActionUpdate),
			}}
			w.Run(
				resource.TestStep{Config: config()},
				resource.TestStep{PreConfig: w.Forget, Config: next, ConfigPlanChecks: replaced},
				resource.TestStep{
					PreConfig: func() {
						acctest.Same(t, "links and unlinks", w.Tally(opLink, opUnlink), map[string]int{opLink: 2, opUnlink: 0})
						var order []string
						for _, e := range w.Requests(opPut, opLink, opDelete) {
							if e.Status < 300 && !slices.Contains(order, e.Operation) {
								order = append(order, e.Operation)
							}
						}
						acctest.Same(t, "order", order, []string{opPut, opLink, opDelete})
						if _, there := policyDoc(w, "case"); there {
							t.Error("the old policy is still there")
						}
						acctest.Same(t, "subnets in use", held(w), heldPair("snet-delegated-next"))
					},
					Config: next,
					ConfigPlanChecks: resource.ConfigPlanChecks{
						PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}, PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
					},
					ConfigStateChecks: acctest.Shows(injectionAddr, acctest.Attributes{"linked_environment_ids": knownvalue.SetExact(acctest.Each(testEnv, prodEnv))}),
				},
			)
			acctest.Same(t, "subnets in use after the destroy", held(w), []string(nil))
		})
	}
}

// A change that the platform refuses while linked goes by itself once the policy is replaced: identities too.
func TestAnIdentityPolicyIsSwapped(t *testing.T) {
	t.Parallel()
	w := policyWorld(t, nil)
	config := func(name string) string {
		return block("identity_policy", "it", `name = "`+name+`"`, `resource_group_id = "`+groupID+`"`, `location = "unitedstates"`, "lifecycle { create_before_destroy = true }") +
			linked("test", testEnv, `policy_type = "Identity"`, "policy_id = powerplatform_identity_policy.it.id")
	}
	w.Run(
		resource.TestStep{Config: config("a"), ConfigStateChecks: acctest.Shows("powerplatform_identity_policy.it", acctest.Attributes{
			"principal_id": knownvalue.NotNull(), "tenant_id": w.ID, "id": azure("a"),
		})},
		resource.TestStep{PreConfig: w.Forget, Config: config("b")},
		resource.TestStep{PreConfig: func() {
			acctest.Same(t, "links and unlinks", w.Tally(opLink, opUnlink), map[string]int{opLink: 1, opUnlink: 0})
		}, Config: config("b"), ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}},
	)
}
