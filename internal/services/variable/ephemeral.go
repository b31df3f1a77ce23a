package variable

import (
	"context"
	"errors"
	"fmt"

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

// Secret is the ephemeral resource powerplatform_environment_variable_secret.
func Secret() entity.Ephemeral[opened] {
	return entity.Ephemeral[opened]{Name: "environment_variable_secret", Schema: openedSchema, Open: open}
}

var openedSchema = schema.Schema{
	MarkdownDescription: "The secret behind an [environment variable of type Secret](" + secretsGuide + "), as the platform hands it to flows and connectors: the newest version in Azure Key Vault. " +
		"It is ephemeral: it can be used in other ephemeral places, such as the configuration of a provider or a write-only argument, and is in no state, plan or log. " +
		"The identity of the provider and Dataverse both need the role Key Vault Secrets User.",
	Attributes: field.Attributes{
		"environment_id": field.EnvironmentID(),
		"schema_name": field.Required.Text(
			"Name of the variable with the prefix of its publisher, such as `contoso_ApiSecret`.", schemaName),
		"value": field.Sensitive(field.Computed.Text("The secret.")),
	},
}

type opened struct {
	EnvironmentID customtype.Folded `tfsdk:"environment_id"`
	SchemaName    types.String      `tfsdk:"schema_name"`
	Value         types.String      `tfsdk:"value"`
}

// open asks the platform for the secret, and if it refuses finds out why.
func open(ctx context.Context, c *api.Client, m *opened) error {
	org, err := row.Org(ctx, c, m.EnvironmentID.ValueString())
	if err != nil {
		return err
	}
	answer, err := dataverse.Action[struct {
		Value string `json:"EnvironmentVariableSecretValue"`
	}](ctx, c.Dataverse, org, "RetrieveEnvironmentVariableSecretValue", map[string]string{"EnvironmentVariableName": m.SchemaName.ValueString()})
	switch {
	case err == nil:
		m.Value = types.StringValue(answer.Value)
		return nil
	case rest.IsNotFound(err):
		return entity.At(atSchemaName, fmt.Errorf("environment %s has no variable %q: %w", m.EnvironmentID.ValueString(), m.SchemaName.ValueString(), err))
	case !refusedSecret(err):
		return err
	}
	d, problem := find(ctx, c, org, m.SchemaName.ValueString())
	if problem != nil {
		return errors.Join(err, problem)
	}
	ref, ok := parseReference(d.effective())
	if !ok {
		return err
	}
	return explain(ref, preflight(ctx, c, m.EnvironmentID.ValueString(), ref), err)
}
