package variable

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
)

// Access is the data source powerplatform_key_vault_secret_access.
func Access() entity.DataSource[access] {
	return entity.DataSource[access]{
		Name: "key_vault_secret_access", Schema: accessSchema, Args: []string{"environment_id", "secret_id"}, Read: inspect,
	}
}

var accessSchema = schema.Schema{
	MarkdownDescription: "Whether environment variables can refer to a secret in Azure Key Vault: everything that the platform checks when such a variable is saved, " +
		"[as documented](" + secretsGuide + "), and whether it gets to the vault at all. It never reads the secret. It fits `check` blocks, with `ready` as condition and `remedy` as message.",
	Attributes: field.Attributes{
		"environment_id": field.EnvironmentID(" whose variables are to refer to the secret"),
		"secret_id": field.Required.Folded(
			"Azure resource ID of the secret, without a version.", field.ResourceID(secretType)),
		"ready": field.Shown.Bool(
			"Whether nothing was found that stands in the way. What the identity of the provider may not look at " +
				"is not held against it: see `checks`."),
		"remedy": field.Shown.Text(
			"What is wrong and how to put it right, a line for each failed check; empty if `ready`."),
		"checks": field.Shown.Objects(
			"What was looked at, in the order in which it is put right: "+
				"resource provider, key vault, secret, role of the caller, role of Dataverse, network.", field.Attributes{
				"name": field.Shown.Text("What was looked at."),
				"status": field.Shown.Text(
					"`passed`, `failed`, or `unknown` where the identity of the provider may not look."),
				"detail": field.Shown.Text("What was found."),
				"remedy": field.Shown.Text("How to put it right; empty for a check that passed."),
			}),
	},
}

type access struct {
	EnvironmentID customtype.Folded `tfsdk:"environment_id"`
	SecretID      customtype.Folded `tfsdk:"secret_id"`
	Ready         types.Bool        `tfsdk:"ready"`
	Remedy        types.String      `tfsdk:"remedy"`
	Checks        report            `tfsdk:"checks"`
}

func inspect(ctx context.Context, c *api.Client, m *access) error {
	ref, _ := parseReference(m.SecretID.ValueString()) // the schema has checked it
	found := preflight(ctx, c, m.EnvironmentID.ValueString(), ref)
	if err := ctx.Err(); err != nil {
		return err
	}
	m.Checks, m.Ready, m.Remedy = found, types.BoolValue(len(found.failures()) == 0), types.StringValue(found.remedy())
	return nil
}
