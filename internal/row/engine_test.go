package row_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest/core"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
)

// toy is a provider with teams.
type toy struct{ w *world }

func (toy) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "powerplatform"
}

func (toy) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{}
}

func (p toy) Configure(_ context.Context, _ provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	resp.ResourceData = entity.Connect(p.w.Client)
	resp.DataSourceData = resp.ResourceData
}

func (toy) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{teams.Resource().New}
}

func (toy) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{
		teams.Resource().One("A team.").New, teams.List("teams", "The teams of an environment.").New,
	}
}

// run applies a configuration, or destroys what there is.
func run(t *testing.T, tf *core.Terraform, text string, o core.Options) error {
	t.Helper()
	p, err := tf.Plan(t.Context(), text, o)
	if err == nil {
		err = tf.Apply(t.Context(), p)
	}
	return err
}

// changes are the actions of a plan.
func changes(t *testing.T, tf *core.Terraform, text string) string {
	t.Helper()
	p, err := tf.Plan(t.Context(), text, core.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, c := range tf.JSON(p).ResourceChanges {
		out = append(out, fmt.Sprint(c.Change.Actions))
	}
	return strings.Join(out, " ")
}

func TestATableIsAResource(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if c, ok := teams.Resource().New().(interface{ Check(context.Context) error }); !ok {
		t.Error("nothing checks a resource")
	} else if err := c.Check(t.Context()); err != nil {
		t.Error(err)
	}
	unit, role := w.first("businessunits"), w.first("roles")
	team := func(more string) string {
		return fmt.Sprintf(`resource "powerplatform_team" "it" {
  environment_id   = %q
  business_unit_id = %q
  name             = "Ops"
%s}
`, env, unit, more)
	}
	roles := fmt.Sprintf("  role_ids = [%q]\n", role)
	tf := &core.Terraform{ProviderName: "powerplatform", Provider: func() (tfprotov6.ProviderServer, error) {
		return providerserver.NewProtocol6WithError(toy{w})()
	}}
	w.mock.Fault(mock.Fault{Operation: "dataverse.teams.associate", Status: 400})
	w.must(run(t, tf, team(roles), core.Options{}))
	if warned := tf.Warned.Error(); !strings.Contains(warned, "but a later step failed") {
		t.Errorf("an association that fails taints the team, or nobody is warned: %s", warned)
	}
	same(t, changes(t, tf, team(roles)), "[update]")
	w.must(run(t, tf, team(roles), core.Options{}))
	same(t, changes(t, tf, team(roles)), "[no-op]")
	w.must(run(t, tf, team(roles+"  note = \"N\"\n"), core.Options{}))

	listed := fmt.Sprintf(`data "powerplatform_teams" "all" { environment_id = %q }
data "powerplatform_team" "one" {
  environment_id = data.powerplatform_teams.all.environment_id
  name           = "Ops"
}
output "roles" { value = data.powerplatform_team.one.role_ids }
output "names" {
  value = [for one in data.powerplatform_teams.all.teams : "${one.name} ${one.note} ${length(one.role_ids)}"]
}
`, env)
	w.must(run(t, tf, team(roles+"  note = \"N\"\n")+listed, core.Options{}))
	same(t, tf.State().Values.Outputs["names"].Value, "[Ops N 1]")
	same(t, tf.State().Values.Outputs["roles"].Value, "["+role+"]")

	id := tf.State().Values.RootModule.Resources[2].AttributeValues["id"]
	imported := &core.Terraform{ProviderName: "powerplatform", Provider: tf.Provider}
	w.must(imported.Import(t.Context(), team(roles), "powerplatform_team.it", fmt.Sprint(env, "/", id), nil))
	same(t, changes(t, imported, team(roles+"  note = \"N\"\n")), "[no-op]")

	w.must(run(t, imported, team(""), core.Options{Destroy: true}))
	same(t, changes(t, tf, team(roles)), "[create]")
}
