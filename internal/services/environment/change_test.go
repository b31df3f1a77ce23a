package environment_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
)

// actions are what a plan does to each environment, with the attributes that force a replacement.
func actions(p *tfjson.Plan) map[string]string {
	out := map[string]string{}
	for _, c := range p.ResourceChanges {
		what := fmt.Sprint(c.Change.Actions)
		if len(c.Change.ReplacePaths) > 0 {
			what += fmt.Sprint(c.Change.ReplacePaths)
		}
		out[strings.TrimPrefix(c.Address, "powerplatform_environment.")] = what
	}
	return out
}

// does fails unless the plan does exactly this.
func does(want map[string]string) acctest.Look {
	return func(p *tfjson.Plan) error {
		if got := actions(p); !maps.Equal(got, want) {
			return fmt.Errorf("the plan does %v instead of %v", got, want)
		}
		return nil
	}
}

// One environment per argument: each is created, then that argument changes, and only it is sent.
func TestAccEnvironment_changes(t *testing.T) {
	t.Parallel()
	const owner = "dddddddd-0000-4000-8000-000000000001"
	europe := args{"location": `"europe"`, "allow_moving_data_across_regions": "true"}
	in := func(a args) args { return args{"dataverse": dataverse(a)} }
	cases := map[string]struct {
		from, to args
		patch    []string
		other    []string // further requests about the environment
		still    bool     // the plan shows no change
	}{
		"display_name":     {to: args{"display_name": `"renamed"`}, patch: []string{"displayName"}},
		"description":      {to: args{"description": `"new"`}, patch: []string{"description"}},
		"description_gone": {from: args{"description": `"old"`}, patch: []string{"description"}},
		"cadence":          {from: args{"cadence": `"Frequent"`}, to: args{"cadence": `"Moderate"`}, patch: []string{"updateCadence.id"}},
		"cadence_gone":     {from: args{"cadence": `"Frequent"`}, still: true}, // what is no longer configured is left as it is
		"type":             {to: args{"environment_type": `"Production"`}, other: []string{"bap.environments.sku"}},

		"group":        {from: in(nil), to: in(nil).with(args{"environment_group_id": acctest.Quoted(groupA)}), patch: []string{"parentEnvironmentGroup.id"}},
		"group_other":  {from: in(nil).with(args{"environment_group_id": acctest.Quoted(groupA)}), to: in(nil).with(args{"environment_group_id": acctest.Quoted(groupB)}), patch: []string{"parentEnvironmentGroup.id"}},
		"group_zero":   {from: in(nil).with(args{"environment_group_id": acctest.Quoted(groupA)}), to: in(nil).with(args{"environment_group_id": zero}), patch: []string{"parentEnvironmentGroup.id"}},
		"group_gone":   {from: in(nil).with(args{"environment_group_id": acctest.Quoted(groupA)}), to: in(nil), still: true},
		"policy":       {to: args{"billing_policy_id": acctest.Quoted(policyA)}},
		"policy_other": {from: args{"billing_policy_id": acctest.Quoted(policyA)}, to: args{"billing_policy_id": acctest.Quoted(policyB)}},
		"policy_zero":  {from: args{"billing_policy_id": acctest.Quoted(policyA)}, to: args{"billing_policy_id": zero}},

		"bing":   {from: args{"allow_bing_search": "true"}, to: args{"allow_bing_search": "false"}, patch: []string{"bingChatEnabled"}},
		"m365":   {from: europe, to: europe.with(args{"allow_microsoft_365_services": "true"}), patch: []string{"m365Enabled"}},
		"moving": {from: europe, to: europe.with(args{"allow_moving_data_across_regions": "false"}), patch: []string{"copilotPolicies.crossGeoCopilotDataMovementEnabled"}},
		"flex":   {from: europe, to: europe.with(args{"allow_flex_routing": "true"}), patch: []string{"copilotPolicies.crossBoundaryCopilotDataMovementEnabled"}},

		"domain":         {from: in(args{"domain": `"old-one"`}), to: in(args{"domain": `"new-one"`}), patch: []string{"linkedEnvironmentMetadata.domainName"}},
		"security":       {from: in(nil), to: in(args{"security_group_id": acctest.Quoted(security)}), patch: []string{"linkedEnvironmentMetadata.securityGroupId"}},
		"security_zero":  {from: in(args{"security_group_id": acctest.Quoted(security)}), to: in(args{"security_group_id": zero}), patch: []string{"linkedEnvironmentMetadata.securityGroupId"}},
		"administration": {from: in(nil), to: in(args{"administration_mode_enabled": "true"}), patch: []string{"states.runtime.id"}},
		"background":     {from: in(nil), to: in(args{"background_operation_enabled": "false"}), patch: []string{"linkedEnvironmentMetadata.backgroundOperationsState"}},
		"wait_for":       {from: in(nil), to: in(nil).with(args{"wait_for": `["background_operations"]`})},

		"spelling": {
			from: in(args{"domain": `"spelling"`, "security_group_id": acctest.Quoted(security)}),
			to:   in(args{"domain": `"Spelling"`, "security_group_id": acctest.Quoted(strings.ToUpper(security))}), still: true,
		},
		"spelling_of_json": {
			from: in(args{"template_metadata": `"{\"PostProvisioningPackages\":[]}"`}), to: in(args{"template_metadata": `"{ \"PostProvisioningPackages\": [] }"`}),
		},
		"spelling_of_owner": {
			from: in(nil).with(args{"environment_type": `"Developer"`, "owner_id": acctest.Quoted(owner), "location": `"unitedstates"`}),
			to:   in(nil).with(args{"environment_type": `"Developer"`, "owner_id": acctest.Quoted(strings.ToUpper(owner)), "location": `"UnitedStates"`}), still: true,
		},
	}
	from, to, plan, ids := "", "", map[string]string{}, map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(cases)) {
		c := cases[name]
		from, to, plan[name] = from+environment(name, c.from), to+environment(name, c.to), "[update]"
		if c.still {
			plan[name] = "[no-op]"
		}
	}
	w := acctest.New(t, mock.TenantSeed{Items: policies})
	w.Run(
		resource.TestStep{Config: from},
		resource.TestStep{
			PreConfig: func() {
				for name := range cases {
					ids[name] = idOf(w, name)
				}
			},
			Config: to,
			ConfigPlanChecks: resource.ConfigPlanChecks{
				PreApply: acctest.Before(does(plan), acctest.During(w.Forget)).PreApply,
				PostApplyPreRefresh: planned(acctest.During(func() {
					for name, c := range cases {
						var patched, other []string
						for _, e := range of(w, ids[name]) {
							switch {
							case e.Method == http.MethodGet:
							case e.Operation == opPatch:
								patched = append(patched, acctest.Sent(e, "properties.")...)
							default:
								other = append(other, e.Operation)
							}
						}
						acctest.Same(t, name, patched, c.patch)
						acctest.Same(t, name, other, c.other)
					}
					w.Counted(2, "licensing.billingpolicies.add")
					w.Counted(2, "licensing.billingpolicies.remove")
				})).PostApplyPreRefresh,
			},
		},
	)
}

