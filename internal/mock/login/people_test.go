package login_test

import (
	"context"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"maps"
	"math/big"
	"net/url"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/golang-jwt/jwt/v5"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/login"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
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
func crowd(t *testing.T, switches map[string]string) mocktest.Client {
	t.Helper()
	p := platform(t, server.Application{ClientSecret: secret})
	p.AddUser(server.User{UserPrincipalName: "admin@contoso.onmicrosoft.com"}) // who came with the tenant, and administers it no more
	p.AddUser(server.User{UserPrincipalName: bob, Password: "p@ss"})
	p.AddUser(server.User{ID: annID, UserPrincipalName: ann, DisplayName: "Ann Admin", Roles: []string{"Power Platform Administrator"}})
	for name, value := range switches {
		p.SetSwitch(name, value)
	}
	return p
}

// denied fails the test unless the sign-in service refuses with one of its codes.
func denied(t *testing.T, a mocktest.Answer, code string) {
	t.Helper()
	if a.Has(doc{"error": mocktest.Some, "error_description": mocktest.Like(code + ":*")}).Status < 400 {
		t.Error(a)
	}
}

// claimsOf checks a token with the keys that the authority publishes.
func claimsOf(t *testing.T, p mocktest.Client, text, keysAt string) jwt.MapClaims {
	t.Helper()
	claims := jwt.MapClaims{}
	_, err := jwt.ParseWithClaims(text, claims, func(token *jwt.Token) (any, error) {
		for _, key := range p.Send("GET", keysAt, nil).List("keys") {
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
	mocktest.Has(t, doc(claimsOf(t, p, token, base+"/discovery/v2.0/keys")), doc{
		"iss": "https://sts.windows.net/" + tenantID + "/", "aud": "https://service.powerapps.com", "upn": ann, "unique_name": ann, "oid": annID, "tid": tenantID,
		"appid": azureCLI, "appidacr": "0", "scp": "user_impersonation", "idtyp": "user", "ver": "1.0", "name": "Ann Admin", "given_name": "Ann", "family_name": "Admin",
	})
	whoami(p, token).Want(200).Has(doc{"oid": annID, "appid": azureCLI})
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
				d := p.Send("POST", at+"devicecode", url.Values{"client_id": {clientID}, asked: {resource}}).Want(200)
				d.Has(doc{"message": mocktest.Like("*" + d.Text("user_code") + "*")})
				for _, kind := range want {
					a := p.Send("POST", at+"token", url.Values{"client_id": {clientID}, "grant_type": {grant}, code: {d.Text("device_code")}})
					if kind != "" {
						a.Want(400, kind)
						continue
					}
					a.Want(200).Has(doc{"refresh_token": mocktest.Some, "expires_in": map[bool]any{true: "3599", false: 3599}[v1]})
				}
			})
		}
	}
}

