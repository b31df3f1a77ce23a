package connector

import (
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/openapi"
)

// authenticate reads the authentications from connection parameters and sets of them. What only a configuration says stays
// as it is: the versions of secrets.
func (c *content) authenticate(parameters, sets object, d *openapi.Definition) {
	before := content{Authentication: c.Authentication, Authentications: c.Authentications}
	c.Authentication, c.Authentications = nil, nil
	values, _ := lookup(sets, "values").([]any)
	for _, value := range values {
		name := textAt(value, "name")
		if c.isApplicationSet(name, value) {
			c.Authentications[len(c.Authentications)-1].Entra.ServicePrincipal = types.BoolValue(true)
			continue
		}
		of, _ := lookup(value, "parameters").(object)
		c.Authentications = append(c.Authentications, named{
			types.StringValue(name), valueAt(value, "uiDefinition", "displayName"), valueAt(value, "uiDefinition", "description"), authenticationOf(of, d),
		})
	}
	switch {
	case len(c.Authentications) == 1 && c.Authentications[0].Name.ValueString() == entraSet:
		c.Authentication, c.Authentications = &c.Authentications[0].authentication, nil
	case len(c.Authentications) == 0:
		c.Authentication = new(authenticationOf(parameters, d))
	}
	for name, mine := range c.clients() {
		if old := before.clients()[name]; old != nil {
			mine.Version = old.Version
		}
	}
}

// isApplicationSet reports whether a set is what service_principal_enabled has added to the one before.
func (c *content) isApplicationSet(name string, value any) bool {
	if len(c.Authentications) == 0 {
		return false
	}
	last := c.Authentications[len(c.Authentications)-1]
	return last.Entra != nil && name == last.Name.ValueString()+applicationSet &&
		textAt(value, "parameters", token, "oAuthSettings", "customParameters", "grantType", "value") == "client_credentials"
}

// clients are those who sign in with OAuth, by the name of their set; "" is for the one without.
func (c *content) clients() map[string]*client {
	out := map[string]*client{}
	if one := c.Authentication.client(); one != nil {
		out[""] = one
	}
	for i := range c.Authentications {
		if one := c.Authentications[i].client(); one != nil {
			out[c.Authentications[i].Name.ValueString()] = one
		}
	}
	return out
}

// authenticationOf reads an authentication from its parameters; all members are null if it is none that is known.
func authenticationOf(parameters object, d *openapi.Definition) authentication {
	a := authentication{None: types.BoolNull()}
	if len(parameters) == 0 {
		a.None = types.BoolValue(true)
		return a
	}
	if settings := lookup(parameters, token, "oAuthSettings"); settings != nil {
		custom := lookup(settings, "customParameters")
		c := clientOf(settings)
		if strings.EqualFold(textAt(settings, "identityProvider"), entraProvider) {
			a.Entra = &entra{
				client: c, TenantID: valueAt(custom, "tenantId", "value"), Resource: valueAt(custom, "resourceUri", "value"),
				LoginURL: valueAt(custom, "loginUri", "value"), OnBehalfOf: boolAt(custom, "enableOnbehalfOfLogin", "value"), ServicePrincipal: types.BoolValue(false),
			}
			return a
		}
		a.OAuth2 = &oauth2{
			client: c, AuthorizationURL: either(custom, "authorizationUrl"), TokenURL: either(custom, "tokenUrl"), RefreshURL: either(custom, "refreshUrl"),
		}
		return a
	}
	if lookup(parameters, "username") != nil && lookup(parameters, "password") != nil {
		a.Basic = &basic{valueAt(parameters, "username", "uiDefinition", "displayName"), valueAt(parameters, "password", "uiDefinition", "displayName")}
		return a
	}
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		if !strings.EqualFold(textAt(parameters, name, "type"), "securestring") {
			continue
		}
		a.APIKey = &apiKey{
			types.StringNull(), types.StringNull(),
			valueAt(parameters, name, "uiDefinition", "displayName"), valueAt(parameters, name, "uiDefinition", "description"),
		}
		for _, s := range d.Security().Schemes {
			if s.Type == "apiKey" && (s.Name == name || a.APIKey.Name.IsNull()) {
				a.APIKey.Name, a.APIKey.In = types.StringValue(s.Parameter), types.StringValue(s.In)
			}
		}
		break
	}
	return a
}

// either reads a parameter that some providers call a template.
func either(custom any, name string) types.String {
	if s := textAt(custom, name, "value"); s != "" {
		return types.StringValue(s)
	}
	return valueAt(custom, name+"Template", "value")
}

func clientOf(settings any) client {
	c := client{
		ID: valueAt(settings, "clientId"), Secret: types.StringNull(), Version: types.Int64Null(), Reference: types.StringNull(), Scopes: textsAt(settings, "scopes"),
	}
	if secret := valueAt(settings, "clientSecret"); isReference(secret) {
		c.Reference = secret
	}
	return c
}
