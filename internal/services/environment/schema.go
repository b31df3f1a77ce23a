package environment

import (
	"context"
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-jsontypes/jsontypes"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/boolplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/objectplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/setplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
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

func keep() []planmodifier.String {
	return []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
}

// fixed is the set of modifiers of an argument that can only be chosen when the environment is created.
func fixed() []planmodifier.String {
	return []planmodifier.String{stringplanmodifier.UseStateForUnknown(), customtype.KeepCase(), stringplanmodifier.RequiresReplaceIfConfigured()}
}

// elsewhere forces a replacement unless the macro region of an environment is not known: some records leave it out, and
// nothing may be destroyed on a guess.
var elsewhere = stringplanmodifier.RequiresReplaceIf(
	func(_ context.Context, req planmodifier.StringRequest, resp *stringplanmodifier.RequiresReplaceIfFuncResponse) {
		resp.RequiresReplace = !req.ConfigValue.IsNull() && !req.StateValue.IsNull()
	}, replaces, replaces)

const replaces = "If configured and known, a change will destroy and recreate the resource."

func flag(description string) schema.BoolAttribute {
	return schema.BoolAttribute{
		MarkdownDescription: description, Optional: true, Computed: true,
		PlanModifiers: []planmodifier.Bool{boolplanmodifier.UseStateForUnknown()},
	}
}

var environmentSchema = schema.Schema{
	MarkdownDescription: "An [environment](https://learn.microsoft.com/power-platform/admin/environments-overview) is a space to store, manage and share data, apps and flows, with or without a Dataverse database.",
	Attributes: map[string]schema.Attribute{
		"id": schema.StringAttribute{
			MarkdownDescription: "ID of the environment: a UUID, or for the tenant's default environment `Default-` and the tenant's ID.",
			CustomType:          customtype.FoldedType{}, Computed: true, PlanModifiers: keep(),
			Validators: []validator.String{customtype.EnvironmentID()},
		},
		"display_name": schema.StringAttribute{
			MarkdownDescription: "Name of the environment.", Required: true,
			Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
		},
		"location": schema.StringAttribute{
			MarkdownDescription: "Location of the environment, such as `unitedstates`; `powerplatform_locations` lists them. Exactly one of `location` and `macro_region` is configured: tenants that provision by macro region choose the location themselves. A change replaces the environment.",
			Optional:            true, Computed: true, PlanModifiers: fixed(),
			Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
		},
		"macro_region": schema.StringAttribute{
			MarkdownDescription: "[Macro region](https://learn.microsoft.com/power-platform/admin/macro-regions) of the environment, in tenants that provision by macro region; `powerplatform_macro_regions` lists them. A change replaces the environment.",
			Optional:            true, Computed: true, PlanModifiers: append(keep(), customtype.KeepCase(), elsewhere),
			Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
		},
		"azure_region": schema.StringAttribute{
			MarkdownDescription: "Azure region of the environment within its location, such as `eastus`. The platform chooses one if it is not configured. A change replaces the environment.",
			Optional:            true, Computed: true, PlanModifiers: fixed(),
			Validators: []validator.String{stringvalidator.LengthAtLeast(1), stringvalidator.ConflictsWith(pathMacroRegion)},
		},
		"environment_type": schema.StringAttribute{
			MarkdownDescription: "Type of the environment: `Sandbox`, `Production`, `Trial`, `Developer`, or `Default` for the tenant's default environment, which can only be imported.",
			Required:            true, Validators: []validator.String{stringvalidator.OneOf(environmentTypes...)},
		},
		"description": schema.StringAttribute{
			MarkdownDescription: "What the environment is for.", Optional: true, Computed: true, Default: stringdefault.StaticString(""),
		},
		"cadence": schema.StringAttribute{
			MarkdownDescription: "How often updates reach the environment: `Frequent` or `Moderate`. The platform's default is `Moderate`.",
			Optional:            true, Computed: true, PlanModifiers: keep(),
			Validators: []validator.String{stringvalidator.OneOf("Frequent", "Moderate")},
		},
		"release_cycle": schema.StringAttribute{
			MarkdownDescription: "`Early` for an environment that gets new features first, else `Standard`. A change replaces the environment.",
			Optional:            true, Computed: true, PlanModifiers: fixed(),
			Validators: []validator.String{stringvalidator.OneOf(cycleStandard, cycleEarly)},
		},
		"environment_group_id": schema.StringAttribute{
			MarkdownDescription: "ID of the environment group. Not configured leaves the environment in its group; `" + customtype.ZeroUUID + "` takes it out. Needs Dataverse.",
			CustomType:          customtype.UUIDType{}, Optional: true, Computed: true, PlanModifiers: append(keep(), customtype.KeepCase()),
		},
		"billing_policy_id": schema.StringAttribute{
			MarkdownDescription: "ID of the pay-as-you-go billing policy. Not configured leaves it as it is; `" + customtype.ZeroUUID + "` removes it.",
			CustomType:          customtype.UUIDType{}, Optional: true, Computed: true, PlanModifiers: append(keep(), customtype.KeepCase()),
		},
		"owner_id": schema.StringAttribute{
			MarkdownDescription: "Entra object ID of the owner of a `Developer` environment. A change replaces the environment.",
			CustomType:          customtype.UUIDType{}, Optional: true, Computed: true, PlanModifiers: fixed(),
		},
		"allow_bing_search":                flag("Whether generative AI features may use Bing search."),
		"allow_microsoft_365_services":     flag("Whether generative AI features may use Microsoft 365 services."),
		"allow_moving_data_across_regions": flag("Whether generative AI features may move data to another region. Outside the United States they need it."),
		"allow_flex_routing":               flag("Whether generative AI features may leave the EU Data Boundary at peak load. Only in locations inside the boundary."),
		"enterprise_policies": schema.SetNestedAttribute{
			MarkdownDescription: "Enterprise policies that the environment is linked to.", Computed: true,
			PlanModifiers: []planmodifier.Set{setplanmodifier.UseStateForUnknown()},
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"type":      schema.StringAttribute{MarkdownDescription: "`NetworkInjection`, `Encryption` or `Identity`.", Computed: true},
				"id":        schema.StringAttribute{MarkdownDescription: "Azure resource ID of the policy.", Computed: true},
				"location":  schema.StringAttribute{MarkdownDescription: "Location of the policy.", Computed: true},
				"system_id": schema.StringAttribute{MarkdownDescription: "System ID of the policy.", Computed: true},
				"status":    schema.StringAttribute{MarkdownDescription: "Status of the link, such as `Linked`.", Computed: true},
			}},
		},
		"dataverse": dataverseSchema,
		"wait_for": schema.SetAttribute{
			MarkdownDescription: "What an apply waits for before the environment counts as ready: `dataverse` (its organisation shows) and `background_operations` (they are enabled, which solution imports need). The default is `dataverse` where one is configured.",
			Optional:            true, ElementType: types.StringType,
			Validators: []validator.Set{setvalidator.ValueStringsAre(stringvalidator.OneOf(gateDataverse, gateBackground))},
		},
		"deletion_policy": schema.StringAttribute{
			MarkdownDescription: "What a destroy does: `delete` (default) deletes the environment with all of its data, `abandon` only removes it from state.",
			Optional:            true, Computed: true, Default: stringdefault.StaticString(policyDelete),
			Validators: []validator.String{stringvalidator.OneOf(policyDelete, policyAbandon)},
		},
	},
}

