package acctest_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
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

// TestScenario_privateCaseManagement is the whole story: one apply, an empty plan, drift of objects seen and healed, every object
// imported into an empty state without a change, and one destroy that leaves nothing.
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

	applied := d.read("terraform.tfstate")
	d.write(map[string]string{"imports.tf": imports(t, d.terraform("show", "-json")), "terraform.tfstate": ""})
	w.Forget()
	out := d.terraform(append([]string{"apply", "-auto-approve", "-no-color"}, vars...)...)
	if !strings.Contains(out, "0 added, 0 changed, 0 destroyed") {
		t.Errorf("the imports change something:\n%s", out)
	}
	d.unchanged(vars...)

	// An import cannot know the triggers of connectors, so that one may still show when a variable has gone astray.
	d.write(map[string]string{"imports.tf": "", "terraform.tfstate": applied})
	astray(t, w)
	w.Forget()
	d.terraform(append([]string{"apply", "-auto-approve", "-no-color"}, vars...)...)
	d.unchanged(vars...)
	for operation, want := range map[string]int{opLink: 1, opUnlink: 0, opCreate: 0, opSubnet: 0, "dataverse.connectors.create": 0} {
		if got := w.Count(operation); got != want {
			t.Errorf("the drift took %d requests %s, expected %d", got, operation, want)
		}
	}

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

// TestScenario_privateCaseManagementInOneRegion is the variant for a geography with one Azure region: one subnet, no peering.
func TestScenario_privateCaseManagementInOneRegion(t *testing.T) {
	t.Parallel()
	all := mock.Landscape()
	const group = "/subscriptions/" + mock.LandscapeSubscriptionID + "/resourceGroups/rg-brazil"
	all["subscriptions"][0]["resource_groups"] = append(all["subscriptions"][0]["resource_groups"].([]any), mock.Doc{
		"name": "rg-brazil", "location": "brazilsouth", "virtual_networks": []any{mock.Doc{
			"name": "vnet-brazilsouth", "location": "brazilsouth", "address_prefixes": []any{"10.30.0.0/16"},
			"subnets": []any{mock.Doc{"name": "snet", "address_prefixes": []any{"10.30.1.0/24"}}},
		}},
	})
	w := acctest.New(t, mock.TenantSeed{Items: map[string][]mock.Doc{
		"subscriptions": all["subscriptions"], "role_assignments": all["role_assignments"],
	}})
	d := sit(t, w.Platform)
	d.scenario(w, "private-case-management")
	text := d.read("main.tf")
	for was, is := range map[string]string{
		`location = "unitedstates"`:                     `location = "southamerica"`,
		`, failover = var.failover_subnet_id`:           "",
		`failover_subnet_id = powerplatform_subnet_del`: `# the geography has one region: powerplatform_subnet_del`,
	} {
		changed := strings.Replace(text, was, is, 1)
		if changed == text {
			t.Fatalf("the example does not say %s", was)
		}
		text = changed
	}
	d.write(map[string]string{"main.tf": text})
	vars := []string{"-var-file=contoso.tfvars", "-var=tenant_id=" + w.ID, "-var=primary_subnet_id=" + group + "/providers/Microsoft.Network/virtualNetworks/vnet-brazilsouth/subnets/snet"}
	d.terraform(append([]string{"apply", "-auto-approve", "-no-color"}, vars...)...)
	d.unchanged(vars...)
	if links, peerings := w.Count(opLink), w.Count(opPeer); links != 2 || peerings != 0 {
		t.Errorf("%d links and %d peerings", links, peerings)
	}
	d.terraform(append([]string{"destroy", "-auto-approve", "-no-color"}, vars...)...)
	if err := w.Leftovers(); err != nil {
		t.Error(err)
	}
}

// astray changes one of each kind of object behind Terraform's back.
func astray(t *testing.T, w *acctest.World) {
	t.Helper()
	change := func(collection string, is func(d mock.Doc) bool, to func(d mock.Doc)) {
		c := w.Collection(collection)
		for _, id := range c.IDs() {
			if d, ok := c.Peek(id); ok && is(d) {
				to(d)
				c.Put(id, d)
				return
			}
		}
		t.Errorf("there is nothing like that among %s", collection)
	}
	named := func(name string) func(mock.Doc) bool {
		return func(d mock.Doc) bool {
			p, _ := d["properties"].(mock.Doc)
			return p["displayName"] == name
		}
	}
	first := func(mock.Doc) bool { return true }
	w.Do(func() {
		change(bap.Environments, named("Case management dev"), func(d mock.Doc) { d["properties"].(mock.Doc)["displayName"] = "Renamed" })
		change(bap.Environments, named("Case management prod"), func(d mock.Doc) { delete(d["properties"].(mock.Doc), "enterprisePolicies") })
		change(bap.Environments, named("Case management test"), func(d mock.Doc) {
			settings := d["properties"].(mock.Doc)["governanceConfiguration"].(mock.Doc)["settings"].(mock.Doc)["extendedSettings"].(mock.Doc)
			settings["solutionCheckerMode"] = "none"
		})
		change(bap.EnterprisePolicies, first, func(d mock.Doc) { d["tags"] = mock.Doc{} })
		change(arm.Peerings, first, func(d mock.Doc) { d["properties"].(mock.Doc)["allowForwardedTraffic"] = true })
		change("dataverse.environmentvariabledefinitions", func(d mock.Doc) bool { return strings.HasPrefix(fmt.Sprint(d["displayname"]), "Case API") },
			func(d mock.Doc) { d["displayname"] = "Renamed" })
		change("dataverse.environmentvariablevalues", first, func(d mock.Doc) {
			d["value"] = strings.Replace(fmt.Sprint(d["value"]), "case-api-client", "another-client", 1)
		})
		change("dataverse.connectors", first, func(d mock.Doc) { d["displayname"] = "Renamed" })
	})
}
