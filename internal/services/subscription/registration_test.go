package subscription_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/arm"
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
	return fmt.Sprintf("resource \"powerplatform_resource_provider_registration\" \"it\" {\n  %s\n}\n", strings.Join(lines, "\n  "))
}

// defaulting is the configuration of a provider that has a subscription.
func defaulting(w *acctest.World, subscription string) string {
	return strings.Replace(w.Provider(), "{\n", "{\n  subscription_id = \""+subscription+"\"\n", 1)
}

func state(all map[string]knownvalue.Check) []statecheck.StateCheck {
	var out []statecheck.StateCheck
	for name, v := range all {
		out = append(out, statecheck.ExpectKnownValue(addr, tfjsonpath.New(name), v))
	}
	return out
}

func will(a plancheck.ResourceActionType) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(addr, a)}}
}

func counts(w *acctest.World) string {
	return fmt.Sprint(w.Count(opProvider), w.Count(opRegister), w.Count(opFeature), w.Count(opRegisterFeature))
}

// says matches text however the CLI wraps and frames it.
func says(text string) *regexp.Regexp {
	return regexp.MustCompile(strings.ReplaceAll(regexp.QuoteMeta(text), " ", `[\s│]+`))
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
		resource.TestStep{Config: config, ConfigStateChecks: state(map[string]knownvalue.Check{
			"id": knownvalue.StringExact(sandboxProvider), "subscription_id": knownvalue.StringExact(mock.LandscapeSandboxID), "preview_feature_enabled": knownvalue.Bool(false),
			"registration_state": knownvalue.StringExact("Registered"), "preview_feature_state": knownvalue.StringExact("NotRegistered"),
			"policy_locations": knownvalue.ListPartial(map[int]knownvalue.Check{0: knownvalue.StringExact("asia"), 1: knownvalue.StringExact("australia")}),
		})},
		resource.TestStep{PreConfig: w.Forget, Config: config, PlanOnly: true},
		resource.TestStep{PreConfig: func() {
			runs := w.Count("login.token")
			if got, want := counts(w), fmt.Sprint(runs, 0, runs, 0); got != want {
				t.Errorf("requests of %d refreshes: %s, want %s", runs, got, want)
			}
		}, ResourceName: addr, ImportState: true, ImportStateId: mock.LandscapeSandboxID, ImportStateVerify: true, ImportStateVerifyIdentifierAttribute: "subscription_id"},
		resource.TestStep{ResourceName: addr, ImportState: true, ImportStateId: sandboxProvider, ExpectError: says("Invalid import ID")},
	)
	if got := registrationOf(w); got != "Registered" {
		t.Errorf("after the destroy it is %s", got)
	}
}

// What is registered is left as it is.
func TestWhatIsRegisteredIsNotRegisteredAgain(t *testing.T) {
	t.Parallel()
	w := world(t, nil)
	w.Run(resource.TestStep{Config: defaulting(w, mock.LandscapeSubscriptionID) + registration(""), ConfigStateChecks: state(map[string]knownvalue.Check{
		"id": knownvalue.StringExact(registeredProvider), "subscription_id": knownvalue.StringExact(mock.LandscapeSubscriptionID),
	})})
	if n := w.Count(opRegister); n > 0 {
		t.Errorf("%d registrations", n)
	}
}

// The feature is registered first, and the provider once more after it.
func TestThePreviewFeatureIsRegistered(t *testing.T) {
	t.Parallel()
	w := world(t, nil)
	with := registration(mock.LandscapeSandboxID, "preview_feature_enabled = true")
	both := state(map[string]knownvalue.Check{"preview_feature_enabled": knownvalue.Bool(true), "preview_feature_state": knownvalue.StringExact("Registered")})
	w.Run(
		resource.TestStep{Config: registration(mock.LandscapeSandboxID)},
		resource.TestStep{PreConfig: w.Forget, Config: with, ConfigPlanChecks: will(plancheck.ResourceActionUpdate), ConfigStateChecks: both},
		resource.TestStep{PreConfig: func() {
			var order []string
			for _, e := range w.Requests(opRegister, opRegisterFeature) {
				order = append(order, e.Operation)
			}
			if !slices.Equal(order, []string{opRegisterFeature, opRegister}) {
				t.Errorf("order: %v", order)
			}
		}, Config: with, ConfigPlanChecks: will(plancheck.ResourceActionNoop)},
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
		"subscription_id": acctest.Text(mock.LandscapeSandboxID), "preview_feature_enabled": tftypes.NewValue(tftypes.Bool, true),
	})
	if !says("The preview feature enterprisePoliciesPreview is Pending; Microsoft may have to approve it").MatchString(acctest.Said(said)) {
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
		d, _ := w.Collection(featuresOf).Peek(sandboxFeature)
		d["properties"] = mock.Doc{"state": "Registered"}
		w.Collection(featuresOf).Put(sandboxFeature, d)
		w.Forget()
	}
	w.Run(
		resource.TestStep{Config: registration(mock.LandscapeSandboxID), ConfigPlanChecks: will(plancheck.ResourceActionCreate)},
		resource.TestStep{Config: " "}, // the provider stays registered
		resource.TestStep{Config: config, ExpectNonEmptyPlan: true, ConfigStateChecks: state(map[string]knownvalue.Check{"preview_feature_state": knownvalue.StringExact("Pending")})},
		resource.TestStep{
			PreConfig: approve, Config: config, ConfigPlanChecks: will(plancheck.ResourceActionUpdate),
			ConfigStateChecks: state(map[string]knownvalue.Check{"preview_feature_state": knownvalue.StringExact("Registered")}),
		},
		resource.TestStep{PreConfig: func() {
			if n := w.Count(opRegister); n != 1 {
				t.Errorf("%d registrations", n)
			}
		}, Config: config, ConfigPlanChecks: will(plancheck.ResourceActionNoop)},
	)
}

