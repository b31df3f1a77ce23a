package connector

import (
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/openapi"
)

// Connection parameters are what whoever makes a connection fills in or goes through. Their shapes were observed in
// https://github.com/microsoft/PowerPlatformConnectors, whose schema leaves their names to habit.
const (
	token    = "token"
	tenantOf = "token:TenantId"

	entraProvider   = "aad"
	genericProvider = "oauth2"

	// entraSet is the name of the set for users where applications have one too, which applicationSet is added to.
	entraSet       = "aadOauth"
	applicationSet = "ClientCredentials"

	perConnector = "GlobalPerConnector" // every connector has a redirect URL of its own, as new ones must
)

func ui(label, description string) object {
	return object{"displayName": label, "description": description, "tooltip": description, "constraints": object{"required": "true", "clearText": false}}
}

// parameters are the connection parameters of an authentication. The key for an API key bears the name of its scheme.
func (a *authentication) parameters(scheme string) object {
	switch {
	case a.APIKey != nil:
		return object{scheme: object{"type": "securestring", "uiDefinition": ui(a.APIKey.Label.ValueString(), a.APIKey.Description.ValueString())}}
	case a.Basic != nil:
		user, password := a.Basic.UsernameLabel.ValueString(), a.Basic.PasswordLabel.ValueString()
		return object{
			"username": object{"type": "securestring", "uiDefinition": ui(user, user)},
			"password": object{"type": "securestring", "uiDefinition": ui(password, password)},
		}
	case a.OAuth2 != nil:
		o := a.OAuth2
		refresh := o.RefreshURL
		if !field.Given(refresh) {
			refresh = o.TokenURL
		}
		return object{token: o.setting(genericProvider, object{
			"authorizationUrl": setting(o.AuthorizationURL), "tokenUrl": setting(o.TokenURL), "refreshUrl": setting(refresh),
		}, nil)}
	case a.Entra != nil:
		e := a.Entra
		return object{
			token: e.setting(entraProvider, object{
				"loginUri": setting(e.LoginURL), "tenantId": setting(e.TenantID), "resourceUri": setting(e.Resource),
				"enableOnbehalfOfLogin": object{"value": fmt.Sprint(e.OnBehalfOf.ValueBool())},
			}, object{"AzureActiveDirectoryResourceId": e.Resource.ValueString(), "IsOnbehalfofLoginSupported": true}),
			tenantOf: tenantParameter(),
		}
	}
	return object{}
}

func setting(s types.String) object { return object{"value": s.ValueString()} }

func tenantParameter() object {
	return object{
		"type": "string", "metadata": object{"sourceType": "AzureActiveDirectoryTenant"},
		"uiDefinition": object{"constraints": object{"required": "false", "hidden": "true"}},
	}
}

// setting is the parameter through which users sign in. It holds no secret, but the reference to one.
func (c *client) setting(provider string, custom, more object) object {
	properties := object{"IsFirstParty": "False", "IsOnbehalfofLoginSupported": false}
	maps.Copy(properties, more)
	secret := ""
	if isReference(c.Secret) {
		secret = c.Secret.ValueString()
	} else if c.Secret.IsNull() { // as in state, which has no secrets
		secret = c.Reference.ValueString()
	}
	return object{"type": "oauthSetting", "oAuthSettings": object{
		"identityProvider": provider, "clientId": c.ID.ValueString(), "clientSecret": secret, "scopes": field.Strings(c.Scopes),
		"redirectMode": perConnector, "properties": properties, "customParameters": custom,
	}}
}

// applicationParameters are those with which an application signs in to Entra: its own, so that they are part of connections.
func (e *entra) applicationParameters() object {
	return object{
		token: object{"type": "oauthSetting", "oAuthSettings": object{
			"identityProvider": entraProvider, "scopes": []any{}, "redirectMode": perConnector,
			"customParameters": object{
				"tenantId": object{}, "resourceUri": setting(e.Resource), "loginUriAAD": setting(e.LoginURL), "grantType": object{"value": "client_credentials"},
			},
		}},
		tenantOf:             object{"type": "string", "uiDefinition": ui("Tenant", "The tenant of the application.")},
		"token:clientId":     object{"type": "string", "uiDefinition": ui("Client ID", "The client ID of the application.")},
		"token:clientSecret": object{"type": "securestring", "uiDefinition": ui("Client secret", "The client secret of the application.")},
	}
}

