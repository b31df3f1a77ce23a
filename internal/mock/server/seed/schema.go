package seed

import (
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/schema"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/fault"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/profile"
)

// TenantShape describes a tenant by the keys that belong to no family, and by further ones.
func TenantShape(more ...*schema.Shape) *schema.Shape {
	return schema.Object("", "", append([]*schema.Shape{
		schema.GUID("id", "The tenant's ID; a new one when left out. A tenant that is there already is added to.").Defines("tenants"),
		schema.Text("display_name", `The name of the organisation, "Contoso" when left out.`),
		schema.Texts("domains", "Names that may stand for the ID when signing in; the first one is that of users."),
		schema.Text("location", `The home location, "unitedstates" when left out.`),
		schema.Text("geography", `How data is placed: "location" (default) or "macro_region".`).Enum(GeographyLocation, GeographyMacroRegion),
		schema.Text("country", `The two-letter country code, "US" when left out.`).Matching("a country code of two capital letters", "[A-Z]{2}"),
		schema.Free("properties", "Further properties of the tenant, as families know them."),
		schema.Objects("applications", "App registrations with their service principals; a default one, as an administrator, for a new tenant that names none.",
			schema.GUID("client_id", "The application (client) ID.").Defines("applications").Required(),
			schema.Text("client_secret", "The client secret; without one the application cannot sign in by secret."),
			schema.GUID("object_id", "The object ID of the service principal; derived from client_id when left out."),
			schema.Text("display_name", "The name; client_id when left out."),
			schema.Flag("admin", "Whether the application is registered as an admin management application of the Power Platform."),
			schema.Texts("certificates", "Certificates that the application may sign with, each as PEM or base64 DER."),
			schema.Objects("federated", "Foreign tokens that stand for the application.",
				schema.Text("issuer", "The iss claim.").Required(),
				schema.Text("subject", "The sub claim.").Required(),
				schema.Text("audience", `The aud claim, "api://AzureADTokenExchange" when left out.`)),
			schema.Text("managed_identity", "The kind of managed identity that the application is, if it is one.").Enum("", "system", "user")),
		schema.Objects("users", "People in the directory; an administrator for a new tenant that names none.",
			schema.GUID("id", "The object ID; derived when left out.").Defines("users"),
			schema.Text("user_principal_name", "The name to sign in with.").Matching("a name such as admin@contoso.onmicrosoft.com", `[^@\s]+@[^@\s]+`).Defines("user_principal_names").Required(),
			schema.Text("display_name", "The name to show; the local part of user_principal_name when left out."),
			schema.Text("password", "The password; without one the user cannot sign in with one."),
			schema.Flag("admin", "Whether the user administers the Power Platform."),
			schema.Texts("roles", "Names of directory roles.")),
		schema.Text("profile", "How the tenant behaves in time, if not as the platform does.").Enum(profile.Names()...).Or(profile.Shape().Named("", "")),
		schema.Table("switches", "Choices between behaviours of the platform that are not confirmed.", schema.Text("", "")),
	}, more...)...)
}

// Shape describes a seed by its tenants.
func Shape(tenant *schema.Shape) *schema.Shape {
	return schema.Object("", "What a mock of the Power Platform is filled with.",
		schema.Text("$schema", "The address of this schema, for editors."),
		schema.List("tenants", "Customers with everything in them.", tenant),
		schema.List("faults", "What goes wrong, in every tenant unless a fault names one.", fault.Shape()))
}