// Somebody has unregistered: the plan says so, and the apply puts it right.
func TestWhatIsUnregisteredIsRegisteredAgain(t *testing.T) {
	t.Parallel()
	w := world(t, nil)
	config := registration(mock.LandscapeSandboxID, "preview_feature_enabled = true")
	lose := func(collection, id, member string) func() {
		return func() {
			d, _ := w.Collection(collection).Peek(id)
			if member == "state" {
				d = d["properties"].(mock.Doc)
			}
			d[member] = "NotRegistered"
			whole, _ := w.Collection(collection).Peek(id)
			if member == "state" {
				whole["properties"] = d
			} else {
				whole = d
			}
			w.Collection(collection).Put(id, whole)
		}
	}
	again := state(map[string]knownvalue.Check{"registration_state": knownvalue.StringExact("Registered"), "preview_feature_state": knownvalue.StringExact("Registered")})
	w.Run(
		resource.TestStep{Config: config},
		resource.TestStep{PreConfig: lose(providersOf, sandboxProvider, "registrationState"), Config: config, ConfigPlanChecks: will(plancheck.ResourceActionUpdate), ConfigStateChecks: again},
		resource.TestStep{PreConfig: lose(featuresOf, sandboxFeature, "state"), Config: config, ConfigPlanChecks: will(plancheck.ResourceActionUpdate), ConfigStateChecks: again},
		resource.TestStep{Config: config, ConfigPlanChecks: will(plancheck.ResourceActionNoop)},
	)
}

// The subscription of the provider is the default, as long as none is configured.
func TestTheSubscriptionOfTheProvider(t *testing.T) {
	t.Parallel()
	w := world(t, nil)
	at := func(id string) []statecheck.StateCheck {
		return state(map[string]knownvalue.Check{"subscription_id": knownvalue.StringExact(id)})
	}
	w.Run(
		resource.TestStep{Config: registration(""), ExpectError: says("No subscription is named; give subscription_id here or to the provider")},
		resource.TestStep{Config: defaulting(w, mock.LandscapeSubscriptionID) + registration(""), ConfigStateChecks: at(mock.LandscapeSubscriptionID)},
		resource.TestStep{Config: registration(""), ConfigPlanChecks: will(plancheck.ResourceActionNoop)},
		resource.TestStep{Config: registration(strings.ToUpper(mock.LandscapeSubscriptionID)), ConfigPlanChecks: will(plancheck.ResourceActionNoop)},
		resource.TestStep{
			Config:           defaulting(w, mock.LandscapeSandboxID) + registration(""),
			ConfigPlanChecks: will(plancheck.ResourceActionDestroyBeforeCreate), ConfigStateChecks: at(mock.LandscapeSandboxID),
		},
	)
	unseen := world(t, nil)
	unseen.Run(resource.TestStep{Config: registration("99999999-0000-4000-8000-000000000009"), ExpectError: says("SubscriptionNotFound")})
	unseen.Run(resource.TestStep{Config: registration("contoso"), ExpectError: says("Invalid")})
}

// The subscription that cannot be seen any more is not taken for one that is gone.
func TestASubscriptionThatIsHiddenStaysInState(t *testing.T) {
	t.Parallel()
	w := world(t, nil)
	config := registration(mock.LandscapeSubscriptionID)
	w.Run(
		resource.TestStep{Config: config},
		resource.TestStep{PreConfig: func() { w.SetSwitch(arm.SwitchAccess, "hidden") }, Config: config, ExpectError: says("that is not certain")},
		resource.TestStep{PreConfig: func() { w.SetSwitch(arm.SwitchAccess, "") }, Config: config, Check: func(s *terraform.State) error {
			_, err := acctest.ImportID(addr, "subscription_id")(s)
			return err
		}, ConfigPlanChecks: will(plancheck.ResourceActionNoop)},
	)
}

// overheard is a provider whose warnings at an apply are kept.
type overheard struct {
	tfprotov6.ProviderServer

	said chan<- string
}

func (o overheard) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	resp, err := o.ProviderServer.ApplyResourceChange(ctx, req)
	o.said <- acctest.Said(resp.Diagnostics)
	return resp, err
}

func TestADestroySaysThatItLeavesTheRegistration(t *testing.T) {
	t.Parallel()
	acctest.Terraform(t)
	w := world(t, nil)
	said := make(chan string, 2) // of the create and of the destroy
	resource.Test(t, resource.TestCase{
		IsUnitTest: true,
		ProtoV6ProviderFactories: map[string]func() (tfprotov6.ProviderServer, error){"powerplatform": func() (tfprotov6.ProviderServer, error) {
			s, err := w.Factories()["powerplatform"]()
			return overheard{s, said}, err
		}},
		Steps: []resource.TestStep{{Config: w.Provider() + registration(mock.LandscapeSandboxID)}},
	})
	created, destroyed := <-said, <-said
	if created != "" || !strings.Contains(destroyed, "stays registered in the subscription "+mock.LandscapeSandboxID) {
		t.Errorf("create: %q, destroy: %q", created, destroyed)
	}
}
