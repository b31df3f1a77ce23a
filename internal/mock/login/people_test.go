package login_test

import (
	"context"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"maps"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/golang-jwt/jwt/v5"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/login"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

const (
	ann      = "ann@contoso.onmicrosoft.com"
	bob      = "bob@contoso.onmicrosoft.com"
	annID    = "40000000-0000-4000-8000-000000000004"
	base     = "https://login.microsoftonline.com/" + tenantID
	azureCLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
	back     = "http://localhost:8400/signed-in?kept=1"
)

// crowd is the platform with two people, the second of whom administers it.
func crowd(t *testing.T, switches map[string]string) *server.Platform {
	t.Helper()
	p := platform(t, server.Application{ClientSecret: secret})
	tenant := p.Tenant(tenantID)
	tenant.AddUser(server.User{UserPrincipalName: "admin@contoso.onmicrosoft.com"}) // who came with the tenant, and administers it no more
	tenant.AddUser(server.User{UserPrincipalName: bob, Password: "p@ss"})
	tenant.AddUser(server.User{ID: annID, UserPrincipalName: ann, DisplayName: "Ann Admin", Roles: []string{"Power Platform Administrator"}})
	for name, value := range switches {
		tenant.SetSwitch(name, value)
	}
	return p
}

// post sends a form.
func post(t *testing.T, p *server.Platform, at string, form url.Values) (int, map[string]any) {
	t.Helper()
	return send(t, p, http.MethodPost, at, http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, form.Encode())
}

// claimsOf checks a token with the keys that the authority publishes.
func claimsOf(t *testing.T, p *server.Platform, token any, keysAt string) jwt.MapClaims {
	t.Helper()
	text, _ := token.(string)
	claims := jwt.MapClaims{}
	_, err := jwt.ParseWithClaims(text, claims, func(token *jwt.Token) (any, error) {
		_, set := send(t, p, http.MethodGet, keysAt, http.Header{}, "")
		for _, one := range set["keys"].([]any) {
			key, _ := one.(map[string]any)
			if key["kid"] != token.Header["kid"] {
				continue
			}
			raw, err := base64.StdEncoding.DecodeString(key["x5c"].([]any)[0].(string))
			if err != nil {
				return nil, err
			}
			certificate, err := x509.ParseCertificate(raw)
			if err != nil {
				return nil, err
			}
			n, err := base64.RawURLEncoding.DecodeString(key["n"].(string))
			if err != nil {
				return nil, err
			}
			public, ok := certificate.PublicKey.(*rsa.PublicKey)
			if !ok || public.N.Cmp(new(big.Int).SetBytes(n)) != 0 {
				t.Error("the certificate holds another key")
			}
			return public, nil
		}
		t.Errorf("no key %v", token.Header["kid"])
		return nil, jwt.ErrTokenUnverifiable
	}, jwt.WithValidMethods([]string{"RS256"}))
	if err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	return claims
}

func is(t *testing.T, claims map[string]any, want map[string]any) {
	t.Helper()
	for name, value := range want {
		if got := claims[name]; got != value {
			t.Errorf("%s is %v, want %v", name, got, value)
		}
	}
}

func TestADeviceCodeIsApprovedByTheAdministrator(t *testing.T) {
	t.Parallel()
	p := crowd(t, nil)
	told := ""
	c, err := azidentity.NewDeviceCodeCredential(&azidentity.DeviceCodeCredentialOptions{
		ClientOptions: options(p), TenantID: "organizations", ClientID: azureCLI,
		UserPrompt: func(_ context.Context, m azidentity.DeviceCodeMessage) error { told = m.VerificationURL; return nil },
	})
	token, err := get(t, c, err, scope)
	if err != nil {
		t.Fatal(err)
	}
	if told != "https://microsoft.com/devicelogin" {
		t.Errorf("the user was sent to %q", told)
	}
	is(t, claimsOf(t, p, token, base+"/discovery/v2.0/keys"), map[string]any{
		"iss": "https://sts.windows.net/" + tenantID + "/", "aud": "https://service.powerapps.com", "upn": ann, "unique_name": ann, "oid": annID, "tid": tenantID,
		"appid": azureCLI, "appidacr": "0", "scp": "user_impersonation", "idtyp": "user", "ver": "1.0", "name": "Ann Admin", "given_name": "Ann", "family_name": "Admin",
	})
	if status, body := whoami(t, p, token); status != 200 || body["oid"] != annID || body["appid"] != azureCLI {
		t.Errorf("the API answers %d %v", status, body)
	}
}

func TestDeviceCodesEndAsTheSwitchSays(t *testing.T) {
	t.Parallel()
	for said, want := range map[string][]string{
		"":          {"", "bad_verification_code"},
		"pending:2": {"authorization_pending", "authorization_pending", "", "bad_verification_code"},
		"declined":  {"authorization_declined", "authorization_declined"},
		"expired":   {"expired_token"},
	} {
		for _, v1 := range []bool{false, true} {
			t.Run(said+map[bool]string{true: " v1"}[v1], func(t *testing.T) {
				t.Parallel()
				p := crowd(t, map[string]string{login.SwitchDevice: said})
				at, asked, code, grant := base+"/oauth2/v2.0/", "scope", "device_code", "urn:ietf:params:oauth:grant-type:device_code"
				resource := scope + " offline_access"
				if v1 {
					at, asked, code, grant, resource = base+"/oauth2/", "resource", "code", "device_code", "https://service.powerapps.com/"
				}
				status, d := post(t, p, at+"devicecode", url.Values{"client_id": {clientID}, asked: {resource}})
				if status != 200 || !strings.Contains(server.Text(d, "message"), server.Text(d, "user_code")) {
					t.Fatalf("%d %v", status, d)
				}
				for i, kind := range want {
					status, body := post(t, p, at+"token", url.Values{"client_id": {clientID}, "grant_type": {grant}, code: {server.Text(d, "device_code")}})
					if got, _ := body["error"].(string); got != kind || (status == 200) != (kind == "") {
						t.Fatalf("ask %d: %d %v, want %q", i+1, status, body, kind)
					}
					if kind == "" && (body["refresh_token"] == nil || v1 && body["expires_in"] != "3599" || !v1 && body["expires_in"] != 3599.0) {
						t.Errorf("the answer is %v", body)
					}
				}
			})
		}
	}
}

// visit opens the page of the sign-in service and returns what it sends back.
func visit(t *testing.T, p *server.Platform, at string, query url.Values) (*url.URL, url.Values) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, at+"?"+query.Encode(), nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := p.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	to, err := url.Parse(res.Header.Get("Location"))
	if err != nil || res.StatusCode != http.StatusFound {
		t.Fatalf("%d to %q: %v", res.StatusCode, res.Header.Get("Location"), err)
	}
	if to.Fragment != "" {
		values, err := url.ParseQuery(to.EscapedFragment())
		if err != nil {
			t.Fatal(err)
		}
		return to, values
	}
	return to, to.Query()
}

