package login

import (
	"encoding/base64"
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/identity"
)

// exchange is one request to the token endpoint.
type exchange struct {
	*server.Call
	endpoint
	client string // the application (client) ID
	secret string // of HTTP Basic authentication
	proof  string // how the client has proved who it is
}

func (x *exchange) field(name string) string { return server.Text(x.Body, name) }

// missing refuses a request without a parameter.
func missing(c *server.Call, name string) server.Reply {
	return refuse(c, http.StatusBadRequest, "invalid_request", 900144, "The request body must contain the following parameter: '"+name+"'.")
}

// form leaves the parameters of a form in the body, and nothing of a body of another type: the endpoint reads forms only.
func form(c *server.Call) {
	kind, _, _ := mime.ParseMediaType(c.Request.Header.Get("Content-Type"))
	if len(c.Raw) == 0 || kind == "application/x-www-form-urlencoded" {
		return
	}
	if _, refused := c.Object("the token endpoint reads application/x-www-form-urlencoded, not "+strconv.Quote(kind), server.Reply{}); refused {
		c.Body = nil
	}
}

// resourceField is the parameter that says what a token is for.
func (e endpoint) resourceField() string {
	if e.v1 {
		return "resource"
	}
	return "scope"
}

// token answers the token endpoint.
func (e endpoint) token(c *server.Call) server.Reply {
	form(c)
	x := &exchange{Call: c, endpoint: e, client: server.Text(c.Body, "client_id"), proof: "0"}
	if id, secret, ok := c.Request.BasicAuth(); ok {
		x.client, _ = url.QueryUnescape(id)
		x.secret, _ = url.QueryUnescape(secret)
	}
	grant := x.field("grant_type")
	needed := []string{"grant_type", "client_id"}
	switch strings.TrimPrefix(grant, "urn:ietf:params:oauth:grant-type:") {
	case "client_credentials":
		needed = append(needed, e.resourceField())
	case "authorization_code":
		needed = append(needed, "code", "redirect_uri")
	case "refresh_token":
		needed = append(needed, "refresh_token")
	case "password":
		needed = append(needed, e.resourceField(), "username", "password")
	case "device_code":
		needed = append(needed, e.deviceField())
	}
	for _, name := range needed {
		if x.field(name) == "" && (name != "client_id" || x.client == "") {
			return missing(c, name)
		}
	}
	switch strings.TrimPrefix(grant, "urn:ietf:params:oauth:grant-type:") {
	case "client_credentials":
		return x.clientCredentials()
	case "authorization_code":
		return x.redeemCode()
	case "refresh_token":
		return x.refresh()
	case "password":
		return x.password()
	case "device_code":
		return x.redeemDevice()
	}
	if e.tenant(c) == nil {
		return refuse(c, http.StatusBadRequest, "invalid_request", 90002, unknownTenant(c.Params["tenant"]))
	}
	return refuse(c, http.StatusBadRequest, "unsupported_grant_type", 70003, "The app requested an unsupported grant type '"+grant+"'.")
}

// clientCredentials gives an application a token of its own.
func (x *exchange) clientCredentials() server.Reply {
	t := x.tenant(x.Call)
	if t == nil {
		return refuse(x.Call, http.StatusBadRequest, "invalid_request", 90002, unknownTenant(x.Params["tenant"]))
	}
	app, ok := t.Application(x.client)
	if !ok {
		return x.unknownClient(t)
	}
	if reply, refused := x.authenticate(t, app, true); refused {
		return reply
	}
	audience, reply, refused := x.audience(t)
	if refused {
		return reply
	}
	g := server.Grant{ClientID: app.ClientID, Audience: audience, Proof: x.proof}
	if strings.Contains(audience, "graph") {
		g.Roles = []string{"Application.Read.All", "User.Read.All"}
	}
	return x.answer(t, g, "", "", false)
}

func (x *exchange) unknownClient(t *server.Tenant) server.Reply {
	return refuse(x.Call, http.StatusBadRequest, "unauthorized_client", 700016, "Application with identifier '"+x.client+"' was not found in the directory '"+t.ID+
		"'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. "+
		"You may have sent your authentication request to the wrong tenant.")
}

