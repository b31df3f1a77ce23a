package variable

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/openapi"
)

const secretsGuide = "https://learn.microsoft.com/power-apps/maker/data-platform/environmentvariables-azure-key-vault-secrets" //nolint:gosec // an address

var variableSchema = schema.Schema{
	MarkdownDescription: "An [environment variable](https://learn.microsoft.com/power-apps/maker/data-platform/environmentvariables): its definition and its value in one environment. " +
		"Where a solution brings the definition, `powerplatform_environment_variable_value` sets the value alone.\n\n" +
		"A variable of type `Secret` holds a reference to a secret in Azure Key Vault, never the secret: neither configuration, plan nor state has it, and a secret that is rotated in the vault is no change here. " +
		"When the variable is saved the platform checks, with the identity of the provider and with its own (Dataverse), that the secret can be read; " +
		"[both need the role Key Vault Secrets User](" + secretsGuide + "). If it refuses, the provider finds out which of the causes it is and says how to put it right, and what it may not look at. " +
		"Roles take minutes to have an effect, so a refusal that only they can explain is waited out for up to ten minutes within the time allowed; let the variable depend on the assignment of the role (`depends_on`). " +
		"See also the data source `powerplatform_key_vault_secret_access`.\n\n" +
		"The definition is made first, then its value. If the value is refused, the definition stays in state with a warning and the next apply sets the value. " +
		"A definition of the same name and type that the same identity made and that has no value is what an interrupted run left behind, and is taken over; any other is to be imported.",
	Attributes: field.Attributes{
		"environment_id": field.EnvironmentID(field.WithDataverse),
		"schema_name": field.Fixed.Folded(
			"Name of the variable with the prefix of a publisher, such as `contoso_ApiHost`; "+
				"up to 100 characters.", schemaName),
		"display_name": field.Required.Text("Name that makers see; up to 100 characters.", field.Length(1, 100)),
		"description": field.Optional.Text(
			"Description that makers see; up to 2000 characters.", field.Length(1, 2000)),
		"type": field.With(field.TextOr(
			"Type of the value: `"+strings.Join(kinds, "`, `")+"`."+field.Replaces, kindString, field.OneOf(kinds...)),
			stringplanmodifier.RequiresReplace()),
		"default_value": field.Optional.Text(
			"Value where the environment has none of its own; it travels with a solution. As `value`."),
		"value": field.Optional.Text(
			"Value in this environment, for every type but `Secret`; up to 2000 characters. " +
				"Numbers are digits with a dot before decimals; Booleans are `yes` or `no` (`true` and `false` mean the " +
				"same); JSON is compared by meaning. The platform stores it in the clear: secrets belong into a vault. " +
				"Without it the variable has no value of its own, and one that it has is removed."),
		"key_vault_secret": field.Optional.Object(
			"Secret in Azure Key Vault whose newest version is the value in this environment, for the type "+
				"`Secret`. The vault must be in the tenant of the environment. "+
				"Name it by `secret_id` or by the other four; the rest is computed.", secretAttributes),
		"default_key_vault_secret": field.Optional.Object(
			"Secret where the environment has none of its own, as `key_vault_secret`.", secretAttributes),
		"solution_unique_name": field.Optional.Text(
			"Unique name of the unmanaged solution that holds the definition. Changing it moves the definition; "+
				"without it the definition stays where it is. It is not read back.", field.Length(1, 65)),
		"id":       field.ID("ID of the definition."),
		"value_id": field.Computed.UUID("ID of the value of its own; null if there is none."),
		"reference": field.Computed.Text(
			"Text by which a custom connector refers to the variable: `@environmentVariables(\"schema_name\")`."),
		"revision": field.Computed.Text(
			"Fingerprint of what the variable refers to and evaluates to. " +
				"It changes whenever the value that applies, or the reference to a secret, does. " +
				"Custom connectors take variables in when they are saved, so it belongs into their `save_triggers`. " +
				"A new version of a secret in the vault does not change it."),
	},
}

var secretAttributes = field.Attributes{
	"secret_id": field.Filled.Folded(
		"Azure resource ID of the secret, without a version: "+
			"`/subscriptions/…/resourceGroups/…/providers/Microsoft.KeyVault/vaults/…/secrets/…`, as in "+
			"`azurerm_key_vault_secret.resource_versionless_id`. "+
			"It is not the address that begins with https.", field.ResourceID(secretType)),
	"subscription_id": field.Filled.UUID("Azure subscription of the vault."),
	"resource_group_name": field.Filled.Folded(
		"Resource group of the vault.", field.Matches(groupName, "must be the name of a resource group")),
	"key_vault_name": field.Filled.Folded(
		"Name of the vault.", field.Matches(vaultName, "must be the name of a key vault")),
	"secret_name": field.Filled.Folded(
		"Name of the secret in the vault.",
		field.Matches(secretName, "must be the name of a secret: letters, digits and dashes")),
}

// schemaName refuses what cannot be the schema name of a variable, and doubts what is none as makers know it.
var schemaName = field.Check("must be the schema name of an environment variable, such as contoso_ApiHost",
	func(name string) error {
		err := openapi.CheckSchemaName(name)
		if doubt := openapi.SchemaNameWarning(name); err == nil && doubt != "" {
			return field.Doubt(doubt)
		}
		return err
	})