func TestAnAuthorizationCodeIsRedeemedOnceAndByWhoAsked(t *testing.T) {
	t.Parallel()
	p := crowd(t, nil)
	sum := sha256.Sum256([]byte("verifier"))
	ask := url.Values{
		"client_id": {clientID}, "response_type": {"code"}, "redirect_uri": {back}, "scope": {scope + " openid profile offline_access"}, "state": {"s-1"}, "nonce": {"n-1"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"}, "client_info": {"1"},
	}
	to, got := visit(t, p, base+"/oauth2/v2.0/authorize", ask)
	if to.Host != "localhost:8400" || got.Get("state") != "s-1" || got.Get("kept") != "1" || got.Get("client_info") == "" {
		t.Fatalf("sent back to %s", to)
	}
	form := url.Values{"client_id": {clientID}, "grant_type": {"authorization_code"}, "code": {got.Get("code")}, "redirect_uri": {back}, "code_verifier": {"verifier"}, "client_info": {"1"}}
	with := func(name, value string) url.Values {
		out := url.Values{}
		maps.Copy(out, form)
		out.Set(name, value)
		return out
	}
	for code, f := range map[string]url.Values{
		"AADSTS501481":  with("code_verifier", "another"),
		"AADSTS500112":  with("redirect_uri", "http://localhost/other"),
		"AADSTS700005":  with("client_id", azureCLI),
		"AADSTS9002313": with("code", "nonsense"),
		"AADSTS7000215": with("client_secret", "wrong"),
	} {
		if status, body := post(t, p, base+"/oauth2/v2.0/token", f); status < 400 || !strings.HasPrefix(server.Text(body, "error_description"), code+":") {
			t.Errorf("%d %v, want %s", status, body, code)
		}
	}
	_, got = visit(t, p, base+"/oauth2/v2.0/authorize", ask)
	form.Set("code", got.Get("code"))
	status, body := post(t, p, base+"/oauth2/v2.0/token", form)
	if status != 200 || body["client_info"] == nil {
		t.Fatalf("%d %v", status, body)
	}
	is(t, claimsOf(t, p, body["id_token"], base+"/discovery/v2.0/keys"), map[string]any{
		"iss": base + "/v2.0", "aud": clientID, "nonce": "n-1", "preferred_username": ann, "ver": "2.0", "oid": annID, "tid": tenantID,
	})
	if status, body := post(t, p, base+"/oauth2/v2.0/token", form); status != 400 || !strings.Contains(server.Text(body, "error_description"), "AADSTS54005") {
		t.Errorf("a second time: %d %v", status, body)
	}

	again := url.Values{"client_id": {clientID}, "grant_type": {"refresh_token"}, "refresh_token": {server.Text(body, "refresh_token")}, "scope": {"https://api.powerplatform.com/.default"}}
	status, fresh := post(t, p, base+"/oauth2/v2.0/token", again)
	if status != 200 || fresh["refresh_token"] == nil {
		t.Fatalf("%d %v", status, fresh)
	}
	is(t, claimsOf(t, p, fresh["access_token"], base+"/discovery/keys"), map[string]any{"aud": "https://api.powerplatform.com", "upn": ann})
	again.Set("client_id", azureCLI)
	if status, body := post(t, p, base+"/oauth2/v2.0/token", again); status != 400 {
		t.Errorf("another client refreshes: %d %v", status, body)
	}
	if status, _ := whoami(t, p, server.Text(body, "id_token")); status != 401 {
		t.Errorf("an ID token is an access token: %d", status)
	}
}

func TestAnswersComeInTheModeThatWasAskedFor(t *testing.T) {
	t.Parallel()
	p := crowd(t, nil)
	ask := url.Values{"client_id": {clientID}, "response_type": {"code id_token"}, "redirect_uri": {back}, "scope": {"openid User.Read"}, "nonce": {"n"}, "state": {`"><x`}}
	to, got := visit(t, p, base+"/oauth2/v2.0/authorize", ask)
	if to.Fragment == "" || got.Get("code") == "" || got.Get("id_token") == "" {
		t.Errorf("an ID token comes in the fragment, not as %s", to)
	}
	ask.Set("login_hint", bob)
	ask.Set("response_type", "id_token token")
	_, got = visit(t, p, base+"/oauth2/authorize", ask)
	is(t, claimsOf(t, p, got.Get("id_token"), base+"/discovery/keys"), map[string]any{"upn": bob, "ver": "1.0", "iss": "https://sts.windows.net/" + tenantID + "/"})
	ask.Set("response_mode", "form_post")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/oauth2/v2.0/authorize?"+ask.Encode(), nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := p.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	page := make([]byte, 1<<16)
	n, _ := res.Body.Read(page)
	if text := string(page[:n]); res.StatusCode != 200 || !strings.Contains(text, `<form method="POST" action="`+back) || !strings.Contains(text, `value="&#34;&gt;&lt;x"`) {
		t.Errorf("%d %s", res.StatusCode, text)
	}
	for name, change := range map[string][2]string{
		"access_denied":             {"login_hint", ""},
		"unsupported_response_type": {"response_type", "ticket"},
		"invalid_request":           {"nonce", ""},
	} {
		ask := url.Values{"client_id": {clientID}, "response_type": {"id_token"}, "redirect_uri": {back}, "scope": {"openid"}, "nonce": {"n"}, "state": {"s"}}
		p := crowd(t, nil)
		if name == "access_denied" {
			p.Tenant(tenantID).AddUser(server.User{UserPrincipalName: ann})
		}
		ask.Set(change[0], change[1])
		if _, got := visit(t, p, base+"/oauth2/v2.0/authorize", ask); got.Get("error") != name || got.Get("state") != "s" {
			t.Errorf("%v, want %s", got, name)
		}
	}
}

func TestPasswordsOfPeople(t *testing.T) {
	t.Parallel()
	p := crowd(t, nil)
	form := func(user, password string) url.Values {
		return url.Values{"client_id": {azureCLI}, "grant_type": {"password"}, "scope": {"https://graph.microsoft.com/User.Read openid"}, "username": {user}, "password": {password}}
	}
	const at = "https://login.microsoftonline.com/organizations/oauth2/v2.0/token"
	status, body := post(t, p, at, form(bob, "p@ss"))
	if status != 200 {
		t.Fatalf("%d %v", status, body)
	}
	is(t, claimsOf(t, p, body["access_token"], base+"/discovery/v2.0/keys"), map[string]any{"aud": "https://graph.microsoft.com", "scp": "User.Read", "upn": bob})
	for code, f := range map[string]url.Values{
		"AADSTS50126": form(bob, "wrong"), "AADSTS50034": form("eve@contoso.onmicrosoft.com", "p@ss"), "AADSTS90002": form("eve@elsewhere.example", "p@ss"),
	} {
		if status, body := post(t, p, at, f); status != 400 || !strings.HasPrefix(server.Text(body, "error_description"), code+":") {
			t.Errorf("%d %v, want %s", status, body, code)
		}
	}
	for user, kind := range map[string]string{bob: "Managed", "eve@elsewhere.example": "Unknown"} {
		if _, body := send(t, p, http.MethodGet, "https://login.microsoftonline.com/common/userrealm/"+user+"?api-version=1.0", http.Header{}, ""); body["account_type"] != kind {
			t.Errorf("%s: %v", user, body)
		}
	}
}

func TestVersionOneOfTheTokenEndpoint(t *testing.T) {
	t.Parallel()
	p := crowd(t, nil)
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(clientID+":"+secret)))
	form := url.Values{"grant_type": {"client_credentials"}, "resource": {"https://service.powerapps.com/"}}
	status, body := send(t, p, http.MethodPost, base+"/oauth2/token", header, form.Encode())
	if status != 200 || body["resource"] != "https://service.powerapps.com/" || body["expires_in"] != "3599" || body["refresh_token"] != nil {
		t.Fatalf("%d %v", status, body)
	}
	token := server.Text(body, "access_token")
	bears(t, p, token)
	is(t, claimsOf(t, p, token, "https://login.microsoftonline.com/common/discovery/keys"), map[string]any{"appid": clientID, "idtyp": "app", "ver": "1.0", "upn": nil, "scp": nil})
	form.Set("resource", "https://elsewhere.example")
	if _, body := send(t, p, http.MethodPost, base+"/oauth2/token", header, form.Encode()); !strings.Contains(server.Text(body, "error_description"), "AADSTS500011") {
		t.Errorf("%v", body)
	}
	form.Del("resource")
	if _, body := send(t, p, http.MethodPost, base+"/oauth2/token", header, form.Encode()); !strings.Contains(server.Text(body, "error_description"), "'resource'") {
		t.Errorf("%v", body)
	}
}

