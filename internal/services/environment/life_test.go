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
				PreApply: []plancheck.PlanCheck{acctest.During(w.Forget)},
				PostApplyPreRefresh: []plancheck.PlanCheck{acctest.During(func() {
					w.Counted(1, "login.token")
					acctest.Same(t, "create", spent(w), []string{
						"currencies.list", "environments.create", "environments.get", "environments.validate", "languages.list", "locations.list",
					})
				})},
				PostApplyPostRefresh: []plancheck.PlanCheck{acctest.During(func() {
					w.Counted(1, "login.token")
					acctest.Same(t, "refresh", spent(w), []string{"environments.get"})
				})},
			},
			ConfigStateChecks: append(acctest.Shows(addr, acctest.Attributes{
				"azure_region": "eastus", "cadence": "Moderate",
				"release_cycle": "Standard", "description": "", "macro_region": nil,
				"billing_policy_id": nil, "environment_group_id": nil, "owner_id": nil,
				"enterprise_policies": knownvalue.SetSizeExact(0), "deletion_policy": "delete",
				"dataverse.url": "https://first.crm.dynamics.com/", "dataverse.administration_mode_enabled": false,
				"dataverse.background_operation_enabled": true, "dataverse.security_group_id": nil,
				"dataverse.version": knownvalue.NotNull(), "dataverse.linked_app_id": nil,
			}), id.AddStateValue(addr, acctest.At("id"))),
		},
		resource.TestStep{
			Config: environment("it", args{
				"display_name": `"Renamed"`, "environment_type": `"Production"`, "description": `"new"`, "cadence": `"Frequent"`,
				"dataverse": dataverse(args{"domain": `"second"`}),
			}),
			ConfigPlanChecks: acctest.Before(plancheck.ExpectResourceAction(addr, plancheck.ResourceActionUpdate), plancheck.ExpectUnknownValue(addr, acctest.At("dataverse.url")),
				plancheck.ExpectKnownValue(addr, acctest.At("dataverse.unique_name"), knownvalue.NotNull())),
			ConfigStateChecks: append(acctest.Shows(addr, acctest.Attributes{
				"environment_type": "Production", "cadence": "Frequent",
				"dataverse.url": "https://second.crm.dynamics.com/",
			}), id.AddStateValue(addr, acctest.At("id"))),
		},
		resource.TestStep{ResourceName: addr, ImportState: true, ImportStateVerify: true},
		resource.TestStep{
			ResourceName: addr, ImportState: true, ImportStateId: "contoso-dev",
			ExpectError: acctest.Says("Invalid import ID", "must be the ID of an environment: a UUID, or Default- and the tenant's ID"),
		},
	)
	w.Counted(1, opDelete)
}

// A database comes later, in place; what would destroy a protected environment is refused by Terraform.
func TestAccEnvironment_dataverseLater(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{})
	id := statecheck.CompareValue(sameValue)
	protected := args{"lifecycle": "{\n    prevent_destroy = true\n  }"}
	with := dataverse(args{"domain": `"later"`, "administration_mode_enabled": "true", "background_operation_enabled": "false"})
	w.Run(
		resource.TestStep{Config: environment("it", protected), ConfigStateChecks: append(acctest.Shows(addr, acctest.Attributes{
			"dataverse": nil,
		}), id.AddStateValue(addr, acctest.At("id")))},
		resource.TestStep{
			Config: environment("it", protected.with(args{"dataverse": dataverse(args{"language_code": "1"})})), PlanOnly: true,
			ExpectError: acctest.Says(`"1" is no language; choose one of: 1025,`),
		},
		resource.TestStep{ // even if the tenant provisions new environments by macro region by now
			PreConfig:        func() { w.Do(func() { w.Geography = mock.GeographyMacroRegion }) },
			Config:           environment("it", protected.with(args{"dataverse": with})),
			ConfigPlanChecks: acctest.Will(addr, plancheck.ResourceActionUpdate),
			ConfigStateChecks: append(acctest.Shows(addr, acctest.Attributes{
				"dataverse.url":                         "https://later.crm.dynamics.com/",
				"dataverse.administration_mode_enabled": true, "dataverse.background_operation_enabled": false,
			}), id.AddStateValue(addr, acctest.At("id"))),
		},
		resource.TestStep{
			PreConfig: func() { w.Do(func() { w.Geography = mock.GeographyLocation }) },
			Config:    environment("it", protected), ExpectError: acctest.Says("Instance cannot be destroyed"),
		},
		resource.TestStep{Config: environment("it", args{"dataverse": with}), PlanOnly: true},
	)
	w.Counted(1, opProvision)
	w.Counted(1, opPatch)
}

