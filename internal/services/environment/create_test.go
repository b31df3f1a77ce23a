package environment_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/config"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
)

// The organisation shows some reads after its operation has ended.
func TestAccEnvironment_E01(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{})
	w.Lag(mock.Lag{Collection: bap.Environments, Field: metadata, Reads: 3})
	w.Run(resource.TestStep{
		Config: environment("it", args{"dataverse": dataverse(nil)}),
		ConfigStateChecks: acctest.Shows(addr, acctest.Attributes{
			"dataverse.url": knownvalue.NotNull(), "dataverse.organization_id": knownvalue.NotNull(),
			"dataverse.currency_code": "USD",
		}),
	})
	w.Counted(1, opCreate)
	w.Counted(0, "dataverse.organizations.list") // what was asked for is not forgotten meanwhile
	if n := w.Count(opPoll); n < 3 {
		t.Errorf("%d polls: the operation was not followed to its end", n)
	}
}

// The organisation never shows.
func TestAccEnvironment_E02(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{})
	w.Lag(mock.Lag{Collection: bap.Environments, Field: metadata, Reads: 1_000_000})
	w.Fault(mock.Fault{Operation: opGet, Skip: 20, Hang: true}) // an idle wait for the end of the time allowed
	slow := environment("it", args{"timeouts": `{ create = "2s" }`, "dataverse": dataverse(nil)})
	w.Run(
		resource.TestStep{Config: slow, ExpectError: acctest.Says("It is not ready: its Dataverse organisation does not show", `timeouts = { create = "…" }`)},
		// It is in state, and tainted; the destroy at the end finds it.
		resource.TestStep{Config: slow, PlanOnly: true, ExpectNonEmptyPlan: true, ConfigPlanChecks: planned(plancheck.ExpectResourceAction(addr, plancheck.ResourceActionReplace))},
	)
	w.Counted(1, opCreate)
	w.Counted(1, opDelete)
}

// The operation succeeds but does not name the environment.
func TestAccEnvironment_E03(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{})
	w.Fault(mock.Fault{Operation: opCreate, Status: http.StatusAccepted, Headers: map[string]string{
		"Location": "https://unitedstates.api.bap.microsoft.com/providers/Microsoft.BusinessAppPlatform/lifecycleOperations/nameless?api-version=2023-06-01",
	}})
	w.Fault(mock.Fault{Operation: opPoll, Times: -1, Status: http.StatusOK, Body: mock.Doc{
		"id": "nameless", "links": mock.Doc{"environment": mock.Doc{"path": ""}}, "state": mock.Doc{"id": "Succeeded"},
	}})
	w.Run(resource.TestStep{
		Config:      environment("it", nil),
		ExpectError: acctest.Says("The platform reports success but does not name the environment it created"),
	})
	w.Counted(0, opList, opGet)
	for _, e := range w.Requests() { // an empty ID would turn the read of one into the list of all
		if e.Method == http.MethodGet && e.Path == "/providers/Microsoft.BusinessAppPlatform/scopes/admin/environments/" {
			t.Error("an environment without an ID was read")
		}
	}
}

// A step after the create fails: state keeps the environment and the next apply goes on from there.
func TestAccEnvironment_E04(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args  args
		fault mock.Fault
		lag   string
		left  plancheck.PlanCheck // what the plan after the failure shows
	}{
		"copilot": {
			args{"location": `"europe"`, "allow_bing_search": "true", "allow_moving_data_across_regions": "true"},
			mock.Fault{Operation: opPatch},
			"", plancheck.ExpectResourceAction(addr, plancheck.ResourceActionUpdate),
		},
		"licensing": {
			args{"billing_policy_id": acctest.Quoted(policyA)},
			mock.Fault{Operation: "licensing.*"},
			"properties.billingPolicy",
			plancheck.ExpectResourceAction(addr, plancheck.ResourceActionNoop),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t, mock.TenantSeed{Items: policies})
			c.fault.Status, c.fault.Times = http.StatusInternalServerError, 10
			w.Fault(c.fault)
			c.fault.Hang, c.fault.Times = true, -1 // an idle wait for the end of the time allowed
			w.Fault(c.fault)
			if c.lag != "" {
				w.Lag(mock.Lag{Collection: bap.Environments, Field: c.lag, Reads: 3})
			}
			id := statecheck.CompareValue(sameValue)
			it := environment("it", c.args.with(args{"timeouts": `{ create = "2s", read = "2s" }`, "dataverse": dataverse(args{"domain": `"e04"`})}))
			w.Run(
				resource.TestStep{
					Config: it, ConfigStateChecks: []statecheck.StateCheck{id.AddStateValue(addr, acctest.At("id"))},
					ExpectNonEmptyPlan: name == "copilot", ConfigPlanChecks: resource.ConfigPlanChecks{PostApplyPostRefresh: []plancheck.PlanCheck{c.left}},
				},
				resource.TestStep{
					PreConfig: func() { w.Platform.ClearFaults(w.ID) }, Config: it,
					ConfigStateChecks: []statecheck.StateCheck{id.AddStateValue(addr, acctest.At("id"))},
				},
			)
			w.Counted(1, opCreate)
			w.Counted(1, opDelete)
		})
	}
}

