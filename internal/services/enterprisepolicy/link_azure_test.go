package enterprisepolicy_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
)

// The policy by its ID in Azure: the system ID is looked up there, and both are read from the link.
func TestAccEnterprisePolicy_byPolicyID(t *testing.T) {
	t.Parallel()
	w := linkWorld(t, nil, nil)
	w.Run(
		resource.TestStep{Config: linkToAzure("a"), ConfigStateChecks: shows("a")},
		resource.TestStep{PreConfig: w.Forget, Config: linkToAzure("a"), PlanOnly: true},
		resource.TestStep{
			PreConfig: func() {
				acctest.Same(t, "reads of the policy without a change", w.Count(opPolicy), 0)
				acctest.Same(t, "requests of a refresh", w.Count(opEnv), w.Count("login.token"))
			},
			Config: linkToAzure("b"), ConfigPlanChecks: acctest.Will(linkAddr, plancheck.ResourceActionUpdate), ConfigStateChecks: shows("b"),
		},
		resource.TestStep{PreConfig: linkedByHand(w, "a"), Config: linkToAzure("b"), ConfigPlanChecks: acctest.Will(linkAddr, plancheck.ResourceActionUpdate), ConfigStateChecks: shows("b")},
		resource.TestStep{Config: linkTo("b"), ConfigPlanChecks: acctest.Will(linkAddr, plancheck.ResourceActionNoop)},
		resource.TestStep{PreConfig: func() { acctest.Same(t, "unlinks", w.Count(opUnlink), 0) }, Config: linkTo("b")},
	)
}

// To link costs four requests, besides looking after the operation: the policy, the environment, the link, the record.
func TestALinkCostsFourRequests(t *testing.T) {
	t.Parallel()
	w := linkWorld(t, nil, nil)
	state, said := made(t.Context(), w, "a", acctest.Values{"policy_id": acctest.Text(azure("a"))})
	isLinked(t, w, state, said)
	var got []string
	for _, e := range w.Requests() {
		if e.Operation != opPoll && !strings.HasPrefix(e.Operation, "login.") {
			got = append(got, e.Operation)
		}
	}
	acctest.Same(t, "requests", got, []string{opPolicy, opEnv /* the plan */, opPolicy, opEnv, opLink, opEnv})
}

func TestAPolicyMustFit(t *testing.T) {
	t.Parallel()
	w := linkWorld(t, nil, nil)
	w.Run(
		resource.TestStep{
			Config: strings.Replace(linkToAzure("key"), "Encryption", "NetworkInjection", 1), PlanOnly: true,
			ExpectError: acctest.Says("The enterprise policy is of kind Encryption, but policy_type is NetworkInjection"),
		},
		resource.TestStep{Config: strings.Replace(linkToAzure("a"), "enterprisePolicies/a", "enterprisePolicies/none", 1), ExpectError: acctest.Says("was not found")},
	)
	acctest.Same(t, "links", w.Count(opLink), 0)
	for _, how := range []string{"", "operation"} {
		t.Run("location "+how, func(t *testing.T) {
			t.Parallel()
			w := linkWorld(t, nil, map[string]string{bap.SwitchLocationMismatch: how})
			for _, args := range []acctest.Values{nil, {"policy_id": acctest.Text(azure("far"))}} {
				state, said := made(t.Context(), w, "far", args)
				isRefused(t, state, said, "The enterprise policy is for the location europe, but environment "+linkEnv+" is in unitedstates", "does not match the location")
			}
		})
	}
	t.Run("not to be read", func(t *testing.T) {
		t.Parallel()
		w := linkWorld(t, nil, nil)
		w.Fault(mock.Fault{Operation: opPolicy, Status: http.StatusForbidden, Times: -1})
		state, said := made(t.Context(), w, "a", acctest.Values{"policy_id": acctest.Text(azure("a"))})
		isRefused(t, state, said, "403")
	})
	t.Run("not to be found by the platform", func(t *testing.T) {
		t.Parallel()
		w := linkWorld(t, nil, nil)
		w.Collection(bap.EnterprisePolicies).Delete(azure("a"))
		state, said := made(t.Context(), w, "a", nil)
		isRefused(t, state, said, "it may be the policy that the platform does not find")
	})
	t.Run("without permission", func(t *testing.T) {
		t.Parallel()
		w := linkWorld(t, nil, map[string]string{bap.SwitchProtectionKeys: "missing"})
		state, said := made(t.Context(), w, "a", nil)
		isRefused(t, state, said, "ManageProtectionKeys")
	})
}

// Before an environment is encrypted, the key and the rights of the policy's identity are checked.
func TestAKeyIsCheckedBeforeItIsUsed(t *testing.T) {
	t.Parallel()
	const principal = "cccccccc-0000-4000-8000-00000000000c"
	encrypted := func(t *testing.T) *acctest.World {
		w := linkWorld(t, nil, nil)
		policy, _ := w.Collection(bap.EnterprisePolicies).Peek(azure("key"))
		policy["identity"] = mock.Doc{"type": "SystemAssigned", "principalId": principal}
		policy["properties"].(mock.Doc)["encryption"] = mock.Doc{"state": "Enabled", "keyVault": mock.Doc{"id": vault, "key": mock.Doc{"name": "cmk"}}}
		w.Collection(bap.EnterprisePolicies).Put(azure("key"), policy)
		w.Keep()
		return w
	}
	args := acctest.Values{"policy_id": acctest.Text(azure("key"))}
	t.Run("without the role", func(t *testing.T) {
		t.Parallel()
		w := encrypted(t)
		state, said := made(t.Context(), w, "key", args)
		isRefused(t, state, said, "az role assignment create", principal)
		acctest.Same(t, "requests", w.Count(opLink), 0)
	})
	t.Run("with the role", func(t *testing.T) {
		t.Parallel()
		w := encrypted(t)
		assignment := vault + "/providers/Microsoft.Authorization/roleAssignments/dddddddd-0000-4000-8000-00000000000d"
		w.Collection(bap.RoleAssignments).Put(assignment, mock.Doc{"id": assignment, "name": "dddddddd-0000-4000-8000-00000000000d", "properties": mock.Doc{
			"principalId": principal, "principalType": "ServicePrincipal", "scope": vault,
			"roleDefinitionId": "/providers/Microsoft.Authorization/roleDefinitions/e147488a-f6f5-4113-8e2d-b22465e65bf6",
		}})
		state, said := made(t.Context(), w, "key", args)
		if acctest.Failed(said) || !state["link_status"].Equal(acctest.Text("Linked")) {
			t.Error(acctest.Said(said))
		}
	})
	t.Run("not to be read", func(t *testing.T) {
		t.Parallel()
		w := encrypted(t)
		w.Fault(mock.Fault{Operation: "arm.vaults.get", Status: http.StatusForbidden, Times: -1})
		state, said := made(t.Context(), w, "key", args)
		if !strings.Contains(acctest.Said(said), "The key of the policy could not be checked") {
			t.Error(state, acctest.Said(said))
		}
		acctest.Same(t, "links", w.Count(opLink), 1)
	})
}

const vault = "/subscriptions/" + mock.LandscapeSubscriptionID + "/resourceGroups/rg-powerplatform/providers/Microsoft.KeyVault/vaults/kv-contoso"
