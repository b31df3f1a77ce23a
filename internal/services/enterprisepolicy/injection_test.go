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
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
)

func TestAccNetworkInjectionPolicy_basic(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{"", "async"} {
		t.Run("answers "+answer, func(t *testing.T) {
			t.Parallel()
			w := policyWorld(t, map[string]string{arm.SwitchPolicyAnswer: answer})
			config := injection(`tags = { owner = "platform team" }`)
			w.Run(
				resource.TestStep{Config: config, ConfigStateChecks: acctest.Shows(injectionAddr, acctest.Attributes{
					"id": azure("case"), "name": "case", "resource_group_id": groupID,
					"location": "unitedstates", "tags": knownvalue.MapExact(map[string]knownvalue.Check{"owner": knownvalue.StringExact("platform team")}),
					"subnet_ids": knownvalue.ListExact(acctest.Each(subnet("eastus", "snet-delegated"), subnet("westus", "snet-delegated"))),
					"system_id":  knownvalue.StringRegexp(acctest.Says("/regions/unitedstates/providers/Microsoft.PowerPlatform/enterprisePolicies/")),
					"policy_id":  knownvalue.NotNull(), "health_status": "Undetermined", "linked_environment_ids": knownvalue.SetSizeExact(0),
				})},
				resource.TestStep{
					PreConfig: func() {
						acctest.Same(t, "subnets in use", held(w), heldPair("snet-delegated"))
						acctest.Same(t, "puts", w.Count(opPut), 1)
						w.Forget()
					},
					Config: config, PlanOnly: true,
				},
				resource.TestStep{PreConfig: func() { // each run signs in once for each of the two APIs
					runs := w.Count("login.token") / 2
					acctest.Same(t, "requests of a refresh", w.Tally(opPolicy, opEnvs, opSubnet, opPut), map[string]int{opPolicy: runs, opEnvs: runs, opSubnet: 0, opPut: 0})
				}, Config: config, ConfigPlanChecks: acctest.Will(injectionAddr, plancheck.ResourceActionNoop)},
				resource.TestStep{ResourceName: injectionAddr, ImportState: true, ImportStateId: azure("case"), ImportStateVerify: true},
				resource.TestStep{ResourceName: injectionAddr, ImportState: true, ImportStateId: strings.ToLower(azure("case")), ImportStateVerify: true, ImportStateVerifyIgnore: []string{"id"}, ImportStateVerifyIdentifierAttribute: "name"},
				resource.TestStep{ResourceName: injectionAddr, ImportState: true, ImportStateId: azure("case") + "/", ExpectError: acctest.Says("trailing slash")},
				resource.TestStep{ResourceName: injectionAddr, ImportState: true, ImportStateId: azure("other"), ExpectError: acctest.Says("non-existent remote object")},
			)
			acctest.Same(t, "subnets in use after the destroy", held(w), []string(nil))
		})
	}
}

func TestAPolicyIsChangedInPlaceWhileNothingIsLinked(t *testing.T) {
	t.Parallel()
	w := policyWorld(t, nil)
	w.Run(
		resource.TestStep{Config: injection()},
		resource.TestStep{PreConfig: w.Forget, Config: injection(`tags = { stage = "test" }`, "subnet_ids = "+pair("snet-delegated-next")), ConfigPlanChecks: acctest.Will(injectionAddr, plancheck.ResourceActionUpdate)},
		resource.TestStep{
			PreConfig: func() {
				acctest.Same(t, "puts", w.Count(opPut), 1)
				acctest.Same(t, "subnets in use", held(w), heldPair("snet-delegated-next"))
			},
			Config: injection(`tags = {}`, "subnet_ids = "+pair("snet-delegated-next")), ConfigPlanChecks: acctest.Will(injectionAddr, plancheck.ResourceActionUpdate),
			ConfigStateChecks: acctest.Shows(injectionAddr, acctest.Attributes{"tags": knownvalue.MapSizeExact(0)}),
		},
	)
}

