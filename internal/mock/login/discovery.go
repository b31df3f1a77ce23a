package login

import (
	"net/http"
	"slices"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/identity"
)

// endpoint is one version of the endpoints of an authority.
type endpoint struct {
	authority
	v1 bool
}

// issuer is the origin of the iss claim of tokens of this version.
func (e endpoint) issuer() string {
	if e.v1 {
		return e.sts
	}
	return "https://" + e.host
}

// anybody are names that stand for the tenant of whoever signs in.
var anybody = []string{"common", "organizations"}

// openID describes the endpoints of a tenant: https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc
func (e endpoint) openID(c *server.Call) server.Reply {
	name := c.Params["tenant"]
	id := "{tenantid}"
	if !slices.Contains(anybody, strings.ToLower(name)) {
		t := e.tenant(c)
		if t == nil {
			return refuse(c, http.StatusBadRequest, "invalid_tenant", 90002, unknownTenant(name))
		}
		id = t.ID
	}
	base, issuer, version := "https://"+c.Host+"/"+name, e.issuer()+"/"+id+"/v2.0", "/v2.0"
	if e.v1 {
		issuer, version = e.issuer()+"/"+id+"/", ""
	}
	return server.JSON(http.StatusOK, server.Doc{
		"issuer":                                issuer,
		"authorization_endpoint":                base + "/oauth2" + version + "/authorize",
		"token_endpoint":                        base + "/oauth2" + version + "/token",
		"device_authorization_endpoint":         base + "/oauth2" + version + "/devicecode",
		"end_session_endpoint":                  base + "/oauth2" + version + "/logout",
		"jwks_uri":                              base + "/discovery" + version + "/keys",
		"token_endpoint_auth_methods_supported": []string{"client_secret_post", "private_key_jwt", "client_secret_basic"},
		"response_types_supported":              []string{"code", "id_token", "code id_token", "id_token token"},
		"response_modes_supported":              []string{"query", "fragment", "form_post"},
		"scopes_supported":                      []string{"openid", "profile", "email", "offline_access"},
		"subject_types_supported":               []string{"pairwise"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
		"claims_supported": []string{
			"sub", "iss", "aud", "exp", "iat", "nbf", "nonce", "name", "oid", "tid", "ver", "upn", "unique_name", "preferred_username",
		},
		"request_uri_parameter_supported": false,
		"tenant_region_scope":             nil,
		"cloud_instance_name":             strings.TrimPrefix(e.host, "login."),
	})
}

// keys are those that all tokens are signed with; those of version 2.0 name their issuer.
func (e endpoint) keys(*server.Call) server.Reply {
	set, err := identity.Keys()
	if err != nil {
		return broken(err)
	}
	if list, _ := set["keys"].([]any); !e.v1 {
		for _, key := range list {
			if d, ok := key.(server.Doc); ok {
				d["issuer"] = "https://" + e.host + "/{tenantid}/v2.0"
			}
		}
	}
	return server.JSON(http.StatusOK, set)
}

func broken(err error) server.Reply {
	return server.Fail(http.StatusInternalServerError, "MockSigningKey", err.Error()).With(server.ReasonHeader, "the mock could not sign a token")
}

// realm says how a user signs in: with a password, where a tenant has the user's domain.
func (a authority) realm(c *server.Call) server.Reply {
	user := c.Params["user"]
	_, domain, _ := strings.Cut(user, "@")
	d := server.Doc{"ver": "1.0", "account_type": "Unknown", "cloud_instance_name": strings.TrimPrefix(a.host, "login."), "cloud_audience_urn": "urn:federation:MicrosoftOnline"}
	if t := a.tenantOf(c, user); t != nil {
		d["account_type"], d["domain_name"] = "Managed", domain
	}
	return server.JSON(http.StatusOK, d)
}

// knownHere says whether the authority serves a tenant.
func (a authority) knownHere(t *server.Tenant) bool {
	only := t.Switch(SwitchAuthority)
	return only == "" || strings.EqualFold(only, a.host)
}

// tenantOf is the tenant of a user principal name: that which has the user, or the user's domain.
func (a authority) tenantOf(c *server.Call, user string) *server.Tenant {
	_, domain, _ := strings.Cut(user, "@")
	var byDomain *server.Tenant
	for _, t := range c.Platform.Tenants() {
		if !a.knownHere(t) {
			continue
		}
		if _, ok := t.User(user); ok {
			return t
		}
		if byDomain == nil && domain != "" && slices.ContainsFunc(t.Domains(), func(d string) bool { return strings.EqualFold(d, domain) }) {
			byDomain = t
		}
	}
	return byDomain
}

// home is the tenant that a person signs in to: that of the path, and where the path leaves it open, that of the person
// whom the client names, else the first that has an administrator.
func (a authority) home(c *server.Call, hint string) *server.Tenant {
	if !slices.Contains(anybody, strings.ToLower(c.Params["tenant"])) {
		return a.tenant(c)
	}
	if hint != "" {
		return a.tenantOf(c, hint)
	}
	for _, t := range c.Platform.Tenants() {
		if _, ok := t.Administrator(); ok && a.knownHere(t) {
			return t
		}
	}
	return nil
}

// logout ends a session; there is none to end.
func logout(c *server.Call) server.Reply {
	if back := c.Query.Get("post_logout_redirect_uri"); strings.HasPrefix(back, "https://") || strings.HasPrefix(back, "http://localhost") {
		return server.Empty(http.StatusFound).With("Location", back)
	}
	return server.Reply{Status: http.StatusOK, Body: "<!DOCTYPE html><title>Sign out</title><p>You signed out of your account.</p>"}
}