// Inside dataverse no attribute says that it keeps its state: planDatabase sees to that, because null must not be carried
// into a database that is added to an environment.
func shown(description string) schema.StringAttribute {
	return schema.StringAttribute{MarkdownDescription: description, Computed: true}
}

func mode(description string) schema.BoolAttribute {
	return schema.BoolAttribute{MarkdownDescription: description, Optional: true, Computed: true}
}

var dataverseSchema = schema.SingleNestedAttribute{
	MarkdownDescription: "The Dataverse database of the environment. It can be added to an environment that has none; taking it out of the configuration replaces the environment.",
	Optional:            true, Computed: true,
	PlanModifiers: []planmodifier.Object{objectplanmodifier.UseStateForUnknown()},
	Attributes: map[string]schema.Attribute{
		"language_code": schema.Int64Attribute{
			MarkdownDescription: "Locale ID of the base language, such as 1033; `powerplatform_languages` lists them. A change replaces the environment.",
			Required:            true,
		},
		"currency_code": schema.StringAttribute{
			MarkdownDescription: "ISO code of the base currency, such as USD; `powerplatform_currencies` lists them. A change replaces the environment.",
			Required:            true,
		},
		"domain": schema.StringAttribute{
			MarkdownDescription: "First label of the environment's address. The platform stores it in lower case and makes one up if it is not configured.",
			CustomType:          customtype.FoldedType{}, Optional: true, Computed: true, PlanModifiers: []planmodifier.String{customtype.KeepCase()},
			Validators: []validator.String{stringvalidator.RegexMatches(domainForm, "must consist of letters, digits and hyphens and begin with a letter or digit")},
		},
		"security_group_id": schema.StringAttribute{
			MarkdownDescription: "ID of the Entra security group whose members may use the environment; `" + customtype.ZeroUUID + "` means everybody. Not allowed for `Developer`.",
			CustomType:          customtype.UUIDType{}, Optional: true, Computed: true, PlanModifiers: []planmodifier.String{customtype.KeepCase()},
		},
		"templates": schema.ListAttribute{
			MarkdownDescription: "Dynamics 365 applications to create the environment with; `powerplatform_environment_templates` lists them. The platform does not tell them afterwards. A change replaces the environment.",
			Optional:            true, ElementType: types.StringType,
		},
		"template_metadata": schema.StringAttribute{
			MarkdownDescription: "JSON with the packages to deploy after provisioning, of the form `{PostProvisioningPackages:[{applicationUniqueName, parameters}]}`. A change replaces the environment.",
			CustomType:          jsontypes.NormalizedType{}, Optional: true,
		},
		"administration_mode_enabled":  mode("Whether only administrators may use the environment."),
		"background_operation_enabled": mode("Whether background operations run. Solution imports need them."),
		"unique_name":                  shown("Unique name of the organisation."),
		"url":                          shown("Address of the organisation, with a trailing slash."),
		"organization_id":              shown("ID of the organisation."),
		"version":                      shown("Version of the organisation when it was last read."),
		"linked_app_type":              shown("Type of the Dynamics 365 application that the environment belongs to, if any."),
		"linked_app_id":                shown("ID of that application."),
		"linked_app_url":               shown("Address of that application."),
	},
}
