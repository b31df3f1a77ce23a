package environment_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
)

func lookup(kind, name string, a args) string {
	return fmt.Sprintf("data %q %q {\n%s}\n", kind, name, a.lines("  "))
}

// seeded is a tenant with four environments beside its default one, two of the same name.
func seeded(t *testing.T) *acctest.World {
	t.Helper()
	return acctest.New(t, mock.TenantSeed{Switches: map[string]string{bap.SwitchPageSize: "2"}, Items: map[string][]mock.Doc{"environments": {
		{"id": "eeeeeeee-0000-4000-8000-000000000001", "display_name": "Sales", "location": "europe", "dataverse": mock.Doc{"domain": "sales", "currency_code": "EUR"}},
		{"id": "eeeeeeee-0000-4000-8000-000000000002", "display_name": "Twin"},
		{"id": "eeeeeeee-0000-4000-8000-000000000003", "display_name": "Twin"},
		{"id": "eeeeeeee-0000-4000-8000-000000000004", "display_name": "Service", "dataverse": mock.Doc{"domain": "service", "currency_code": "CHF"}},
	}}})
}

func TestAccEnvironmentDataSource_basic(t *testing.T) {
	t.Parallel()
	w := seeded(t)
	const one = "powerplatform_environment"
	var checks []statecheck.StateCheck
	for _, name := range []string{"by_id", "by_name"} {
		checks = append(checks, acctest.Shows("data."+one+"."+name, acctest.Attributes{
			"id": "eeeeeeee-0000-4000-8000-000000000001", "display_name": "Sales", "location": "europe", "environment_type": "Sandbox",
			"dataverse.domain": "sales", "dataverse.currency_code": "EUR", "dataverse.url": "https://sales.crm4.dynamics.com/",
			"dataverse.administration_mode_enabled": false,
		})...)
	}
	bad := []struct {
		args args
		text string
	}{
		{args{"display_name": `"Nobody"`}, `There is no environment with display name "Nobody".`},
		{args{"display_name": `"Twin"`}, `There are 2 of environment with display name "Twin"; use an argument that tells them apart.`},
		{args{"id": `"eeeeeeee-0000-4000-8000-00000000000f"`}, "EnvironmentNotFound"},
	}
	wrong, texts := "", []string{}
	for i, b := range bad {
		wrong += lookup(one, fmt.Sprintf("d%d", i), b.args)
		texts = append(texts, fmt.Sprintf("with data.%s.d%d,", one, i), b.text)
	}
	w.Run(
		resource.TestStep{Config: wrong, ExpectError: acctest.Says(texts...)},
		resource.TestStep{
			Config: lookup(one, "both", args{"id": `"eeeeeeee-0000-4000-8000-000000000001"`, "display_name": `"Sales"`}) + lookup(one, "malformed", args{"id": `"sales"`}) + lookup(one, "neither", nil),
			ExpectError: acctest.Says(
				"with data.powerplatform_environment.both,", "Exactly one of these attributes must be configured: [id,display_name]",
				"with data.powerplatform_environment.malformed,", " id = ", "must be the ID of an environment",
				"with data.powerplatform_environment.neither,", "Exactly one of these attributes must be configured: [id,display_name]",
			),
		},
		resource.TestStep{
			Config:            lookup(one, "by_id", args{"id": `"eeeeeeee-0000-4000-8000-000000000001"`}) + lookup(one, "by_name", args{"display_name": `"Sales"`}),
			ConfigStateChecks: checks,
		},
	)
}

func TestAccEnvironmentsDataSource_basic(t *testing.T) {
	t.Parallel()
	w := seeded(t)
	const all = "data.powerplatform_environments.all"
	w.Run(resource.TestStep{
		Config: lookup("powerplatform_environments", "all", nil),
		ConfigStateChecks: acctest.Shows(all, acctest.Attributes{
			"environments": knownvalue.ListSizeExact(5), "environments.0.dataverse": nil,
			"environments.0.id":                      knownvalue.StringRegexp(acctest.Says("Default-" + w.ID)),
			"environments.1.dataverse.currency_code": "EUR",
			"environments.4.display_name":            "Service", "environments.4.dataverse.currency_code": "CHF",
		}),
	})
	pages := map[string]bool{}
	for _, e := range w.Requests(opList) {
		pages[e.Query.Get("$skiptoken")] = true
		if e.Query.Get("$expand") == "" {
			t.Error("a page without what was asked for")
		}
	}
	if len(pages) != 3 {
		t.Errorf("pages %v", pages)
	}
	w.Counted(0, opGet)
}

// An organisation that does not answer is normal in a list, and takes half of the time at most.
func TestEnvironmentsAreListedAlthoughOneDoesNotAnswer(t *testing.T) {
	t.Parallel()
	w := seeded(t)
	w.Fault(mock.Fault{Host: "sales.*", Times: -1, Hang: true})
	limits := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"read": tftypes.String}}
	found, said := w.Serve(nil).Read(t.Context(), "powerplatform_environments", acctest.Values{
		"timeouts": tftypes.NewValue(limits, map[string]tftypes.Value{"read": acctest.Text("2s")}),
	})
	if len(said) > 0 || acctest.Len(found["environments"]) != 5 {
		t.Fatalf("%d environments: %s", acctest.Len(found["environments"]), acctest.Said(said))
	}
	if list := found["environments"].String(); !strings.Contains(list, `"CHF"`) || strings.Contains(list, `"EUR"`) {
		t.Error(list)
	}
}

// A query takes a request for each page that it needs and, where the whole is asked for, one for each organisation.
func TestAQueryOfEnvironmentsCostsItsPages(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		whole                         bool
		limit, found, pages, currency int
	}{{false, 100, 5, 3, 0}, {false, 2, 2, 1, 0}, {true, 100, 5, 3, 2}, {true, 3, 3, 2, 1}} {
		w := seeded(t)
		s := w.Serve(nil)
		w.Forget()
		all, said := s.Query(t.Context(), "powerplatform_environment", nil, c.whole, int64(c.limit))
		if len(said) > 0 || len(all) != c.found {
			t.Errorf("%d environments: %s", len(all), acctest.Said(said))
		}
		w.Counted(c.pages, opList)
		w.Counted(c.currency, "dataverse.organizations.list")
		w.Counted(0, opGet)
		if all[1].Name != "Sales" || (len(all[1].Object) > 0) != c.whole {
			t.Errorf("%s: %v", all[1].Name, all[1].Object)
		}
	}
}

func TestNoEnvironmentIsAnEmptyList(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{})
	w.Fault(mock.Fault{Operation: opList, Status: 200, Body: mock.Doc{"value": []any{}}})
	found, said := w.Serve(nil).Read(t.Context(), "powerplatform_environments", nil)
	if len(said) > 0 || acctest.Len(found["environments"]) != 0 {
		t.Errorf("%d environments: %s", acctest.Len(found["environments"]), acctest.Said(said))
	}
}

// A currency that cannot be read is a warning, for the environment is there.
func TestEnvironmentIsReadWithoutItsCurrency(t *testing.T) {
	t.Parallel()
	w := seeded(t)
	w.Fault(mock.Fault{Operation: "dataverse.*", Times: -1, Status: 401})
	found, said := w.Serve(nil).Read(t.Context(), "powerplatform_environment", acctest.Values{"display_name": acctest.Text("Sales")})
	if len(said) != 1 || !strings.Contains(acctest.Said(said), "Could not read the currency of environment") {
		t.Error(acctest.Said(said))
	}
	if d := found["dataverse"].String(); !strings.Contains(d, `"https://sales.crm4.dynamics.com/"`) {
		t.Error(d)
	}
}
