package environment_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
)

// mistake is an environment that cannot be, the argument whose line is shown, and what is said of it. The CLI shows no
// line of an argument inside dataverse: there the text has to tell.
type mistake struct {
	name     string
	args     args
	at, text string
}

// refused is a step whose plan reports every mistake, each at its argument.
func refused(all ...mistake) resource.TestStep {
	config, texts := "", []string{}
	for _, m := range all {
		config += environment(m.name, m.args)
		texts = append(texts, "with powerplatform_environment."+m.name+",")
		if m.at != "" {
			texts = append(texts, " "+m.at+" = ")
		}
		texts = append(texts, m.text)
	}
	return resource.TestStep{Config: config, PlanOnly: true, ExpectError: acctest.Says(texts...)}
}

func TestMistakesAreReportedAtTheirArgument(t *testing.T) {
	t.Parallel()
	in := func(a args) args { return args{"dataverse": dataverse(a)} }
	owned := args{"owner_id": `"dddddddd-0000-4000-8000-000000000001"`}
	europe := args{"location": `"europe"`}
	const holder = "eeeeeeee-0000-4000-8000-00000000000e"
	const uuid = `"not-a-uuid" is not a UUID. It has the form 00000000-0000-0000-0000-000000000000.`
	w := acctest.New(t, mock.TenantSeed{Items: map[string][]mock.Doc{
		"environments": {{"id": holder, "display_name": "Taken", "dataverse": mock.Doc{"domain": "taken"}}},
	}})
	w.Run(
		refused( // by the configuration alone
			mistake{"policy", args{"billing_policy_id": `"not-a-uuid"`}, "billing_policy_id", uuid},
			mistake{"group", in(nil).with(args{"environment_group_id": `"not-a-uuid"`}), "environment_group_id", uuid},
			mistake{"owner", in(nil).with(args{"environment_type": `"Developer"`, "owner_id": `"not-a-uuid"`}), "owner_id", uuid},
			mistake{"security", in(args{"security_group_id": `"not-a-uuid"`}), "", uuid},
			mistake{"domain", in(args{"domain": `"no_good"`}), "", "Attribute dataverse.domain must consist of letters, digits and hyphens"},
			mistake{"kind", args{"environment_type": `"Sandpit"`}, "environment_type", `value must be one of: ["Developer" "Sandbox" "Production" "Trial" "Default"]`},
			mistake{"gate", in(nil).with(args{"wait_for": `["coffee"]`}), "wait_for", `value must be one of: ["dataverse" "background_operations"]`},
			mistake{"cadence", args{"cadence": `"Hourly"`}, "cadence", `value must be one of: ["Frequent" "Moderate"]`},
			mistake{"nameless", args{"display_name": `""`}, "display_name", "string length must be at least 1"},
			mistake{"both", args{"macro_region": `"emea"`}, "", "Exactly one of these attributes must be configured: [location,macro_region]"},
			mistake{"neither", args{"location": ""}, "", "Exactly one of these attributes must be configured: [location,macro_region]"},
			mistake{"region", args{"location": "", "macro_region": `"emea"`, "azure_region": `"westeurope"`}, "azure_region", `Attribute "macro_region" cannot be specified when "azure_region" is specified`},

			mistake{"ownerless", args{"environment_type": `"Developer"`}, "environment_type", "A Developer environment needs owner_id"},
			mistake{"owned", in(nil).with(owned), "owner_id", "Only Developer environments have an owner."},
			mistake{"owned_empty", owned.with(args{"environment_type": `"Developer"`}), "owner_id", "A Developer environment with an owner needs dataverse."},
			mistake{"developers", in(args{"security_group_id": acctest.Quoted(security)}).with(owned).with(args{"environment_type": `"Developer"`}), "", "A Developer environment has no security group."},
			mistake{"member", args{"environment_group_id": acctest.Quoted(groupA)}, "environment_group_id", "An environment in a group needs dataverse."},
			mistake{"waiting", args{"wait_for": `["dataverse"]`}, "wait_for", "Without dataverse there is nothing to wait for."},
			mistake{"in_vain", in(args{"background_operation_enabled": "false"}).with(args{"wait_for": `["background_operations"]`}), "wait_for", "Background operations that are switched off would be waited for in vain."},
		),
		resource.TestStep{ // by the cloud
			Config:   strings.Replace(w.Provider(), "{", "{\n  cloud = \"gcchigh\"", 1) + environment("it", args{"location": `"usgov"`, "release_cycle": `"Early"`}),
			PlanOnly: true, ExpectError: acctest.Says("release_cycle = ", "The cloud gcchigh has no environments that get new features first; leave release_cycle out."),
		},
		refused( // by what the tenant may choose from
			mistake{"location", args{"location": `"moon"`}, "location", `"moon" is no location; choose one of: unitedstates, unitedstatesfirstrelease, europe,`},
			mistake{"azure", args{"azure_region": `"westeurope"`}, "azure_region", `"westeurope" is no Azure region of unitedstates; choose one of: eastus, westus.`},
			mistake{"language", in(args{"language_code": "1"}), "", `"1" is no language; choose one of: 1025, 1026,`},
			mistake{"currency", in(args{"currency_code": `"ABC"`}), "", `"ABC" is no currency; choose one of: AED,`},
			mistake{"macro", args{"location": "", "macro_region": `"emea"`}, "macro_region", "This tenant provisions by location: configure location instead, as one of: unitedstates,"},
		),
		refused( // by the platform's rules for new values
			mistake{"flex", args{"allow_flex_routing": "false"}, "allow_flex_routing", "Flex routing exists only inside the EU Data Boundary"},
			mistake{"home", args{"allow_moving_data_across_regions": "true"}, "allow_moving_data_across_regions", "In unitedstates generative AI needs no other region; leave it out."},
			mistake{"still", europe.with(args{"allow_bing_search": "true", "allow_moving_data_across_regions": "false"}), "allow_moving_data_across_regions", "Generative AI outside the United States needs allow_moving_data_across_regions = true."},
		),
		resource.TestStep{
			Config:      environment("it", in(args{"domain": `"Taken"`})),
			ExpectError: acctest.Says("import { to = powerplatform_environment.NAME id = "+acctest.Quoted(holder)+" }", "Otherwise choose another one.", "The platform answered 400 Bad Request.", "The domain name 'taken' is already in use.", "InvalidDomainName"),
		},
		resource.TestStep{ // somebody was faster
			PreConfig: func() {
				w.Fault(mock.Fault{Operation: opCreate, Status: http.StatusConflict, Body: acctest.Refusal("DomainNameAlreadyInUse", "The domain name 'mine' is already in use.")})
			},
			Config:      environment("it", in(args{"domain": `"mine"`})),
			ExpectError: acctest.Says("The domain name 'mine' is already in use."),
		},
	)
	w.Counted(1, opCreate) // nothing was left either
}