// authenticate checks the secret or the assertion of the application; must says that it needs one.
func (x *exchange) authenticate(t *server.Tenant, app server.Application, must bool) (server.Reply, bool) {
	secret, assertion := x.field("client_secret"), x.field("client_assertion")
	if secret == "" {
		secret = x.secret
	}
	switch {
	case assertion != "":
		if kind := x.field("client_assertion_type"); kind != assertionType {
			return missing(x.Call, "client_assertion_type"), true
		}
		x.proof = "2"
		return x.checkAssertion(x.Call, t, app, assertion)
	case secret == "" && !must:
		return server.Reply{}, false
	case secret == "":
		return refuse(x.Call, http.StatusUnauthorized, "invalid_client", 7000216, "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type."), true
	case app.ClientSecret == "" || secret != app.ClientSecret:
		return refuse(x.Call, http.StatusUnauthorized, "invalid_client", 7000215, "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, "+
			"not the client secret ID, for a secret added to app '"+app.ClientID+"'."), true
	}
	x.proof = "1"
	return server.Reply{}, false
}

// publicClients are applications of Microsoft that people sign in with and that every tenant knows: Azure CLI, Azure
// PowerShell, Visual Studio, Power Platform CLI, the sample application of Dataverse, Microsoft Graph PowerShell and the
// Microsoft 365 CLI of old.
var publicClients = []string{
	"04b07795-8ddb-461a-bbee-02f9e1bf7b46", "1950a258-227b-4e31-a9cf-717495945fc2", "872cd9fa-d31f-45e0-9eab-6e460a02d1f1",
	"9cee029c-6210-4654-90bb-17e6e9d36617", "51f81489-12ee-4a9e-aaae-a2591f45987d", "14d82eec-204b-4c2f-b7e8-296a70dab67e",
	"31359c7f-bd7e-475c-86db-fdb8c937548e",
}

// knowsClient checks the application with which a person signs in to a tenant.
func (x *exchange) knowsClient(t *server.Tenant) (server.Reply, bool) {
	app, ok := t.Application(x.client)
	if !ok {
		if slices.Contains(publicClients, strings.ToLower(x.client)) {
			return server.Reply{}, false
		}
		return x.unknownClient(t), true
	}
	return x.authenticate(t, app, false)
}

// password signs a person in with name and password:
// https://learn.microsoft.com/entra/identity-platform/v2-oauth-ropc
func (x *exchange) password() server.Reply {
	name := x.field("username")
	t := x.home(x.Call, name)
	if t == nil {
		return refuse(x.Call, http.StatusBadRequest, "invalid_request", 90002, unknownTenant(x.Params["tenant"]))
	}
	if reply, refused := x.knowsClient(t); refused {
		return reply
	}
	user, ok := t.User(name)
	if !ok {
		return refuse(x.Call, http.StatusBadRequest, "invalid_grant", 50034, "The user account {EUII Hidden} does not exist in the "+t.ID+
			" directory. To sign into this application, the account must be added to the directory.")
	}
	if user.Password == "" || user.Password != x.field("password") {
		return refuse(x.Call, http.StatusBadRequest, "invalid_grant", 50126, "Error validating credentials due to invalid username or password.")
	}
	return x.delegate(t, user, x.field(x.resourceField()), "")
}

// delegate gives a client a token for what a person asked for with scope, or with resource at version 1.0.
func (x *exchange) delegate(t *server.Tenant, user server.User, asked, nonce string) server.Reply {
	audience, scopes, reply, refused := x.delegated(t, asked)
	if refused {
		return reply
	}
	g := server.Grant{ClientID: strings.ToLower(x.client), Audience: audience, User: &user, Scopes: scopes, Proof: x.proof}
	offline := x.v1 || slices.Contains(strings.Fields(asked), "offline_access")
	id := "none"
	if x.v1 || slices.Contains(strings.Fields(asked), "openid") {
		id = nonce
	}
	return x.answer(t, g, asked, id, offline)
}