// The create is answered with a server error although it took effect.
func TestAccEnvironment_E05(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{})
	w.Lag(mock.Lag{Collection: bap.Environments, Field: metadata, Reads: 2})
	w.Fault(mock.Fault{Operation: opCreate, Status: http.StatusInternalServerError, Effect: true})
	w.Fault(mock.Fault{Operation: opCreate, Status: http.StatusBadGateway, Effect: true})
	named := func(name string) string {
		return environment(name, args{"dataverse": dataverse(args{"domain": acctest.Quoted("e05-" + name)})})
	}
	// Without a domain nothing proves whose environment it is: it is reported, and can be imported.
	plain := environment("plain", nil)
	var id acctest.Later
	w.Run(
		resource.TestStep{Config: named("it") + named("other")},
		resource.TestStep{
			PreConfig: func() {
				w.Counted(2, opCreate)
				w.Fault(mock.Fault{Operation: opCreate, Status: http.StatusBadGateway, Effect: true})
			},
			Config:      named("it") + named("other") + plain,
			ExpectError: acctest.Says("The object may exist although nothing of it is in state: there is environment", "to = powerplatform_environment.NAME"),
		},
		resource.TestStep{
			PreConfig: func() { id = acctest.Later(idOf(w, "plain")) }, ConfigVariables: config.Variables{"id": &id},
			Config:           named("it") + named("other") + plain + imported("plain"),
			ConfigPlanChecks: acctest.Will("powerplatform_environment.plain", plancheck.ResourceActionNoop),
		},
	)
	w.Counted(3, opCreate)
	w.Counted(3, opDelete)
}

// What is not configured is not sent.
func TestAccEnvironment_E07(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{})
	w.Run(resource.TestStep{Config: environment("it", nil)})
	for _, e := range w.Requests(opCreate) {
		acctest.Same(t, "create", acctest.Sent(e, "properties."), []string{"location", "displayName", "environmentSku"})
	}
	w.Counted(1, opCreate)
	w.Counted(0, opPatch)
}

// The platform ignores the Azure region.
func TestAccEnvironment_E14(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{Switches: map[string]string{bap.SwitchAzureRegion: "westus"}})
	w.Run(resource.TestStep{
		Config:      environment("it", args{"azure_region": `"eastus"`}),
		ExpectError: acctest.Says(`azure_region`, "the platform placed it in westus instead of eastus; configure westus, or leave azure_region out"),
	})
	w.Counted(1, opCreate)
	w.Counted(1, opDelete) // it was in state
}

// The platform stores domains in lower case.
func TestAccEnvironment_E15(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{})
	w.Run(resource.TestStep{
		Config: environment("it", args{"dataverse": dataverse(args{"domain": `"Collab-2026"`})}),
		ConfigStateChecks: acctest.Shows(addr, acctest.Attributes{
			"dataverse.domain": "Collab-2026", "dataverse.url": "https://collab-2026.crm.dynamics.com/",
		}),
	})
}