// The lists that choices are checked against are advice: where they cannot be read, the platform decides.
func TestChoicesThatCannotBeCheckedAreLeftToThePlatform(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{})
	for _, operation := range []string{"bap.locations.list", "bap.languages.list"} {
		w.Fault(mock.Fault{Operation: operation, Times: -1, Status: http.StatusNotFound})
	}
	w.Run(resource.TestStep{Config: environment("it", args{"dataverse": dataverse(nil)})})
	w.Counted(1, opCreate)
}

// An environment that was made under other rules is imported as it is; a new value is judged.
func TestRulesForGenerativeAIAreForNewValues(t *testing.T) {
	t.Parallel()
	const id = "eeeeeeee-0000-4000-8000-00000000000f"
	w := acctest.New(t, mock.TenantSeed{Items: map[string][]mock.Doc{
		"environments": {{"id": id, "display_name": "it", "location": "europe", "allow_bing_search": true}},
	}})
	europe := args{"display_name": `"it"`, "location": `"europe"`, "allow_bing_search": "true"}
	w.Run(
		resource.TestStep{
			Config:           environment("it", europe) + fmt.Sprintf("import {\n  to = %s\n  id = %q\n}\n", addr, id),
			ConfigPlanChecks: acctest.Will(addr, plancheck.ResourceActionNoop),
		},
		resource.TestStep{
			Config:      environment("it", europe.with(args{"allow_microsoft_365_services": "true"})),
			ExpectError: acctest.Says("Generative AI outside the United States needs allow_moving_data_across_regions = true."),
		},
	)
}
