package provider_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/function"
	fwprovider "github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-testing/config"
	rtest "github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/provider"
)

const root = "../.."

// checked is what the engine builds: it can look for the mistakes in its own description.
type checked interface {
	Check(ctx context.Context) error
}

// byName are the objects that constructors make, by the name that each gives itself.
func byName[T any](constructors []func() T, name func(T) string) map[string]T {
	all := map[string]T{}
	for _, f := range constructors {
		v := f()
		all[name(v)] = v
	}
	return all
}

const prefix = "powerplatform"

func resources(t *testing.T) map[string]resource.Resource {
	t.Helper()
	return byName(provider.New("test", nil).Resources(t.Context()), func(r resource.Resource) string {
		var meta resource.MetadataResponse
		r.Metadata(t.Context(), resource.MetadataRequest{ProviderTypeName: prefix}, &meta)
		return meta.TypeName
	})
}

func dataSources(t *testing.T) map[string]datasource.DataSource {
	t.Helper()
	return byName(provider.New("test", nil).DataSources(t.Context()), func(d datasource.DataSource) string {
		var meta datasource.MetadataResponse
		d.Metadata(t.Context(), datasource.MetadataRequest{ProviderTypeName: prefix}, &meta)
		return meta.TypeName
	})
}

func ephemerals(t *testing.T) map[string]ephemeral.EphemeralResource {
	t.Helper()
	p, ok := provider.New("test", nil).(fwprovider.ProviderWithEphemeralResources)
	if !ok {
		t.Fatal("the provider has no ephemeral resources")
	}
	return byName(p.EphemeralResources(t.Context()), func(e ephemeral.EphemeralResource) string {
		var meta ephemeral.MetadataResponse
		e.Metadata(t.Context(), ephemeral.MetadataRequest{ProviderTypeName: prefix}, &meta)
		return meta.TypeName
	})
}

func functions(t *testing.T) map[string]function.Function {
	t.Helper()
	p, ok := provider.New("test", nil).(fwprovider.ProviderWithFunctions)
	if !ok {
		t.Fatal("the provider has no functions")
	}
	return byName(p.Functions(t.Context()), func(f function.Function) string {
		var meta function.MetadataResponse
		f.Metadata(t.Context(), function.MetadataRequest{}, &meta)
		return meta.Name
	})
}

