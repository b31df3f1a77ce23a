package identity

import (
	"cmp"
	"strings"
	"time"

	"github.com/google/uuid"
)

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
	// Issuer is the origin of the sign-in service, "https://sts.windows.net" when empty.
	Issuer string
	// V2 asks for a token of version 2.0, as resources take that say so in their registration.
	V2 bool
}

// Claims are the claims of an access token for the grant in a tenant, see
// https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference. app is the application that asks.
func (g Grant) Claims(tenant string, app Application) map[string]any {
	now, issuer := time.Now(), cmp.Or(g.Issuer, "https://sts.windows.net")+"/"+tenant
	claims := map[string]any{
		"aud": g.Audience, "tid": tenant, "uti": uuid.NewString(), "rh": "0.", "ver": "1.0", "iss": issuer + "/",
		"iat": now.Unix(), "nbf": now.Add(-time.Minute).Unix(), "exp": now.Add(Lifetime).Unix(),
	}
	party, proof := "appid", "appidacr"
	if g.V2 {
		party, proof = "azp", "azpacr"
		claims["ver"], claims["iss"] = "2.0", issuer+"/v2.0"
	}
	claims[party], claims[proof] = g.ClientID, cmp.Or(g.Proof, "1")
	if g.User != nil {
		g.describeUser(claims)
		return claims
	}
	claims["oid"], claims["sub"], claims["idtyp"] = app.ObjectID, app.ObjectID, "app"
	if !g.V2 {
		claims["idp"], claims["app_displayname"] = claims["iss"], cmp.Or(app.DisplayName, g.ClientID)
	}
	if len(g.Roles) > 0 {
		claims["roles"] = g.Roles
	}
	return claims
}

// describeUser adds the claims about a person.
func (g Grant) describeUser(claims map[string]any) {
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

// Pairwise is the sub claim of a person for one application or resource.
func Pairwise(objectID, audience string) string {
	return uuid.NewSHA1(uuid.NameSpaceOID, []byte(strings.ToLower(objectID+"/"+audience))).String()
}
