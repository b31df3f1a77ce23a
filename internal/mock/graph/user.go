package graph

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// people adds the users of the tenant, as https://learn.microsoft.com/graph/api/resources/user has them.
func people(r server.Router) {
	r.Route(http.MethodGet, "/users", "users.list", listUsers)
	r.Route(http.MethodGet, "/users/{id}", "users.get", getUser)
	r.Route(http.MethodGet, "/me", "users.me", me)
}

// challenge refuses a call without a token that Microsoft Graph takes. The messages were observed in
// https://github.com/microsoftgraph/microsoft-graph-docs/issues/16208 and its like.
func challenge(c *server.Call, why string) server.Reply {
	switch c.Fault {
	case server.TokenMissing:
		why = "Access token is empty."
	case server.TokenExpired:
		why = "Lifetime validation failed, the token is expired."
	case server.TokenAudience:
		why = "Access token validation failure. Invalid audience."
	case server.TokenInvalid:
		why = "IDX14100: JWT is not well formed, there are no dots (.)."
	case server.TokenTenant:
		why = "The identity of the calling application could not be established."
	}
	return refuse(c, http.StatusUnauthorized, "InvalidAuthenticationToken", why).
		With("WWW-Authenticate", `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000"`)
}

// showUser is a person with the properties that the query selects.
func showUser(c *server.Call, u server.User) server.Doc {
	given, family, _ := strings.Cut(u.DisplayName, " ")
	d := server.Doc{
		"id": u.ID, "displayName": u.DisplayName, "userPrincipalName": u.UserPrincipalName, "mail": u.UserPrincipalName,
		"givenName": given, "surname": family, "businessPhones": []any{}, "jobTitle": nil, "mobilePhone": nil, "officeLocation": nil, "preferredLanguage": nil,
	}
	return selected(c, d)
}

// selected leaves of an object what $select names.
func selected(c *server.Call, d server.Doc) server.Doc {
	if names := c.Query.Get("$select"); names != "" {
		for name := range d {
			if !slices.Contains(strings.Split(names, ","), name) {
				delete(d, name)
			}
		}
	}
	return d
}

func getUser(c *server.Call) server.Reply {
	u, ok := c.Tenant.User(c.Params["id"])
	if !ok {
		return refuse(c, http.StatusNotFound, "Request_ResourceNotFound", "Resource '"+c.Params["id"]+"' does not exist or one of its queried reference-property objects are not present.")
	}
	return oneUser(c, u)
}

func oneUser(c *server.Call, u server.User) server.Reply {
	d := showUser(c, u)
	d["@odata.context"] = "https://" + c.Host + "/v1.0/$metadata#users/$entity"
	return server.JSON(http.StatusOK, d)
}

func me(c *server.Call) server.Reply {
	u, ok := c.Tenant.User(c.Caller.ObjectID)
	if !ok {
		return refuse(c, http.StatusBadRequest, "BadRequest", "/me request is only valid with delegated authentication flow.")
	}
	return oneUser(c, u)
}

var userFilter = regexp.MustCompile(`(?i)^\s*(userPrincipalName|displayName|mail|id)\s+eq\s+'([^']*)'\s*$`)

func listUsers(c *server.Call) server.Reply {
	want := userFilter.FindStringSubmatch(c.Query.Get("$filter"))
	if want == nil && c.Query.Get("$filter") != "" {
		return refuse(c, http.StatusBadRequest, "Request_UnsupportedQuery", "Unsupported or invalid query filter clause specified for property of resource 'User'.")
	}
	value := []any{}
	for _, u := range c.Tenant.Users() {
		fields := map[string]string{"userprincipalname": u.UserPrincipalName, "mail": u.UserPrincipalName, "displayname": u.DisplayName, "id": u.ID}
		if want == nil || strings.EqualFold(want[2], fields[strings.ToLower(want[1])]) {
			value = append(value, showUser(c, u))
		}
	}
	return server.JSON(http.StatusOK, server.Doc{"@odata.context": "https://" + c.Host + "/v1.0/$metadata#users", "value": value})
}
