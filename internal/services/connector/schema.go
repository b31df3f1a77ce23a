package connector

import (
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
)

// contentAttributes describe what both kinds of connectors are made of; variables says whether they can refer to
// environment variables.
func contentAttributes(variables bool, own map[string]schema.Attribute) map[string]schema.Attribute {
	reference := ""
	if variables {
		reference = " Can be a reference to an environment variable, as the attribute `reference` of `powerplatform_environment_variable` has it."
	}
	own["description"] = field.Note("What makers see beside the name, up to 1,000 characters.", field.Length(0, 1000))
	own["openapi_definition"] = field.Required.Typed(
		"Definition of the API, Swagger 2.0 (OpenAPI 2.0) as JSON or YAML, such as `file(\"api.swagger.json\")`. "+
			"Definitions are compared by meaning: the order of keys, spaces, JSON or YAML make no difference. "+
			"It is checked against the platform's rules while planning; up to 1,000,000 characters.", definitionType{})

	own["host"] = field.Filled.Text(
		"Host of the API, in place of the one in the definition."+reference, field.NotEmpty())
	own["base_url"] = field.Filled.Text(
		"Path below which the API is, such as `/v1`, in place of the `basePath` in the definition."+reference,
		field.NotEmpty())
	own["icon"] = field.Optional.Text(
		"Icon, a PNG or JPEG file of up to 1 MB, such as `filebase64(\"icon.png\")`. "+
			"The platform may keep it in another size, so that only its absence is seen as a difference.", field.NotEmpty())
	own["icon_brand_color"] = field.TextOr(
		"Colour behind the icon.", "#007ee5", field.Matches(brand, "must be a colour such as #007ee5"))
	own["authentication"] = field.Optional.Object(
		"How connections sign in to the API: exactly one of its attributes. "+
			"Required, unless there are `authentications`.", authenticationAttributes(variables))
	own["authentications"] = field.Optional.Objects(
		"Several ways to sign in, between which whoever makes a connection chooses (connection parameter sets). "+
			"In place of `authentication`.", namedAttributes(variables), listvalidator.SizeAtLeast(1))
	own["policies"] = field.Optional.Objects(
		"What changes requests and answers on their way, as [policy templates]"+
			"(https://learn.microsoft.com/connectors/custom-connectors/policy-templates).",
		field.Attributes{
			"template_id": field.Name("Template, such as `setheader` or `routerequesttoendpoint`."),
			"title":       field.Name("What makers see."),
			"parameters": field.Required.JSON("Parameters of the template as a JSON object: " +
				"`jsonencode({ \"x-ms-apimTemplateParameter.name\" = \"X-Stage\", … })`."),
		}, listvalidator.SizeAtLeast(1))
	own["custom_code"] = field.Optional.Text(
		"Code in C# that all operations go through, such as `file(\"script.csx\")`. "+
			"See [Write code](https://learn.microsoft.com/connectors/custom-connectors/write-code).",
		field.Length(1, maxCode))
	own["capabilities"] = field.SetOrNone(
		"What the connector can do beyond calling its API: any of `composite`, `tabular`, `blob`, `gateway`, `cloud`, "+
			"`actions`. `gateway` is for APIs behind an on-premises data gateway.",
		setvalidator.ValueStringsAre(field.OneOf(capabilities...)))
	own["id"] = field.Shown.Folded("The import ID.")
	own["environment_id"] = field.EnvironmentID()
	own["internal_id"] = field.Shown.Text(
		"Name of the connector in the API hub, `shared_…`, by which connections, flows and apps refer to it.")
	own["redirect_url"] = field.Shown.Text(
		"Where Entra or another provider sends users back to after they have signed in: " +
			"one of the redirect URIs of the application. Null for a connector without OAuth.")
	own["primary_runtime_url"] = field.Shown.Text("Address at which the platform runs the connector.")
	return own
}
