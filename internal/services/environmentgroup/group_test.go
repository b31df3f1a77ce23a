package environmentgroup_test

import (
	"net/http"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/config"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
)

const (
	addr = "powerplatform_environment_group.it"

	opCreate = "bap.environmentgroups.create"
	opUpdate = "bap.environmentgroups.update"
	opDelete = "bap.environmentgroups.delete"
)

func group(lines ...string) string {
	return acctest.Block("powerplatform_environment_group", "it", append([]string{`display_name = "Finance"`}, lines...)...)
}

func TestLife(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{})
	w.Run(
		resource.TestStep{Config: group(), Check: resource.TestCheckResourceAttr(addr, "description", "")},
		resource.TestStep{
			Config: group(`description = "Money"`), ConfigPlanChecks: acctest.Will(addr, plancheck.ResourceActionUpdate),
			Check: resource.TestCheckResourceAttr(addr, "description", "Money"),
		},
		resource.TestStep{ResourceName: addr, ImportState: true, ImportStateVerify: true},
	)
	if n := w.Count(opCreate) + w.Count(opUpdate) + w.Count(opDelete); n != 3 {
		t.Errorf("%d writes", n)
	}
}

// What the provider does not know of a group survives an update, which replaces all of it.
func TestAnUpdateKeepsTheParent(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{})
	const parent = "00000000-0000-4000-8000-0000000000aa"
	w.Run(
		resource.TestStep{Config: group()},
		resource.TestStep{
			PreConfig: func() {
				for _, d := range w.Collection(bap.EnvironmentGroups).PeekAll() {
					d["parentGroupId"] = parent
					w.Collection(bap.EnvironmentGroups).Put(d["id"].(string), d)
				}
			},
			Config: group(`description = "Money"`),
		},
	)
	if got := w.Requests(opUpdate)[0].Body["parentGroupId"]; got != parent {
		t.Errorf("the update sent the parent %v", got)
	}
}

// A create whose answer is lost leaves a group that the error names, ready to be imported.
func TestALostCreateIsNamed(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{})
	w.Fault(mock.Fault{Operation: opCreate, Status: http.StatusBadGateway, Effect: true})
	var id acctest.Later
	w.Run(
		resource.TestStep{Config: group(), ExpectError: acctest.Says("import {", "to = powerplatform_environment_group.NAME", "id =")},
		resource.TestStep{
			PreConfig: func() { id = acctest.Later(w.Collection(bap.EnvironmentGroups).IDs()[0]) }, ConfigVariables: config.Variables{"id": &id},
			Config:           group() + "variable \"id\" { type = string }\nimport {\n  to = " + addr + "\n  id = var.id\n}\n",
			ConfigPlanChecks: acctest.Will(addr, plancheck.ResourceActionNoop),
		},
	)
	if n := w.Count(opCreate); n != 1 {
		t.Errorf("%d creates", n)
	}
}

// A group that is in use is not deleted, and the error names the environment or the rules.
func TestAGroupInUseStays(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		use  func(w *acctest.World, id string) func()
		says string
	}{
		"environments": {func(w *acctest.World, id string) func() {
			all := w.Collection(bap.Environments)
			e := all.PeekAll()[0]
			e["properties"].(mock.Doc)["parentEnvironmentGroup"] = mock.Doc{"id": id}
			all.Put(e["name"].(string), e)
			return func() {
				delete(e["properties"].(mock.Doc), "parentEnvironmentGroup")
				all.Put(e["name"].(string), e)
			}
		}, "its environments out of it first (Contoso"},
		"rules": {func(w *acctest.World, id string) func() {
			w.Collection(bap.RuleAssignments).Put("one", mock.Doc{"policyId": "one", "resourceId": id})
			return func() { w.Collection(bap.RuleAssignments).Delete("one") }
		}, "are still assigned to it; take them away first"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t, mock.TenantSeed{})
			var free func()
			w.Run(
				resource.TestStep{Config: group()},
				resource.TestStep{
					PreConfig: func() { free = c.use(w, w.Collection(bap.EnvironmentGroups).IDs()[0]) },
					Config:    "output \"none\" { value = 1 }\n", ExpectError: acctest.Says(c.says),
				},
				resource.TestStep{PreConfig: func() { free() }, Config: "output \"none\" { value = 1 }\n"},
			)
		})
	}
}

// Whoever cannot see environments is not told that a group is gone.
func TestAGroupThatIsHiddenStaysInState(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{})
	w.Run(
		resource.TestStep{Config: group()},
		resource.TestStep{
			PreConfig: func() {
				w.Fault(mock.Fault{Operation: "bap.environmentgroups.get", Status: http.StatusNotFound})
				w.Fault(mock.Fault{Operation: "bap.environmentgroups.list", Status: http.StatusOK, Body: mock.Doc{"value": []any{}}})
				w.Fault(mock.Fault{Operation: "bap.environments.list", Status: http.StatusOK, Body: mock.Doc{"value": []any{}}})
			},
			Config: group(), ExpectError: acctest.Says("that is not certain"),
		},
		resource.TestStep{Config: group(), ConfigPlanChecks: acctest.WillNothing()},
	)
}
