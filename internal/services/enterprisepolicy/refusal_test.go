package enterprisepolicy_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/arm"
)

// What is wrong in a configuration is said before anything is asked for.
func TestPolicyArgumentsThatAreRefusedAtOnce(t *testing.T) {
	t.Parallel()
	east, west := subnet("eastus", "snet-delegated"), subnet("westus", "snet-delegated")
	for name, c := range map[string]struct{ line, says string }{
		"an Azure region":           {`location = "westeurope"`, `"westeurope" is an Azure region; name the geography that it serves: europe`},
		"a region by its name":      {`location = "East US"`, `"East US" is an Azure region; name the geography that it serves: unitedstates`},
		"a display name":            {`location = "United States"`, `"United States" is written unitedstates`},
		"no location":               {`location = ""`, "Invalid location"},
		"a group with a slash":      {fmt.Sprintf("resource_group_id = %q", groupID+"/"), "trailing slash"},
		"a network for a group":     {fmt.Sprintf("resource_group_id = %q", networks+"vnet-eastus"), "not of a Microsoft.Resources/resourceGroups"},
		"a name with a slash":       {`name = "a/b"`, "must be the name of an Azure resource"},
		"a subnet with a slash":     {fmt.Sprintf("subnet_ids = [%q, %q]", east+"/", west), "trailing slash"},
		"a network for a subnet":    {fmt.Sprintf("subnet_ids = [%q, %q]", networks+"vnet-eastus", west), "not of a Microsoft.Network/virtualNetworks/subnets"},
		"the same subnet twice":     {fmt.Sprintf("subnet_ids = [%q, %q]", east, strings.ToLower(east)), "is given twice"},
		"two subnets of a network":  {fmt.Sprintf("subnet_ids = [%q, %q]", east, subnet("eastus", "snet-delegated-next")), "are in one virtual network"},
		"no subnet":                 {"subnet_ids = []", "at least 1"},
		"the name of another thing": {`name = "case."`, "without a period at its end"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := policyWorld(t, nil)
			w.Run(resource.TestStep{Config: injection(c.line), ExpectError: acctest.Says(c.says)})
			if n := w.Count(); n > 0 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

// Locations are the platform's: what is not known, or known by another name, is only warned of.
func TestLocationsThatAreWarnedOf(t *testing.T) {
	t.Parallel()
	for location, said := range map[string]string{
		"atlantis":      "is sent to the platform as it is, which may refuse it.",
		"unitedkingdom": `Enterprise policies for environments in unitedkingdom are usually in "uk".`,
	} {
		t.Run(location, func(t *testing.T) {
			t.Parallel()
			w := policyWorld(t, nil)
			acctest.Tells(t, overhear(w, resource.TestStep{
				Config: block("identity_policy", "it", `name = "id"`, fmt.Sprintf("resource_group_id = %q", groupID), fmt.Sprintf("location = %q", location)),
				// the plan is made; whether the platform knows the name is its business
				PlanOnly: true, ExpectNonEmptyPlan: true,
			}), said)
		})
	}
}

// What the platform refuses is blamed on the argument, with what helps.
func TestPoliciesThatThePlatformRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lines []string
		says  []string
	}{
		"subnet not delegated": {
			[]string{"subnet_ids = " + pair("snet-powerplatform")},
			[]string{"snet-powerplatform is not delegated to Microsoft.PowerPlatform/enterprisePolicies; powerplatform_subnet_delegation does that"},
		},
		"no such subnet":   {[]string{"subnet_ids = " + pair("snet-nowhere")}, []string{"There is no subnet"}},
		"no such group":    {[]string{fmt.Sprintf("resource_group_id = %q", groupID+"-other")}, []string{"ResourceGroupNotFound", "resource_group_id ="}},
		"unknown location": {[]string{`location = "atlantis"`}, []string{"LocationNotAvailableForResourceType", "location ="}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, text := range c.says {
				w := policyWorld(t, nil)
				w.Run(resource.TestStep{Config: injection(c.lines...), ExpectError: acctest.Says(text)})
			}
		})
	}

	t.Run("subnet of another policy", func(t *testing.T) {
		t.Parallel()
		for _, code := range []string{"", "EnterprisePolicySubnetInUse"} {
			w := policyWorld(t, map[string]string{arm.SwitchSubnetInUse: code})
			w.Run(
				resource.TestStep{Config: injectionNamed("other", `name = "other"`)},
				resource.TestStep{
					Config:      injectionNamed("other", `name = "other"`) + injection(),
					ExpectError: acctest.Says("serves another policy (" + azure("other") + "), and a subnet serves one only"),
				},
			)
		}
	})
}

