package variable

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/dataverse"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/row"
)

// Value is powerplatform_environment_variable_value.
func Value() entity.Resource[given] {
	return entity.Resource[given]{
		Name: "environment_variable_value", Key: []string{"environment_id", "schema_name"}, Schema: givenSchema,
		All: allGiven, Called: "schema_name",
		Plan: planGiven, Create: give, Read: readGiven, Update: change, Delete: takeAway,
		Parent: func(ctx context.Context, c *api.Client, m *given) error {
			return row.Absent(ctx, c, m.EnvironmentID.ValueString(), "a second look shows the value under its ID",
				row.ByID(ctx, c, values, m.ValueID.ValueString()))
		},
	}
}

var givenSchema = schema.Schema{
	MarkdownDescription: "The value of an [environment variable](https://learn.microsoft.com/power-apps/maker/data-platform/environmentvariables) in one environment, where a solution brings the definition. " +
		"A destroy removes the value, so that the default of the definition applies again. `powerplatform_environment_variable` manages definition and value together.\n\n" +
		"The value of a variable of type `Secret` is the Azure resource ID of a secret in Azure Key Vault, never the secret. If the platform refuses it, the provider finds out why, as for `powerplatform_environment_variable`.",
	Attributes: field.Attributes{
		"environment_id": field.EnvironmentID(field.WithDataverse),
		"schema_name": field.Fixed.Folded(
			"Name of the variable with the prefix of its publisher; up to 100 characters.", schemaName),
		"value": field.Sensitive(field.Required.Text(
			"Value as the type of the variable wants it, up to 2000 characters: digits with a dot before decimals for a "+
				"number, `yes` or `no` (or `true` or `false`) for a Boolean, JSON, or for a secret "+
				"`/subscriptions/…/resourceGroups/…/providers/Microsoft.KeyVault/vaults/…/secrets/…`. "+
				"What means the same is no change.", field.Length(1, maxValue))),
		"id":                                 field.Shown.Folded("`environment_id/schema_name`."),
		"environment_variable_definition_id": field.Shown.UUID("ID of the definition."),
		"environment_variable_value_id":      field.Shown.UUID("ID of the value."),
		"display_name":                       field.Shown.Text("Name of the variable that makers see."),
		"description":                        field.Shown.Text("Description of the variable."),
		"type": field.Shown.Text(
			"Type of the value, as `type` of `powerplatform_environment_variable`."),
		"value_schema": field.Shown.Text("Schema of the value, if the definition has one."),
		"secret_store": field.Shown.Text(
			"Where secrets are kept: `Azure Key Vault` or `Microsoft Dataverse`. " +
				"The platform says the former of other types too."),
	},
}

type given struct {
	ID            customtype.Folded `tfsdk:"id"`
	EnvironmentID customtype.Folded `tfsdk:"environment_id"`
	SchemaName    customtype.Folded `tfsdk:"schema_name"`
	Value         types.String      `tfsdk:"value"`
	DefinitionID  customtype.UUID   `tfsdk:"environment_variable_definition_id"`
	ValueID       customtype.UUID   `tfsdk:"environment_variable_value_id"`
	DisplayName   types.String      `tfsdk:"display_name"`
	Description   types.String      `tfsdk:"description"`
	Type          types.String      `tfsdk:"type"`
	ValueSchema   types.String      `tfsdk:"value_schema"`
	SecretStore   types.String      `tfsdk:"secret_store"`
}

// secretStores are the places of secrets by their values on the wire.
var secretStores = map[int]string{0: "Azure Key Vault", 1: "Microsoft Dataverse"}

// planGiven checks a new value, and keeps the text in state where it means the same. It knows the type from state.
func planGiven(_ context.Context, _ *api.Client, change *entity.Change[given]) error {
	m, prior := change.Plan, change.Prior
	if prior == nil || m.Value.IsUnknown() || prior.Type.ValueString() == "" || !strings.EqualFold(m.importID(), prior.importID()) {
		return nil
	}
	keepMeaning(prior.Type.ValueString(), &m.Value, prior.Value)
	_, err := checked(prior.Type.ValueString(), m.Value.ValueString())
	return err
}

