package enterprisepolicy_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
)

const (
	groupID  = "/subscriptions/" + mock.LandscapeSubscriptionID + "/resourceGroups/rg-powerplatform"
	sandbox  = "/subscriptions/" + mock.LandscapeSandboxID + "/resourceGroups/rg-sandbox"
	networks = "/subscriptions/" + mock.LandscapeSubscriptionID + "/resourceGroups/rg-network/providers/Microsoft.Network/virtualNetworks/"

	injectionAddr = "powerplatform_network_injection_policy.it"
	testEnv       = "aaaaaaaa-0000-4000-8000-0000000000e1"
	prodEnv       = "aaaaaaaa-0000-4000-8000-0000000000e2"

	opPut    = "arm.enterprisepolicies.put"
	opDelete = "arm.enterprisepolicies.delete"
	opEnvs   = "bap.environments.list"
	opSubnet = "arm.subnets.get"
)

// policyWorld is the landscape with two managed environments, test and prod.
func policyWorld(t *testing.T, switches map[string]string) *acctest.World {
	t.Helper()
	seed := mock.Landscape()
	seed["environments"] = []mock.Doc{
		{"id": testEnv, "display_name": "test", "location": "unitedstates", "managed": true, "dataverse": mock.Doc{"domain": "test"}},
		{"id": prodEnv, "display_name": "prod", "location": "unitedstates", "managed": true, "dataverse": mock.Doc{"domain": "prod"}},
	}
	return acctest.New(t, mock.TenantSeed{Switches: switches, Items: seed})
}

// subnet is the ID of a subnet of the landscape, in eastus or westus.
func subnet(region, name string) string { return networks + "vnet-" + region + "/subnets/" + name }

// pair are the subnets of a name in both regions, as HCL.
func pair(name string) string {
	return fmt.Sprintf("[%q, %q]", subnet("eastus", name), subnet("westus", name))
}

// block is a resource with arguments, one a line.
func block(kind, name string, lines ...string) string {
	return acctest.Block("powerplatform_"+kind, name, lines...)
}

// injection is a network injection policy with further arguments.
func injection(lines ...string) string { return injectionNamed("it", lines...) }

func injectionNamed(name string, lines ...string) string {
	return block("network_injection_policy", name, append([]string{
		`name = "case"`, fmt.Sprintf("resource_group_id = %q", groupID), `location = "unitedstates"`, "subnet_ids = " + pair("snet-delegated"),
	}, lines...)...)
}

// linked links an environment to the policy "it" of a kind.
func linked(name, env string, lines ...string) string {
	return block("enterprise_policy", name, append([]string{
		fmt.Sprintf("environment_id = %q", env), `policy_type = "NetworkInjection"`, "policy_id = " + injectionAddr + ".id",
	}, lines...)...)
}

// policyDoc is a policy as it is, and whether it is there.
func policyDoc(w *acctest.World, name string) (mock.Doc, bool) {
	return w.Collection(bap.EnterprisePolicies).Peek(azure(name))
}

// bind links the production environment to a policy behind Terraform's back; "" unlinks.
func bind(w *acctest.World, member, name string) func() {
	return changeEnv(w, prodEnv, func(p mock.Doc) {
		delete(p, "enterprisePolicies")
		if name != "" {
			policy, _ := policyDoc(w, name)
			system, _ := policy["properties"].(mock.Doc)["systemId"].(string)
			p["enterprisePolicies"] = mock.Doc{member: mock.Doc{
				"id": azure(name), "systemId": system, "location": policy["location"], "policyId": system[strings.LastIndex(system, "/")+1:], "linkStatus": "Linked",
			}}
		}
	})
}

// held are the subnets that a policy holds, as "network/subnet".
func held(w *acctest.World) []string {
	var out []string
	for _, id := range w.Collection(arm.Subnets).IDs() {
		d, _ := w.Collection(arm.Subnets).Peek(id)
		if all, _ := d["properties"].(mock.Doc)["serviceAssociationLinks"].([]any); len(all) > 0 {
			parts := strings.Split(id, "/")
			out = append(out, parts[8]+"/"+parts[10])
		}
	}
	slices.Sort(out)
	return out
}

func heldPair(name string) []string { return []string{"vnet-eastus/" + name, "vnet-westus/" + name} }

// overhear is Run, and tells the warnings of all steps.
func overhear(w *acctest.World, steps ...resource.TestStep) string {
	said := w.Hear()
	w.Run(steps...)
	return said()
}