// A subscription that is not registered is told apart from everything else, and can be registered by the same apply.
func TestAccNetworkInjectionPolicy_P11(t *testing.T) {
	t.Parallel()
	identity := func(group string) string {
		return block("identity_policy", "it", `name = "id"`, "resource_group_id = "+group, `location = "unitedstates"`)
	}
	t.Run("provider", func(t *testing.T) {
		t.Parallel()
		w := policyWorld(t, nil)
		w.Collection("resource_providers").Put(strings.Split(sandbox, "/resourceGroups")[0]+"/providers/Microsoft.PowerPlatform", mock.Doc{"registrationState": "NotRegistered"})
		w.Keep()
		w.Run(
			resource.TestStep{Config: identity(fmt.Sprintf("%q", sandbox)), ExpectError: acctest.Says("powerplatform_resource_provider_registration")},
			resource.TestStep{Config: block("resource_provider_registration", "it", fmt.Sprintf("subscription_id = %q", mock.LandscapeSandboxID)) +
				identity(`"/subscriptions/${powerplatform_resource_provider_registration.it.subscription_id}/resourceGroups/rg-sandbox"`)},
		)
	})
	t.Run("somebody is registering it", func(t *testing.T) {
		t.Parallel()
		w := policyWorld(t, nil)
		subscription, _, _ := strings.Cut(sandbox, "/resourceGroups")
		w.Collection("resource_providers").Put(subscription+"/providers/Microsoft.PowerPlatform", mock.Doc{"registrationState": "Registering"})
		w.Do(func() {
			w.Begin(arm.KindProviderRegister, 30*time.Second, mock.Doc{"subscription": subscription, "namespace": "Microsoft.PowerPlatform"})
		})
		w.Keep()
		w.Run(resource.TestStep{Config: identity(fmt.Sprintf("%q", sandbox))})
		acctest.Same(t, "puts", w.Count(opPut), 2)
	})
	t.Run("feature", func(t *testing.T) {
		t.Parallel()
		w := policyWorld(t, map[string]string{arm.SwitchPolicyFeature: "required"})
		w.Run(resource.TestStep{Config: injection(), ExpectError: acctest.Says("set preview_feature_enabled = true on powerplatform_resource_provider_registration")})
	})
}

// A linked policy is not changed: the plan says so, and how to get there.
func TestAccNetworkInjectionPolicy_P15(t *testing.T) {
	t.Parallel()
	w := policyWorld(t, nil)
	w.Run(
		resource.TestStep{Config: injection()},
		resource.TestStep{
			PreConfig: func() { bind(w, "vNets", "case")(); w.Forget() },
			Config:    injection(`tags = { stage = "prod" }`), ExpectError: acctest.Says("The policy is linked to the environment " + prodEnv),
		},
		resource.TestStep{Config: injection("subnet_ids = " + pair("snet-delegated-next")), ExpectError: acctest.Says("give the policy a new name, other subnets (a subnet serves one policy only) and lifecycle { create_before_destroy = true }")},
		resource.TestStep{
			Config: injection(), ConfigPlanChecks: acctest.Will(injectionAddr, plancheck.ResourceActionNoop),
			ConfigStateChecks: acctest.Shows(injectionAddr, acctest.Attributes{"linked_environment_ids": knownvalue.SetExact(acctest.Each(prodEnv))}),
		},
		resource.TestStep{PreConfig: func() {
			acctest.Same(t, "puts", w.Count(opPut), 0)
			bind(w, "vNets", "")()
		}, Config: injection(), ConfigPlanChecks: acctest.Will(injectionAddr, plancheck.ResourceActionNoop)},
	)

	t.Run("replacement", func(t *testing.T) {
		t.Parallel()
		w := policyWorld(t, nil)
		acctest.Tells(t, overhear(w,
			resource.TestStep{Config: injection()},
			resource.TestStep{
				PreConfig: bind(w, "vNets", "case"), Config: injection(`name = "case2"`, "subnet_ids = "+pair("snet-delegated-next")),
				ExpectError: acctest.Says("It is linked to the environment " + prodEnv),
			},
			resource.TestStep{PreConfig: bind(w, "vNets", ""), Config: injection()},
		), "Replacing a linked policy needs create_before_destroy", "the environment "+prodEnv)
	})

	t.Run("linked after the plan", func(t *testing.T) {
		t.Parallel()
		w := policyWorld(t, nil)
		w.Run(
			resource.TestStep{Config: injection()},
			resource.TestStep{
				PreConfig: func() {
					w.Fault(mock.Fault{Operation: opPut, Status: http.StatusBadRequest, Body: acctest.Refusal("EnterprisePolicyUpdateNotAllowed", "linked")})
				},
				Config: injection(`tags = { stage = "prod" }`), ExpectError: acctest.Says("The policy is linked to an environment that this identity cannot see"),
			},
		)
	})
}