func TestTheTokenEndpointReadsForms(t *testing.T) {
	t.Parallel()
	for _, lenient := range []bool{false, true} {
		p := server.New(server.Options{Lenient: lenient})
		login.Register(p)
		p.AddTenant(server.TenantSeed{ID: tenantID, Applications: []server.Application{{ClientID: clientID, ClientSecret: secret}}})
		status, body := send(t, p, http.MethodPost, base+"/oauth2/v2.0/token", http.Header{"Content-Type": {"application/json"}},
			`{"grant_type":"client_credentials","client_id":"`+clientID+`","client_secret":"`+secret+`","scope":"`+scope+`"}`)
		if (status == 200) != lenient || !lenient && !strings.Contains(server.Text(body, "error_description"), "'grant_type'") {
			t.Errorf("lenient %v: %d %v", lenient, status, body)
		}
	}
}

func TestBothConfigurationsLeadToTheirOwnEndpoints(t *testing.T) {
	t.Parallel()
	p := crowd(t, nil)
	for at, want := range map[string][2]string{
		base + "/.well-known/openid-configuration":                                         {"https://sts.windows.net/" + tenantID + "/", base + "/oauth2/token"},
		base + "/v2.0/.well-known/openid-configuration":                                    {base + "/v2.0", base + "/oauth2/v2.0/token"},
		"https://login.windows.net/" + tenantID + "/v2.0/.well-known/openid-configuration": {base + "/v2.0", "https://login.windows.net/" + tenantID + "/oauth2/v2.0/token"},
		"https://login.microsoftonline.com/common/v2.0/.well-known/openid-configuration":   {"https://login.microsoftonline.com/{tenantid}/v2.0", "https://login.microsoftonline.com/common/oauth2/v2.0/token"},
		"https://login.chinacloudapi.cn/" + tenantID + "/.well-known/openid-configuration": {"https://sts.chinacloudapi.cn/" + tenantID + "/", "https://login.chinacloudapi.cn/" + tenantID + "/oauth2/token"},
	} {
		status, body := send(t, p, http.MethodGet, at, http.Header{}, "")
		if status != 200 || body["issuer"] != want[0] || body["token_endpoint"] != want[1] {
			t.Errorf("%s: %d %v", at, status, body)
		}
		if status, keys := send(t, p, http.MethodGet, server.Text(body, "jwks_uri"), http.Header{}, ""); status != 200 || len(keys["keys"].([]any)) == 0 {
			t.Errorf("%s: %d %v", server.Text(body, "jwks_uri"), status, keys)
		}
	}
}

func TestTokensLiveAsLongAsTheTenantSays(t *testing.T) {
	t.Parallel()
	p := crowd(t, map[string]string{server.SwitchTokenLifetime: "3m", login.SwitchAccessTokenVersion: "2"})
	form := url.Values{"grant_type": {"password"}, "client_id": {clientID}, "client_secret": {secret}, "scope": {scope}, "username": {bob}, "password": {"p@ss"}}
	_, body := post(t, p, base+"/oauth2/v2.0/token", form)
	claims := claimsOf(t, p, body["access_token"], base+"/discovery/v2.0/keys")
	end, err := claims.GetExpirationTime()
	if err != nil || time.Until(end.Time) > 3*time.Minute || body["expires_in"] != 179.0 {
		t.Errorf("it ends at %v, expires_in %v", end, body["expires_in"])
	}
	is(t, claims, map[string]any{"ver": "2.0", "iss": base + "/v2.0", "azp": clientID, "azpacr": "1", "preferred_username": bob, "appid": nil, "upn": nil})
	if status, body := whoami(t, p, server.Text(body, "access_token")); status != 200 || body["appid"] != clientID {
		t.Errorf("%d %v", status, body)
	}
}
