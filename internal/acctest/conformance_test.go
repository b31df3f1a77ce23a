package acctest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/config"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest/core"
)

// rule is one of Terraform's rules, shown by steps. The same steps run in process and with the CLI, and must make the same
// calls of the protocol; where the order of changes is fixed, in that order.
type rule struct {
	ordered bool
	steps   func(s *shop) []resource.TestStep
}

func box(name string, lines ...string) string {
	return fmt.Sprintf("resource \"shop_thing\" %q {\n  name = %q\n  %s\n}\n", strings.Fields(name)[0], name, strings.Join(lines, "\n  "))
}

func doing(at string, action plancheck.ResourceActionType) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction("shop_thing."+at, action)}}
}

func has(at string, values ...string) resource.TestCheckFunc {
	var all []resource.TestCheckFunc
	for i := 0; i < len(values); i += 2 {
		all = append(all, resource.TestCheckResourceAttr("shop_thing."+at, values[i], values[i+1]))
	}
	return resource.ComposeAggregateTestCheckFunc(all...)
}

func fails(text string) *regexp.Regexp {
	return regexp.MustCompile(`(?s)` + strings.ReplaceAll(regexp.QuoteMeta(text), " ", `[\s│]+`))
}

func steps(all ...resource.TestStep) func(*shop) []resource.TestStep {
	return func(*shop) []resource.TestStep { return all }
}

