package environment_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/config"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
)

// spent are the operations of the requests since it was asked last, without polls and what signing in takes.
func spent(w *acctest.World) []string {
	var out []string
	for _, e := range w.Requests() {
		if e.Operation != opPoll && !strings.HasPrefix(e.Operation, "login.") {
			out = append(out, strings.TrimPrefix(e.Operation, "bap."))
		}
	}
	w.Forget()
	slices.Sort(out)
	return out
}

func TestAccEnvironment_basic(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{})
	id := statecheck.CompareValue(sameValue)
	w.Run(
		resource.TestStep{
			Config: environment("it", args{"dataverse": dataverse(args{"domain": `"first"`})}),
			ConfigPlanChecks: resource.ConfigPlanChecks{
				PreApply: []plancheck.PlanCheck{during(w.Forget)},
				PostApplyPreRefresh: []plancheck.PlanCheck{during(func() {
					count(t, w, 1, "login.token")
					same(t, "create", spent(w), []string{
						"currencies.list", "environments.create", "environments.get", "environments.validate", "languages.list", "locations.list",
					})
				})},
				PostApplyPostRefresh: []plancheck.PlanCheck{during(func() {
					count(t, w, 1, "login.token")
					same(t, "refresh", spent(w), []string{"environments.get"})
				})},
			},
			ConfigStateChecks: []statecheck.StateCheck{
				id.AddStateValue(addr, at("id")), shows(addr, "azure_region", text("eastus")), shows(addr, "cadence", text("Moderate")),
				shows(addr, "release_cycle", text("Standard")), shows(addr, "description", text("")), shows(addr, "macro_region", knownvalue.Null()),
				shows(addr, "billing_policy_id", knownvalue.Null()), shows(addr, "environment_group_id", knownvalue.Null()), shows(addr, "owner_id", knownvalue.Null()),
				shows(addr, "enterprise_policies", knownvalue.SetSizeExact(0)), shows(addr, "deletion_policy", text("delete")),
				shows(addr, "dataverse.url", text("https://first.crm.dynamics.com/")), shows(addr, "dataverse.administration_mode_enabled", yes(false)),
				shows(addr, "dataverse.background_operation_enabled", yes(true)), shows(addr, "dataverse.security_group_id", knownvalue.Null()),
				shows(addr, "dataverse.version", knownvalue.NotNull()), shows(addr, "dataverse.linked_app_id", knownvalue.Null()),
			},
		},
		resource.TestStep{
			Config: environment("it", args{
				"display_name": `"Renamed"`, "environment_type": `"Production"`, "description": `"new"`, "cadence": `"Frequent"`,
				"dataverse": dataverse(args{"domain": `"second"`}),
			}),
			ConfigPlanChecks: before(will(plancheck.ResourceActionUpdate), plancheck.ExpectUnknownValue(addr, at("dataverse.url")),
				plancheck.ExpectKnownValue(addr, at("dataverse.unique_name"), knownvalue.NotNull())),
			ConfigStateChecks: []statecheck.StateCheck{
				id.AddStateValue(addr, at("id")), shows(addr, "environment_type", text("Production")), shows(addr, "cadence", text("Frequent")),
				shows(addr, "dataverse.url", text("https://second.crm.dynamics.com/")),
			},
		},
		resource.TestStep{ResourceName: addr, ImportState: true, ImportStateVerify: true},
		resource.TestStep{
			ResourceName: addr, ImportState: true, ImportStateId: "contoso-dev",
			ExpectError: says("Invalid import ID", "must be the ID of an environment: a UUID, or Default- and the tenant's ID"),
		},
	)
	count(t, w, 1, opDelete)
}

// A database comes later, in place; what would destroy a protected environment is refused by Terraform.
func TestAccEnvironment_dataverseLater(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{})
	id := statecheck.CompareValue(sameValue)
	protected := args{"lifecycle": "{\n    prevent_destroy = true\n  }"}
	with := dataverse(args{"domain": `"later"`, "administration_mode_enabled": "true", "background_operation_enabled": "false"})
	w.Run(
		resource.TestStep{Config: environment("it", protected), ConfigStateChecks: []statecheck.StateCheck{
			id.AddStateValue(addr, at("id")), shows(addr, "dataverse", knownvalue.Null()),
		}},
		resource.TestStep{
			Config: environment("it", protected.with(args{"dataverse": dataverse(args{"language_code": "1"})})), PlanOnly: true,
			ExpectError: says(`"1" is no language; choose one of: 1025,`),
		},
		resource.TestStep{ // even if the tenant provisions new environments by macro region by now
			PreConfig:        func() { w.Do(func() { w.Geography = mock.GeographyMacroRegion }) },
			Config:           environment("it", protected.with(args{"dataverse": with})),
			ConfigPlanChecks: before(will(plancheck.ResourceActionUpdate)),
			ConfigStateChecks: []statecheck.StateCheck{
				id.AddStateValue(addr, at("id")), shows(addr, "dataverse.url", text("https://later.crm.dynamics.com/")),
				shows(addr, "dataverse.administration_mode_enabled", yes(true)), shows(addr, "dataverse.background_operation_enabled", yes(false)),
			},
		},
		resource.TestStep{
			PreConfig: func() { w.Do(func() { w.Geography = mock.GeographyLocation }) },
			Config:    environment("it", protected), ExpectError: says("Instance cannot be destroyed"),
		},
		resource.TestStep{Config: environment("it", args{"dataverse": with}), PlanOnly: true},
	)
	count(t, w, 1, opProvision)
	count(t, w, 1, opPatch)
}

