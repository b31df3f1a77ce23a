package environment_test

import (
	"net/http"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
)

// One answer proves neither that an environment is gone nor that it was deleted.
func TestAccEnvironment_strayAnswers(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{})
	answers := func(f mock.Fault) func() { return func() { w.Fault(f) } }
	page := "<html><title>Blocked</title></html>"
	w.Run(
		resource.TestStep{Config: environment("it", nil)},
		resource.TestStep{
			Config: environment("it", args{"environment_type": `"Default"`}), PlanOnly: true, ExpectError: acctest.Says("nothing else can become one"),
		},
		resource.TestStep{
			PreConfig: answers(mock.Fault{Operation: opGet, Status: http.StatusNotFound}), Config: environment("it", nil), PlanOnly: true,
			ExpectError: acctest.Says("that is not certain", "the list of environments still shows it", "Nothing was removed from state"),
		},
		resource.TestStep{
			PreConfig: answers(mock.Fault{Operation: opGet, Status: http.StatusNotFound, Body: page}), Config: environment("it", nil), PlanOnly: true,
			ExpectError: acctest.Says("404 Not Found", `an HTML page titled "Blocked"`),
		},
		resource.TestStep{
			PreConfig: answers(mock.Fault{Operation: opGet, Status: http.StatusOK, Body: mock.Doc{}}), Config: environment("it", nil), PlanOnly: true,
			ExpectError: acctest.Says("sked for environment", `the answer is about ""`),
		},
		resource.TestStep{
			PreConfig: answers(mock.Fault{Operation: opDelete, Status: http.StatusOK, Body: page}), Config: environment("it", nil), Destroy: true,
			ExpectError: acctest.Says(`an HTML page`),
		},
		resource.TestStep{
			PreConfig: answers(mock.Fault{Operation: opDelete, Status: http.StatusAccepted, Body: "", Effect: true}), Config: environment("it", nil),
			ConfigPlanChecks: acctest.Will(addr, plancheck.ResourceActionNoop),
		},
	)
	if record(w, "it") != nil {
		t.Error("the environment was forgotten, not deleted")
	}
}

// Whatever becomes of the answers to a create, there is one environment and it is in state.
func TestAccEnvironment_lostCreate(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(w *acctest.World){
		"its operation is refused": func(w *acctest.World) { w.Fault(mock.Fault{Operation: opPoll, Status: http.StatusForbidden}) },
		"its operation is a page":  func(w *acctest.World) { w.Fault(mock.Fault{Operation: opPoll, Status: http.StatusOK, Body: "<html>"}) },
		"the answer has no body": func(w *acctest.World) {
			w.Fault(mock.Fault{Operation: opCreate, Status: http.StatusCreated, Body: "", Effect: true})
		},
		"the list shows it later": func(w *acctest.World) {
			w.Lag(mock.Lag{Collection: bap.Environments, Reads: 2})
			w.Fault(mock.Fault{Operation: opCreate, Status: http.StatusBadGateway, Effect: true})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t, mock.TenantSeed{})
			prepare(w)
			w.Run(resource.TestStep{Config: environment("it", args{"dataverse": dataverse(args{"domain": `"lost"`})})})
			w.Counted(1, opCreate)
		})
	}
}

// What is not known while planning may turn out to be anything.
func TestAccEnvironment_unknown(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{})
	config := func(domain, language string) string {
		return `resource "terraform_data" "x" { input = { domain = "` + domain + `", language = ` + language + ` } }
` + environment("it", args{"dataverse": dataverse(args{"domain": "terraform_data.x.output.domain", "language_code": "terraform_data.x.output.language"})})
	}
	w.Run(
		resource.TestStep{Config: config("one", "1033")},
		resource.TestStep{Config: config("two", "1031"), ConfigPlanChecks: acctest.Will(addr, plancheck.ResourceActionDestroyBeforeCreate)},
	)
	only := acctest.New(t, mock.TenantSeed{})
	named := func(domain string) string {
		return `resource "terraform_data" "x" { input = "` + domain + `" }
` + environment("it", args{"dataverse": dataverse(args{"domain": "terraform_data.x.output"})})
	}
	only.Run(
		resource.TestStep{Config: named("one")},
		resource.TestStep{Config: named("two"), ConfigPlanChecks: acctest.Before(plancheck.ExpectResourceAction(addr, plancheck.ResourceActionUpdate), plancheck.ExpectUnknownValue(addr, acctest.At("dataverse.url")))},
	)
}

// The platform's lists are advice: one that cannot be read in time does not hold up a create.
func TestAccEnvironment_advice(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{})
	w.Fault(mock.Fault{Operation: "bap.languages.list", Times: -1, Status: http.StatusInternalServerError, Verbatim: true})
	w.Run(resource.TestStep{Config: environment("it", args{"dataverse": dataverse(nil), "timeouts": `{ read = "2s" }`})})
	w.Counted(1, opCreate)
}

// A change of type whose answer is lost is not sent again, and not taken for a failure.
func TestAccEnvironment_lostAnswerToANewType(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{})
	w.Run(
		resource.TestStep{Config: environment("it", nil)},
		resource.TestStep{
			PreConfig: func() {
				w.Fault(mock.Fault{Operation: "bap.environments.sku", Status: http.StatusBadGateway, Effect: true})
			},
			Config: environment("it", args{"environment_type": `"Production"`}),
		},
	)
	w.Counted(1, "bap.environments.sku")
}