var rules = map[string]rule{
	"life of an object": {steps: steps(
		resource.TestStep{Config: box("a", `fixed = "x"`), ConfigPlanChecks: doing("a", plancheck.ResourceActionCreate), Check: has("a", "writes", "1", "note", "chosen")},
		resource.TestStep{Config: box("a", `fixed = "x"`), ConfigPlanChecks: doing("a", plancheck.ResourceActionNoop)},
		resource.TestStep{Config: box("a", `fixed = "x"`, `note = "mine"`), ConfigPlanChecks: doing("a", plancheck.ResourceActionUpdate), Check: has("a", "writes", "2", "id", "a-1")},
		resource.TestStep{Config: box("a", `fixed = "y"`), ConfigPlanChecks: doing("a", plancheck.ResourceActionDestroyBeforeCreate), Check: has("a", "writes", "1", "id", "a-2")},
	)},
	"a create that made nothing leaves no state": {steps: steps(
		resource.TestStep{Config: box("a", `mode = "create fails"`), ExpectError: fails("Nothing was made.")},
		resource.TestStep{Config: box("a"), ConfigPlanChecks: doing("a", plancheck.ResourceActionCreate), Check: has("a", "id", "a-1")},
	)},
	"a create that fails with an object taints it": {steps: steps(
		resource.TestStep{Config: box("a", `mode = "create fails late"`), ExpectError: fails("It was made, but it is broken.")},
		resource.TestStep{Config: box("a"), ConfigPlanChecks: doing("a", plancheck.ResourceActionDestroyBeforeCreate), Check: has("a", "id", "a-2")},
	)},
	"a tainted object is replaced": {steps: steps(
		resource.TestStep{Config: box("a")},
		resource.TestStep{Taint: []string{"shop_thing.a"}, Config: box("a"), ConfigPlanChecks: doing("a", plancheck.ResourceActionDestroyBeforeCreate), Check: has("a", "id", "a-2")},
	)},
	"an update that fails keeps what the provider says": {steps: steps(
		resource.TestStep{Config: box("a")},
		resource.TestStep{Config: box("a", `mode = "update fails"`, `note = "new"`), ExpectError: fails("Nothing was changed.")},
		resource.TestStep{Config: box("a", `mode = "update fails late"`, `note = "new"`), ConfigPlanChecks: doing("a", plancheck.ResourceActionUpdate), ExpectError: fails("It was changed, but it is broken.")},
		resource.TestStep{Config: box("a", `mode = "update fails late"`, `note = "new"`), ConfigPlanChecks: doing("a", plancheck.ResourceActionNoop), Check: has("a", "writes", "2", "note", "new")},
	)},
	"a result must be what was planned": {steps: steps(
		resource.TestStep{Config: box("a", `mode = "lies"`), ExpectError: fails("Provider produced inconsistent result after apply")},
		resource.TestStep{Config: box("a"), ConfigPlanChecks: doing("a", plancheck.ResourceActionDestroyBeforeCreate)},
	)},
	"a result must be known": {steps: steps(
		resource.TestStep{Config: box("a", `mode = "leaves it unknown"`), ExpectError: fails("Provider returned invalid result object after apply")},
		resource.TestStep{Config: box("a"), ConfigPlanChecks: doing("a", plancheck.ResourceActionDestroyBeforeCreate)},
	)},
	"a plan keeps what is configured": {steps: steps(
		resource.TestStep{Config: box("a", `mode = "plans something else"`), ExpectError: fails("Provider produced invalid plan")},
		resource.TestStep{Config: box("a", `mode = "refuses the plan"`), ExpectError: fails(`with shop_thing.a,`)},
		resource.TestStep{Config: box("a", `mode = "refuses the plan"`), ExpectError: fails(`"refuses the plan" It was refused while planning.`)},
	)},
	"a destroy that fails keeps the object": {steps: func(s *shop) []resource.TestStep {
		return []resource.TestStep{
			{Config: box("a", `mode = "delete fails"`)},
			{Config: box("b"), ExpectError: fails("It stays.")},
			{PreConfig: func() { s.vanish("a") }, Config: box("b")},
		}
	}},
	"what is gone is created again": {steps: func(s *shop) []resource.TestStep {
		return []resource.TestStep{
			{Config: box("a")},
			{PreConfig: func() { s.vanish("a") }, Config: box("a"), ConfigPlanChecks: doing("a", plancheck.ResourceActionCreate), Check: has("a", "id", "a-2")},
			{PreConfig: func() { s.vanish("a") }, Config: box("a"), PlanOnly: true, ExpectNonEmptyPlan: true},
			{RefreshState: true, ExpectNonEmptyPlan: true},
		}
	}},
	"things are made and destroyed in order": {ordered: true, steps: steps(
		resource.TestStep{Config: box("a") + box("b", `note = shop_thing.a.id`) + box("c", `note = shop_thing.b.note`)},
		resource.TestStep{Config: box("a", `fixed = "new"`) + box("b", `note = shop_thing.a.id`) + box("c", `note = shop_thing.b.note`)},
		resource.TestStep{Config: box("c", `note = "alone"`)},
	)},
	"created before destroyed, and what it depends on too": {ordered: true, steps: steps(
		resource.TestStep{Config: box("a", `fixed = "1"`) + box("b", `fixed = shop_thing.a.id`, `lifecycle { create_before_destroy = true }`)},
		resource.TestStep{
			Config:           box("a", `fixed = "2"`) + box("b", `fixed = shop_thing.a.id`, `lifecycle { create_before_destroy = true }`),
			ConfigPlanChecks: doing("a", plancheck.ResourceActionCreateBeforeDestroy),
		},
	)},
	"what could not be destroyed after its replacement is destroyed later": {steps: func(s *shop) []resource.TestStep {
		return []resource.TestStep{
			{Config: box("a old", `fixed = "1"`, `mode = "delete fails"`, `lifecycle { create_before_destroy = true }`)},
			{Config: box("a new", `fixed = "2"`, `lifecycle { create_before_destroy = true }`), ExpectError: fails("It stays.")},
			{PreConfig: func() { s.vanish("a old") }, Config: box("a new", `fixed = "2"`, `lifecycle { create_before_destroy = true }`), Check: has("a", "id", "a new-1")},
		}
	}},
	"a replacement that cannot be made leaves what was there": {steps: steps(
		resource.TestStep{Config: box("a", `fixed = "1"`, `lifecycle { create_before_destroy = true }`)},
		resource.TestStep{Config: box("a", `fixed = "2"`, `mode = "create fails"`, `lifecycle { create_before_destroy = true }`), ExpectError: fails("Nothing was made.")},
		resource.TestStep{Config: box("a", `fixed = "1"`), ConfigPlanChecks: doing("a", plancheck.ResourceActionNoop), Check: has("a", "id", "a-1")},
	)},
	"nested values keep what was chosen for them": {steps: steps(
		resource.TestStep{Config: box("a", `parts = [{ label = "x" }, { label = "y" }]`, `tags = [{ label = "x" }, { label = "y" }]`), Check: has("a", "parts.1.code", "code of y", "tags.#", "2")},
		resource.TestStep{Config: box("a", `parts = [{ label = "x" }, { label = "y" }]`, `tags = [{ label = "y" }, { label = "x" }]`), ConfigPlanChecks: doing("a", plancheck.ResourceActionNoop)},
		resource.TestStep{Config: box("a", `parts = [{ label = "y" }]`, `tags = [{ label = "z" }]`), ConfigPlanChecks: doing("a", plancheck.ResourceActionUpdate), Check: has("a", "parts.0.code", "code of y", "tags.0.code", "code of z")},
		resource.TestStep{Config: box("a", `parts = [{ code = "mine", label = "y" }]`), ExpectError: fails("Invalid Configuration for Read-Only Attribute")},
		resource.TestStep{Config: box("a", `parts = [{}]`), ExpectError: fails(`"label" is required`)},
		resource.TestStep{Config: box("a")},
	)},
	"write-only values reach the provider, but neither plan nor state": {steps: func(s *shop) []resource.TestStep {
		return []resource.TestStep{{
			Config:            box("a", `secret = "hush"`),
			ConfigPlanChecks:  resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectKnownValue("shop_thing.a", tfjsonpath.New("secret"), knownvalue.Null())}},
			ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownValue("shop_thing.a", tfjsonpath.New("secret"), knownvalue.Null())},
			Check: func(*terraform.State) error {
				if !slices.Contains(s.calls, "secret hush") {
					return fmt.Errorf("the provider has not seen the secret: %q", s.calls)
				}
				return nil
			},
		}}
	}},
	"lifecycle": {steps: steps(
		resource.TestStep{Config: box("a", `note = "one"`)},
		resource.TestStep{Config: box("a", `note = "two"`, `lifecycle { ignore_changes = [note] }`), ConfigPlanChecks: doing("a", plancheck.ResourceActionNoop)},
		resource.TestStep{Config: box("a", `fixed = "2"`, `lifecycle { prevent_destroy = true }`), ExpectError: fails("Instance cannot be destroyed")},
		resource.TestStep{Config: box("a", `note = "one"`)},
	)},
	"imports": {steps: func(s *shop) []resource.TestStep {
		return []resource.TestStep{
			{Config: box("a") + box("b", `note = "kept"`)},
			{ResourceName: "shop_thing.b", ImportState: true, ImportStateVerify: true},
			{ResourceName: "shop_thing.b", ImportState: true, ImportStateId: "nothing", ExpectError: fails("Cannot import non-existent remote object")},
			{Config: box("a") + "removed {\n  from = shop_thing.b\n  lifecycle {\n    destroy = false\n  }\n}\n", Check: func(*terraform.State) error {
				if len(s.names()) != 2 {
					return fmt.Errorf("%q are there", s.names())
				}
				return nil
			}},
			{
				Config:           box("a") + "variable \"id\" { type = string }\n" + box("b", `note = "kept"`) + "import {\n  to = shop_thing.b\n  id = var.id\n}\n",
				ConfigVariables:  config.Variables{"id": s.idOf("b")},
				ConfigPlanChecks: doing("b", plancheck.ResourceActionNoop),
			},
		}
	}},
	"moves, counts and keys": {steps: steps(
		resource.TestStep{Config: box("a")},
		resource.TestStep{Config: box("b") + "moved {\n  from = shop_thing.a\n  to   = shop_thing.b\n}\n", ConfigPlanChecks: doing("b", plancheck.ResourceActionUpdate), Check: has("b", "id", "a-1")},
		resource.TestStep{Config: "resource \"shop_thing\" \"n\" {\n  count = 3\n  name  = \"n ${count.index}\"\n}\noutput \"all\" { value = join(\",\", shop_thing.n[*].name) }\n", Check: resource.TestCheckOutput("all", "n 0,n 1,n 2")},
		resource.TestStep{Config: "resource \"shop_thing\" \"n\" {\n  count = 1\n  name  = \"n ${count.index}\"\n}\n"},
		resource.TestStep{Config: "resource \"shop_thing\" \"k\" {\n  for_each = { x = 1, y = 2 }\n  name     = \"${each.key} ${each.value}\"\n}\n"},
		resource.TestStep{Config: "resource \"shop_thing\" \"k\" {\n  for_each = toset([\"y\"])\n  name     = each.key\n}\n"},
		resource.TestStep{Config: box("end")}, // terraform-plugin-testing cannot read states with keys
	)},
	"data sources are read when what they depend on is done": {steps: steps(
		resource.TestStep{Config: box("a") + count(`"a"`, "depends_on = [shop_thing.a]"), Check: resource.TestCheckOutput("count", "1")},
		resource.TestStep{Config: box("a", `note = "other"`) + count("shop_thing.a.name"), Check: resource.TestCheckOutput("count", "1")},
		resource.TestStep{Config: box("a", `note = "other"`) + count("shop_thing.a.name"), ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}},
		resource.TestStep{Config: count(`"none"`), Check: resource.TestCheckOutput("count", "0")},
	)},
	"a destroy step destroys": {steps: func(s *shop) []resource.TestStep {
		return []resource.TestStep{
			{Config: box("a")},
			{Config: box("a"), Destroy: true, Check: func(*terraform.State) error {
				if len(s.names()) != 0 {
					return fmt.Errorf("%q are left", s.names())
				}
				return nil
			}},
		}
	}},
	"what is not valid is an error": {steps: steps(
		resource.TestStep{Config: "resource \"shop_thing\" \"a\" {}\n", ExpectError: fails(`The argument "name" is required`)},
		resource.TestStep{Config: box("a", `color = "red"`), ExpectError: fails(`An argument named "color" is not expected here.`)},
		resource.TestStep{Config: box("a", `note = ["x"]`), ExpectError: fails(`Inappropriate value for attribute "note": string required`)},
		resource.TestStep{Config: box("a", `id = "mine"`), ExpectError: fails("Invalid Configuration for Read-Only Attribute")},
		resource.TestStep{Config: box("a", `note = shop_thing.b.id`) + box("b", `note = shop_thing.a.id`), ExpectError: fails("Cycle")},
	)},
}

