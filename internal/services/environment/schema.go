package environment

import (
	"context"
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
)

const (
	typeDeveloper = "Developer"
	typeDefault   = "Default"

	cycleStandard = "Standard"
	cycleEarly    = "Early"

	gateDataverse  = "dataverse"
	gateBackground = "background_operations"

	policyDelete  = "delete"
	policyAbandon = "abandon"
)

var environmentTypes = []string{typeDeveloper, "Sandbox", "Production", "Trial", typeDefault}

// https://learn.microsoft.com/power-platform/admin/create-environment#create-an-environment-with-a-database
var domainForm = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9-]*$`)

// elsewhere forces a replacement unless the macro region of an environment is not known: some records leave it out, and
// nothing may be destroyed on a guess.
var elsewhere = stringplanmodifier.RequiresReplaceIf(
	func(_ context.Context, req planmodifier.StringRequest, resp *stringplanmodifier.RequiresReplaceIfFuncResponse) {
		resp.RequiresReplace = !req.ConfigValue.IsNull() && !req.StateValue.IsNull()
	}, replaces, replaces)

const replaces = "If configured and known, a change will destroy and recreate the resource."

var environmentSchema = schema.Schema{
	MarkdownDescription: "An [environment](https://learn.microsoft.com/power-platform/admin/environments-overview) is a space to store, manage and share data, apps and flows, with or without a Dataverse database.",
	Attributes: field.Attributes{
		"id": field.Shown.Folded(
			"ID of the environment: a UUID, or for the tenant's default environment `Default-` and the tenant's ID.",
			field.EnvironmentForm()),
		"display_name": field.Name("Name of the environment."),
		"location": field.FixedIfSet.Folded(
			"Location of the environment, such as `unitedstates`; `powerplatform_locations` lists them. "+
				"Exactly one of `location` and `macro_region` is configured: tenants that provision by macro region "+
				"choose the location themselves.", field.NotEmpty()),
		"macro_region": field.With(field.Kept.Folded(
			"[Macro region](https://learn.microsoft.com/power-platform/admin/macro-regions) of the environment, in "+
				"tenants that provision by macro region; `powerplatform_macro_regions` lists them."+field.Replaces,
			field.NotEmpty()), elsewhere),
		"azure_region": field.FixedIfSet.Folded(
			"Azure region of the environment within its location, such as `eastus`. "+
				"The platform chooses one if it is not configured.",
			field.NotEmpty(), stringvalidator.ConflictsWith(pathMacroRegion)),
		"environment_type": field.Required.Text(
			"Type of the environment: `Sandbox`, `Production`, `Trial`, `Developer`, or `Default` for the tenant's "+
				"default environment, which can only be imported.", field.OneOf(environmentTypes...)),
		"description": field.Note("What the environment is for."),
		"cadence": field.Kept.Text(
			"How often updates reach the environment: `Frequent` or `Moderate`. "+
				"The platform's default is `Moderate`.", field.OneOf("Frequent", "Moderate")),
		"release_cycle": field.FixedIfSet.Folded(
			"`Early` for an environment that gets new features first, else `Standard`.",
			field.OneOf(cycleStandard, cycleEarly)),
		"environment_group_id": field.Kept.UUID(
			"ID of the environment group. Not configured leaves the environment in its group; " +
				"`" + customtype.ZeroUUID + "` takes it out. Needs Dataverse."),
		"billing_policy_id": field.Kept.UUID(
			"ID of the pay-as-you-go billing policy. Not configured leaves it as it is; " +
				"`" + customtype.ZeroUUID + "` removes it."),
		"owner_id":          field.FixedIfSet.UUID("Entra object ID of the owner of a `Developer` environment."),
		"allow_bing_search": field.Kept.Bool("Whether generative AI features may use Bing search."),
		"allow_microsoft_365_services": field.Kept.Bool(
			"Whether generative AI features may use Microsoft 365 services."),
		"allow_moving_data_across_regions": field.Kept.Bool(
			"Whether generative AI features may move data to another region. Outside the United States they need it."),
		"allow_flex_routing": field.Kept.Bool(
			"Whether generative AI features may leave the EU Data Boundary at peak load. " +
				"Only in locations inside the boundary."),
		"enterprise_policies": field.Shown.ObjectSet("Enterprise policies that the environment is linked to.", field.Attributes{
			"type":      field.Computed.Text("`NetworkInjection`, `Encryption` or `Identity`."),
			"id":        field.Computed.Text("Azure resource ID of the policy."),
			"location":  field.Computed.Text("Location of the policy."),
			"system_id": field.Computed.Text("System ID of the policy."),
			"status":    field.Computed.Text("Status of the link, such as `Linked`."),
		}),
		"dataverse": dataverseSchema,
		"wait_for": field.Optional.Set(
			"What an apply waits for before the environment counts as ready: `dataverse` (its organisation shows) and "+
				"`background_operations` (they are enabled, which solution imports need). "+
				"The default is `dataverse` where one is configured.",
			setvalidator.ValueStringsAre(field.OneOf(gateDataverse, gateBackground))),
		"deletion_policy": field.TextOr(
			"What a destroy does: `delete` deletes the environment with all of its data, `abandon` only removes it "+
				"from state.", policyDelete, field.OneOf(policyDelete, policyAbandon)),
	},
}

// Inside dataverse no attribute says that it keeps its state: planDatabase sees to that, because null must not be carried
// into a database that is added to an environment.
var dataverseSchema = field.Kept.Object(
	"The Dataverse database of the environment. It can be added to an environment that has none; "+
		"taking it out of the configuration replaces the environment.", field.Attributes{
		"language_code": field.Required.Number(
			"Locale ID of the base language, such as 1033; `powerplatform_languages` lists them." + field.Replaces),
		"currency_code": field.Required.Text(
			"ISO code of the base currency, such as USD; `powerplatform_currencies` lists them." + field.Replaces),
		"domain": field.Filled.Folded(
			"First label of the environment's address. The platform stores it in lower case and makes one up if it "+
				"is not configured.",
			field.Matches(domainForm, "must consist of letters, digits and hyphens and begin with a letter or digit")),
		"security_group_id": field.Filled.UUID(
			"ID of the Entra security group whose members may use the environment; " +
				"`" + customtype.ZeroUUID + "` means everybody. Not allowed for `Developer`."),
		"templates": field.Optional.List(
			"Dynamics 365 applications to create the environment with; " +
				"`powerplatform_environment_templates` lists them. The platform does not tell them afterwards." +
				field.Replaces),
		"template_metadata": field.Optional.JSON(
			"JSON with the packages to deploy after provisioning, of the form " +
				"`{PostProvisioningPackages:[{applicationUniqueName, parameters}]}`." + field.Replaces),
		"administration_mode_enabled": field.Filled.Bool("Whether only administrators may use the environment."),
		"background_operation_enabled": field.Filled.Bool(
			"Whether background operations run. Solution imports need them."),
		"unique_name":     field.Computed.Text("Unique name of the organisation."),
		"url":             field.Computed.Text("Address of the organisation, with a trailing slash."),
		"organization_id": field.Computed.Text("ID of the organisation."),
		"version":         field.Computed.Text("Version of the organisation when it was last read."),
		"linked_app_type": field.Computed.Text(
			"Type of the Dynamics 365 application that the environment belongs to, if any."),
		"linked_app_id":  field.Computed.Text("ID of that application."),
		"linked_app_url": field.Computed.Text("Address of that application."),
	})
