package subscription_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

const (
	addr = "powerplatform_resource_provider_registration.it"

	opProvider         = "arm.providers.get"
	opRegister         = "arm.providers.register"
	opFeature          = "arm.features.get"
	opRegisterFeature  = "arm.features.register"
	providersOf        = "resource_providers"
	featuresOf         = "resource_provider_features"
	registeredProvider = "/subscriptions/" + mock.LandscapeSubscriptionID + "/providers/Microsoft.PowerPlatform"
	sandboxProvider    = "/subscriptions/" + mock.LandscapeSandboxID + "/providers/Microsoft.PowerPlatform"
	sandboxFeature     = "/subscriptions/" + mock.LandscapeSandboxID + "/providers/Microsoft.Features/providers/Microsoft.PowerPlatform/features/enterprisePoliciesPreview"
)

// world has the landscape; what is registered in the sandbox may stay behind.
func world(t *testing.T, switches map[string]string) *acctest.World {
	t.Helper()
	w := acctest.New(t, mock.TenantSeed{Switches: switches, Items: map[string][]mock.Doc{"subscriptions": mock.Landscape()["subscriptions"]}})
	w.Collection(providersOf).Put(sandboxProvider, mock.Doc{"id": sandboxProvider, "registrationState": "NotRegistered"})
	w.Collection(featuresOf).Put(sandboxFeature, mock.Doc{
		"id": sandboxFeature, "name": "Microsoft.PowerPlatform/enterprisePoliciesPreview", "properties": mock.Doc{"state": "NotRegistered"},
	})
	w.Keep()
	return w
}

func registration(subscription string, lines ...string) string {
	if subscription != "" {
		lines = append(lines, fmt.Sprintf("subscription_id = %q", subscription))
	}
	return acctest.Block("powerplatform_resource_provider_registration", "it", lines...)
}

// defaulting is the configuration of a provider that has a subscription.
func defaulting(w *acctest.World, subscription string) string {
	return strings.Replace(w.Provider(), "{\n", "{\n  subscription_id = \""+subscription+"\"\n", 1)
}

func counts(w *acctest.World) string {
	return fmt.Sprint(w.Count(opProvider), w.Count(opRegister), w.Count(opFeature), w.Count(opRegisterFeature))
}

func registrationOf(w *acctest.World) any {
	d, _ := w.Collection(providersOf).Peek(sandboxProvider)
	return d["registrationState"]
}

func TestAccResourceProviderRegistration_basic(t *testing.T) {
	t.Parallel()
	w := world(t, nil)
	config := registration(mock.LandscapeSandboxID)
	w.Run(
		resource.TestStep{Config: config, ConfigStateChecks: acctest.Shows(addr, acctest.Attributes{
			"id": sandboxProvider, "subscription_id": mock.LandscapeSandboxID, "preview_feature_enabled": false,
			"registration_state": "Registered", "preview_feature_state": "NotRegistered",
			"policy_locations": knownvalue.ListPartial(map[int]knownvalue.Check{0: knownvalue.StringExact("asia"), 1: knownvalue.StringExact("australia")}),
		})},
		resource.TestStep{PreConfig: w.Forget, Config: config, PlanOnly: true},
		resource.TestStep{PreConfig: func() {
			runs := w.Count("login.token")
			if got, want := counts(w), fmt.Sprint(runs, 0, runs, 0); got != want {
				t.Errorf("requests of %d refreshes: %s, want %s", runs, got, want)
			}
		}, ResourceName: addr, ImportState: true, ImportStateId: mock.LandscapeSandboxID, ImportStateVerify: true, ImportStateVerifyIdentifierAttribute: "subscription_id"},
		resource.TestStep{ResourceName: addr, ImportState: true, ImportStateId: sandboxProvider, ExpectError: acctest.Says("Invalid import ID")},
	)
	if got := registrationOf(w); got != "Registered" {
		t.Errorf("after the destroy it is %s", got)
	}
}

