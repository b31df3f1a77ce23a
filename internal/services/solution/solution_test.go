package solution_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
)

const (
	opCreateSolution = "dataverse.solutions.create"
	opGetSolution    = "dataverse.solutions.get"
	opListSolutions  = "dataverse.solutions.list"
	opUpdateSolution = "dataverse.solutions.update"
)

// of is a solution of the publisher with a unique name.
func of(name string) string {
	return unmanaged("publisher_id = ", `publisher_unique_name = "`+name+`"`)
}

func TestSolutionFollowsItsConfiguration(t *testing.T) {
	t.Parallel()
	w := world(t)
	changed := publisher() + unmanaged(`display_name = "The app"`, `version = "1.2"`, `description = "D"`)
	w.Run(
		resource.TestStep{Config: publisher() + unmanaged(), ConfigStateChecks: acctest.Shows(sol, acctest.Attributes{
			"version": "1.0.0.0", "publisher_unique_name": "contoso", "publisher_id": knownvalue.NotNull(), "description": nil,
		})},
		resource.TestStep{PreConfig: w.Forget, Config: changed, ConfigPlanChecks: acctest.Will(sol, plancheck.ResourceActionUpdate), Check: acctest.Then(func() {
			acctest.Same(t, "sent", sent(w, opUpdateSolution), "map[description:D friendlyname:The app version:1.2]")
		})},
		resource.TestStep{
			ResourceName: sol, ImportState: true, ImportStateVerify: true, ImportStateIdFunc: acctest.ImportID(sol, "environment_id", "id"),
			ImportStateVerifyIdentifierAttribute: "id",
		},
		resource.TestStep{ResourceName: sol, ImportState: true, ImportStateVerify: true, ImportStateId: env + "/App", ImportStateVerifyIdentifierAttribute: "id"},
		// Where the configuration leaves the version out, makers count it up.
		resource.TestStep{Config: publisher() + unmanaged(), Check: acctest.Then(func() { acctest.Same(t, "row", rows(w, "solutions")["app"]["version"], "1.2") })},
		resource.TestStep{PreConfig: change(w, "solutions", "app", mock.Doc{"version": "1.3"}), Config: publisher() + unmanaged(), ConfigPlanChecks: acctest.WillNothing()},
		resource.TestStep{
			PreConfig: drop(w, "solutions", "app"), Config: publisher() + unmanaged(), ConfigPlanChecks: acctest.Will(sol, plancheck.ResourceActionCreate),
			ConfigStateChecks: acctest.Shows(sol, acctest.Attributes{"version": "1.0.0.0"}),
		},
		resource.TestStep{Config: publisher() + unmanaged(`unique_name = "other"`), ConfigPlanChecks: acctest.Will(sol, plancheck.ResourceActionDestroyBeforeCreate)},
	)
}

func TestSolutionTakesFewRequests(t *testing.T) {
	t.Parallel()
	w := world(t, publisherRow(first, "contoso", nil))
	config := unmanaged(`publisher_id = "` + first + `"`)
	w.Run(
		resource.TestStep{PreConfig: w.Forget, Config: config, Check: func(*terraform.State) error {
			counted(t, w, map[string]int{opEnv: 1, opCreateSolution: 1, opGetSolution: 1})()
			return nil
		}},
		resource.TestStep{PreConfig: w.Forget, RefreshState: true, Check: func(*terraform.State) error {
			counted(t, w, map[string]int{opEnv: 1, opGetSolution: 1})()
			return nil
		}},
	)
}

func TestPublisherOfASolutionIsNamedEitherWay(t *testing.T) {
	t.Parallel()
	w := world(t, publisherRow(first, "contoso", nil), publisherRow(second, "zeta", nil))
	byID := func(id string) string { return unmanaged(`publisher_id = "` + id + `"`) }
	w.Run(
		resource.TestStep{Config: of("Contoso"), ConfigStateChecks: acctest.Shows(sol, acctest.Attributes{"publisher_id": first, "publisher_unique_name": "Contoso"})},
		resource.TestStep{PreConfig: w.Forget, Config: byID(first), Check: acctest.Then(func() { w.Counted(0, opUpdateSolution) })},
		resource.TestStep{
			Config: byID(second), ConfigPlanChecks: acctest.Will(sol, plancheck.ResourceActionUpdate),
			ConfigStateChecks: acctest.Shows(sol, acctest.Attributes{"publisher_unique_name": "zeta"}),
		},
		resource.TestStep{Config: of("contoso"), ConfigStateChecks: acctest.Shows(sol, acctest.Attributes{"publisher_id": first})},
		resource.TestStep{
			PreConfig: change(w, "solutions", "app", mock.Doc{"_publisherid_value": second}), Config: of("contoso"), ConfigPlanChecks: acctest.Will(sol, plancheck.ResourceActionUpdate),
			Check: acctest.Then(func() {
				acctest.Same(t, "row", rows(w, "solutions")["app"]["_publisherid_value"], first)
			}),
		},
		resource.TestStep{Config: of("nobody"), ExpectError: acctest.Says("publisher_unique_name", "There is no publisher with the unique name nobody in the environment")},
		resource.TestStep{Config: unmanaged(`publisher_id = "`+first+`"`, `publisher_unique_name = "contoso"`), ExpectError: acctest.Says("Exactly one of these attributes must be configured")},
		resource.TestStep{Config: unmanaged("publisher_id = "), ExpectError: acctest.Says("Exactly one of these attributes must be configured")},
		resource.TestStep{Config: of("contoso"), ConfigPlanChecks: acctest.WillNothing()},
	)
}