// checked is the text that the platform keeps for a value of a type.
func checked(kind, value string) (string, error) {
	if ref, ok := parseReference(value); kind == kindSecret && ok {
		return ref.String(), nil
	}
	if kind == kindSecret {
		return "", entity.At(atValue, errors.New("the variable is of type Secret, whose value is the Azure resource ID of a secret without a version: "+
			"/subscriptions/…/resourceGroups/…/providers/Microsoft.KeyVault/vaults/…/secrets/…. The secret itself never belongs here"))
	}
	text, err := stored(kind, value)
	if err != nil {
		return "", entity.At(atValue, err)
	}
	return text, nil
}

func (m *given) importID() string {
	return m.EnvironmentID.ValueString() + "/" + m.SchemaName.ValueString()
}

func give(ctx context.Context, c *api.Client, m *given) error {
	org, err := row.Org(ctx, c, m.EnvironmentID.ValueString())
	if err != nil {
		return entity.Refused(err)
	}
	d, err := find(ctx, c, org, m.SchemaName.ValueString())
	if errors.Is(err, entity.ErrNotFound) {
		err = entity.At(atSchemaName, fmt.Errorf("environment %s has no definition of a variable %q. A solution brings it, on which this resource then depends; powerplatform_environment_variable makes one",
			m.EnvironmentID.ValueString(), m.SchemaName.ValueString()))
	}
	if err != nil {
		return entity.Refused(err)
	}
	text, err := checked(kindOf(d.Type), m.Value.ValueString())
	if err != nil {
		return entity.Refused(err)
	}
	if _, row := d.value(); row != "" {
		return entity.Refused(entity.Exists("environment_variable_value", m.importID(), nil))
	}
	return m.set(ctx, c, org, d, text, "")
}

// set saves a value, with the care that a secret needs.
func (m *given) set(ctx context.Context, c *api.Client, org dataverse.Org, d definition, text, row string) error {
	one := &model{EnvironmentID: m.EnvironmentID, Type: types.StringValue(kindOf(d.Type))}
	return one.save(ctx, c, text, atValue, atValue, func() error { return setValue(ctx, c, org, d.ID, row, text) })
}

func readGiven(ctx context.Context, c *api.Client, m *given) error {
	org, err := row.Org(ctx, c, m.EnvironmentID.ValueString())
	if err != nil {
		return err
	}
	d, err := find(ctx, c, org, m.SchemaName.ValueString())
	if err != nil {
		return err
	}
	if !m.flatten(d) {
		return entity.ErrNotFound
	}
	return nil
}

// allGiven yields the values of the environment of m.
func allGiven(ctx context.Context, c *api.Client, m *given) iter.Seq2[given, error] {
	return func(yield func(given, error) bool) {
		for d, err := range all(ctx, c, m.EnvironmentID.ValueString(), "") {
			one := given{EnvironmentID: m.EnvironmentID}
			if has := err == nil && one.flatten(d); (err != nil || has) && !yield(one, err) {
				return
			}
		}
	}
}

// flatten fills the model and reports whether there is a value.
func (m *given) flatten(d definition) bool {
	value, row := d.value()
	if row == "" {
		return false
	}
	if m.DefinitionID.ValueString() == "" {
		m.SchemaName = customtype.FoldedValue(d.SchemaName)
	}
	m.ID, m.DefinitionID, m.ValueID = customtype.FoldedValue(m.importID()), customtype.UUIDValue(d.ID), customtype.UUIDValue(row)
	m.DisplayName, m.Description, m.ValueSchema = field.OrNull(d.DisplayName), field.OrNull(d.Description), field.OrNull(d.ValueSchema)
	m.Type, m.SecretStore = types.StringValue(kindOf(d.Type)), types.StringValue(secretStores[d.SecretStore])
	m.Value = show(kindOf(d.Type), m.Value, value)
	return true
}

func change(ctx context.Context, c *api.Client, m, prior *given) error {
	org, err := row.Org(ctx, c, m.EnvironmentID.ValueString())
	if err != nil {
		return err
	}
	text, err := checked(prior.Type.ValueString(), m.Value.ValueString())
	if err != nil {
		return err
	}
	d := definition{ID: prior.DefinitionID.ValueString(), Type: codeOf(prior.Type.ValueString())}
	return m.set(ctx, c, org, d, text, prior.ValueID.ValueString())
}

func takeAway(ctx context.Context, c *api.Client, m *given) error {
	org, err := row.Org(ctx, c, m.EnvironmentID.ValueString())
	if err != nil {
		return err
	}
	return removeValue(ctx, c, org, m.ValueID.ValueString())
}