// Order and case of the subnets say nothing, and tags that nobody configures are somebody else's.
func TestWhatIsNoChangeOfAPolicy(t *testing.T) {
	t.Parallel()
	w := policyWorld(t, nil)
	east, west := subnet("eastus", "snet-delegated"), subnet("westus", "snet-delegated")
	none := func(lines ...string) resource.TestStep {
		return resource.TestStep{Config: injection(lines...), ConfigPlanChecks: acctest.Will(injectionAddr, plancheck.ResourceActionNoop), ConfigStateChecks: acctest.Shows(injectionAddr, acctest.Attributes{
			"subnet_ids": knownvalue.ListExact(acctest.Each(east, west)),
		})}
	}
	tagged := none()
	tagged.PreConfig = func() {
		d, _ := policyDoc(w, "case")
		d["tags"] = mock.Doc{"costCenter": "4711"}
		w.Collection(bap.EnterprisePolicies).Put(azure("case"), d)
	}
	w.Run(
		resource.TestStep{Config: injection()},
		none(fmt.Sprintf("subnet_ids = [%q, %q]", west, east)),
		none(fmt.Sprintf("subnet_ids = [%q, %q]", strings.ToUpper(west[:20])+west[20:], strings.ToLower(east))),
		none(`name = "CASE"`, fmt.Sprintf("resource_group_id = %q", strings.ToLower(groupID)), `location = "UnitedStates"`),
		tagged,
		none(`tags = { costCenter = "4711" }`),
	)
	acctest.Same(t, "puts", w.Count(opPut), 1)
}

// The platform shows the system ID late; what refers to it waits.
func TestAccNetworkInjectionPolicy_P01(t *testing.T) {
	t.Parallel()
	w := policyWorld(t, nil)
	w.Lag(mock.Lag{Collection: bap.EnterprisePolicies, Field: "properties.systemId", Reads: 4})
	w.Run(resource.TestStep{Config: injection() + linked("test", testEnv), ConfigStateChecks: acctest.Shows(injectionAddr, acctest.Attributes{
		"system_id": knownvalue.NotNull(), "policy_id": knownvalue.NotNull(),
	})})
	if n := w.Count(opPolicy); n < 5 {
		t.Errorf("%d reads", n)
	}
}

// The platform notices late that the last environment was unlinked.
func TestAccNetworkInjectionPolicy_P08(t *testing.T) {
	t.Parallel()
	w := policyWorld(t, map[string]string{arm.SwitchLinkCountDelay: "20"})
	w.Run(resource.TestStep{Config: injection() + linked("test", testEnv) + linked("prod", prodEnv)})
	if n := w.Count(opDelete); n < 3 {
		t.Errorf("%d attempts to delete", n)
	}

	t.Run("forever", func(t *testing.T) {
		t.Parallel()
		w := policyWorld(t, nil)
		config := injection(`timeouts = { delete = "2s" }`)
		refusal := mock.Fault{Operation: opDelete, Status: http.StatusBadRequest, Times: -1, Body: acctest.Refusal("EnterprisePolicyDeleteNotAllowed", "as it is linked with 1 environment(s).")}
		w.Run(
			resource.TestStep{Config: config},
			resource.TestStep{PreConfig: func() { w.Fault(refusal) }, Config: config, Destroy: true, ExpectError: acctest.Says("No environment shows a link to it")},
			resource.TestStep{PreConfig: func() { w.Platform.ClearFaults(w.ID) }, Config: config},
		)
	})
}

func TestAPolicyThatIsStillLinkedIsNotDeleted(t *testing.T) {
	t.Parallel()
	w := policyWorld(t, nil)
	w.Run(
		resource.TestStep{Config: injection()},
		resource.TestStep{
			PreConfig: func() { bind(w, "vNets", "case")(); w.Forget() },
			Config:    injection(), Destroy: true, ExpectError: acctest.Says("It is linked to the environment " + prodEnv),
		},
		resource.TestStep{PreConfig: func() {
			acctest.Same(t, "attempts", w.Count(opDelete), 1)
			bind(w, "vNets", "")()
		}, Config: injection()},
	)
}

// The subnets are free again when the destroy returns.
func TestAccNetworkInjectionPolicy_P09(t *testing.T) {
	t.Parallel()
	w := policyWorld(t, map[string]string{arm.SwitchServiceLinkDelay: "45"})
	w.Run(resource.TestStep{Config: injection()})
	acctest.Same(t, "subnets in use", held(w), []string(nil))

	t.Run("forever", func(t *testing.T) {
		t.Parallel()
		w := policyWorld(t, map[string]string{arm.SwitchServiceLinkDelay: "100000000"})
		config := injection(`timeouts = { delete = "2s" }`)
		w.Run(
			resource.TestStep{Config: config},
			resource.TestStep{Config: config, Destroy: true, ExpectError: acctest.Says("snet-delegated is still held by")},
			resource.TestStep{PreConfig: func() { w.SetSwitch(arm.SwitchServiceLinkDelay, ""); w.Clock().Advance(100000000 * time.Second) }, Config: config},
		)
	})
}

