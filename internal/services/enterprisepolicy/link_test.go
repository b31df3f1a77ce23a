package enterprisepolicy_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
)

func TestAccEnterprisePolicy_basic(t *testing.T) {
	t.Parallel()
	for name, member := range map[string]string{"a": "vNets", "key": "customerManagedKeys", "id": "identity"} {
		t.Run(linkPolicies[name][0], func(t *testing.T) {
			t.Parallel()
			w := linkWorld(t, nil, nil)
			w.Run(
				resource.TestStep{Config: linkTo(name), ConfigStateChecks: shows(name)},
				resource.TestStep{PreConfig: w.Forget, Config: linkTo(name), PlanOnly: true},
				resource.TestStep{
					PreConfig: func() { acctest.Same(t, "requests of a refresh", w.Count(opEnv), w.Count("login.token")) },
					Config:    strings.ReplaceAll(linkTo(name), "/regions/", "/REGIONS/"), ConfigPlanChecks: acctest.Will(linkAddr, plancheck.ResourceActionNoop),
				},
			)
			acctest.Same(t, "after the destroy", linkOf(w, member), mock.Doc(nil))
			acctest.Same(t, "unlinks", w.Count(opUnlink), 1)
		})
	}
}

func TestAccEnterprisePolicy_import(t *testing.T) {
	t.Parallel()
	w := linkWorld(t, nil, nil)
	w.Run(
		resource.TestStep{Config: linkTo("a")},
		resource.TestStep{
			ResourceName: linkAddr, ImportState: true, ImportStateId: linkEnv + "/NetworkInjection", ImportStateVerify: true,
		},
		resource.TestStep{ResourceName: linkAddr, ImportState: true, ImportStateId: linkEnv + "/Lockbox", ExpectError: acctest.Says("policy_type")},
		resource.TestStep{ResourceName: linkAddr, ImportState: true, ImportStateId: linkEnv, ExpectError: acctest.Says("environment_id/policy_type")},
		resource.TestStep{ResourceName: linkAddr, ImportState: true, ImportStateId: linkEnv + "/Identity", ExpectError: acctest.Says("non-existent remote object")},
	)
	t.Run("changes nothing", func(t *testing.T) {
		t.Parallel()
		w := linkWorld(t, nil, nil)
		linkedByHand(w, "a")()
		w.Run(resource.TestStep{
			Config:           linkTo("a") + fmt.Sprintf("import {\n  to = %s\n  id = %q\n}\n", linkAddr, linkEnv+"/NetworkInjection"),
			ConfigPlanChecks: acctest.Will(linkAddr, plancheck.ResourceActionNoop), ConfigStateChecks: shows("a"),
		})
		acctest.Same(t, "links", w.Count(opLink), 0)
	})
}

// A change of the policy swaps it in place: the environment is never without one.
func TestAccEnterprisePolicy_swap(t *testing.T) {
	t.Parallel()
	for _, record := range []string{"", "new"} {
		for from, to := range map[string]string{"a": "b", "key": "key2", "id": "id2"} {
			t.Run(from+" "+record, func(t *testing.T) {
				t.Parallel()
				w := linkWorld(t, nil, map[string]string{bap.SwitchSwapRecord: record, bap.SwitchLinkEnforcement: "strict"})
				w.Run(
					resource.TestStep{Config: linkTo(from)},
					resource.TestStep{PreConfig: w.Forget, Config: linkTo(to), ConfigPlanChecks: acctest.Will(linkAddr, plancheck.ResourceActionUpdate), ConfigStateChecks: shows(to)},
					resource.TestStep{PreConfig: func() { acctest.Same(t, "links, unlinks", [2]int{w.Count(opLink), w.Count(opUnlink)}, [2]int{1, 0}) }, Config: linkTo(to)},
				)
			})
		}
	}
}