// The gate waits for what the configuration names, and for as long.
func TestAccEnvironment_waitFor(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{})
	w.Lag(mock.Lag{Collection: bap.Environments, Field: metadata + ".backgroundOperationsState", Reads: 12})
	w.Run(resource.TestStep{
		Config:           environment("it", args{"wait_for": `["dataverse", "background_operations"]`, "dataverse": dataverse(nil)}),
		ConfigPlanChecks: resource.ConfigPlanChecks{PostApplyPreRefresh: []plancheck.PlanCheck{during(func() { count(t, w, 13, opGet) })}},
		ConfigStateChecks: []statecheck.StateCheck{
			shows(addr, "dataverse.background_operation_enabled", yes(true)),
		},
	})
}

// Every tenant has a default environment, which can be imported and abandoned, and neither be made nor be deleted.
func TestAccEnvironment_default(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{})
	its := environment("it", args{"display_name": `"Contoso (default)"`, "environment_type": `"Default"`, "deletion_policy": `"abandon"`})
	id := later("Default-" + w.ID)
	w.Run(
		resource.TestStep{Config: its, ExpectError: says("environment_type =", "A default environment comes with its tenant, and nothing else can become one; import it.")},
		resource.TestStep{
			Config: its + imported("it"), ConfigVariables: config.Variables{"id": &id},
			ConfigStateChecks: []statecheck.StateCheck{shows(addr, "id", text(string(id)))},
		},
		resource.TestStep{Config: environment("it", args{"display_name": `"Contoso (default)"`, "environment_type": `"Default"`})},
		resource.TestStep{
			Config:  environment("it", args{"display_name": `"Contoso (default)"`, "environment_type": `"Default"`}),
			Destroy: true, ExpectError: says(`set deletion_policy = "abandon" and apply`),
		},
		resource.TestStep{Config: its},
	)
	count(t, w, 0, opCreate, opPatch, opDelete)
}

// A record that leaves the macro region out is no reason to replace an environment.
func TestAccEnvironment_silentRecord(t *testing.T) {
	t.Parallel()
	id := later("eeeeeeee-0000-4000-8000-000000000001")
	w := acctest.New(t, mock.TenantSeed{
		Geography: mock.GeographyMacroRegion, Location: "switzerland", Switches: map[string]string{bap.SwitchOmitMacroRegion: "on"},
		Items: map[string][]mock.Doc{"environments": {{"id": string(id), "display_name": "it"}}},
	})
	w.Run(resource.TestStep{
		Config: environment("it", args{"location": "", "macro_region": `"eu-efta"`}) + imported("it"), ConfigVariables: config.Variables{"id": &id},
		ConfigPlanChecks:  before(will(plancheck.ResourceActionUpdate)),
		ConfigStateChecks: []statecheck.StateCheck{shows(addr, "macro_region", text("eu-efta")), shows(addr, "location", text("switzerland"))},
	})
	count(t, w, 0, opPatch, opCreate)
}

// Signing in and refreshing cost little, whatever the number of environments.
func TestAccEnvironment_requests(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{Items: policies})
	w.Lag(mock.Lag{Collection: bap.Environments, Field: "properties.billingPolicy", Reads: 1_000}) // the record is late, all the time
	scopes := func() map[string]int {
		out := map[string]int{}
		for _, e := range w.Requests("login.token") {
			scope, _ := e.Body["scope"].(string)
			out[scope]++
		}
		return out
	}
	once := func(n int) {
		all := scopes()
		for scope, times := range all {
			if times != 1 {
				t.Errorf("%d tokens for %s", times, scope)
			}
		}
		if len(all) != n {
			t.Errorf("tokens for %v", all)
		}
	}
	w.Run(resource.TestStep{
		Config: environment("a", nil) + environment("b", args{"dataverse": dataverse(nil)}) + environment("c", args{"billing_policy_id": quoted(policyA)}),
		ConfigPlanChecks: resource.ConfigPlanChecks{
			PreApply:            []plancheck.PlanCheck{during(w.Forget)},
			PostApplyPreRefresh: []plancheck.PlanCheck{during(func() { once(2); w.Forget() })},
			PostApplyPostRefresh: []plancheck.PlanCheck{during(func() {
				once(2)
				same(t, "refresh", spent(w), []string{"environments.get", "environments.get", "environments.get", "licensing.billingpolicies.environments"})
			})},
		},
	})
}
