package connector

import (
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/openapi"
)

// authentication is one way in which connections sign in; exactly one of its members is set.
type authentication struct {
	None   types.Bool `tfsdk:"none"`
	APIKey *apiKey    `tfsdk:"api_key"`
	Basic  *basic     `tfsdk:"basic"`
	OAuth2 *oauth2    `tfsdk:"oauth2_generic"`
	Entra  *entra     `tfsdk:"oauth2_entra_id"`
}

// named is one of several ways between which makers choose.
type named struct {
	Name        types.String `tfsdk:"name"`
	DisplayName types.String `tfsdk:"display_name"`
	Description types.String `tfsdk:"description"`
	authentication
}

type apiKey struct {
	Name        types.String `tfsdk:"name"`
	In          types.String `tfsdk:"in"`
	Label       types.String `tfsdk:"label"`
	Description types.String `tfsdk:"description"`
}

type basic struct {
	UsernameLabel types.String `tfsdk:"username_label"`
	PasswordLabel types.String `tfsdk:"password_label"`
}

// client is the application that a connector is to its identity provider.
type client struct {
	ID        types.String `tfsdk:"client_id"`
	Secret    types.String `tfsdk:"client_secret"`
	Version   types.Int64  `tfsdk:"client_secret_version"`
	Reference types.String `tfsdk:"client_secret_reference"`
	Scopes    types.List   `tfsdk:"scopes"`
}

type oauth2 struct {
	client

	AuthorizationURL types.String `tfsdk:"authorization_url"`
	TokenURL         types.String `tfsdk:"token_url"`
	RefreshURL       types.String `tfsdk:"refresh_url"`
}

type entra struct {
	client

	TenantID         types.String `tfsdk:"tenant_id"`
	Resource         types.String `tfsdk:"resource"`
	LoginURL         types.String `tfsdk:"login_url"`
	OnBehalfOf       types.Bool   `tfsdk:"on_behalf_of_enabled"`
	ServicePrincipal types.Bool   `tfsdk:"service_principal_enabled"`
}

// client is nil where nothing signs in with OAuth.
func (a *authentication) client() *client {
	switch {
	case a == nil:
		return nil
	case a.OAuth2 != nil:
		return &a.OAuth2.client
	case a.Entra != nil:
		return &a.Entra.client
	}
	return nil
}

// at is the path of the member that is set, below p.
func (a *authentication) at(p path.Path) path.Path {
	for _, m := range a.members() {
		if m.set {
			return p.AtName(m.name)
		}
	}
	return p
}

type member struct {
	name string
	set  bool
}

func (a *authentication) members() []member {
	return []member{
		{"none", !a.None.IsNull()}, {"api_key", a.APIKey != nil}, {"basic", a.Basic != nil}, {"oauth2_generic", a.OAuth2 != nil}, {"oauth2_entra_id", a.Entra != nil},
	}
}

// isReference reports whether a text is meant as a reference to an environment variable, which is no secret.
func isReference(s types.String) bool {
	_, ok, _ := openapi.ParseReference(s.ValueString())
	return ok
}

// literal is the secret itself, "" if there is none or a variable holds it.
func (c *client) literal() string {
	if c == nil || isReference(c.Secret) {
		return ""
	}
	return c.Secret.ValueString()
}

// foresee plans the reference that the client secret is, if it is one, from the configuration: the secret itself is never
// planned, but a reference is no secret, and a change of it has to show.
func (c *client) foresee(config *client) {
	if c == nil || config == nil {
		return
	}
	switch {
	case config.Secret.IsUnknown():
		c.Reference = types.StringUnknown()
	case isReference(config.Secret):
		c.Reference = types.StringValue(config.Secret.ValueString())
	default:
		c.Reference = types.StringNull()
	}
}