func TestSolutionIsCheckedBeforeAnythingIsAsked(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		`unique_name = "1x"`:           "not begin with a digit",
		`unique_name = "a-b"`:          "letters, digits and underscores only",
		`display_name = ""`:            "UTF-8 character count must be between 1 and 256",
		`version = "1"`:                "two to four numbers",
		`version = "1.0.0.0.0"`:        "two to four numbers",
		`version = "v1.0"`:             "two to four numbers",
		`publisher_id = "contoso"`:     "publisher_id",
		`environment_id = "somewhere"`: "environment",
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			w := world(t)
			w.Run(resource.TestStep{Config: unmanaged(`publisher_id = "`+first+`"`, line), PlanOnly: true, ExpectError: acctest.Says(want)})
			w.Counted(0)
		})
	}
}

func TestSolutionThatIsThereIsToBeImported(t *testing.T) {
	t.Parallel()
	w := world(t, publisherRow(first, "contoso", nil), solutionRow(second, "App", first, nil))
	w.Run(resource.TestStep{Config: of("contoso"), ExpectError: acctest.Says("It exists already", `id = "`+env+"/"+second+`"`)})
}

func TestManagedSolutionIsLeftAlone(t *testing.T) {
	t.Parallel()
	w := world(t, publisherRow(first, "contoso", nil), solutionRow(second, "app", first, mock.Doc{"ismanaged": true}))
	w.Run(
		resource.TestStep{Config: of("contoso"), ExpectError: acctest.Says("A managed solution with this unique name is installed")},
		resource.TestStep{
			Config:      of("contoso") + "import {\n to = " + sol + "\n id = \"" + env + "/" + second + "\"\n}\n",
			ExpectError: acctest.Says("The solution app is managed"),
		},
	)
}

func TestLostSolutionIsFoundByItsUniqueName_D07(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]mock.Fault{"no ID in the answer": {Status: 204, Body: "", Effect: true}, "connection cut": {Cut: true, Effect: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := world(t, publisherRow(first, "contoso", nil))
			f.Operation = opCreateSolution
			w.Fault(f)
			w.Run(resource.TestStep{Config: of("contoso"), Check: acctest.Then(func() {
				acctest.Same(t, "requests", []int{w.Count(opCreateSolution), w.Count(opListSolutions)}, "[1 1]")
			})})
		})
	}
}

func TestComponentsOutliveTheirSolution(t *testing.T) {
	t.Parallel()
	w := world(t, publisherRow(first, "contoso", nil))
	w.Run(
		resource.TestStep{Config: of("contoso")},
		resource.TestStep{
			PreConfig: func() {
				if err := w.Platform.Seed(mock.Seed{Tenants: []mock.TenantSeed{{ID: w.ID, Items: map[string][]mock.Doc{"dataverse_rows": {
					{"environment": env, "table": "environmentvariabledefinition", "row": mock.Doc{"schemaname": "con_a"}, "solutions": []any{"app"}},
				}}}}}); err != nil {
					t.Error(err)
				}
			},
			Config: of("contoso"), Destroy: true,
		},
		resource.TestStep{
			PreConfig: func() {
				variables := w.Collection("dataverse.environmentvariabledefinitions")
				if n := variables.Len(); n != 1 || len(rows(w, "solutioncomponents")) > 0 {
					t.Errorf("%d variables are left", n)
				}
				for _, id := range variables.IDs() {
					variables.Delete(id)
				}
			},
			Config: of("contoso"),
		},
	)
}

func TestSolutionsAreListedNewestFirst(t *testing.T) {
	t.Parallel()
	w := world(t, publisherRow(first, "contoso", nil),
		solutionRow(first, "old", first, mock.Doc{"createdon": "2021-01-01T00:00:00Z", "ismanaged": true, "description": "D", "installedon": "2021-01-02T00:00:00Z", "modifiedon": "2021-01-03T00:00:00Z"}),
		solutionRow(second, "hidden", first, mock.Doc{"isvisible": false}),
	)
	addr := "data.powerplatform_solutions.all"
	item := func(name, value string) resource.TestCheckFunc {
		return resource.TestCheckResourceAttr(addr, "solutions.0."+name, value)
	}
	w.Run(resource.TestStep{
		Config: `data "powerplatform_solutions" "all" { environment_id = "` + env + `" }`,
		Check: resource.ComposeTestCheckFunc(
			resource.TestCheckResourceAttr(addr, "solutions.#", "2"),
			item("id", first), item("environment_id", env), item("name", "old"), item("display_name", "The old"), item("version", "1.0.0.0"), item("is_managed", "true"),
			item("publisher_id", first), item("description", "D"), item("created_time", "2021-01-01T00:00:00Z"), item("modified_time", "2021-01-03T00:00:00Z"),
			resource.TestCheckResourceAttr(addr, "solutions.1.name", "Default"), resource.TestCheckResourceAttr(addr, "solutions.1.is_managed", "false"),
			acctest.Then(func() { w.Counted(1, opListSolutions) }),
		),
	})
}
