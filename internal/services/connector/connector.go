package connector

import (
	"context"
	"errors"
	"reflect"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/dataverse"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/row"
)

// Custom is powerplatform_custom_connector, a solution-aware connector: a row in Dataverse, which the platform brings to the
// API hub.
func Custom() entity.Resource[custom] {
	return entity.Resource[custom]{
		Name: "custom_connector", Key: []string{"environment_id", "connector_id"}, Schema: customSchema,
		All: allCustom, Fill: readCustom, Called: "display_name",
		Create: createCustom, Read: readCustom, Update: updateCustom, Delete: deleteCustom, Parent: parentOfCustom,
		Ready: customLacks, Plan: planCustom, Validate: func(m *custom) error { return m.validate(true) },
		Errors: refusals,
	}
}

// refusals are what is known of errors: that of a definition which the API hub does not take.
var refusals = []entity.Diagnosis{{Codes: []string{"0x80044331"}, At: atDefinition}}

type custom struct {
	ID                customtype.Folded `tfsdk:"id"`
	EnvironmentID     customtype.Folded `tfsdk:"environment_id"`
	ConnectorID       customtype.UUID   `tfsdk:"connector_id"`
	InternalID        types.String      `tfsdk:"internal_id"`
	Name              types.String      `tfsdk:"name"`
	SolutionName      types.String      `tfsdk:"solution_unique_name"`
	SaveTriggers      types.Map         `tfsdk:"save_triggers"`
	RedirectURL       types.String      `tfsdk:"redirect_url"`
	PrimaryRuntimeURL types.String      `tfsdk:"primary_runtime_url"`
	content
}

