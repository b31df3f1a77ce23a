package solution_test

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
)

const (
	env   = "aaaaaaaa-0000-4000-8000-00000000000a"
	plain = "aaaaaaaa-0000-4000-8000-00000000000b" // without Dataverse

	pubType, pub = "powerplatform_publisher", "powerplatform_publisher.it"
	solType, sol = "powerplatform_unmanaged_solution", "powerplatform_unmanaged_solution.it"
)

// world has one environment with Dataverse and one without, and rows besides.
func world(t *testing.T, rows ...mock.Doc) *acctest.World {
	t.Helper()
	for _, r := range rows {
		r["environment"] = env
	}
	w := acctest.New(t, mock.TenantSeed{Items: map[string][]mock.Doc{
		"environments": {
			{"id": env, "display_name": "it", "created_time": "2020-01-02T03:04:05Z", "dataverse": mock.Doc{"domain": "it"}}, {"id": plain, "display_name": "plain"},
		},
		"dataverse_rows": rows,
	}})
	w.Keep()
	return w
}

func publisherRow(id, name string, more mock.Doc) mock.Doc {
	row := mock.Doc{"publisherid": id, "uniquename": name, "friendlyname": name, "customizationprefix": "con", "customizationoptionvalueprefix": 20000}
	maps.Copy(row, more)
	return mock.Doc{"table": "publishers", "row": row}
}

func solutionRow(id, name, publisher string, more mock.Doc) mock.Doc {
	row := mock.Doc{"solutionid": id, "uniquename": name, "friendlyname": "The " + name, "version": "1.0.0.0", "publisherid": publisher}
	maps.Copy(row, more)
	return mock.Doc{"table": "solutions", "row": row}
}

// block is a resource block in the environment with further arguments, one a line; a later argument replaces an earlier.
func block(typ string, defaults []string, lines ...string) string {
	all := map[string]string{}
	for _, line := range append(slices.Clone(defaults), lines...) {
		name, value, _ := strings.Cut(line, " = ")
		all[name] = value
	}
	var b strings.Builder
	fmt.Fprintf(&b, "resource %q \"it\" {\n", typ)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if all[name] != "" {
			fmt.Fprintf(&b, "  %s = %s\n", name, all[name])
		}
	}
	return b.String() + "}\n"
}

// publisher is a publisher; "name = " leaves an argument out.
func publisher(lines ...string) string {
	return block(pubType, []string{`environment_id = "` + env + `"`, `uniquename = "contoso"`, `friendly_name = "Contoso"`, `customization_prefix = "con"`}, lines...)
}

// unmanaged is a solution of the publisher.
func unmanaged(lines ...string) string {
	return block(solType, []string{`environment_id = "` + env + `"`, `unique_name = "app"`, `display_name = "App"`, "publisher_id = " + pub + ".id"}, lines...)
}

func has(addr string, all map[string]knownvalue.Check) []statecheck.StateCheck {
	var out []statecheck.StateCheck
	for _, name := range slices.Sorted(maps.Keys(all)) {
		out = append(out, statecheck.ExpectKnownValue(addr, tfjsonpath.New(name), all[name]))
	}
	return out
}

func text(s string) knownvalue.Check { return knownvalue.StringExact(s) }

func will(addr string, a plancheck.ResourceActionType) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(addr, a)}}
}

var empty = resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}

// says matches texts in this order, however the CLI wraps and frames them and
// whether or not they begin a sentence.
func says(texts ...string) *regexp.Regexp {
	var all []string
	for _, t := range texts {
		all = append(all, strings.ReplaceAll(regexp.QuoteMeta(t), " ", `[\s│╷╵]+`))
	}
	return regexp.MustCompile("(?is)" + strings.Join(all, ".*"))
}

// rows are the rows of a set by their unique names.
func rows(w *acctest.World, set string) map[string]mock.Doc {
	out := map[string]mock.Doc{}
	c := w.Collection("dataverse." + set)
	for _, id := range c.IDs() {
		d, _ := c.Peek(id)
		name, _ := d["uniquename"].(string)
		out[name] = d
	}
	return out
}

// change changes the row with a unique name behind Terraform's back.
func change(w *acctest.World, set, name string, with mock.Doc) func() {
	return func() {
		c := w.Collection("dataverse." + set)
		for _, id := range c.IDs() {
			if d, _ := c.Peek(id); d["uniquename"] == name {
				maps.Copy(d, with)
				c.Put(id, d)
			}
		}
	}
}

// drop deletes it.
func drop(w *acctest.World, set, name string) func() {
	return func() {
		c := w.Collection("dataverse." + set)
		for _, id := range c.IDs() {
			if d, _ := c.Peek(id); d["uniquename"] == name {
				c.Delete(id)
			}
		}
	}
}

// sent are the bodies of requests with an operation ID.
func sent(w *acctest.World, operation string) string {
	var out []string
	for _, e := range w.Requests(operation) {
		out = append(out, fmt.Sprint(e.Body))
	}
	return strings.Join(out, "\n")
}

func same(got, want any) error {
	if fmt.Sprint(got) != fmt.Sprint(want) {
		return errors.New(fmt.Sprint("got ", got, ", want ", want))
	}
	return nil
}

// counted runs f when the step is over, and expects that many requests since the last Forget.
func counted(t *testing.T, w *acctest.World, operations map[string]int) func() {
	t.Helper()
	return func() {
		got := map[string]int{}
		for _, e := range w.Requests() {
			if !strings.HasPrefix(e.Operation, "login.") {
				got[e.Operation]++
			}
		}
		if err := same(got, operations); err != nil {
			t.Error(err)
		}
		w.Forget()
	}
}