// What is registered is left as it is.
func TestWhatIsRegisteredIsNotRegisteredAgain(t *testing.T) {
	t.Parallel()
	w := world(t, nil)
	w.Run(resource.TestStep{Config: defaulting(w, mock.LandscapeSubscriptionID) + registration(""), ConfigStateChecks: acctest.Shows(addr, acctest.Attributes{
		"id": registeredProvider, "subscription_id": mock.LandscapeSubscriptionID,
	})})
	w.Counted(0, opRegister)
}

// The feature is registered first, and the provider once more after it.
func TestThePreviewFeatureIsRegistered(t *testing.T) {
	t.Parallel()
	w := world(t, nil)
	with := registration(mock.LandscapeSandboxID, "preview_feature_enabled = true")
	both := acctest.Shows(addr, acctest.Attributes{"preview_feature_enabled": true, "preview_feature_state": "Registered"})
	w.Run(
		resource.TestStep{Config: registration(mock.LandscapeSandboxID)},
		resource.TestStep{PreConfig: w.Forget, Config: with, ConfigPlanChecks: acctest.Will(addr, plancheck.ResourceActionUpdate), ConfigStateChecks: both},
		resource.TestStep{PreConfig: func() {
			var order []string
			for _, e := range w.Requests(opRegister, opRegisterFeature) {
				order = append(order, e.Operation)
			}
			if !slices.Equal(order, []string{opRegisterFeature, opRegister}) {
				t.Errorf("order: %v", order)
			}
		}, Config: with, ConfigPlanChecks: acctest.Will(addr, plancheck.ResourceActionNoop)},
		resource.TestStep{ResourceName: addr, ImportState: true, ImportStateId: mock.LandscapeSandboxID, ImportStateVerify: true, ImportStateVerifyIdentifierAttribute: "subscription_id"},
	)
}

// Microsoft may take days: the registration stays in state, and the next apply goes on waiting.
func TestAFeatureThatNobodyApproves(t *testing.T) {
	t.Parallel()
	w := world(t, map[string]string{arm.SwitchFeaturePending: "on"})
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	kept, said := w.Serve(nil).Create(ctx, "powerplatform_resource_provider_registration", acctest.Values{
		"subscription_id": acctest.Text(mock.LandscapeSandboxID), "preview_feature_enabled": acctest.Bool(true),
	})
	if !acctest.Says("The preview feature enterprisePoliciesPreview is Pending; Microsoft may have to approve it").MatchString(acctest.Said(said)) {
		t.Error(acctest.Said(said))
	}
	if !kept["preview_feature_state"].Equal(acctest.Text("Pending")) {
		t.Error(kept)
	}
}

// An approval that comes between two applies takes effect by the second one, which registers the provider once more.
func TestAFeatureThatIsApprovedLater(t *testing.T) {
	t.Parallel()
	w := world(t, map[string]string{arm.SwitchFeaturePending: "on"})
	config := registration(mock.LandscapeSandboxID, "preview_feature_enabled = true", `timeouts = { create = "3s" }`)
	approve := func() {
		w.Change(featuresOf, sandboxFeature, func(d mock.Doc) { d["properties"] = mock.Doc{"state": "Registered"} })
		w.Forget()
	}
	w.Run(
		resource.TestStep{Config: registration(mock.LandscapeSandboxID), ConfigPlanChecks: acctest.Will(addr, plancheck.ResourceActionCreate)},
		resource.TestStep{Config: " "}, // the provider stays registered
		resource.TestStep{Config: config, ExpectNonEmptyPlan: true, ConfigStateChecks: acctest.Shows(addr, acctest.Attributes{"preview_feature_state": "Pending"})},
		resource.TestStep{
			PreConfig: approve, Config: config, ConfigPlanChecks: acctest.Will(addr, plancheck.ResourceActionUpdate),
			ConfigStateChecks: acctest.Shows(addr, acctest.Attributes{"preview_feature_state": "Registered"}),
		},
		resource.TestStep{PreConfig: func() { w.Counted(1, opRegister) }, Config: config, ConfigPlanChecks: acctest.Will(addr, plancheck.ResourceActionNoop)},
	)
}

