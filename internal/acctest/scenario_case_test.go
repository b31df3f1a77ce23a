package acctest_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
)

// company is a tenant with what Contoso has: networks, a vault with the secrets of the case API, and roles on it.
func company(t *testing.T) *acctest.World {
	t.Helper()
	all := mock.Landscape()
	return acctest.New(t, mock.TenantSeed{Items: map[string][]mock.Doc{
		"subscriptions": all["subscriptions"], "role_assignments": all["role_assignments"],
	}})
}

// importIDs are the attributes that an import ID consists of, by type; the others are imported by their id.
var importIDs = map[string][]string{
	"powerplatform_tenant":               {"tenant_id"},
	"powerplatform_managed_environment":  {"environment_id"},
	"powerplatform_subnet_delegation":    {"subnet_id"},
	"powerplatform_enterprise_policy":    {"environment_id", "policy_type"},
	"powerplatform_environment_variable": {"environment_id", "schema_name"},
	"powerplatform_custom_connector":     {"environment_id", "connector_id"},
}

// TestScenario_privateCaseManagement is the whole story: one apply, an empty plan, every object imported into an empty state
// without a change, and one destroy that leaves nothing.
func TestScenario_privateCaseManagement(t *testing.T) {
	t.Parallel()
	w := company(t)
	before := subnets(w)
	d := sit(t, w.Platform)
	d.scenario(w, "private-case-management")
	vars := []string{"-var-file=contoso.tfvars", "-var=tenant_id=" + w.ID}
	d.terraform(append([]string{"apply", "-auto-approve", "-no-color"}, vars...)...)
	d.unchanged(vars...)
	politely(t, w)

	d.write(map[string]string{"imports.tf": imports(t, d.terraform("show", "-json")), "terraform.tfstate": ""})
	w.Forget()
	out := d.terraform(append([]string{"apply", "-auto-approve", "-no-color"}, vars...)...)
	if !strings.Contains(out, "0 added, 0 changed, 0 destroyed") {
		t.Errorf("the imports change something:\n%s", out)
	}
	d.unchanged(vars...)

	d.terraform(append([]string{"destroy", "-auto-approve", "-no-color"}, vars...)...)
	if err := w.Leftovers(); err != nil {
		t.Error(err)
	}
	for id, was := range before {
		if now := subnets(w)[id]; now != was {
			t.Errorf("the subnet %s was\n%s\nand is\n%s", id, was, now)
		}
	}
}

// imports are import blocks for every resource of a state.
func imports(t *testing.T, state string) string {
	t.Helper()
	var s struct {
		Values struct {
			RootModule struct {
				Resources []struct {
					Address, Mode, Type string
					Values              map[string]any
				}
			} `json:"root_module"`
		}
	}
	if err := json.Unmarshal([]byte(state), &s); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, r := range s.Values.RootModule.Resources {
		if r.Mode != "managed" {
			continue
		}
		keys := importIDs[r.Type]
		if keys == nil {
			keys = []string{"id"}
		}
		var parts []string
		for _, k := range keys {
			parts = append(parts, fmt.Sprint(r.Values[k]))
		}
		if slices.Contains(parts, "<nil>") {
			t.Errorf("%s has no %v", r.Address, keys)
		}
		fmt.Fprintf(&b, "import {\n  to = %s\n  id = %q\n}\n", r.Address, strings.Join(parts, "/"))
	}
	return b.String()
}