// What can only be chosen when an environment is created replaces it, and what does not forces nothing.
func TestAccEnvironment_replacement(t *testing.T) {
	t.Parallel()
	in := func(a args) args { return args{"dataverse": dataverse(a)} }
	developer := in(nil).with(args{"environment_type": `"Developer"`, "owner_id": `"dddddddd-0000-4000-8000-000000000001"`})
	cases := map[string]struct {
		from, to args
		because  string
	}{
		"location":      {nil, args{"location": `"europe"`}, "[[location]]"},
		"azure_region":  {args{"azure_region": `"eastus"`}, args{"azure_region": `"westus"`}, "[[azure_region]]"},
		"release_cycle": {nil, args{"release_cycle": `"Early"`}, "[[release_cycle]]"},
		"owner":         {developer, developer.with(args{"owner_id": `"dddddddd-0000-4000-8000-000000000002"`}), "[[owner_id]]"},
		"language":      {in(nil), in(args{"language_code": "1031"}), "[[dataverse language_code]]"},
		"currency":      {in(nil), in(args{"currency_code": `"EUR"`}), "[[dataverse currency_code]]"},
		"templates":     {in(args{"templates": `["D365_Sales"]`}), in(args{"templates": `["D365_FieldService"]`}), "[[dataverse templates]]"},
		"template_metadata": {
			in(args{"template_metadata": `jsonencode({ PostProvisioningPackages = [] })`}),
			in(args{"template_metadata": `jsonencode({ PostProvisioningPackages = [{ applicationUniqueName = "other" }] })`}), "[[dataverse template_metadata]]",
		},
		"dataverse": {in(nil), nil, "[[dataverse]]"},
		"none":      {in(args{"templates": `["D365_Sales"]`}), in(nil).with(args{"description": `"new"`}), ""},
	}
	from, to, plan := "", "", map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(cases)) {
		c := cases[name]
		from, to, plan[name] = from+environment(name, c.from), to+environment(name, c.to), "[delete create]"+c.because
		if c.because == "" {
			plan[name] = "[update]"
		}
	}
	w := acctest.New(t, mock.TenantSeed{Switches: map[string]string{bap.SwitchDynamics: "on"}})
	w.Run(
		resource.TestStep{Config: from},
		resource.TestStep{Config: to, PlanOnly: true, ExpectNonEmptyPlan: true, ConfigPlanChecks: planned(does(plan))},
	)
}

