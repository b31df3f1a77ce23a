package server

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// SwitchTokenLifetime is how long the tokens of a tenant are good, as a duration; TokenLifetime by default. Tokens expire
// on the wall clock, as those who hold them go by it: the virtual clock of a tenant may run hours ahead.
const SwitchTokenLifetime = "login.token_lifetime"

// Grant is what an access token is made from.
type Grant struct {
	// ClientID is the application that asks.
	ClientID string
	// Audience is the resource: the scope without "/.default".
	Audience string
	// User is the person who has signed in; nil for the application itself.
	User *User
	// Scopes are the delegated permissions of a user's token, "user_impersonation" when empty.
	Scopes string
	// Roles are the application permissions of an application's token.
	Roles []string
	// Proof says how the client has proved who it is: "0" not at all, "1" with a secret, "2" with a certificate or an
	// assertion; "1" when empty.
	Proof string
	// Issuer is the origin of the sign-in service, "https://sts.windows.net" or that of the v2.0 endpoint when empty.
	Issuer string
	// V2 asks for a token of version 2.0, as resources take that say so in their registration.
	V2 bool
}

// Token returns an access token for an application of the tenant. The application need not be registered: then its
// object ID is derived from its client ID.
func (t *Tenant) Token(clientID, audience string) (string, error) {
	return t.AccessToken(Grant{ClientID: clientID, Audience: audience})
}

// TokenLifetime returns how long tokens of the tenant are good.
func (t *Tenant) TokenLifetime() time.Duration {
	if d, err := time.ParseDuration(t.Switch(SwitchTokenLifetime)); err == nil && d > 0 {
		return d
	}
	return TokenLifetime
}

// AccessToken returns an access token with the claims of
// https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference.
func (t *Tenant) AccessToken(g Grant) (string, error) {
	now := time.Now()
	if g.Proof == "" {
		g.Proof = "1"
	}
	claims := map[string]any{
		"aud": g.Audience, "tid": t.ID, "uti": uuid.NewString(), "rh": "0.", "ver": "1.0",
		"iat": now.Unix(), "nbf": now.Add(-time.Minute).Unix(), "exp": now.Add(t.TokenLifetime()).Unix(),
	}
	party, proof := "appid", "appidacr"
	claims["iss"] = cmp.Or(g.Issuer, "https://sts.windows.net") + "/" + t.ID + "/"
	if g.V2 {
		party, proof = "azp", "azpacr"
		claims["ver"], claims["iss"] = "2.0", cmp.Or(g.Issuer, "https://login.microsoftonline.com")+"/"+t.ID+"/v2.0"
	}
	claims[party], claims[proof] = g.ClientID, g.Proof
	if g.User != nil {
		t.describeUser(claims, g)
		return Sign(claims)
	}
	app, ok := t.Application(g.ClientID)
	if !ok {
		app = Application{ObjectID: ObjectID(g.ClientID)}
	}
	claims["oid"], claims["sub"] = app.ObjectID, app.ObjectID
	if !isGraph(g.Audience) || t.Switch(SwitchGraphTokenType) == "on" {
		claims["idtyp"] = "app"
	}
	if !g.V2 {
		claims["idp"], claims["app_displayname"] = claims["iss"], cmp.Or(app.DisplayName, g.ClientID)
	}
	if len(g.Roles) > 0 {
		claims["roles"] = g.Roles
	}
	return Sign(claims)
}

// describeUser adds the claims about a person.
func (t *Tenant) describeUser(claims map[string]any, g Grant) {
	u := *g.User
	claims["oid"], claims["sub"], claims["name"], claims["idtyp"] = u.ID, Pairwise(u.ID, g.Audience), u.DisplayName, "user"
	claims["scp"] = cmp.Or(g.Scopes, "user_impersonation")
	if wids := u.templates(); len(wids) > 0 {
		claims["wids"] = wids
	}
	if g.V2 {
		claims["preferred_username"] = u.UserPrincipalName
		return
	}
	claims["upn"], claims["unique_name"], claims["acr"], claims["amr"] = u.UserPrincipalName, u.UserPrincipalName, "1", []string{"pwd"}
	given, family, _ := strings.Cut(u.DisplayName, " ")
	claims["given_name"] = given
	if family != "" {
		claims["family_name"] = family
	}
}

// templates are the template IDs of the user's directory roles.
func (u User) templates() []string {
	var out []string
	for _, name := range u.Roles {
		if id := AdminRoles[name]; id != "" {
			out = append(out, id)
		}
	}
	if u.Admin && len(out) == 0 {
		out = append(out, AdminRoles["Power Platform Administrator"])
	}
	slices.Sort(out)
	return out
}

// IDToken returns an ID token for a client, with the claims of
// https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference. g.Audience and g.Proof do not matter.
func (t *Tenant) IDToken(g Grant, nonce string) (string, error) {
	now := time.Now()
	u := *g.User
	claims := map[string]any{
		"aud": g.ClientID, "tid": t.ID, "oid": u.ID, "sub": Pairwise(u.ID, g.ClientID), "name": u.DisplayName, "uti": uuid.NewString(), "rh": "0.",
		"iat": now.Unix(), "nbf": now.Add(-time.Minute).Unix(), "exp": now.Add(t.TokenLifetime()).Unix(),
	}
	if nonce != "" {
		claims["nonce"] = nonce
	}
	if g.V2 {
		claims["ver"], claims["iss"], claims["preferred_username"] = "2.0", cmp.Or(g.Issuer, "https://login.microsoftonline.com")+"/"+t.ID+"/v2.0", u.UserPrincipalName
		return Sign(claims)
	}
	claims["ver"], claims["iss"] = "1.0", cmp.Or(g.Issuer, "https://sts.windows.net")+"/"+t.ID+"/"
	claims["upn"], claims["unique_name"], claims["amr"] = u.UserPrincipalName, u.UserPrincipalName, []string{"pwd"}
	return Sign(claims)
}

// Pairwise is the sub claim of a person for one application or resource.
func Pairwise(objectID, audience string) string {
	return uuid.NewSHA1(uuid.NameSpaceOID, []byte(strings.ToLower(objectID+"/"+audience))).String()
}

// SwitchGraphTokenType "on" puts the claim idtyp into the tokens that Microsoft Graph takes, as it does into all others.
// By it clients tell an application from a user, and some refuse to work for an application: CLI for Microsoft 365 does in
// all its commands for the Power Platform. The claim is an optional one that resources ask for, see
// https://learn.microsoft.com/entra/identity-platform/optional-claims-reference.
const SwitchGraphTokenType = "login.graph_token_type"

// isGraph reports whether an audience is Microsoft Graph in any cloud.
func isGraph(audience string) bool {
	host, _, _ := strings.Cut(strings.TrimPrefix(audience, "https://"), "/")
	return audience == "00000003-0000-0000-c000-000000000000" || slices.ContainsFunc([]string{"graph.", "dod-graph.", "microsoftgraph."}, func(prefix string) bool {
		return strings.HasPrefix(host, prefix)
	})
}
