package login

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/identity"
)

// codeLife is how long an authorization code is good.
const codeLife = 10 * time.Minute

// codes holds what may be used once, and how often a device was asked after, by the ID of the code. What it forgets was
// long ago.
const codes = "sign_in_codes"

// codesKept is how many codes of a tenant are remembered.
const codesKept = 4096

// desk lets one sign-in at a time look at the codes: the routes of this family do not lock the tenant.
type desk struct{ mu sync.Mutex }

type deskKey struct{}

// times counts how often a code of a tenant was shown, this time included.
func times(c *server.Call, t *server.Tenant, id string) int {
	if d, ok := c.Platform.Offered(deskKey{}).(*desk); ok {
		d.mu.Lock()
		defer d.mu.Unlock()
	}
	all := t.Collection(codes)
	d, known := all.Peek(id)
	if !known && all.Len() >= codesKept {
		all.Delete(all.IDs()[0])
	}
	before, _ := d["times"].(float64)
	all.Put(id, server.Doc{"times": before + 1})
	return int(before) + 1
}

func expired(err error) bool { return errors.Is(err, jwt.ErrTokenExpired) }

// authorize signs the administrator of the tenant in, or whom login_hint names, and sends the browser back at once:
// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow. Any redirect address is taken.
func (e endpoint) authorize(c *server.Call) server.Reply {
	in := func(name string) string { return c.Query.Get(name) }
	if c.Request.Method == http.MethodPost {
		in = func(name string) string { return server.Text(c.Body, name) }
	}
	page := func(code int, message string) server.Reply {
		return server.Reply{Status: http.StatusBadRequest, Body: "<!DOCTYPE html><title>Sign in to your account</title><h1>Sorry, but we're having trouble signing you in.</h1><p>" +
			html.EscapeString(aadsts(code)+": "+message) + "</p>"}
	}
	x := &exchange{Call: c, endpoint: e, client: in("client_id")}
	back, err := url.Parse(in("redirect_uri"))
	switch {
	case x.client == "":
		return page(900144, "The request body must contain the following parameter: 'client_id'.")
	case err != nil || back.Scheme == "" || back.Opaque != "":
		return page(50011, "The redirect URI '"+in("redirect_uri")+"' specified in the request does not match the redirect URIs configured for the application '"+x.client+"'.")
	}
	t := e.home(c, in("login_hint"))
	if t == nil {
		return page(90002, unknownTenant(c.Params["tenant"]))
	}
	c.Tenant = t
	if _, refused := x.knowsClient(t); refused {
		return page(700016, "Application with identifier '"+x.client+"' was not found in the directory '"+t.ID+"'.")
	}
	kinds := strings.Fields(in("response_type"))
	mode := in("response_mode")
	if mode == "" {
		mode = "query"
		if !slices.Equal(kinds, []string{"code"}) {
			mode = "fragment"
		}
	}
	out := url.Values{}
	if state := in("state"); state != "" {
		out.Set("state", state)
	}
	asked := in(e.resourceField())
	user, ok := x.person(t, in("login_hint"))
	switch {
	case len(kinds) == 0 || slices.ContainsFunc(kinds, func(k string) bool { return k != "code" && k != "id_token" && k != "token" }):
		x.fail(out, "unsupported_response_type", 700054, "response_type '"+in("response_type")+"' is not enabled for the application.")
	case !ok:
		x.fail(out, "access_denied", 50105, "The tenant has nobody who could sign in: none of its users is an administrator.")
	case slices.Contains(kinds, "id_token") && in("nonce") == "":
		x.fail(out, "invalid_request", 50011, "The request must contain the parameter 'nonce' when an ID token is asked for.")
	case in("code_challenge_method") != "" && in("code_challenge_method") != "S256" && in("code_challenge_method") != "plain":
		x.fail(out, "invalid_request", 501491, "Invalid value of code_challenge_method '"+in("code_challenge_method")+"'.")
	default:
		if err := x.hand(out, t, user, kinds, asked, in); err != nil {
			return broken(err)
		}
	}
	return send(back, mode, out)
}

// person is who signs in: whom the client names, else the administrator.
func (x *exchange) person(t *server.Tenant, hint string) (server.User, bool) {
	if user, ok := t.User(hint); ok && hint != "" {
		return user, true
	}
	return t.Administrator()
}

func (x *exchange) fail(out url.Values, kind string, code int, message string) {
	d, _ := refuse(x.Call, http.StatusBadRequest, kind, code, message).Body.(server.Doc)
	out.Set("error", kind)
	out.Set("error_description", server.Text(d, "error_description"))
	out.Set("error_uri", server.Text(d, "error_uri"))
}

