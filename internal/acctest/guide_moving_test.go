package acctest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
)

const none = "00000000-0000-0000-0000-000000000000"

// microsofts is an environment that microsoft/power-platform manages: its name in the configuration, and what it is.
type microsofts struct{ name, id, displayName, domain string }

// tenantOf is a tenant with the environments.
func tenantOf(t *testing.T, all ...microsofts) *acctest.World {
	t.Helper()
	var items []mock.Doc
	for _, e := range all {
		items = append(items, mock.Doc{
			"id": e.id, "display_name": e.displayName, "location": "europe", "type": "Production",
			"dataverse": mock.Doc{"domain": e.domain, "language_code": 1033, "currency_code": "EUR", "background_operation_enabled": true},
		})
	}
	return acctest.New(t, mock.TenantSeed{Items: map[string][]mock.Doc{"environments": items}})
}

// stateOf is the state as microsoft/power-platform writes it for the environments of the tenant.
func stateOf(t *testing.T, w *acctest.World, all ...microsofts) string {
	t.Helper()
	var resources []mock.Doc
	for _, e := range all {
		record, _ := w.Collection("environments").Peek(e.id)
		linked, _ := record["properties"].(mock.Doc)["linkedEnvironmentMetadata"].(mock.Doc)
		resources = append(resources, mock.Doc{
			"mode": "managed", "type": "powerplatform_environment", "name": e.name,
			"provider": fmt.Sprintf("provider[%q]", registry(t)+"/microsoft/power-platform"),
			"instances": []mock.Doc{{"schema_version": 0, "attributes": mock.Doc{
				"id": e.id, "display_name": e.displayName, "location": "europe", "azure_region": "westeurope", "environment_type": "Production",
				"description": "", "cadence": "Moderate", "release_cycle": "Standard", "billing_policy_id": none, "environment_group_id": nil,
				"owner_id": nil, "allow_bing_search": false, "allow_microsoft_365_services": false, "allow_moving_data_across_regions": false,
				"allow_flex_routing": false, "enterprise_policies": []any{}, "timeouts": nil,
				"dataverse": mock.Doc{
					"unique_name": linked["uniqueName"], "url": linked["instanceUrl"], "organization_id": linked["resourceId"], "version": linked["version"],
					"domain": e.domain, "language_code": 1033, "currency_code": "EUR", "security_group_id": none, "templates": nil, "template_metadata": nil,
					"administration_mode_enabled": false, "background_operation_enabled": true,
					"linked_app_type": "", "linked_app_id": "", "linked_app_url": "",
				},
			}}},
		})
	}
	text, err := json.Marshal(mock.Doc{"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": none, "resources": resources})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// configOf is the configuration that was written for microsoft/power-platform; more goes into its block.
func configOf(e microsofts, more string) string {
	return fmt.Sprintf(`
resource "powerplatform_environment" %q {
%s
  display_name      = %q
  location          = "europe"
  environment_type  = "Production"
  billing_policy_id = %q
  dataverse = {
    domain                       = %q
    language_code                = 1033
    currency_code                = "EUR"
    security_group_id            = %[4]q
    administration_mode_enabled  = false
    background_operation_enabled = true
  }
}
`, e.name, more, e.displayName, none, e.domain)
}

// follow runs the commands of a block that are Terraform's, with their output in the file that they name.
func (d *desk) follow(b block) {
	d.t.Helper()
	for _, words := range b.commands() {
		if words[0] != "terraform" {
			d.t.Fatalf("%q is not understood", words)
		}
		words = words[1:]
		if i := slices.Index(words, ">"); i >= 0 {
			out, err := d.command(acctest.Terraform(d.t).Path, words[:i]...).Output()
			if err != nil {
				d.t.Fatal(err)
			}
			d.write(map[string]string{words[i+1]: string(out)})
			continue
		}
		d.terraform(words...)
	}
}

// TestStateOfMicrosoftsProviderIsTakenOver switches a state as microsoft/power-platform writes it to this provider, by the
// commands of the guide: with the same configuration there is nothing to change. The way back leads back.
func TestStateOfMicrosoftsProviderIsTakenOver(t *testing.T) {
	t.Parallel()
	e := microsofts{"cases", "00000000-0000-4000-8000-0000000e0002", "Cases", "cases"}
	w := tenantOf(t, e)
	section := guide(t, "moving-from-microsoft-power-platform").section(t, "All objects at once")
	d := sit(t, w.Platform)
	d.write(map[string]string{
		"terraform.tfstate": stateOf(t, w, e),
		"main.tf":           w.Provider() + section.only(t, "terraform", "required_providers").text + configOf(e, ""),
	})
	d.follow(section.only(t, "shell", "replace-provider"))
	if state := d.read("terraform.tfstate"); strings.Contains(state, "microsoft/power-platform") || !strings.Contains(state, "seed-55d6eeba") {
		t.Error(state)
	}
	d.unchanged()

	after := section.only(t, "shell", "init").commands()
	if len(after) != 2 || !slices.Equal(after[1], []string{"terraform", "plan"}) { // init needs the registry; what is built needs none
		t.Errorf("%q", after)
	}
	back := spans(section.text)
	i := slices.IndexFunc(back, func(s string) bool { return strings.HasPrefix(s, "terraform state push") })
	if i < 0 {
		t.Fatal("no way back")
	}
	d.follow(block{text: back[i] + "\n"})
	if state := d.read("terraform.tfstate"); strings.Contains(state, "seed-55d6eeba") || !strings.Contains(state, "microsoft/power-platform") {
		t.Error(state)
	}
}

// TestOneObjectIsHandedOver has both providers in one configuration. This provider plays the other one too.
func TestOneObjectIsHandedOver(t *testing.T) {
	t.Parallel()
	p := guide(t, "moving-from-microsoft-power-platform")
	section := p.section(t, "Some objects")
	moved := microsofts{"cases", "00000000-0000-4000-8000-000000000001", "Case management", "case-management"}
	stays := microsofts{"claims", "00000000-0000-4000-8000-000000000002", "Expense claims", "claims"}
	w := tenantOf(t, moved, stays)
	handover := section.only(t, "terraform", "removed", "import").text
	both := section.only(t, "terraform", "required_providers").text
	said := spans(section.text)
	have := func(prefix string) string {
		i := slices.IndexFunc(said, func(s string) bool { return strings.HasPrefix(s, prefix) })
		if i < 0 {
			t.Fatalf("the guide does not say %s", prefix)
		}
		return said[i]
	}
	d := sit(t, w.Platform)
	d.env["POWER_PLATFORM_TENANT_ID"] = w.ID
	rest := both + configOf(stays, "  "+have("provider ="))
	d.write(map[string]string{"terraform.tfstate": stateOf(t, w, moved, stays), "main.tf": rest + handover})
	w.Forget()
	out := d.terraform("apply", "-auto-approve", "-no-color")
	for part := range strings.SplitSeq(have("1 to import"), ", ") {
		if !strings.Contains(out, part) {
			t.Errorf("the plan does not say %q:\n%s", part, out)
		}
	}
	for _, e := range w.Requests() {
		if e.Host == "api.bap.microsoft.com" && e.Method != http.MethodGet {
			t.Errorf("%s %s was called", e.Method, e.Path)
		}
	}
	if list := strings.Fields(d.terraform("state", "list")); !slices.Contains(list, "powerplatform_environment.case_management") || slices.Contains(list, "powerplatform_environment.cases") {
		t.Errorf("%q", list)
	}
	i := strings.Index(handover, "resource ")
	d.write(map[string]string{"main.tf": rest + handover[i:]}) // both blocks can go
	d.unchanged()
}
