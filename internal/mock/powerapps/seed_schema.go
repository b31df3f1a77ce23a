package powerapps

import (
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/schema"
)

// connectorShape describes the key custom_connectors of a seed.
func connectorShape() *schema.Shape {
	return schema.Objects("custom_connectors", "Custom connectors outside solutions.",
		schema.Text("environment_id", "The environment.").Refers(bap.Environments).Required(),
		schema.Text("name", "The internal name; made of display_name when left out."),
		schema.Text("display_name", "The title.").Required(),
		schema.Text("description", "The description."),
		schema.GUID("owner", "The object ID of the owner; the default application when left out."),
		schema.Free("openapi_definition", "The API definition (Swagger 2.0); one without operations when left out."),
		schema.Free("connection_parameters", "What a connection has to give."),
		schema.Free("connection_parameter_sets", "What a connection has to give, with a choice of ways."))
}

// connectionShape describes the key connections of a seed.
func connectionShape() *schema.Shape {
	return schema.Objects(Connections, "Connections of connectors.",
		schema.Text("environment_id", "The environment.").Refers(bap.Environments).Required(),
		schema.Text("connector", "The internal name of the connector.").Required(),
		schema.Text("name", "The internal name; a new one when left out."),
		schema.Text("display_name", "The title; the name when left out."))
}