// hand puts what the client asked for into the answer.
func (x *exchange) hand(out url.Values, t *server.Tenant, user server.User, kinds []string, asked string, in func(string) string) error {
	g := server.Grant{ClientID: strings.ToLower(x.client), User: &user, Proof: "0", V2: !x.v1, Issuer: x.issuer()}
	for _, kind := range kinds {
		var text string
		var err error
		switch kind {
		case "code":
			text, err = identity.Sign(map[string]any{
				"aud": forCode, "tenant": t.ID, "user": user.ID, "client": g.ClientID, "asked": asked, "nonce": in("nonce"), "redirect": in("redirect_uri"),
				"challenge": in("code_challenge"), "method": in("code_challenge_method"), "jti": uuid.NewString(), "exp": now().Add(codeLife).Unix(),
			})
		case "id_token":
			text, err = idToken(t, g, in("nonce"))
		case "token":
			kind = "access_token"
			var refused bool
			if g.Audience, g.Scopes, _, refused = x.delegated(t, asked); refused {
				x.fail(out, "invalid_scope", 70011, "The provided value for the input parameter 'scope' is not valid.")
				return nil
			}
			g.V2, g.Issuer = false, x.sts
			text, err = t.AccessToken(g)
			out.Set("token_type", "Bearer")
		}
		if err != nil {
			return err
		}
		out.Set(kind, text)
	}
	if in("client_info") == "1" {
		out.Set("client_info", clientInfo(t, user))
	}
	out.Set("session_state", uuid.NewString())
	return nil
}

// send brings the answer back to the client by way of the browser.
func send(back *url.URL, mode string, out url.Values) server.Reply {
	switch mode {
	case "form_post":
		var fields strings.Builder
		for _, name := range slices.Sorted(keysOf(out)) {
			fields.WriteString(`<input type="hidden" name="` + html.EscapeString(name) + `" value="` + html.EscapeString(out.Get(name)) + `">`)
		}
		return server.Reply{Status: http.StatusOK, Body: `<!DOCTYPE html><title>Working...</title><form method="POST" action="` + html.EscapeString(back.String()) + `">` +
			fields.String() + `<noscript><button>Continue</button></noscript></form><script>document.forms[0].submit()</script>`}
	case "fragment":
		back.Fragment, back.RawFragment = "", ""
		return server.Empty(http.StatusFound).With("Location", back.String()+"#"+out.Encode())
	}
	query := back.Query()
	for name := range out {
		query.Set(name, out.Get(name))
	}
	back.RawQuery = query.Encode()
	return server.Empty(http.StatusFound).With("Location", back.String())
}

func keysOf(v url.Values) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for name := range v {
			if !yield(name) {
				return
			}
		}
	}
}

// redeemCode gives a token for an authorization code.
func (x *exchange) redeemCode() server.Reply {
	claims, reply, refused := x.own(x.field("code"), forCode)
	if refused {
		return reply
	}
	text := func(name string) string { s, _ := claims[name].(string); return s }
	grant := func(code int, message string) server.Reply {
		return refuse(x.Call, http.StatusBadRequest, "invalid_grant", code, message)
	}
	t, user := x.signedIn(claims)
	switch {
	case t == nil:
		return grant(50034, "The user account {EUII Hidden} does not exist in the directory.")
	case text("client") != strings.ToLower(x.client):
		return grant(700005, "Provided Authorization Code is intended to use against other tenant or client, thus rejected.")
	case text("redirect") != x.field("redirect_uri"):
		return grant(500112, "The reply address '"+x.field("redirect_uri")+"' does not match the reply address '"+text("redirect")+"' provided when requesting Authorization code.")
	case !proven(text("challenge"), text("method"), x.field("code_verifier")):
		return grant(501481, "The Code_Verifier does not match the code_challenge supplied in the authorization request.")
	case times(x.Call, t, text("jti")) > 1:
		return grant(54005, "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.")
	}
	if reply, refused := x.knowsClient(t); refused {
		return reply
	}
	asked := x.field(x.resourceField())
	if asked == "" {
		asked = text("asked")
	}
	return x.delegate(t, user, asked, text("nonce"))
}

// proven checks the proof key for code exchange, RFC 7636.
func proven(challenge, method, verifier string) bool {
	if method == "S256" {
		sum := sha256.Sum256([]byte(verifier))
		verifier = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	return challenge == "" || challenge == verifier
}
