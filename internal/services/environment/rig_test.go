package environment_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
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
	addr = "powerplatform_environment.it"
	zero = `"00000000-0000-0000-0000-000000000000"`

	metadata = "properties.linkedEnvironmentMetadata"

	opCreate    = "bap.environments.create"
	opProvision = "bap.environments.provision"
	opGet       = "bap.environments.get"
	opList      = "bap.environments.list"
	opPatch     = "bap.environments.patch"
	opDelete    = "bap.environments.delete"
	opPoll      = "bap.lifecycleoperations.get"
)

// args are HCL expressions by argument; "" leaves the argument out.
type args map[string]string

func (a args) with(more args) args {
	out := maps.Clone(a)
	maps.Copy(out, more)
	return out
}

func (a args) lines(indent string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(a)) {
		switch {
		case a[name] == "":
		case name == "lifecycle": // the only block
			fmt.Fprintf(&b, "%s%s %s\n", indent, name, a[name])
		default:
			fmt.Fprintf(&b, "%s%s = %s\n", indent, name, a[name])
		}
	}
	return b.String()
}

// environment is a resource block: a Sandbox in the United States that has its own name as display name, but for a.
func environment(name string, a args) string {
	all := args{"display_name": quoted(name), "location": `"unitedstates"`, "environment_type": `"Sandbox"`}.with(a)
	return fmt.Sprintf("resource \"powerplatform_environment\" %q {\n%s}\n", name, all.lines("  "))
}

// dataverse is the value of that argument: English, in dollars, but for a.
func dataverse(a args) string {
	return "{\n" + args{"language_code": "1033", "currency_code": `"USD"`}.with(a).lines("    ") + "  }"
}

// imported is a block that imports an environment by the variable id.
func imported(name string) string {
	return "variable \"id\" { type = string }\nimport {\n  to = powerplatform_environment." + name + "\n  id = var.id\n}\n"
}

// later is a variable whose value is only known when the platform has chosen it.
type later string

// MarshalJSON is how Terraform gets the value.
func (l *later) MarshalJSON() ([]byte, error) { return json.Marshal(string(*l)) }

func quoted(s string) string { return fmt.Sprintf("%q", s) }

// says matches text however the CLI wraps and frames it.
func says(texts ...string) *regexp.Regexp {
	patterns := make([]string, len(texts))
	for i, t := range texts {
		patterns[i] = strings.ReplaceAll(regexp.QuoteMeta(t), " ", `[\s│]+`)
	}
	return regexp.MustCompile("(?s)" + strings.Join(patterns, ".*"))
}

// looked is a plan check.
type looked func(p *tfjson.Plan) error

func (f looked) CheckPlan(_ context.Context, req plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	resp.Error = f(req.Plan)
}

// during does something between two commands of a step.
func during(f func()) plancheck.PlanCheck {
	return looked(func(*tfjson.Plan) error { f(); return nil })
}

// before are checks of the plan that a step applies.
func before(checks ...plancheck.PlanCheck) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: checks}
}

// planned are checks of the plan of a step that applies nothing.
func planned(checks ...plancheck.PlanCheck) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PostApplyPreRefresh: checks}
}

func will(action plancheck.ResourceActionType) plancheck.PlanCheck {
	return plancheck.ExpectResourceAction(addr, action)
}

// at is a path such as dataverse.url.
func at(path string) tfjsonpath.Path {
	first, rest, nested := strings.Cut(path, ".")
	p := tfjsonpath.New(first)
	if nested {
		p = p.AtMapKey(rest)
	}
	return p
}

func shows(address, path string, want knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(address, at(path), want)
}

func text(s string) knownvalue.Check { return knownvalue.StringExact(s) }

func yes(b bool) knownvalue.Check { return knownvalue.Bool(b) }

// record is what the platform holds of an environment, by its display name; nil if there is none.
func record(w *acctest.World, displayName string) mock.Doc {
	for _, d := range w.Collection(bap.Environments).PeekAll() {
		if field(d, "properties.displayName") == displayName {
			return d
		}
	}
	return nil
}

func idOf(w *acctest.World, displayName string) string {
	id, _ := record(w, displayName)["name"].(string)
	return id
}

// field is a member by its dotted path, nil if it is not there.
func field(d mock.Doc, path string) any {
	var v any = d
	for name := range strings.SplitSeq(path, ".") {
		inner, ok := v.(mock.Doc)
		if !ok {
			return nil
		}
		v = inner[name]
	}
	return v
}

// vanish deletes an environment behind Terraform's back.
func vanish(w *acctest.World, displayName string) {
	id := idOf(w, displayName)
	w.Collection(bap.Environments).Delete(id)
	w.Collection(bap.Organizations).Delete(id)
}

// of are the requests with an operation ID about one environment.
func of(w *acctest.World, id string, operations ...string) []mock.Entry {
	return slices.DeleteFunc(w.Requests(operations...), func(e mock.Entry) bool { return !strings.Contains(e.Path, id) })
}

// sent are the members of a body that hold values, without the properties that they are all in.
func sent(e mock.Entry) []string {
	var out []string
	for i, key := range e.Keys {
		if i+1 == len(e.Keys) || !strings.HasPrefix(e.Keys[i+1], key+".") {
			out = append(out, strings.TrimPrefix(key, "properties."))
		}
	}
	return out
}

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

// count fails unless there were n requests with one of the operation IDs.
func count(t *testing.T, w *acctest.World, n int, operations ...string) {
	t.Helper()
	if got := w.Count(operations...); got != n {
		t.Errorf("%d requests %v instead of %d", got, operations, n)
	}
}

// refusal is a body in the platform's envelope.
func refusal(code, message string) mock.Doc {
	return mock.Doc{"error": mock.Doc{"code": code, "message": message}}
}

// busy is the refusal of an environment that another operation works on.
var busy = refusal("OperationNotStartable", "This operation cannot be performed because there is an active lifecycle operation on the environment.")