// choices are the authentications of which connections choose one: none where there is just one and no choice.
func (c *content) choices() []named {
	a := c.Authentication
	if a != nil && a.Entra != nil && a.Entra.ServicePrincipal.ValueBool() {
		return []named{{types.StringValue(entraSet), types.StringValue("Microsoft Entra ID"), types.StringValue("Sign in as a user."), *a}}
	}
	return c.Authentications
}

// connection is what goes into the columns for connection parameters and for sets of them; sets is nil if there are none.
func (c *content) connection(d *openapi.Definition) (parameters, sets object) {
	choices := c.choices()
	if len(choices) == 0 {
		if c.Authentication == nil {
			return object{}, nil
		}
		return c.Authentication.parameters(c.Authentication.scheme(d).Name), nil
	}
	var values []any
	for _, n := range choices {
		values = append(values, parameterSet(n.Name.ValueString(), n.DisplayName.ValueString(), n.Description.ValueString(), n.parameters(n.scheme(d).Name)))
		if n.Entra != nil && n.Entra.ServicePrincipal.ValueBool() {
			values = append(values, parameterSet(n.Name.ValueString()+applicationSet, n.DisplayName.ValueString()+" (application)", "Sign in as an application.", n.Entra.applicationParameters()))
		}
	}
	return object{}, object{"uiDefinition": object{"displayName": "Authentication type", "description": "How to sign in to the API."}, "values": values}
}

func parameterSet(name, title, description string, parameters object) object {
	return object{
		"name": name, "uiDefinition": object{"displayName": title, "description": description}, "metadata": object{"allowSharing": false}, "parameters": parameters,
	}
}

// scheme is the security definition that goes with an authentication: the API's own of the same type, or a new one.
func (a *authentication) scheme(d *openapi.Definition) openapi.Scheme {
	s := openapi.Scheme{Name: "oauth2_auth", Type: "oauth2", Flow: "accessCode"}
	switch {
	case a.APIKey != nil:
		s = openapi.Scheme{Name: "api_key", Type: "apiKey", In: a.APIKey.In.ValueString(), Parameter: a.APIKey.Name.ValueString()}
	case a.Basic != nil:
		s = openapi.Scheme{Name: "basic_auth", Type: "basic"}
	case a.OAuth2 != nil:
		s.AuthorizationURL, s.TokenURL, s.Scopes = address(a.OAuth2.AuthorizationURL), address(a.OAuth2.TokenURL), field.Strings(a.OAuth2.Scopes)
	case a.Entra != nil:
		base := strings.TrimSuffix(address(a.Entra.LoginURL), "/") + "/common/oauth2/"
		s.AuthorizationURL, s.TokenURL, s.Scopes = base+"authorize", base+"token", field.Strings(a.Entra.Scopes)
	default:
		return openapi.Scheme{}
	}
	for _, own := range d.Security().Schemes {
		if own.Type == s.Type {
			return own
		}
	}
	return s
}

// address is what a definition says for an address that a variable may hold.
func address(s types.String) string {
	if isReference(s) || !field.Given(s) {
		return "https://login.microsoftonline.com"
	}
	return s.ValueString()
}

// agrees reports why an authentication at p does not go with what the API says of itself: of several security
// definitions the platform takes the first. https://learn.microsoft.com/connectors/custom-connectors/faq
func (a *authentication) agrees(d *openapi.Definition, p path.Path) error {
	first := d.Security().First()
	if first == nil || a == nil || a.scheme(d).Type == "" {
		return nil
	}
	mine := a.scheme(d)
	if first.Type != mine.Type {
		return entityAt(a.at(p), "the first security definition of the API, %q, is of type %s; this authentication needs one of type %s, or an API definition without securityDefinitions, to which the provider adds one", first.Name, first.Type, mine.Type)
	}
	if a.APIKey == nil {
		return nil
	}
	var all []error
	for _, m := range []struct {
		name       string
		own, given types.String
	}{{"name", types.StringValue(first.Parameter), a.APIKey.Name}, {"in", types.StringValue(first.In), a.APIKey.In}} {
		if !m.given.IsUnknown() && !strings.EqualFold(m.own.ValueString(), m.given.ValueString()) {
			all = append(all, entityAt(a.at(p).AtName(m.name), "the security definition %q of the API says %q", first.Name, m.own.ValueString()))
		}
	}
	return errors.Join(all...)
}
