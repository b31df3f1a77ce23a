package enterprisepolicy_test

import (
	"fmt"
	"maps"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
)

const (
	linkAddr = "powerplatform_enterprise_policy.it"
	linkEnv  = "aaaaaaaa-0000-4000-8000-00000000000a"

	opLink   = "bap.enterprisepolicies.link"
	opUnlink = "bap.enterprisepolicies.unlink"
	opEnv    = "bap.environments.get"
	opPoll   = "bap.lifecycleoperations.get"
)

// linkPolicies are the policies of linkWorld by name: kind and location.
var linkPolicies = map[string][2]string{
	"a": {"NetworkInjection", "unitedstates"}, "b": {"NetworkInjection", "unitedstates"}, "far": {"NetworkInjection", "europe"}, "uk": {"NetworkInjection", "uk"},
	"key": {"Encryption", "unitedstates"}, "key2": {"Encryption", "unitedstates"},
	"id": {"Identity", "unitedstates"}, "id2": {"Identity", "unitedstates"},
}

// azure is the ID of a policy in Azure, system that on the platform.
func azure(name string) string {
	return "/subscriptions/" + mock.LandscapeSubscriptionID + "/resourceGroups/rg-powerplatform/providers/Microsoft.PowerPlatform/enterprisePolicies/" + name
}

func system(name string) string {
	return fmt.Sprintf("/regions/%s/providers/Microsoft.PowerPlatform/enterprisePolicies/bbbbbbbb-0000-4000-8000-%012x", linkPolicies[name][1], name)
}

// linkWorld has a managed environment in unitedstates and the policies; more says how the environment differs.
func linkWorld(t *testing.T, more mock.Doc, switches map[string]string) *acctest.World {
	t.Helper()
	e := mock.Doc{"id": linkEnv, "display_name": "it", "location": "unitedstates", "managed": true, "dataverse": mock.Doc{"domain": "it"}}
	maps.Copy(e, more)
	seed := mock.Landscape()
	seed["environments"] = []mock.Doc{e}
	w := acctest.New(t, mock.TenantSeed{Switches: switches, Items: seed})
	for name, p := range linkPolicies {
		w.Collection(bap.EnterprisePolicies).Put(azure(name), mock.Doc{
			"id": azure(name), "name": name, "type": "Microsoft.PowerPlatform/enterprisePolicies", "kind": p[0], "location": p[1],
			"properties": mock.Doc{"systemId": system(name), "healthStatus": "Undetermined"},
		})
	}
	w.Keep()
	return w
}

// linkTo is the resource for a policy, by its system ID, with further arguments, one a line.
func linkTo(name string, lines ...string) string {
	return linkBy(name, append(lines, fmt.Sprintf("system_id = %q", system(name)))...)
}

// linkToAzure is the resource for a policy, by its ID in Azure.
func linkToAzure(name string) string { return linkBy(name, fmt.Sprintf("policy_id = %q", azure(name))) }

func linkBy(name string, lines ...string) string {
	return fmt.Sprintf("resource \"powerplatform_enterprise_policy\" \"it\" {\n  environment_id = %q\n  policy_type = %q\n  %s\n}\n",
		linkEnv, linkPolicies[name][0], strings.Join(lines, "\n  "))
}

// shows checks a whole link.
func shows(name string) []statecheck.StateCheck {
	var out []statecheck.StateCheck
	for attribute, value := range map[string]string{
		"id": linkEnv + "/" + linkPolicies[name][0], "environment_id": linkEnv, "policy_type": linkPolicies[name][0],
		"system_id": system(name), "policy_id": azure(name), "link_status": "Linked",
	} {
		out = append(out, statecheck.ExpectKnownValue(linkAddr, tfjsonpath.New(attribute), knownvalue.StringExact(value)))
	}
	return out
}

func will(a plancheck.ResourceActionType) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(linkAddr, a)}}
}

// changeEnv changes the environment behind Terraform's back.
func changeEnv(w *acctest.World, f func(properties mock.Doc)) func() {
	return func() {
		d, _ := w.Collection(bap.Environments).Peek(linkEnv)
		f(d["properties"].(mock.Doc))
		w.Collection(bap.Environments).Put(linkEnv, d)
	}
}

// linkedByHand links the environment to a network policy behind Terraform's back, "" unlinks.
func linkedByHand(w *acctest.World, name string) func() {
	return changeEnv(w, func(p mock.Doc) {
		all, _ := p["enterprisePolicies"].(mock.Doc)
		if all == nil {
			all = mock.Doc{}
		}
		delete(all, "vNets")
		if name != "" {
			all["vNets"] = mock.Doc{"id": azure(name), "systemId": system(name), "location": linkPolicies[name][1], "policyId": "x", "linkStatus": "Linked"}
		}
		p["enterprisePolicies"] = all
		if len(all) == 0 {
			delete(p, "enterprisePolicies")
		}
	})
}

// linkOf is the link of the environment as it is, nil if there is none.
func linkOf(w *acctest.World, member string) mock.Doc {
	d, _ := w.Collection(bap.Environments).Peek(linkEnv)
	all, _ := d["properties"].(mock.Doc)["enterprisePolicies"].(mock.Doc)
	l, _ := all[member].(mock.Doc)
	return l
}

func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// says matches text however the CLI wraps and frames it.
func says(text string) *regexp.Regexp {
	return regexp.MustCompile(strings.ReplaceAll(regexp.QuoteMeta(text), " ", `[\s│]+`))
}