// answer is the answer of the token endpoint. id is the nonce of an ID token, "none" for no ID token.
func (x *exchange) answer(t *server.Tenant, g server.Grant, asked, id string, offline bool) server.Reply {
	x.Tenant = t
	g.V2 = t.Switch(SwitchAccessTokenVersion) == "2"
	g.Issuer = endpoint{x.authority, !g.V2}.issuer()
	token, err := t.AccessToken(g)
	if err != nil {
		return broken(err)
	}
	at, seconds := now().Unix(), int64(lifetime(t)/time.Second)-1
	d := server.Doc{"token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds, "access_token": token}
	if x.v1 {
		text := strconv.FormatInt(seconds, 10)
		d = server.Doc{
			"token_type": "Bearer", "expires_in": text, "ext_expires_in": text, "expires_on": strconv.FormatInt(at+seconds, 10),
			"not_before": strconv.FormatInt(at, 10), "resource": g.Audience, "access_token": token,
		}
	}
	if g.User == nil {
		return unkept(d)
	}
	d["scope"] = granted(g, asked)
	if offline {
		if d["refresh_token"], err = identity.Sign(refreshClaims(t, g)); err != nil {
			return broken(err)
		}
	}
	if id != "none" {
		own := g
		own.V2, own.Issuer = !x.v1, x.issuer()
		if d["id_token"], err = idToken(t, own, id); err != nil {
			return broken(err)
		}
	}
	if x.field("client_info") == "1" {
		d["client_info"] = clientInfo(t, *g.User)
	}
	return unkept(d)
}

func unkept(d server.Doc) server.Reply {
	return server.JSON(http.StatusOK, d).With("Cache-Control", "no-store, no-cache").With("Pragma", "no-cache")
}

// granted are the scopes of a token as the endpoint names them.
func granted(g server.Grant, asked string) string {
	var out []string
	for scope := range strings.FieldsSeq(asked) {
		if slices.Contains(own, scope) && scope != "offline_access" {
			out = append(out, scope)
		}
	}
	for scope := range strings.FieldsSeq(g.Scopes) {
		out = append(out, strings.TrimRight(g.Audience, "/")+"/"+scope)
	}
	return strings.Join(append(out, strings.TrimRight(g.Audience, "/")+"/.default"), " ")
}

// clientInfo tells libraries which account a token belongs to.
func clientInfo(t *server.Tenant, user server.User) string {
	raw, _ := json.Marshal(map[string]string{"uid": user.ID, "utid": t.ID}) // two strings always encode
	return base64.RawURLEncoding.EncodeToString(raw)
}

// What the tokens that only the sign-in service itself reads are for.
const (
	forCode    = "urn:mock:authorization-code"
	forRefresh = "urn:mock:refresh-token"
	forDevice  = "urn:mock:device-code"
)

// refreshLife is how long refresh tokens are good:
// https://learn.microsoft.com/entra/identity-platform/refresh-tokens#token-lifetime
const refreshLife = 90 * 24 * time.Hour

func refreshClaims(t *server.Tenant, g server.Grant) map[string]any {
	return map[string]any{
		"aud": forRefresh, "tenant": t.ID, "user": g.User.ID, "client": strings.ToLower(g.ClientID), "resource": g.Audience, "jti": uuid.NewString(),
		"exp": now().Add(refreshLife).Unix(),
	}
}

// refresh gives a new token for an old sign-in, for any resource: refresh tokens are bound to user and client only.
func (x *exchange) refresh() server.Reply {
	claims, reply, refused := x.own(x.field("refresh_token"), forRefresh)
	if refused {
		return reply
	}
	t, user := x.signedIn(claims)
	switch {
	case t == nil:
		return refuse(x.Call, http.StatusBadRequest, "invalid_grant", 700082, "The refresh token was issued for a user or a tenant that is not there any more.")
	case claims["client"] != strings.ToLower(x.client):
		return refuse(x.Call, http.StatusBadRequest, "invalid_grant", 700005, "Provided Authorization Code is intended to use against other tenant or client, thus rejected.")
	}
	if reply, refused := x.knowsClient(t); refused {
		return reply
	}
	asked := x.field(x.resourceField())
	if asked == "" || !x.v1 && len(slices.DeleteFunc(strings.Fields(asked), func(s string) bool { return slices.Contains(own, s) })) == 0 {
		resource, _ := claims["resource"].(string)
		if !x.v1 {
			resource += "/.default"
		}
		asked = strings.TrimSpace(asked + " " + resource)
	}
	if !x.v1 {
		asked += " offline_access"
	}
	return x.delegate(t, user, asked, "")
}

// own reads a token that only the sign-in service reads.
func (x *exchange) own(text, purpose string) (map[string]any, server.Reply, bool) {
	claims, err := identity.Verify(text)
	if err == nil && claims["aud"] == purpose {
		return claims, server.Reply{}, false
	}
	if claims["aud"] == purpose && expired(err) {
		return nil, refuse(x.Call, http.StatusBadRequest, "invalid_grant", 70008, "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource."), true
	}
	return nil, refuse(x.Call, http.StatusBadRequest, "invalid_grant", 9002313, "Invalid request. Request is malformed or invalid."), true
}

// signedIn is who a token of the sign-in service speaks of.
func (x *exchange) signedIn(claims map[string]any) (*server.Tenant, server.User) {
	id, _ := claims["tenant"].(string)
	t := x.Platform.Tenant(id)
	if t == nil {
		return nil, server.User{}
	}
	name, _ := claims["user"].(string)
	user, ok := t.User(name)
	if !ok {
		return nil, server.User{}
	}
	return t, user
}