// authenticationAttributes describe an authentication; variables says whether it can refer to environment variables.
func authenticationAttributes(variables bool) map[string]schema.Attribute {
	return field.Attributes{
		"none": field.Optional.Bool("`true`: the API lets everybody in.", onlyTrue{}),
		"api_key": field.Optional.Object("Whoever makes a connection enters a key, which goes with every request.", field.Attributes{
			"name":        field.Name("Name of the header or of the query parameter that carries the key, such as `X-Api-Key`. The security definition of the API, if it has one, must say the same."),
			"in":          field.Required.Text("Where the key goes: `header` or `query`.", field.OneOf("header", "query")),
			"label":       field.TextOr("What makers see beside the field.", "API key"),
			"description": field.TextOr("What makers see as its explanation.", "The API key of the API."),
		}),
		"basic": field.Optional.Object("Whoever makes a connection enters a user name and a password.", field.Attributes{
			"username_label": field.TextOr("What makers see beside the field for the user name.", "User name"),
			"password_label": field.TextOr("What makers see beside the field for the password.", "Password"),
		}),
		"oauth2_generic": field.Optional.Object(
			"Whoever makes a connection signs in with an OAuth 2.0 provider (authorization code).",
			withClient(variables, field.Attributes{
				"authorization_url": field.Name("Address at which users sign in."),
				"token_url":         field.Name("Address that exchanges a code for a token."),
				"refresh_url":       field.Filled.Text("Address that renews a token. Default: `token_url`."),
			})),
		"oauth2_entra_id": field.Optional.Object("Whoever makes a connection signs in with Microsoft Entra ID.",
			withClient(variables, field.Attributes{
				"tenant_id": field.TextOr("Tenant in which users sign in: its ID, or `common`.", "common"),
				"resource":  field.Name("The API as Entra knows it: application ID URI or client ID of its application."),
				"login_url": field.TextOr("Address of Entra; national clouds have others.", "https://login.microsoftonline.com"),
				"on_behalf_of_enabled": field.BoolOr(
					"Whether the connector signs in to the API on behalf of users who are signed in already. "+
						"An environment can have one such connector for a `resource`.", false),
				"service_principal_enabled": field.BoolOr(
					"Whether connections can also sign in as an application, with a client ID and a secret of "+
						"their own. The connector then has two connection parameter sets.", false),
			})),
	}
}

// withClient adds what the ways to sign in with OAuth have in common.
func withClient(variables bool, own map[string]schema.Attribute) map[string]schema.Attribute {
	either, reference := "", "Always null."
	if variables {
		either = ", or a reference to an environment variable (`powerplatform_environment_variable.….reference`)"
		reference = "The reference to an environment variable that `client_secret` is; null if it is a secret. A reference is no secret, and a change of it is planned."
	}
	own["client_id"] = field.Name("Client ID of the application" + either + ".")
	own["client_secret"] = schema.StringAttribute{
		MarkdownDescription: "Client secret of the application" + either + ". It is in neither plan nor state, and needs Terraform 1.11 or later. " +
			"A secret goes to the API hub alone, once the connector is there. A new one alone plans nothing: see `client_secret_version`.",
		Optional: true, WriteOnly: true,
	}
	own["client_secret_version"] = field.Optional.Number(
		"Any number; when it changes, `client_secret` is sent. With a version nothing else sends it: the platform keeps " +
			"the secret that it has. Without one it is sent whenever the connector is saved, which costs two requests " +
			"and does not rely on that.")
	own["client_secret_reference"] = field.Computed.Text(reference)
	own["scopes"] = field.ListOrNone("Scopes to ask for" +
		map[bool]string{true: "; each can be a reference to an environment variable"}[variables] + ".")
	return own
}

// namedAttributes describe one of several authentications.
func namedAttributes(variables bool) map[string]schema.Attribute {
	all := authenticationAttributes(variables)
	all["name"] = field.Required.Text(
		"Name of the connection parameter set, which connections refer to. Letters, digits and `-`.",
		field.Matches(setName, "must have letters, digits and - only, and begin with a letter"))
	all["display_name"] = field.Name("What makers choose by.")
	all["description"] = field.Note("What makers see as its explanation.")
	return all
}