// What an environment is created with: in the request where that can say it, right after it otherwise.
func TestAccEnvironment_kinds(t *testing.T) {
	t.Parallel()
	in := func(a args) args { return args{"dataverse": dataverse(a)} }
	linked := func(more ...string) []string {
		out := []string{"location", "databaseType", "displayName", "environmentSku", "linkedEnvironmentMetadata.baseLanguage", "linkedEnvironmentMetadata.currency.code"}
		out = append(out, more...)
		slices.Sort(out)
		return out
	}
	const owner = "dddddddd-0000-4000-8000-000000000001"
	cases := map[string]struct {
		args          args
		create, patch []string
		shows         acctest.Attributes
	}{
		"early": {
			args{"release_cycle": `"Early"`},
			[]string{"cluster.category", "displayName", "environmentSku", "location"},
			nil,
			acctest.Attributes{"release_cycle": "Early"},
		},
		"templated": {
			in(args{"templates": `["D365_Sales"]`, "template_metadata": `jsonencode({ PostProvisioningPackages = [] })`, "security_group_id": acctest.Quoted(security)}),
			linked("linkedEnvironmentMetadata.securityGroupId", "linkedEnvironmentMetadata.templateMetadata.PostProvisioningPackages", "linkedEnvironmentMetadata.templates"), nil,
			acctest.Attributes{
				"dataverse.templates": []string{"D365_Sales"}, "dataverse.linked_app_type": "Dynamics365",
				"dataverse.template_metadata": `{"PostProvisioningPackages":[]}`, "dataverse.security_group_id": security,
			},
		},
		"zeros": { // how microsoft/power-platform says none
			in(args{"security_group_id": zero, "administration_mode_enabled": "false", "background_operation_enabled": "true"}).with(args{
				"billing_policy_id": zero, "environment_group_id": zero,
			}),
			linked("linkedEnvironmentMetadata.securityGroupId"), nil, nil,
		},
		"closed": {
			in(args{"administration_mode_enabled": "true", "background_operation_enabled": "false"}), linked(),
			[]string{"linkedEnvironmentMetadata.backgroundOperationsState", "states.runtime.id"},
			acctest.Attributes{"dataverse.administration_mode_enabled": true, "dataverse.background_operation_enabled": false},
		},
		"developer": {
			in(nil).with(args{"environment_type": `"Developer"`, "owner_id": acctest.Quoted(owner)}), linked("usedBy.id", "usedBy.tenantId", "usedBy.type"), nil,
			acctest.Attributes{"owner_id": owner},
		},
		"member": {
			in(nil).with(args{"environment_group_id": acctest.Quoted(groupA), "billing_policy_id": acctest.Quoted(policyA)}), linked("billingPolicy.id", "parentEnvironmentGroup.id"), nil,
			acctest.Attributes{"environment_group_id": groupA, "billing_policy_id": policyA},
		},
		"intelligent": {
			args{"location": `"europe"`, "allow_bing_search": "true", "allow_microsoft_365_services": "false", "allow_moving_data_across_regions": "true", "allow_flex_routing": "true"},
			[]string{"bingChatEnabled", "displayName", "environmentSku", "location"},
			[]string{"copilotPolicies.crossBoundaryCopilotDataMovementEnabled", "copilotPolicies.crossGeoCopilotDataMovementEnabled", "m365Enabled"},
			acctest.Attributes{"allow_bing_search": true, "allow_microsoft_365_services": false, "allow_flex_routing": true},
		},
		"intelligent_at_home": {
			args{"allow_bing_search": "true"},
			[]string{"bingChatEnabled", "displayName", "environmentSku", "location"},
			nil,
			acctest.Attributes{"allow_bing_search": true, "allow_moving_data_across_regions": false, "allow_flex_routing": nil},
		},
	}
	config, checks := "", []statecheck.StateCheck{}
	for name, c := range cases {
		config += environment(name, c.args)
		checks = append(checks, acctest.Shows("powerplatform_environment."+name, c.shows)...)
	}
	w := acctest.New(t, mock.TenantSeed{Items: policies, Switches: map[string]string{bap.SwitchDynamics: "on"}})
	w.Run(resource.TestStep{Config: config, ConfigStateChecks: checks, ConfigPlanChecks: planned(acctest.During(func() {
		for _, e := range w.Requests(opCreate) {
			name, _ := field(e.Body, "properties.displayName").(string)
			keys := acctest.Sent(e, "properties.")
			slices.Sort(keys)
			slices.Sort(cases[name].create)
			acctest.Same(t, name, keys, cases[name].create)
		}
		for name, c := range cases {
			var patched []string
			for _, e := range of(w, idOf(w, name), opPatch) {
				patched = append(patched, acctest.Sent(e, "properties.")...)
			}
			acctest.Same(t, name+" afterwards", patched, c.patch)
		}
	}))})
	w.Counted(len(cases), opCreate)
}
