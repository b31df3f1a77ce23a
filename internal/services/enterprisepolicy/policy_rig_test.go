package enterprisepolicy_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

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

// block is a resource with arguments, one a line; those given later replace earlier ones of the same name.
func block(kind, name string, lines ...string) string {
	var order []string
	last := map[string]string{}
	for _, l := range lines {
		argument, _, _ := strings.Cut(l, " ")
		if _, again := last[argument]; !again {
			order = append(order, argument)
		}
		last[argument] = l
	}
	out := fmt.Sprintf("resource %q %q {\n", "powerplatform_"+kind, name)
	for _, argument := range order {
		out += "  " + last[argument] + "\n"
	}
	return out + "}\n"
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
	return func() {
		d, _ := w.Collection(bap.Environments).Peek(prodEnv)
		p := d["properties"].(mock.Doc)
		delete(p, "enterprisePolicies")
		if name != "" {
			policy, _ := policyDoc(w, name)
			system, _ := policy["properties"].(mock.Doc)["systemId"].(string)
			p["enterprisePolicies"] = mock.Doc{member: mock.Doc{
				"id": azure(name), "systemId": system, "location": policy["location"], "policyId": system[strings.LastIndex(system, "/")+1:], "linkStatus": "Linked",
			}}
		}
		w.Collection(bap.Environments).Put(prodEnv, d)
	}
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

// check is what state says of one resource.
func check(address string, all map[string]knownvalue.Check) []statecheck.StateCheck {
	var out []statecheck.StateCheck
	for name, v := range all {
		out = append(out, statecheck.ExpectKnownValue(address, tfjsonpath.New(name), v))
	}
	return out
}

func texts(values ...string) []knownvalue.Check {
	out := make([]knownvalue.Check, len(values))
	for i, v := range values {
		out[i] = knownvalue.StringExact(v)
	}
	return out
}

func does(address string, a plancheck.ResourceActionType) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(address, a)}}
}

// tally counts requests by operation.
func tally(w *acctest.World, operations ...string) map[string]int {
	out := map[string]int{}
	for _, operation := range operations {
		out[operation] = w.Count(operation)
	}
	return out
}

// overheard is a provider whose warnings are kept.
type overheard struct {
	tfprotov6.ProviderServer

	mu   *sync.Mutex
	said *[]string
}

func (o overheard) note(all []*tfprotov6.Diagnostic) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, d := range all {
		if d.Severity == tfprotov6.DiagnosticSeverityWarning {
			*o.said = append(*o.said, d.Summary+": "+d.Detail)
		}
	}
}

func (o overheard) ValidateResourceConfig(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	resp, err := o.ProviderServer.ValidateResourceConfig(ctx, req)
	o.note(resp.Diagnostics)
	return resp, err
}

func (o overheard) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	resp, err := o.ProviderServer.ReadResource(ctx, req)
	o.note(resp.Diagnostics)
	return resp, err
}

func (o overheard) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	resp, err := o.ProviderServer.PlanResourceChange(ctx, req)
	o.note(resp.Diagnostics)
	return resp, err
}

func (o overheard) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	resp, err := o.ProviderServer.ApplyResourceChange(ctx, req)
	o.note(resp.Diagnostics)
	return resp, err
}

// overhear is Run of a World that returns the warnings of all steps.
func overhear(t *testing.T, w *acctest.World, steps ...resource.TestStep) string {
	t.Helper()
	acctest.Terraform(t)
	said, mu := []string{}, &sync.Mutex{}
	for i := range steps {
		steps[i].Config = w.Provider() + steps[i].Config
	}
	resource.Test(t, resource.TestCase{
		IsUnitTest: true,
		ProtoV6ProviderFactories: map[string]func() (tfprotov6.ProviderServer, error){"powerplatform": func() (tfprotov6.ProviderServer, error) {
			s, err := w.Factories()["powerplatform"]()
			return overheard{s, mu, &said}, err
		}},
		Steps:        steps,
		CheckDestroy: func(*terraform.State) error { return w.Leftovers() },
	})
	return strings.Join(said, "\n")
}

func tells(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not said in:\n%s", part, text)
		}
	}
}
