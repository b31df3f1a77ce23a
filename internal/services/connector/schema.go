package connector

import (
	"github.com/hashicorp/terraform-plugin-framework-jsontypes/jsontypes"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/setdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
)

// contentAttributes describe what both kinds of connectors are made of; variables says whether they can refer to
// environment variables.
func contentAttributes(variables bool, own map[string]schema.Attribute) map[string]schema.Attribute {
	reference := ""
	if variables {
		reference = " Can be a reference to an environment variable, as the attribute `reference` of `powerplatform_environment_variable` has it."
	}
	own["description"] = schema.StringAttribute{
		MarkdownDescription: "What makers see beside the name, up to 1,000 characters.", Optional: true, Computed: true, Default: stringdefault.StaticString(""),
		Validators: []validator.String{stringvalidator.LengthAtMost(1000)},
	}
	own["openapi_definition"] = schema.StringAttribute{
		MarkdownDescription: "Definition of the API, Swagger 2.0 (OpenAPI 2.0) as JSON or YAML, such as `file(\"api.swagger.json\")`. Definitions are compared by meaning: the order of keys, " +
			"spaces, JSON or YAML make no difference. It is checked against the platform's rules while planning; up to 1,000,000 characters.",
		CustomType: definitionType{}, Required: true,
	}
	own["host"] = schema.StringAttribute{
		MarkdownDescription: "Host of the API, in place of the one in the definition." + reference, Optional: true, Computed: true,
		Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
	}
	own["base_url"] = schema.StringAttribute{
		MarkdownDescription: "Path below which the API is, such as `/v1`, in place of the `basePath` in the definition." + reference, Optional: true, Computed: true,
		Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
	}
	own["icon"] = schema.StringAttribute{
		MarkdownDescription: "Icon, a PNG or JPEG file of up to 1 MB, such as `filebase64(\"icon.png\")`. The platform may keep it in another size, so that only its absence is seen as a difference.",
		Optional:            true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
	}
	own["icon_brand_color"] = schema.StringAttribute{
		MarkdownDescription: "Colour behind the icon. Default: `#007ee5`.", Optional: true, Computed: true, Default: stringdefault.StaticString("#007ee5"),
		Validators: []validator.String{stringvalidator.RegexMatches(brand, "must be a colour such as #007ee5")},
	}
	own["authentication"] = schema.SingleNestedAttribute{
		MarkdownDescription: "How connections sign in to the API: exactly one of its attributes. Required, unless there are `authentications`.", Optional: true,
		Attributes: authenticationAttributes(variables),
	}
	own["authentications"] = schema.ListNestedAttribute{
		MarkdownDescription: "Several ways to sign in, between which whoever makes a connection chooses (connection parameter sets). In place of `authentication`.", Optional: true,
		Validators:   []validator.List{listvalidator.SizeAtLeast(1)},
		NestedObject: schema.NestedAttributeObject{Attributes: namedAttributes(variables)},
	}
	own["policies"] = schema.ListNestedAttribute{
		MarkdownDescription: "What changes requests and answers on their way, as [policy templates](https://learn.microsoft.com/connectors/custom-connectors/policy-templates).", Optional: true,
		Validators: []validator.List{listvalidator.SizeAtLeast(1)},
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"template_id": schema.StringAttribute{MarkdownDescription: "Template, such as `setheader` or `routerequesttoendpoint`.", Required: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)}},
			"title":       schema.StringAttribute{MarkdownDescription: "What makers see.", Required: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)}},
			"parameters": schema.StringAttribute{
				MarkdownDescription: "Parameters of the template as a JSON object: `jsonencode({ \"x-ms-apimTemplateParameter.name\" = \"X-Stage\", … })`.",
				CustomType:          jsontypes.NormalizedType{}, Required: true,
			},
		}},
	}
	own["custom_code"] = schema.StringAttribute{
		MarkdownDescription: "Code in C# that all operations go through, such as `file(\"script.csx\")`. See [Write code](https://learn.microsoft.com/connectors/custom-connectors/write-code).",
		Optional:            true, Validators: []validator.String{stringvalidator.LengthBetween(1, maxCode)},
	}
	own["capabilities"] = schema.SetAttribute{
		MarkdownDescription: "What the connector can do beyond calling its API: any of `composite`, `tabular`, `blob`, `gateway`, `cloud`, `actions`. `gateway` is for APIs behind an on-premises data gateway. Default: none.",
		ElementType:         types.StringType, Optional: true, Computed: true, Default: setdefault.StaticValue(capabilitySet(nil)),
		Validators: []validator.Set{setvalidator.ValueStringsAre(stringvalidator.OneOf(capabilities...))},
	}
	own["id"] = schema.StringAttribute{
		MarkdownDescription: "The import ID.", CustomType: customtype.FoldedType{}, Computed: true, PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
	}
	own["environment_id"] = schema.StringAttribute{
		MarkdownDescription: "ID of the environment. Changing it forces a new connector.", CustomType: customtype.FoldedType{}, Required: true,
		Validators:    []validator.String{customtype.EnvironmentID()},
		PlanModifiers: []planmodifier.String{customtype.KeepCase(), stringplanmodifier.RequiresReplace()},
	}
	own["internal_id"] = kept("Name of the connector in the API hub, `shared_…`, by which connections, flows and apps refer to it.")
	own["redirect_url"] = kept("Where Entra or another provider sends users back to after they have signed in: one of the redirect URIs of the application. Null for a connector without OAuth.")
	own["primary_runtime_url"] = kept("Address at which the platform runs the connector.")
	return own
}

// kept is a computed text that does not change once it is known.
func kept(description string) schema.StringAttribute {
	return schema.StringAttribute{MarkdownDescription: description, Computed: true, PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}}
}
