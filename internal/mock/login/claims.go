package login

import (
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/identity"
)

const (
	// SwitchTokenLifetime is how long the tokens of a tenant are good, as a duration; identity.Lifetime by default. Tokens
	// expire on the wall clock, as those who hold them go by it: the virtual clock of a tenant may run hours ahead.
	SwitchTokenLifetime = "login.token_lifetime"
	// SwitchGraphTokenType "on" puts the claim idtyp into the tokens that Microsoft Graph takes, as it does into all others.
	// By it clients tell an application from a user, and some refuse to work for an application: CLI for Microsoft 365 does
	// in all its commands for the Power Platform. The claim is an optional one that resources ask for, see
	// https://learn.microsoft.com/entra/identity-platform/optional-claims-reference.
	SwitchGraphTokenType = "login.graph_token_type"
)

// lifetime is how long tokens of a tenant are good.
func lifetime(t *server.Tenant) time.Duration {
	if d, err := time.ParseDuration(t.Switch(SwitchTokenLifetime)); err == nil && d > 0 {
		return d
	}
	return identity.Lifetime
}

// adapt makes the claims of an access token those that the switches of the tenant ask for.
func adapt(t *server.Tenant, g server.Grant, claims map[string]any) {
	claims["exp"] = now().Add(lifetime(t)).Unix()
	if g.User == nil && isGraph(g.Audience) && t.Switch(SwitchGraphTokenType) != "on" {
		delete(claims, "idtyp")
	}
}

// isGraph reports whether an audience is Microsoft Graph in any cloud.
func isGraph(audience string) bool {
	host, _, _ := strings.Cut(strings.TrimPrefix(audience, "https://"), "/")
	begins := func(prefix string) bool { return strings.HasPrefix(host, prefix) }
	return audience == "00000003-0000-0000-c000-000000000000" || slices.ContainsFunc([]string{"graph.", "dod-graph.", "microsoftgraph."}, begins)
}

// idToken returns an ID token for a client, with the claims of
// https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference. g.Audience and g.Proof do not matter.
func idToken(t *server.Tenant, g server.Grant, nonce string) (string, error) {
	at, u := now(), *g.User
	claims := map[string]any{
		"aud": g.ClientID, "tid": t.ID, "oid": u.ID, "sub": identity.Pairwise(u.ID, g.ClientID), "name": u.DisplayName,
		"uti": uuid.NewString(), "rh": "0.", "iss": g.Issuer + "/" + t.ID + "/", "ver": "1.0",
		"iat": at.Unix(), "nbf": at.Add(-time.Minute).Unix(), "exp": at.Add(lifetime(t)).Unix(),
	}
	if nonce != "" {
		claims["nonce"] = nonce
	}
	if g.V2 {
		claims["ver"], claims["iss"], claims["preferred_username"] = "2.0", g.Issuer+"/"+t.ID+"/v2.0", u.UserPrincipalName
		return identity.Sign(claims)
	}
	claims["upn"], claims["unique_name"], claims["amr"] = u.UserPrincipalName, u.UserPrincipalName, []string{"pwd"}
	return identity.Sign(claims)
}
