package acctest_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
)

// TestScenario_firstEnvironments is the story of the example: three environments are made, and one that somebody made by hand
// is brought into the configuration as it is.
func TestScenario_firstEnvironments(t *testing.T) {
	t.Parallel()
	const scenario = "examples/scenarios/first-environments/"
	var seed mock.Seed
	if err := json.Unmarshal([]byte(open(t, scenario+"seed.json").text), &seed); err != nil {
		t.Fatal(err)
	}
	seed.Tenants[0].ID = ""
	w := acctest.New(t, seed.Tenants[0])
	d := sit(t, w.Platform)
	d.scenario(w, "first-environments")
	vars := "-var=tenant_id=" + w.ID
	d.terraform("apply", "-auto-approve", "-no-color", vars)
	d.unchanged(vars)
	if got := w.Count(opCreate); got != 3 {
		t.Errorf("%d environments were created", got)
	}
	before := environments(t, w)["Expense claims"]
	d.write(map[string]string{"expenses.tf": open(t, scenario+"adopt/expenses.tf").text})
	if out := d.terraform("apply", "-auto-approve", "-no-color", vars); !strings.Contains(out, "1 imported, 0 added, 0 changed, 0 destroyed") {
		t.Error(out)
	}
	d.unchanged(vars)
	if now := environments(t, w)["Expense claims"]; before == nil || !same(before, now) {
		t.Errorf("it was\n%v\nand is\n%v", before, now)
	}
	d.terraform("destroy", "-auto-approve", "-no-color", vars)
	if err := w.Leftovers(); err != nil {
		t.Error(err)
	}
}

func same(a, b mock.Doc) bool {
	left, err := json.Marshal(a)
	right, err2 := json.Marshal(b)
	return err == nil && err2 == nil && string(left) == string(right)
}