// sound reports the mistakes that objects find in their own descriptions.
func sound[T any](t *testing.T, all map[string]T) {
	t.Helper()
	for name, v := range all {
		if c, ok := any(v).(checked); !ok {
			t.Errorf("%s is not built by the engine", name)
		} else if err := c.Check(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

func TestEveryDescriptionIsSound(t *testing.T) {
	t.Parallel()
	sound(t, resources(t))
	sound(t, dataSources(t))
	sound(t, ephemerals(t))
	sound(t, functions(t))
}

func TestSchemaOfTheProviderIsValid(t *testing.T) {
	t.Parallel()
	var resp fwprovider.SchemaResponse
	p := provider.New("test", nil)
	p.Schema(t.Context(), fwprovider.SchemaRequest{}, &resp)
	if d := resp.Schema.ValidateImplementation(t.Context()); d.HasError() {
		t.Error(d)
	}
	for name, r := range resources(t) {
		var resp resource.SchemaResponse
		r.Schema(t.Context(), resource.SchemaRequest{}, &resp)
		if d := resp.Schema.ValidateImplementation(t.Context()); d.HasError() {
			t.Errorf("%s: %v", name, d)
		}
	}
	for name, ds := range dataSources(t) {
		var resp datasource.SchemaResponse
		ds.Schema(t.Context(), datasource.SchemaRequest{}, &resp)
		if resp.Diagnostics.HasError() {
			t.Errorf("%s: %v", name, resp.Diagnostics)
		}
		if d := resp.Schema.ValidateImplementation(t.Context()); d.HasError() {
			t.Errorf("%s: %v", name, d)
		}
	}
}

// example reads a file of the examples; every object must have it.
func example(t *testing.T, parts ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(append([]string{root, "examples"}, parts...)...))
	if err != nil {
		t.Error(err)
	}
	return string(text)
}

// exampleTenant is the tenant whose ID stands in the examples, so that each test can use its own in its place.
const exampleTenant = "00000000-0000-4000-8000-00000000aaaa"

// landscape is where the examples work: the landscape of Contoso, and two environment variables that a managed solution
// brought into its environment.
func landscape() map[string][]mock.Doc {
	all := mock.Landscape()
	row := func(table string, row mock.Doc) mock.Doc {
		return mock.Doc{"environment": mock.LandscapeEnvironmentID, "table": table, "row": row}
	}
	const secret = "eeeeeeee-0000-4000-8000-00000000e002"
	all["dataverse_rows"] = []mock.Doc{
		row("environmentvariabledefinition", mock.Doc{"schemaname": "contoso_SharedApiHost", "displayname": "Shared API host", "type": 100000000, "ismanaged": true}),
		row("environmentvariabledefinition", mock.Doc{
			"environmentvariabledefinitionid": secret, "schemaname": "contoso_SharedApiSecret", "displayname": "Shared API secret", "type": 100000005, "ismanaged": true,
		}),
		row("environmentvariablevalue", mock.Doc{"environmentvariabledefinitionid": secret, "value": mock.LandscapeKeyVaultID + "/secrets/case-api-client-secret-test"}),
	}
	return all
}

func configOf(w *acctest.World, text string) string {
	return strings.ReplaceAll(text, exampleTenant, w.ID)
}

// address finds the first resource of a configuration.
var address = regexp.MustCompile(`(?m)^resource "([a-z_]+)" "([a-z_]+)"`)

func TestEveryResourceExample(t *testing.T) {
	t.Parallel()
	for name := range resources(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, file := range []string{"import.sh", "import-by-identity.tf"} {
				if !strings.Contains(example(t, "resources", name, file), name) {
					t.Errorf("%s does not import %s", file, name)
				}
			}
			w := acctest.New(t, mock.TenantSeed{Items: landscape()})
			text := configOf(w, example(t, "resources", name, "resource.tf"))
			found := address.FindStringSubmatch(text)
			if found == nil || found[1] != name {
				t.Fatalf("the example of %s does not begin with one", name)
			}
			at := found[1] + "." + found[2]
			w.RunCLI( // once for each object: its life, and the command that imports it
				rtest.TestStep{Config: text},
				rtest.TestStep{
					ResourceName: at, ImportState: true, ImportStateVerify: true, ImportStateIdFunc: acctest.ImportID(at, keys(t, name)...),
					ImportStateVerifyIdentifierAttribute: identifier(t, name),
				},
			)
			w.Run(
				rtest.TestStep{Config: text},
				rtest.TestStep{ResourceName: at, ImportState: true, ImportStateId: "no such/thing/at all", ExpectError: regexp.MustCompile(`Invalid import ID`)},
			)
		})
	}
}

// keys are the attributes of the identity, in the order of the import ID.
func keys(t *testing.T, name string) []string {
	t.Helper()
	k, ok := resources(t)[name].(interface{ KeyAttributes() []string })
	if !ok {
		t.Fatalf("%s has no key", name)
	}
	return k.KeyAttributes()
}

// identifier is an attribute that tells the objects of an example apart: the ID where there is one.
func identifier(t *testing.T, name string) string {
	t.Helper()
	var resp resource.SchemaResponse
	resources(t)[name].Schema(t.Context(), resource.SchemaRequest{}, &resp)
	if _, has := resp.Schema.Attributes["id"]; has {
		return "id"
	}
	return keys(t, name)[0]
}