// The gate waits for what the configuration names, and for as long.
func TestAccEnvironment_waitFor(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{})
	w.Lag(mock.Lag{Collection: bap.Environments, Field: metadata + ".backgroundOperationsState", Reads: 12})
	w.Run(resource.TestStep{
		Config:           environment("it", args{"wait_for": `["dataverse", "background_operations"]`, "dataverse": dataverse(nil)}),
		ConfigPlanChecks: resource.ConfigPlanChecks{PostApplyPreRefresh: []plancheck.PlanCheck{acctest.During(func() { w.Counted(13, opGet) })}},
		ConfigStateChecks: acctest.Shows(addr, acctest.Attributes{
			"dataverse.background_operation_enabled": true,
		}),
	})
}

// Every tenant has a default environment, which can be imported and abandoned, and neither be made nor be deleted.
func TestAccEnvironment_default(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{})
	its := environment("it", args{"display_name": `"Contoso (default)"`, "environment_type": `"Default"`, "deletion_policy": `"abandon"`})
	id := acctest.Later("Default-" + w.ID)
	w.Run(
		resource.TestStep{Config: its, ExpectError: acctest.Says("environment_type =", "A default environment comes with its tenant, and nothing else can become one; import it.")},
		resource.TestStep{
			Config: its + imported("it"), ConfigVariables: config.Variables{"id": &id},
			ConfigStateChecks: acctest.Shows(addr, acctest.Attributes{"id": string(id)}),
		},
		resource.TestStep{Config: environment("it", args{"display_name": `"Contoso (default)"`, "environment_type": `"Default"`})},
		resource.TestStep{
			Config:  environment("it", args{"display_name": `"Contoso (default)"`, "environment_type": `"Default"`}),
			Destroy: true, ExpectError: acctest.Says(`set deletion_policy = "abandon" and apply`),
		},
		resource.TestStep{Config: its},
	)
	w.Counted(0, opCreate, opPatch, opDelete)
}

// A record that leaves the macro region out is no reason to replace an environment.
func TestAccEnvironment_silentRecord(t *testing.T) {
	t.Parallel()
	id := acctest.Later("eeeeeeee-0000-4000-8000-000000000001")
	w := acctest.New(t, mock.TenantSeed{
		Geography: mock.GeographyMacroRegion, Location: "switzerland", Switches: map[string]string{bap.SwitchOmitMacroRegion: "on"},
		Items: map[string][]mock.Doc{"environments": {{"id": string(id), "display_name": "it"}}},
	})
	w.Run(resource.TestStep{
		Config: environment("it", args{"location": "", "macro_region": `"eu-efta"`}) + imported("it"), ConfigVariables: config.Variables{"id": &id},
		ConfigPlanChecks:  acctest.Will(addr, plancheck.ResourceActionUpdate),
		ConfigStateChecks: acctest.Shows(addr, acctest.Attributes{"macro_region": "eu-efta", "location": "switzerland"}),
	})
	w.Counted(0, opPatch, opCreate)
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
		Config: environment("a", nil) + environment("b", args{"dataverse": dataverse(nil)}) + environment("c", args{"billing_policy_id": acctest.Quoted(policyA)}),
		ConfigPlanChecks: resource.ConfigPlanChecks{
			PreApply:            []plancheck.PlanCheck{acctest.During(w.Forget)},
			PostApplyPreRefresh: []plancheck.PlanCheck{acctest.During(func() { once(2); w.Forget() })},
			PostApplyPostRefresh: []plancheck.PlanCheck{acctest.During(func() {
				once(2)
				acctest.Same(t, "refresh", spent(w), []string{"environments.get", "environments.get", "environments.get", "licensing.billingpolicies.environments"})
			})},
		},
	})
}