func count(prefix string, more ...string) string {
	return "data \"shop_count\" \"it\" {\n  prefix = " + prefix + "\n  " + strings.Join(more, "\n") + "\n}\noutput \"count\" { value = data.shop_count.it.count_of }\n"
}

// TestTerraformInProcessIsLikeTheCLI runs each rule both ways.
func TestTerraformInProcessIsLikeTheCLI(t *testing.T) {
	t.Parallel()
	Terraform(t)
	for name, r := range rules {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var calls [2][]string
			for i, way := range []string{"in process", "with the CLI"} {
				t.Run(way, func(t *testing.T) {
					s := &shop{things: map[string]thing{}, made: map[string]int{}}
					if i == 0 {
						inProcess(t, func() *core.Terraform { return &core.Terraform{Provider: s.server, ProviderName: "shop"} }, r.steps(s))
					} else {
						resource.Test(t, resource.TestCase{
							IsUnitTest: true, Steps: r.steps(s), ProtoV6ProviderFactories: map[string]func() (tfprotov6.ProviderServer, error){"shop": s.server},
						})
					}
					calls[i] = slices.DeleteFunc(s.take(), func(call string) bool { return call == "configure" })
					if left := s.names(); len(left) > 0 {
						t.Errorf("%q are left", left)
					}
				})
			}
			if one, two := applies(calls[0]), applies(calls[1]); r.ordered && !slices.Equal(one, two) {
				t.Errorf("the order of changes differs from %q on:\nin process:   %q\nwith the CLI: %q", apart(one, two)...)
			}
			slices.Sort(calls[0])
			slices.Sort(calls[1])
			if !slices.Equal(calls[0], calls[1]) {
				t.Errorf("the calls differ from %q on:\nin process:   %q\nwith the CLI: %q", apart(calls[0], calls[1])...)
			}
		})
	}
}

// applies are the calls that change something.
func applies(calls []string) []string {
	return slices.DeleteFunc(slices.Clone(calls), func(call string) bool { return !strings.HasPrefix(call, "apply") })
}

// apart are the last call that two sequences share, and what follows it in each.
func apart(a, b []string) []any {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return []any{a[max(0, n-1):n], a[n:], b[n:]}
}