// Somebody has unregistered: the plan says so, and the apply puts it right.
func TestWhatIsUnregisteredIsRegisteredAgain(t *testing.T) {
	t.Parallel()
	w := world(t, nil)
	config := registration(mock.LandscapeSandboxID, "preview_feature_enabled = true")
	lose := func(collection, id, member string) func() {
		return func() {
			w.Change(collection, id, func(d mock.Doc) { server.Assign(d, member, "NotRegistered") })
		}
	}
	again := acctest.Shows(addr, acctest.Attributes{"registration_state": "Registered", "preview_feature_state": "Registered"})
	w.Run(
		resource.TestStep{Config: config},
		resource.TestStep{PreConfig: lose(providersOf, sandboxProvider, "registrationState"), Config: config, ConfigPlanChecks: acctest.Will(addr, plancheck.ResourceActionUpdate), ConfigStateChecks: again},
		resource.TestStep{PreConfig: lose(featuresOf, sandboxFeature, "properties.state"), Config: config, ConfigPlanChecks: acctest.Will(addr, plancheck.ResourceActionUpdate), ConfigStateChecks: again},
	)
}

// The subscription of the provider is the default, as long as none is configured.
func TestTheSubscriptionOfTheProvider(t *testing.T) {
	t.Parallel()
	w := world(t, nil)
	at := func(id string) []statecheck.StateCheck {
		return acctest.Shows(addr, acctest.Attributes{"subscription_id": id})
	}
	w.Run(
		resource.TestStep{Config: registration(""), ExpectError: acctest.Says("No subscription is named; give subscription_id here or to the provider")},
		resource.TestStep{Config: defaulting(w, mock.LandscapeSubscriptionID) + registration(""), ConfigStateChecks: at(mock.LandscapeSubscriptionID)},
		resource.TestStep{Config: registration(""), ConfigPlanChecks: acctest.Will(addr, plancheck.ResourceActionNoop)},
		resource.TestStep{Config: registration(strings.ToUpper(mock.LandscapeSubscriptionID)), ConfigPlanChecks: acctest.Will(addr, plancheck.ResourceActionNoop)},
		resource.TestStep{
			Config:           defaulting(w, mock.LandscapeSandboxID) + registration(""),
			ConfigPlanChecks: acctest.Will(addr, plancheck.ResourceActionDestroyBeforeCreate), ConfigStateChecks: at(mock.LandscapeSandboxID),
		},
	)
	unseen := world(t, nil)
	unseen.Run(resource.TestStep{Config: registration("99999999-0000-4000-8000-000000000009"), ExpectError: acctest.Says("SubscriptionNotFound")})
	unseen.Run(resource.TestStep{Config: registration("contoso"), ExpectError: acctest.Says("Invalid")})
}

// The subscription that cannot be seen any more is not taken for one that is gone.
func TestASubscriptionThatIsHiddenStaysInState(t *testing.T) {
	t.Parallel()
	w := world(t, nil)
	config := registration(mock.LandscapeSubscriptionID)
	w.Run(
		resource.TestStep{Config: config},
		resource.TestStep{PreConfig: func() { w.SetSwitch(arm.SwitchAccess, "hidden") }, Config: config, ExpectError: acctest.Says("that is not certain")},
		resource.TestStep{PreConfig: func() { w.SetSwitch(arm.SwitchAccess, "") }, Config: config, Check: func(s *terraform.State) error {
			_, err := acctest.ImportID(addr, "subscription_id")(s)
			return err
		}, ConfigPlanChecks: acctest.Will(addr, plancheck.ResourceActionNoop)},
	)
}

func TestADestroySaysThatItLeavesTheRegistration(t *testing.T) {
	t.Parallel()
	w := world(t, nil)
	said := w.Hear()
	w.Run(
		resource.TestStep{Config: registration(mock.LandscapeSandboxID)},
		resource.TestStep{
			PreConfig: func() { acctest.Same(t, "said before the destroy", said(), "") },
			Config:    registration(mock.LandscapeSandboxID), Destroy: true,
		},
	)
	acctest.Tells(t, said(), "apply: ", "stays registered in the subscription "+mock.LandscapeSandboxID)
}