var (
	rowName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_ -]*$`)
	atName  = path.Root("name")
)

var customSchema = schema.Schema{
	MarkdownDescription: "A [solution-aware custom connector](https://learn.microsoft.com/connectors/custom-connectors/customconnectorssolutions): a private API as makers see it, and how it is signed in to. " +
		"The connector is a row in Dataverse, which the platform brings to the API hub. Applying waits until it is there; for environments without Dataverse there is `powerplatform_classic_custom_connector`.\n\n" +
		"Client ID and client secret can be references to environment variables, so that the secret itself stays in Azure Key Vault. The platform puts the values in their place when the connector is saved: " +
		"name what they depend on in `save_triggers`, and the connector is saved again in the same apply in which it changes. A client secret that is given as such does not go to Dataverse, which keeps none, but to the API hub.\n\n" +
		"Destroying a connector destroys all its connections. After an import everything is known but secrets: `client_secret_version` shows as a change, which sends the secret.",
	Attributes: contentAttributes(true, field.Attributes{
		"connector_id": field.Shown.UUID("ID of the connector in Dataverse."),
		"name": field.Fixed.Text(
			"Name of the connector in the environment, beginning with the prefix of a publisher: `contoso_caseapi`. "+
				"Letters, digits, `_` and `-`.", field.Length(1, 100),
			field.Matches(rowName, "must begin with a letter or digit and have letters, digits, underscores and hyphens only")),
		"display_name": field.Required.Text("Name that makers see, up to 200 characters.", field.Length(1, 200)),
		"solution_unique_name": field.Kept.Text(
			"Unique name of an unmanaged solution to which the connector belongs. "+
				"Changing it adds the connector to another one and takes it out of none. "+
				"Default: only the default solution.", field.NotEmpty()),
		"save_triggers": field.Kept.Map(
			"Any values, such as `revision` of the `powerplatform_environment_variable`s that the connector refers " +
				"to. When one of them changes, the connector is saved again, in the same apply. " +
				"After an import they count as unchanged unless the platform shows that a variable has changed since the " +
				"connector was saved."),
	}),
}

func (m *custom) environment() string { return m.EnvironmentID.ValueString() }
func (m *custom) row() string         { return m.ConnectorID.ValueString() }

// escape writes a name as the platform has it in its rows, observed in the sample at
// https://learn.microsoft.com/connectors/custom-connectors/solution-custom-api.
func escape(name string) string {
	return strings.NewReplacer("_", "_5F", "-", "-2D", " ", "-20").Replace(name)
}

var escaped = regexp.MustCompile(`(?i)_5F|-2D|-20`)

// unescape is the reverse; what is no escape that is known stays.
func unescape(name string) string {
	return escaped.ReplaceAllStringFunc(name, func(code string) string {
		return map[string]string{"5F": "_", "2D": "-", "20": " "}[strings.ToUpper(code[1:])]
	})
}

// organisation finds where the rows of an environment are, and blames the argument if there is no such place.
func organisation(ctx context.Context, c *api.Client, environmentID string) (dataverse.Org, error) {
	o, err := row.Org(ctx, c, environmentID)
	if none, is := errors.AsType[*api.NoDataverseError](err); is {
		return o, entityAt(row.Environment,
			"%w. Without Dataverse, powerplatform_classic_custom_connector makes a connector that no solution holds", none)
	}
	return o, err
}

// planCustom completes the plan. A connector that the API hub has lost is saved again.
func planCustom(ctx context.Context, c *api.Client, change *entity.Change[custom]) error {
	m, prior := change.Plan, change.Prior
	if prior == nil {
		m.plan(ctx, &change.Config.content, nil, true)
		return nil
	}
	m.plan(ctx, &change.Config.content, &prior.content, true)
	if (len(m.clients()) > 0) != (len(prior.clients()) > 0) {
		m.RedirectURL = types.StringUnknown()
	}
	if prior.InternalID.IsNull() || prior.PrimaryRuntimeURL.IsNull() {
		m.InternalID, m.PrimaryRuntimeURL, m.RedirectURL = types.StringUnknown(), types.StringUnknown(), types.StringUnknown()
	}
	return m.planTriggers(ctx, c, change)
}

// planTriggers lets triggers that an import could not know count as unchanged, as long as no variable that the connector
// refers to was changed after it was saved.
func (m *custom) planTriggers(ctx context.Context, c *api.Client, change *entity.Change[custom]) error {
	prior, config := change.Prior, change.Config.SaveTriggers
	if prior.SaveTriggers.IsNull() || len(prior.SaveTriggers.Elements()) > 0 || config.IsNull() || !settled(config) || len(config.Elements()) == 0 {
		return nil
	}
	planned := m.SaveTriggers
	if m.SaveTriggers = prior.SaveTriggers; !reflect.DeepEqual(m, prior) {
		m.SaveTriggers = planned // something else is saved, and they with it
		return nil
	}
	stale, err := m.stale(ctx, c)
	if err != nil || stale {
		m.SaveTriggers = planned
	}
	if rest.IsNotFound(err) {
		return nil
	}
	return err
}

// settled reports whether all of a map is known.
func settled(m types.Map) bool {
	if m.IsUnknown() {
		return false
	}
	for _, v := range m.Elements() {
		if v.IsUnknown() {
			return false
		}
	}
	return true
}

// customLacks is what a connector still lacks before it can be used.
func customLacks(m *custom) string {
	switch {
	case !field.Given(m.InternalID):
		return "the API hub has not taken it over yet, so that it has no internal_id. If that lasts, another connector of the environment may sign in on behalf of its users for the same resource, which the platform does not say"
	case !field.Given(m.PrimaryRuntimeURL):
		return "the API hub does not show " + m.InternalID.ValueString() + " yet"
	}
	return ""
}

// parentOfCustom takes a second look after a 404: the environment must show, or be gone for sure, and the connector must
// not be found by a query.
func parentOfCustom(ctx context.Context, c *api.Client, m *custom) error {
	return gone(ctx, c, m.environment(), m.row())
}

func gone(ctx context.Context, c *api.Client, environment, id string) error {
	return row.Absent(ctx, c, environment, "a query still finds the connector", row.ByQuery(ctx, c, connectors, id))
}
