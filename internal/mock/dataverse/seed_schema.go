package dataverse

import "github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/schema"

// rowShape describes the key dataverse_rows of a seed.
func rowShape() *schema.Shape {
	return schema.Objects("dataverse_rows", "Rows in the tables of Dataverse.",
		schema.Text("environment", "The ID of the environment, or the domain of its Dataverse.").Required(),
		schema.Text("table", "The logical name of the table, or its entity set.").Required(),
		schema.Free("row", "The columns as requests name them, those of the system too, and lookups by ID."),
		schema.Texts("solutions", "Unique names of solutions that the row belongs to."))
}
