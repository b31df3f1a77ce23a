package login

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// now is the wall clock: the clocks of those who hold tokens are real.
var now = time.Now

func aadsts(code int) string { return "AADSTS" + strconv.Itoa(code) }

// token answers the token endpoint for the client credentials grant.
func (a authority) token(c *server.Call) server.Reply {
	field := func(name string) string { return server.Text(c.Body, name) }
	for _, name := range []string{"grant_type", "client_id", "scope"} {
		if field(name) == "" {
			return refuse(c, http.StatusBadRequest, "invalid_request", 900144, "The request body must contain the following parameter: '"+name+"'.")
		}
	}
	t := a.tenant(c)
	switch {
	case t == nil:
		return refuse(c, http.StatusBadRequest, "invalid_request", 90002, unknownTenant(c.Params["tenant"]))
	case field("grant_type") != "client_credentials":
		return refuse(c, http.StatusBadRequest, "unsupported_grant_type", 70003, "The app requested an unsupported grant type '"+field("grant_type")+"'.")
	}
	app, ok := t.Application(field("client_id"))
	if !ok {
		return refuse(c, http.StatusBadRequest, "unauthorized_client", 700016, "Application with identifier '"+field("client_id")+"' was not found in the directory '"+t.ID+
			"'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. "+
			"You may have sent your authentication request to the wrong tenant.")
	}
	if reply, refused := a.authenticate(c, t, app); refused {
		return reply
	}
	audience, reply, refused := a.audience(c, t, field("scope"))
	if refused {
		return reply
	}
	token, err := t.Token(app.ClientID, audience)
	if err != nil {
		return server.Fail(http.StatusInternalServerError, "MockSigningKey", err.Error())
	}
	seconds := int(server.TokenLifetime/time.Second) - 1
	return server.JSON(http.StatusOK, server.Doc{
		"token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds, "access_token": token,
	}).With("Cache-Control", "no-store, no-cache")
}

// authenticate checks the secret or the assertion of the application.
func (a authority) authenticate(c *server.Call, t *server.Tenant, app server.Application) (server.Reply, bool) {
	secret, assertion := server.Text(c.Body, "client_secret"), server.Text(c.Body, "client_assertion")
	switch {
	case assertion != "":
		if kind := server.Text(c.Body, "client_assertion_type"); kind != assertionType {
			return refuse(c, http.StatusBadRequest, "invalid_request", 900144, "The request body must contain the following parameter: 'client_assertion_type'."), true
		}
		return a.checkAssertion(c, t, app, assertion)
	case secret == "":
		return refuse(c, http.StatusUnauthorized, "invalid_client", 7000216, "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type."), true
	case app.ClientSecret == "" || secret != app.ClientSecret:
		return refuse(c, http.StatusUnauthorized, "invalid_client", 7000215, "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, "+
			"not the client secret ID, for a secret added to app '"+app.ClientID+"'."), true
	}
	return server.Reply{}, false
}

var guid = regexp.MustCompile(`(?i)^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// audience is the audience of a token for a scope: the scope without "/.default".
func (a authority) audience(c *server.Call, t *server.Tenant, scope string) (string, server.Reply, bool) {
	var resources []string
	for one := range strings.FieldsSeq(scope) {
		if slices.Contains([]string{"openid", "profile", "offline_access"}, one) {
			continue
		}
		resource, ok := strings.CutSuffix(one, "/.default")
		if !ok && (!guid.MatchString(one) || t.Switch(SwitchRawScope) == "refuse") {
			return "", refuse(c, http.StatusBadRequest, "invalid_scope", 1002012, "The provided value for scope "+scope+
				" is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI)."), true
		}
		resources = append(resources, resource)
	}
	switch {
	case len(resources) == 0:
		return "", refuse(c, http.StatusBadRequest, "invalid_scope", 70011, "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid."), true
	case len(slices.Compact(slices.Clone(resources))) > 1:
		return "", refuse(c, http.StatusBadRequest, "invalid_request", 28000, "Provided value for the input parameter scope is not valid because it contains more than one resource. Scope "+scope+" is not valid."), true
	case !a.knows(resources[0]):
		return "", refuse(c, http.StatusBadRequest, "invalid_resource", 500011, "The resource principal named "+resources[0]+" was not found in the tenant named "+t.ID+
			". This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. "+
			"You might have sent your authentication request to the wrong tenant."), true
	}
	return resources[0], server.Reply{}, false
}

// knows says whether a resource exists in the cloud of the authority.
func (a authority) knows(resource string) bool {
	name := strings.ToLower(strings.TrimRight(resource, "/"))
	if slices.Contains(everywhere, name) || slices.Contains(a.resources, name) {
		return true
	}
	host, ok := strings.CutPrefix(name, "https://")
	return ok && !strings.Contains(host, "/") && slices.ContainsFunc(a.dynamics, func(p string) bool { return server.Glob(p, host) })
}
