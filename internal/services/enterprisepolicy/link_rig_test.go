package enterprisepolicy_test

import (
	"fmt"
	"maps"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/statecheck"

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
	return block("enterprise_policy", "it", append([]string{
		fmt.Sprintf("environment_id = %q", linkEnv), fmt.Sprintf("policy_type = %q", linkPolicies[name][0]),
	}, lines...)...)
}

// shows checks a whole link.
func shows(name string) []statecheck.StateCheck {
	return acctest.Shows(linkAddr, acctest.Attributes{
		"id": linkEnv + "/" + linkPolicies[name][0], "environment_id": linkEnv, "policy_type": linkPolicies[name][0],
		"system_id": system(name), "policy_id": azure(name), "link_status": "Linked",
	})
}

// changeEnv changes an environment behind Terraform's back.
func changeEnv(w *acctest.World, id string, f func(properties mock.Doc)) func() {
	return func() { w.Change(bap.Environments, id, func(d mock.Doc) { f(d["properties"].(mock.Doc)) }) }
}

// linkedByHand links the environment to a network policy behind Terraform's back, "" unlinks.
func linkedByHand(w *acctest.World, name string) func() {
	return changeEnv(w, linkEnv, func(p mock.Doc) {
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
