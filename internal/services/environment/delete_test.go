package environment_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
)

// However the platform words it, a delete ends in success.
func TestAccEnvironment_E17(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{})
	ids := map[string]string{}
	w.Run(resource.TestStep{
		Config: environment("vanishing", nil) + environment("gone", nil) + environment("held", nil),
		Check: func(*terraform.State) error {
			for _, name := range []string{"vanishing", "gone", "held"} {
				ids[name] = idOf(w, name)
			}
			w.Script(bap.KindDelete, mock.Script{Times: 3, Duration: 1})
			w.Fault(mock.Fault{Operation: opPoll, Status: http.StatusNotFound, Effect: true})
			w.Fault(mock.Fault{Operation: opDelete, Path: "*" + ids["gone"], Status: http.StatusNotFound, Effect: true})
			w.Fault(mock.Fault{Operation: opDelete, Path: "*" + ids["held"], Status: http.StatusConflict, Body: "", Times: 2})
			w.Forget()
			return nil
		},
	})
	for name, want := range map[string]int{"vanishing": 1, "gone": 1, "held": 3} {
		if got := len(of(w, ids[name], opDelete)); got != want {
			t.Errorf("%s: %d deletes instead of %d", name, got, want)
		}
	}
	if !slices.ContainsFunc(w.Requests(opPoll), func(e mock.Entry) bool { return e.Status == http.StatusNotFound }) {
		t.Error("no operation vanished")
	}
}

// One environment is gone, others are there: it leaves state, and only it.
func TestAccEnvironment_E18(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{})
	other := environment("other", nil)
	first := ""
	w.Run(
		resource.TestStep{Config: environment("it", nil) + other},
		resource.TestStep{
			PreConfig: func() { first = idOf(w, "it"); vanish(w, "it") }, Config: environment("it", nil) + other,
			ConfigPlanChecks: acctest.Before(plancheck.ExpectResourceAction(addr, plancheck.ResourceActionCreate), plancheck.ExpectResourceAction("powerplatform_environment.other", plancheck.ResourceActionNoop)),
			Check: func(*terraform.State) error {
				if again := idOf(w, "it"); again == first || again == "" {
					t.Errorf("the environment %s was not made again: %s", first, again)
				}
				return nil
			},
		},
		resource.TestStep{PreConfig: func() { first = idOf(w, "it"); vanish(w, "it"); w.Forget() }, Config: other},
	)
	if n := len(of(w, first, opDelete)); n != 0 {
		t.Errorf("%d deletes of what was gone", n)
	}
	w.Counted(1, opDelete)
}

// Nothing is visible any more: the role is lost, not the environments.
func TestAccEnvironment_E19(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{})
	config := environment("it", nil)
	w.Run(
		resource.TestStep{Config: config},
		resource.TestStep{
			PreConfig: func() {
				w.Fault(mock.Fault{Operation: opGet, Times: -1, Status: http.StatusNotFound, Body: acctest.Refusal("EnvironmentNotFound", "The environment could not be found in the tenant.")})
				w.Fault(mock.Fault{Operation: opList, Times: -1, Status: http.StatusOK, Body: mock.Doc{"value": []any{}}})
			},
			Config: config, PlanOnly: true, ExpectError: acctest.Says("Could not read environment", "no environment of the tenant is visible", "Nothing was removed from state."),
		},
		resource.TestStep{
			PreConfig: func() { w.Platform.ClearFaults(w.ID) }, Config: config,
			ConfigPlanChecks: acctest.WillNothing(),
		},
	)
	w.Counted(1, opCreate)
	w.Counted(1, opDelete)
}

// Abandoned environments stay, also when the configuration only goes away.
func TestAccEnvironment_abandon(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{})
	w.Run(
		resource.TestStep{Config: environment("it", nil)},
		resource.TestStep{
			Config: environment("it", args{"deletion_policy": `"abandon"`}),
			Check:  func(*terraform.State) error { w.Keep(); return nil },
		},
	)
	if record(w, "it") == nil {
		t.Error("the environment was deleted")
	}
	w.Counted(0, opDelete, opPatch)
}