// A tenant that provisions by macro region.
func TestAccEnvironment_E16(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{Geography: mock.GeographyMacroRegion, Location: "switzerland"})
	region := args{"location": "", "macro_region": `"eu-efta"`, "allow_bing_search": "true", "dataverse": dataverse(args{"currency_code": `"CHF"`})}
	for _, operation := range []string{"bap.languages.list", "bap.currencies.list"} {
		w.Fault(mock.Fault{Operation: operation, Times: -1, Status: http.StatusBadRequest, Body: acctest.Refusal("InvalidMacroRegion", "macroRegion 'eu-efta' is not valid")})
	}
	w.Run(
		resource.TestStep{Config: environment("it", nil), ExpectError: acctest.Says("location =", "This tenant provisions by macro region: configure macro_region instead, as one of: asia-pacific, emea,")},
		resource.TestStep{ // the platform decides where the list cannot be read
			PreConfig:   func() { w.Fault(mock.Fault{Operation: "bap.locations.list", Times: 2, Status: http.StatusNotFound}) },
			Config:      environment("it", nil),
			ExpectError: acctest.Says("location =", "This tenant provisions by macro region: configure macro_region instead", "MacroRegionRequired"),
		},
		resource.TestStep{Config: environment("it", region.with(args{"macro_region": `"mars"`})), ExpectError: acctest.Says("macro_region =", `"mars" is no macro region; choose one of: asia-pacific, emea,`)},
		resource.TestStep{Config: environment("it", region), ConfigStateChecks: acctest.Shows(addr, acctest.Attributes{
			"location": "switzerland", "azure_region": "switzerlandnorth", "macro_region": "eu-efta",
			"allow_bing_search": true,
		})},
		resource.TestStep{ResourceName: addr, ImportState: true, ImportStateVerify: true},
		resource.TestStep{
			Config: environment("it", region.with(args{"macro_region": `"europe-uk"`})), PlanOnly: true, ExpectNonEmptyPlan: true,
			ConfigPlanChecks: planned(plancheck.ExpectResourceAction(addr, plancheck.ResourceActionReplace)),
		},
	)
	creates := w.Requests(opCreate)
	if body := creates[len(creates)-1]; slices.Contains(body.Keys, "location") || !slices.Contains(body.Keys, "macroRegion") {
		t.Errorf("the request held %q", body.Keys)
	}
	w.Counted(2, opCreate)
}

// A create whose answer is lost adopts no environment that was there before, though it has the domain that was asked for.
func TestAnOlderEnvironmentIsNotTaken(t *testing.T) {
	t.Parallel()
	for _, age := range []time.Duration{time.Hour, 0} {
		t.Run(age.String(), func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t, mock.TenantSeed{Items: map[string][]mock.Doc{"environments": {{
				"display_name": "it", "dataverse": mock.Doc{"language_code": 1033, "currency_code": "USD", "domain": "shared-name"},
			}}}})
			id := idOf(w, "it")
			d := record(w, "it")
			d["properties"].(mock.Doc)["createdTime"] = time.Now().Add(-age).UTC().Format(time.RFC3339)
			w.Collection(bap.Environments).Put(id, d)
			w.Fault(mock.Fault{Operation: opCreate, Status: http.StatusBadGateway})
			w.Fault(mock.Fault{Operation: "bap.environments.validate", Times: -1, Status: http.StatusOK})
			w.Keep()
			step := resource.TestStep{Config: environment("it", args{"dataverse": dataverse(args{"domain": `"shared-name"`})})}
			if age > 0 {
				step.ExpectError = acctest.Says("502 Bad Gateway")
			} else { // the one that was made just now is ours
				step.Check = resource.TestCheckResourceAttr(addr, "id", id)
			}
			w.Run(step)
			if _, there := w.Collection(bap.Environments).Peek(id); there != (age > 0) {
				t.Errorf("there: %v", there)
			}
		})
	}
}

// A check whose answer is lost comes before the create: nothing can have been made, and nobody looks for it.
func TestALostCheckIsNoLostCreate(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{})
	w.Fault(mock.Fault{Operation: "bap.environments.validate", Status: http.StatusBadGateway})
	w.Run(resource.TestStep{
		Config:      environment("it", args{"dataverse": dataverse(args{"domain": `"lost-check"`})}),
		ExpectError: acctest.Says("502 Bad Gateway"),
	})
	if creates, looks := w.Count(opCreate), w.Count(opList); creates+looks != 0 {
		t.Errorf("%d creates, %d looks", creates, looks)
	}
}