// TestEveryResourceImportsIntoAnEmptyPlan lets Terraform forget the object of the example and imports it again under
// another name: nothing may change, and the imported object is destroyed at the end.
func TestEveryResourceImportsIntoAnEmptyPlan(t *testing.T) {
	t.Parallel()
	for name := range resources(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t, mock.TenantSeed{Items: landscape()})
			text := configOf(w, example(t, "resources", name, "resource.tf"))
			found := address.FindStringSubmatch(text)
			if found == nil {
				t.Fatal("no resource in the example")
			}
			at, again := name+"."+found[2], name+".again"
			var id later
			renamed := strings.Replace(text, found[0], `resource "`+name+`" "again"`, 1) + `
variable "id" { type = string }
removed {
  from = ` + at + `
  lifecycle {
    destroy = false
  }
}
import {
  to = ` + again + `
  id = var.id
}
`
			w.Run(
				rtest.TestStep{Config: text, Check: func(s *terraform.State) error {
					imported, err := acctest.ImportID(at, keys(t, name)...)(s)
					id = later(imported)
					return err
				}},
				rtest.TestStep{
					Config: renamed, ConfigVariables: config.Variables{"id": &id},
					ConfigPlanChecks: rtest.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(again, plancheck.ResourceActionNoop)}},
				},
			)
		})
	}
}

// later is a variable whose value a former step finds.
type later string

// MarshalJSON is how Terraform gets the value.
func (l *later) MarshalJSON() ([]byte, error) { return json.Marshal(string(*l)) }

func TestEveryDataSourceExample(t *testing.T) {
	t.Parallel()
	for name := range dataSources(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t, mock.TenantSeed{Items: landscape()})
			text := configOf(w, example(t, "data-sources", name, "data-source.tf"))
			if !strings.Contains(text, `data "`+name+`"`) {
				t.Fatalf("the example of %s does not use it", name)
			}
			w.Run(rtest.TestStep{Config: text})
		})
	}
}

func TestEveryEphemeralResourceExample(t *testing.T) {
	t.Parallel()
	for name := range ephemerals(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t, mock.TenantSeed{Items: landscape()})
			text := configOf(w, example(t, "ephemeral-resources", name, "ephemeral-resource.tf"))
			if !strings.Contains(text, `ephemeral "`+name+`"`) {
				t.Fatalf("the example of %s does not use it", name)
			}
			w.RunCLI(rtest.TestStep{Config: w.Provider() + text})
		})
	}
}

// output finds the outputs of a configuration.
var output = regexp.MustCompile(`(?m)^output "([a-z_]+)"`)

func TestEveryFunctionExample(t *testing.T) {
	t.Parallel()
	for name := range functions(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := example(t, "functions", name, "function.tf")
			if !strings.Contains(text, "provider::powerplatform::"+name+"(") {
				t.Fatalf("the example of %s does not call it", name)
			}
			var checks []statecheck.StateCheck
			for _, found := range output.FindAllStringSubmatch(text, -1) {
				checks = append(checks, statecheck.ExpectKnownOutputValue(found[1], knownvalue.NotNull()))
			}
			if len(checks) == 0 {
				t.Fatalf("the example of %s shows no result", name)
			}
			w := acctest.New(t, mock.TenantSeed{Items: landscape()})
			w.Run(rtest.TestStep{Config: text, ConfigStateChecks: checks})
			if n := w.Count(); n > 0 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

func TestEveryObjectHasAPage(t *testing.T) {
	t.Parallel()
	page := func(folder, name string) {
		if _, err := os.Stat(filepath.Join(root, "docs", folder, strings.TrimPrefix(name, "powerplatform_")+".md")); err != nil {
			t.Errorf("%v; run make generate", err)
		}
	}
	for name := range resources(t) {
		page("resources", name)
	}
	for name := range dataSources(t) {
		page("data-sources", name)
	}
	for name := range ephemerals(t) {
		page("ephemeral-resources", name)
	}
	for name := range functions(t) {
		page("functions", name)
	}
	for name := range listResources(t) {
		page("list-resources", name)
	}
}