// visit opens the page of the sign-in service and returns what it sends back.
func visit(t *testing.T, p mocktest.Client, at string, query url.Values) (*url.URL, url.Values) {
	t.Helper()
	to, err := url.Parse(p.Send("GET", at+"?"+query.Encode(), nil).Want(302).Header.Get("Location"))
	if err != nil {
		t.Fatal(err)
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
		denied(t, p.Send("POST", base+"/oauth2/v2.0/token", f), code)
	}
	_, got = visit(t, p, base+"/oauth2/v2.0/authorize", ask)
	form.Set("code", got.Get("code"))
	a := p.Send("POST", base+"/oauth2/v2.0/token", form).Want(200).Has(doc{"client_info": mocktest.Some})
	mocktest.Has(t, doc(claimsOf(t, p, a.Text("id_token"), base+"/discovery/v2.0/keys")), doc{
		"iss": base + "/v2.0", "aud": clientID, "nonce": "n-1", "preferred_username": ann, "ver": "2.0", "oid": annID, "tid": tenantID,
	})
	p.Send("POST", base+"/oauth2/v2.0/token", form).Want(400, "invalid_grant", "AADSTS54005") // a second time

	again := url.Values{"client_id": {clientID}, "grant_type": {"refresh_token"}, "refresh_token": {a.Text("refresh_token")}, "scope": {"https://api.powerplatform.com/.default"}}
	fresh := p.Send("POST", base+"/oauth2/v2.0/token", again).Want(200).Has(doc{"refresh_token": mocktest.Some})
	mocktest.Has(t, doc(claimsOf(t, p, fresh.Text("access_token"), base+"/discovery/keys")), doc{"aud": "https://api.powerplatform.com", "upn": ann})
	again.Set("client_id", azureCLI)
	p.Send("POST", base+"/oauth2/v2.0/token", again).Want(400, "invalid_grant") // another client refreshes
	whoami(p, a.Text("id_token")).Want(401, "InvalidAuthenticationToken")       // an ID token is no access token
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
	mocktest.Has(t, doc(claimsOf(t, p, got.Get("id_token"), base+"/discovery/keys")), doc{"upn": bob, "ver": "1.0", "iss": "https://sts.windows.net/" + tenantID + "/"})
	ask.Set("response_mode", "form_post")
	p.Send("GET", base+"/oauth2/v2.0/authorize?"+ask.Encode(), nil).Want(200).Says(`<form method="POST" action="`+back, `value="&#34;&gt;&lt;x"`)
	for name, change := range map[string][2]string{
		"access_denied":             {"login_hint", ""},
		"unsupported_response_type": {"response_type", "ticket"},
		"invalid_request":           {"nonce", ""},
	} {
		ask := url.Values{"client_id": {clientID}, "response_type": {"id_token"}, "redirect_uri": {back}, "scope": {"openid"}, "nonce": {"n"}, "state": {"s"}}
		p := crowd(t, nil)
		if name == "access_denied" {
			p.AddUser(server.User{UserPrincipalName: ann})
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
	a := p.Send("POST", at, form(bob, "p@ss")).Want(200)
	mocktest.Has(t, doc(claimsOf(t, p, a.Text("access_token"), base+"/discovery/v2.0/keys")), doc{"aud": "https://graph.microsoft.com", "scp": "User.Read", "upn": bob})
	for code, f := range map[string]url.Values{
		"AADSTS50126": form(bob, "wrong"), "AADSTS50034": form("eve@contoso.onmicrosoft.com", "p@ss"), "AADSTS90002": form("eve@elsewhere.example", "p@ss"),
	} {
		denied(t, p.Send("POST", at, f), code)
	}
	for user, kind := range map[string]string{bob: "Managed", "eve@elsewhere.example": "Unknown"} {
		p.Send("GET", "https://login.microsoftonline.com/common/userrealm/"+user+"?api-version=1.0", nil).Want(200).Has(doc{"account_type": kind})
	}
}

func TestVersionOneOfTheTokenEndpoint(t *testing.T) {
	t.Parallel()
	p := crowd(t, nil)
	c := p.With("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(clientID+":"+secret))).At(base + "/oauth2/token")
	form := url.Values{"grant_type": {"client_credentials"}, "resource": {"https://service.powerapps.com/"}}
	token := c.Send("POST", "", form).Want(200).Has(doc{"resource": "https://service.powerapps.com/", "expires_in": "3599", "refresh_token": nil}).Text("access_token")
	bears(p, token)
	mocktest.Has(t, doc(claimsOf(t, p, token, "https://login.microsoftonline.com/common/discovery/keys")), doc{"appid": clientID, "idtyp": "app", "ver": "1.0", "upn": nil, "scp": nil})
	form.Set("resource", "https://elsewhere.example")
	denied(t, c.Send("POST", "", form), "AADSTS500011")
	form.Del("resource")
	c.Send("POST", "", form).Has(doc{"error_description": mocktest.Like("*'resource'*")})
}

func TestTheTokenEndpointReadsForms(t *testing.T) {
	t.Parallel()
	for _, lenient := range []bool{false, true} {
		p := server.New(server.Options{Lenient: lenient})
		login.Register(p)
		c := mocktest.On(t, p, server.TenantSeed{ID: tenantID, Applications: []server.Application{{ClientID: clientID, ClientSecret: secret}}}).As("")
		a := c.Send("POST", base+"/oauth2/v2.0/token", doc{"grant_type": "client_credentials", "client_id": clientID, "client_secret": secret, "scope": scope})
		if lenient {
			a.Want(200)
			continue
		}
		a.Has(doc{"error": mocktest.Some, "error_description": mocktest.Like("*'grant_type'*")})
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
		a := p.Send("GET", at, nil).Want(200).Has(doc{"issuer": want[0], "token_endpoint": want[1]})
		p.Send("GET", a.Text("jwks_uri"), nil).Want(200).Has(doc{"keys.0": mocktest.Some})
	}
}

func TestTokensLiveAsLongAsTheTenantSays(t *testing.T) {
	t.Parallel()
	p := crowd(t, map[string]string{login.SwitchTokenLifetime: "3m", login.SwitchAccessTokenVersion: "2"})
	form := url.Values{"grant_type": {"password"}, "client_id": {clientID}, "client_secret": {secret}, "scope": {scope}, "username": {bob}, "password": {"p@ss"}}
	a := p.Send("POST", base+"/oauth2/v2.0/token", form).Want(200).Has(doc{"expires_in": 179})
	claims := claimsOf(t, p, a.Text("access_token"), base+"/discovery/v2.0/keys")
	if end, err := claims.GetExpirationTime(); err != nil || time.Until(end.Time) > 3*time.Minute {
		t.Errorf("it ends at %v, %v", end, err)
	}
	mocktest.Has(t, doc(claims), doc{"ver": "2.0", "iss": base + "/v2.0", "azp": clientID, "azpacr": "1", "preferred_username": bob, "appid": nil, "upn": nil})
	whoami(p, a.Text("access_token")).Want(200).Has(doc{"appid": clientID})
}