func TestAccEnterprisePolicy_drift(t *testing.T) {
	t.Parallel()
	t.Run("gone", func(t *testing.T) {
		t.Parallel()
		w := linkWorld(t, nil, nil)
		w.Run(
			resource.TestStep{Config: linkTo("a")},
			resource.TestStep{PreConfig: linkedByHand(w, ""), Config: linkTo("a"), ConfigPlanChecks: acctest.Will(linkAddr, plancheck.ResourceActionCreate), ConfigStateChecks: shows("a")},
		)
	})
	t.Run("another policy", func(t *testing.T) {
		t.Parallel()
		w := linkWorld(t, nil, nil)
		w.Run(
			resource.TestStep{Config: linkTo("a")},
			resource.TestStep{PreConfig: linkedByHand(w, "b"), Config: linkTo("a"), ConfigPlanChecks: acctest.Will(linkAddr, plancheck.ResourceActionUpdate), ConfigStateChecks: shows("a")},
		)
		acctest.Same(t, "unlinks", w.Count(opUnlink), 1) // the destroy
	})
	t.Run("one answer proves nothing", func(t *testing.T) {
		t.Parallel()
		w := linkWorld(t, nil, nil)
		w.Run(
			resource.TestStep{Config: linkTo("a")},
			resource.TestStep{
				PreConfig: func() { w.Fault(mock.Fault{Operation: opEnv, Status: http.StatusNotFound}) },
				Config:    linkTo("a"), PlanOnly: true, ExpectError: acctest.Says("a second look shows the environment, and that it is linked"),
			},
		)
	})
	t.Run("environment gone", func(t *testing.T) {
		t.Parallel()
		w := linkWorld(t, nil, nil)
		w.Run(
			resource.TestStep{Config: linkTo("a")},
			resource.TestStep{
				PreConfig: func() { w.Collection(bap.Environments).Delete(linkEnv) },
				Config:    linkTo("a"), ExpectError: acctest.Says("could not be found in the tenant"),
			},
		)
	})
}

func TestAccEnterprisePolicy_input(t *testing.T) {
	t.Parallel()
	w := linkWorld(t, nil, nil)
	w.Run(
		resource.TestStep{Config: linkBy("a"), PlanOnly: true, ExpectError: acctest.Says("Exactly one of these attributes must be configured")},
		resource.TestStep{Config: linkTo("a", fmt.Sprintf("policy_id = %q", azure("a"))), PlanOnly: true, ExpectError: acctest.Says("Exactly one of these attributes must be configured")},
		resource.TestStep{Config: linkBy("a", fmt.Sprintf("system_id = %q", azure("a"))), PlanOnly: true, ExpectError: acctest.Says("belongs into policy_id")},
		resource.TestStep{Config: linkBy("a", fmt.Sprintf("system_id = %q", system("a")+"/")), PlanOnly: true, ExpectError: acctest.Says("must be the system ID of an enterprise policy")},
		resource.TestStep{Config: linkBy("a", fmt.Sprintf("policy_id = %q", azure("a")+"/")), PlanOnly: true, ExpectError: acctest.Says("has a trailing slash; remove it")},
		resource.TestStep{Config: linkBy("a", fmt.Sprintf("policy_id = %q", strings.Replace(azure("a"), "enterprisePolicies", "accounts", 1))), PlanOnly: true, ExpectError: acctest.Says("not of a Microsoft.PowerPlatform/enterprisePolicies")},
		resource.TestStep{Config: strings.Replace(linkTo("a"), "NetworkInjection", "vnet", 1), PlanOnly: true, ExpectError: acctest.Says("value must be one of")},
		resource.TestStep{Config: strings.Replace(linkTo("a"), linkEnv, "it", 1), PlanOnly: true, ExpectError: acctest.Says("must be the ID of an environment")},
		resource.TestStep{Config: strings.Replace(linkTo("a"), linkEnv, "aaaaaaaa-0000-4000-8000-0000000000ff", 1), ExpectError: acctest.Says("could not be found in the tenant")},
	)
	acctest.Same(t, "links", w.Count(opLink), 0)
}

// A run that is killed leaves nothing in state: the next one waits for what was begun.
func TestAccEnterprisePolicy_killed(t *testing.T) {
	t.Parallel()
	for _, header := range []string{"", "none"} {
		t.Run("header "+header, func(t *testing.T) {
			t.Parallel()
			w := linkWorld(t, nil, map[string]string{bap.SwitchLinkHeader: header})
			w.Script(bap.KindNewNetwork, mock.Script{Duration: 10_000 * time.Hour})
			ctx, kill := context.WithTimeout(t.Context(), time.Second)
			defer kill()
			state, said := made(ctx, w, "a", nil)
			if acctest.Failed(said) || !state["link_status"].Equal(acctest.Text("Linking")) { // an interruption keeps it
				t.Error(state, acctest.Said(said))
			}
			w.Clock().Advance(10_000 * time.Hour)
			state, said = made(t.Context(), w, "a", nil)
			isLinked(t, w, state, said)
			acctest.Same(t, "requests", w.Count(opLink), 1)
		})
	}
}
