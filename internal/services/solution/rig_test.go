package solution_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

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

// publisher is a publisher; "name = " leaves an argument out.
func publisher(lines ...string) string {
	return acctest.Block(pubType, "it", append([]string{`environment_id = "` + env + `"`, `uniquename = "contoso"`, `friendly_name = "Contoso"`, `customization_prefix = "con"`}, lines...)...)
}

// unmanaged is a solution of the publisher.
func unmanaged(lines ...string) string {
	return acctest.Block(solType, "it", append([]string{`environment_id = "` + env + `"`, `unique_name = "app"`, `display_name = "App"`, "publisher_id = " + pub + ".id"}, lines...)...)
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

// idOf is the ID of the row with a unique name.
func idOf(w *acctest.World, set, name string) string {
	c := w.Collection("dataverse." + set)
	for _, id := range c.IDs() {
		if d, _ := c.Peek(id); d["uniquename"] == name {
			return id
		}
	}
	return ""
}

// change changes the row with a unique name behind Terraform's back.
func change(w *acctest.World, set, name string, with mock.Doc) func() {
	return func() { w.Change("dataverse."+set, idOf(w, set, name), func(d mock.Doc) { maps.Copy(d, with) }) }
}

// drop deletes it.
func drop(w *acctest.World, set, name string) func() {
	return func() { w.Collection("dataverse." + set).Delete(idOf(w, set, name)) }
}

// sent are the bodies of requests with an operation ID.
func sent(w *acctest.World, operation string) string {
	var out []string
	for _, e := range w.Requests(operation) {
		out = append(out, fmt.Sprint(e.Body))
	}
	return strings.Join(out, "\n")
}

// counted expects that many requests since the last Forget.
func counted(t *testing.T, w *acctest.World, operations map[string]int) func() {
	t.Helper()
	return func() {
		acctest.Same(t, "requests", w.Tally(), operations)
		w.Forget()
	}
}
