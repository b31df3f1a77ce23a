package acctest

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
)

// Block is a resource block with arguments, one a line. One given later takes the place of an earlier one of the same
// name, and "name = " leaves it out.
func Block(kind, name string, lines ...string) string {
	var order []string
	last := map[string]string{}
	for _, line := range lines {
		argument, _, _ := strings.Cut(line, " ")
		if _, again := last[argument]; !again && argument != "" {
			order = append(order, argument)
		}
		last[argument] = line
	}
	var b strings.Builder
	fmt.Fprintf(&b, "resource %q %q {\n", kind, name)
	for _, argument := range order {
		if strings.TrimSpace(last[argument]) != argument+" =" {
			b.WriteString("  " + last[argument] + "\n")
		}
	}
	return b.String() + "}\n"
}

// Quoted is a text as HCL, which must hold no template.
func Quoted(s string) string { return fmt.Sprintf("%q", s) }

// Later is a variable whose value is only known when the platform has chosen it.
type Later string

// MarshalJSON is how Terraform gets the value.
func (l *Later) MarshalJSON() ([]byte, error) { return json.Marshal(string(*l)) }

// Says matches texts in this order, however the CLI wraps and frames them.
func Says(texts ...string) *regexp.Regexp {
	var all []string
	for _, text := range texts {
		all = append(all, strings.ReplaceAll(regexp.QuoteMeta(text), " ", `[\s│╷╵]+`))
	}
	return regexp.MustCompile("(?s)" + strings.Join(all, ".*"))
}

// Before are checks of the plan that a step applies.
func Before(checks ...plancheck.PlanCheck) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: checks}
}

// Will checks what the plan that a step applies does with the object at an address.
func Will(address string, action plancheck.ResourceActionType) resource.ConfigPlanChecks {
	return Before(plancheck.ExpectResourceAction(address, action))
}

// WillNothing checks that the plan that a step applies is empty.
func WillNothing() resource.ConfigPlanChecks { return Before(plancheck.ExpectEmptyPlan()) }

// Look is a check of a plan.
type Look func(p *tfjson.Plan) error

// CheckPlan is how terraform-plugin-testing runs the check.
func (f Look) CheckPlan(_ context.Context, req plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	resp.Error = f(req.Plan)
}

// During does something between the plan of a step and its apply.
func During(f func()) plancheck.PlanCheck {
	return Look(func(*tfjson.Plan) error { f(); return nil })
}

// Then does something after the apply of a step.
func Then(f func()) resource.TestCheckFunc {
	return func(*terraform.State) error { f(); return nil }
}

// Attributes are what state is to show, by dotted path such as "dataverse.url" or "environments.0.id": a string, bool or
// int, nil for null, the strings of a list, or any check of terraform-plugin-testing.
type Attributes map[string]any

// Shows checks attributes of the object at an address.
func Shows(address string, want Attributes) []statecheck.StateCheck {
	var out []statecheck.StateCheck
	for _, path := range slices.Sorted(maps.Keys(want)) {
		out = append(out, statecheck.ExpectKnownValue(address, At(path), Exactly(want[path])))
	}
	return out
}

// At is where an attribute is by its dotted path, in which a number is an index.
func At(path string) tfjsonpath.Path {
	parts := strings.Split(path, ".")
	at := tfjsonpath.New(parts[0])
	for _, part := range parts[1:] {
		if i, err := strconv.Atoi(part); err == nil {
			at = at.AtSliceIndex(i)
		} else {
			at = at.AtMapKey(part)
		}
	}
	return at
}

// Exactly is the check for one value of Attributes.
func Exactly(want any) knownvalue.Check {
	switch v := want.(type) {
	case nil:
		return knownvalue.Null()
	case string:
		return knownvalue.StringExact(v)
	case bool:
		return knownvalue.Bool(v)
	case int:
		return knownvalue.Int64Exact(int64(v))
	case []string:
		return knownvalue.ListExact(Each(v...))
	case knownvalue.Check:
		return v
	}
	panic(fmt.Sprintf("no check is known for a %T", want))
}

// Each are the checks for some texts.
func Each(texts ...string) []knownvalue.Check {
	out := make([]knownvalue.Check, len(texts))
	for i, text := range texts {
		out[i] = knownvalue.StringExact(text)
	}
	return out
}

// Same fails the test, and lets it go on, unless two values print the same; two lists of texts must have the same texts.
func Same(t testing.TB, what string, got, want any) {
	t.Helper()
	a, texts := got.([]string)
	b, both := want.([]string)
	if texts && both && !slices.Equal(a, b) || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// Tells fails the test, and lets it go on, unless a text holds all parts.
func Tells(t testing.TB, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not said in:\n%s", part, text)
		}
	}
}
