package tenant_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
)

const (
	addr  = "powerplatform_tenant.it"
	other = "11111111-1111-4111-8111-111111111111"
)

func declared(id string) string {
	return acctest.Block("powerplatform_tenant", "it", "tenant_id = "+acctest.Quoted(id))
}

func TestAccTenant_basic(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{Location: "europe", Country: "DE"})
	before := w.State()
	values := func(at string) []statecheck.StateCheck {
		some := knownvalue.NotNull()
		return acctest.Shows(at, acctest.Attributes{
			"tenant_id": w.ID, "state": "Enabled", "location": "europe", "aad_country_geo": "germany",
			"failover_regions": []string{"westeurope", "northeurope"}, "data_storage_geo": some,
			"default_environment_geo": some, "aad_data_boundary": some, "fed_ramp_high_certification_required": some,
		})
	}
	w.Run(
		resource.TestStep{Config: declared(w.ID), ConfigStateChecks: values(addr)},
		resource.TestStep{Config: declared(strings.ToUpper(w.ID)), ConfigPlanChecks: acctest.WillNothing()},
		resource.TestStep{Config: declared(w.ID) + `data "powerplatform_tenant" "it" {}`, ConfigStateChecks: values("data.powerplatform_tenant.it")},
	)
	for _, e := range w.Requests() {
		if e.Method != http.MethodGet && !strings.HasPrefix(e.Operation, "login.") {
			t.Errorf("declaring a tenant sent %s %s", e.Method, e.Path)
		}
	}
	if after := w.State(); fmt.Sprint(before["collections"]) != fmt.Sprint(after["collections"]) {
		t.Error("the tenant was changed")
	}
}

func TestAPlanWithoutChangesReadsTheTenantOnce(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{})
	w.Run(
		resource.TestStep{Config: declared(w.ID)},
		resource.TestStep{PreConfig: w.Forget, Config: declared(w.ID), PlanOnly: true},
	)
	plans := w.Count("login.token")
	if n := w.Count("bap.tenant.get"); n > plans {
		t.Errorf("%d reads in %d runs of the provider", n, plans)
	}
}

// Else everything in the tenant's location would be planned for replacement whenever the tenant itself is.
func TestEverythingOfATenantIsKnownWhilePlanning(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{})
	config := declared(w.ID) + `
resource "powerplatform_environment" "it" {
  display_name     = "There"
  location         = powerplatform_tenant.it.location
  environment_type = "Sandbox"
}`
	w.Run(
		resource.TestStep{Config: config},
		resource.TestStep{Taint: []string{addr}, Config: config, ConfigPlanChecks: acctest.Will("powerplatform_environment.it", plancheck.ResourceActionNoop)},
	)
}

func TestPlanFailsInTheWrongTenant(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{})
	w.Run(
		resource.TestStep{
			Config: declared(other), PlanOnly: true,
			ExpectError: regexp.MustCompile(`(?i)signed\s+in\s+to\s+tenant\s+` + w.ID + `,\s+configuration\s+declares\s+` + other),
		},
		resource.TestStep{Config: declared("contoso"), PlanOnly: true, ExpectError: regexp.MustCompile(`"contoso" is not a UUID`)},
	)
}

// A pipeline that is pointed at another tenant than the one in its state must not touch either.
func TestRefreshFailsInTheWrongTenant(t *testing.T) {
	t.Parallel()
	w, second := acctest.New(t, mock.TenantSeed{}), acctest.New(t, mock.TenantSeed{})
	w.Run(
		resource.TestStep{Config: declared(w.ID)},
		resource.TestStep{Config: second.Provider() + declared(w.ID), ExpectError: regexp.MustCompile(`(?i)signed\s+in\s+to\s+tenant\s+` + second.ID)},
	)
}

func TestMacroRegionTenant(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{Geography: mock.GeographyMacroRegion, Location: "canada"})
	w.Run(resource.TestStep{
		Config:            declared(w.ID),
		ConfigStateChecks: acctest.Shows(addr, acctest.Attributes{"location": "canada"}),
	})
}

func TestWhoami(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{})
	got, said := w.Serve(nil).Read(t.Context(), "powerplatform_whoami", nil)
	if len(said) > 0 {
		t.Fatal(acctest.Said(said))
	}
	for name, want := range map[string]string{"tenant_id": w.ID, "application_id": mock.DefaultClientID, "kind": "application", "cloud": "public"} {
		if !got[name].Equal(acctest.Text(want)) {
			t.Errorf("%s = %s, want %s", name, got[name], want)
		}
	}
	if n := acctest.Len(got["missing_abilities"]); n != 0 {
		t.Errorf("%d abilities are missing", n)
	}
	if _, user := got["user_principal_name"]; user {
		t.Error("an application has no user principal name")
	}
}

func TestWhoamiNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		seed    mock.TenantSeed
		fault   mock.Fault
		missing string
		remedy  string
	}{
		"not registered": {
			seed:    mock.TenantSeed{Applications: []mock.Application{{ClientID: mock.DefaultClientID, ClientSecret: mock.DefaultClientSecret}}},
			missing: "administer_environments", remedy: "New-PowerAppManagementApp -ApplicationId " + mock.DefaultClientID,
		},
		"lapsed role": {
			fault:   mock.Fault{Operation: "bap.environments.list", Times: -1, Status: http.StatusOK, Body: mock.Doc{"value": []any{}}},
			missing: "administer_environments", remedy: "role",
		},
		"no billing": {
			fault:   mock.Fault{Operation: "licensing.billingpolicies.list", Times: -1, Status: http.StatusForbidden},
			missing: "read_billing_policies", remedy: "role",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t, c.seed)
			if c.fault.Operation != "" {
				w.Fault(c.fault)
			}
			got, said := w.Serve(nil).Read(t.Context(), "powerplatform_whoami", nil)
			if len(said) > 0 {
				t.Fatal(acctest.Said(said))
			}
			if text := got["missing_abilities"].String(); !strings.Contains(text, c.missing) || !strings.Contains(text, c.remedy) {
				t.Error(text)
			}
		})
	}
}

func TestWhoamiFailsWhenThePlatformDoesNotAnswer(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{})
	w.Fault(mock.Fault{Operation: "bap.tenant.get", Times: -1, Status: http.StatusBadRequest})
	if _, said := w.Serve(nil).Read(t.Context(), "powerplatform_whoami", nil); !strings.Contains(acctest.Said(said), "Could not read whoami") {
		t.Error(acctest.Said(said))
	}
}