// What the caller may not see cannot be waited for.
func TestADestroyEndsWhereSubnetsCannotBeRead(t *testing.T) {
	t.Parallel()
	w := policyWorld(t, nil)
	said := overhear(w, resource.TestStep{Config: injection()}, resource.TestStep{
		PreConfig: func() { w.Fault(mock.Fault{Operation: opSubnet, Status: http.StatusForbidden, Times: -1}) }, Config: injection(), PlanOnly: true,
	})
	acctest.Tells(t, said, "Could not see whether the subnets are free again")
}

func TestAccNetworkInjectionPolicy_P10(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		subnets, location, warns, refuses string
	}{
		"one network": {
			fmt.Sprintf("subnet_ids = [%q]", subnet("eastus", "snet-delegated")), "unitedstates",
			"United States needs virtual networks in 2 regions, and the second is missing: eastus with westus", "There should be at least 2 vnets",
		},
		"wrong pair": {
			"subnet_ids = " + pair("snet-delegated"), "europe",
			"eastus is not a region of Europe, which is served by westeurope with northeurope", "are not supported for Subnet Injection",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := policyWorld(t, nil)
			config := injection(c.subnets, fmt.Sprintf("location = %q", c.location))
			said := overhear(w, resource.TestStep{Config: config, ExpectError: acctest.Says(c.refuses)})
			acctest.Tells(t, said, c.warns)
		})
	}
}

// A policy of the name may be somebody's: it is never taken over silently.
func TestAPolicyThatExistsIsNotTakenOver(t *testing.T) {
	t.Parallel()
	w := policyWorld(t, nil)
	w.Run(
		resource.TestStep{Config: injection()},
		resource.TestStep{
			PreConfig: w.Forget, Config: injection() + injectionNamed("other", "subnet_ids = "+pair("snet-delegated-next")),
			ExpectError: acctest.Says(`id = "` + azure("case")),
		},
		resource.TestStep{PreConfig: func() { acctest.Same(t, "puts", w.Count(opPut), 0) }, Config: injection()},
	)
}

func TestAnAnswerThatIsLostLeavesOnePolicy(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]mock.Fault{
		"cut":  {Operation: opPut, Cut: true, Effect: true},
		"502":  {Operation: opPut, Status: http.StatusBadGateway, Effect: true},
		"busy": {Operation: opPut, Status: http.StatusConflict, Times: 2, Body: acctest.Refusal("AnotherOperationInProgress", "busy")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := policyWorld(t, nil)
			w.Fault(fault)
			w.Run(resource.TestStep{Config: injection()})
		})
	}
}

// Whoever may not list environments still manages policies.
func TestAPolicyWithoutASightOfEnvironments(t *testing.T) {
	t.Parallel()
	w := policyWorld(t, nil)
	w.Fault(mock.Fault{Operation: opEnvs, Status: http.StatusForbidden, Times: -1})
	said := overhear(w,
		resource.TestStep{Config: injection(), ConfigStateChecks: acctest.Shows(injectionAddr, acctest.Attributes{"linked_environment_ids": nil})},
		resource.TestStep{Config: injection(`tags = { a = "b" }`), ConfigPlanChecks: acctest.Will(injectionAddr, plancheck.ResourceActionUpdate)},
	)
	acctest.Tells(t, said, "Could not read which environments are linked to case")
}

func TestAPolicyThatVanishesIsMadeAgain(t *testing.T) {
	t.Parallel()
	w := policyWorld(t, nil)
	gone := func() { w.Collection(bap.EnterprisePolicies).Delete(azure("case")); free(w) }
	w.Run(
		resource.TestStep{Config: injection()},
		resource.TestStep{PreConfig: gone, Config: injection(), ConfigPlanChecks: acctest.Will(injectionAddr, plancheck.ResourceActionCreate)},
	)
}

// free takes all policies off all subnets.
func free(w *acctest.World) {
	for _, id := range w.Collection(arm.Subnets).IDs() {
		w.Change(arm.Subnets, id, func(d mock.Doc) { delete(d["properties"].(mock.Doc), "serviceAssociationLinks") })
	}
}
