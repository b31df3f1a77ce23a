package login_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/golang-jwt/jwt/v5"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/login"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/witness"
)

const (
	tenantID = "10000000-0000-4000-8000-000000000001"
	clientID = "20000000-0000-4000-8000-000000000002"
	objectID = "30000000-0000-4000-8000-000000000003"
	unknown  = "90000000-0000-4000-8000-000000000009"
	secret   = "s3cret"
	scope    = "https://service.powerapps.com/.default"
	api      = "api.bap.microsoft.com"
)

// platform has one tenant with one application, and an API that answers whoami.
func platform(t *testing.T, app server.Application) *server.Platform {
	t.Helper()
	p := server.New(server.Options{})
	witness.Record(t, p, "")
	login.Register(p)
	p.Audience(api, "https://service.powerapps.com")
	p.Route(api, http.MethodGet, "/whoami", "whoami", func(c *server.Call) server.Reply {
		return server.JSON(http.StatusOK, server.Doc{"tid": c.Caller.TenantID, "oid": c.Caller.ObjectID, "appid": c.Caller.AppID})
	})
	app.ClientID, app.ObjectID = clientID, objectID
	p.AddTenant(server.TenantSeed{ID: tenantID, Domains: []string{"contoso.onmicrosoft.com"}, Applications: []server.Application{app}})
	return p
}

func options(p *server.Platform) azcore.ClientOptions {
	return azcore.ClientOptions{Transport: p, Retry: policy.RetryOptions{MaxRetries: -1}}
}

func get(t *testing.T, c azcore.TokenCredential, err error, scope string) (string, error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	token, err := c.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{scope}})
	return token.Token, err
}

// bears checks that the API knows the holder of the token.
func bears(t *testing.T, p *server.Platform, token string) {
	t.Helper()
	status, body := whoami(t, p, token)
	if status != 200 || body["tid"] != tenantID || body["oid"] != objectID || body["appid"] != clientID {
		t.Errorf("the API answers %d %v", status, body)
	}
}

func whoami(t *testing.T, p *server.Platform, token string) (int, map[string]any) {
	t.Helper()
	return send(t, p, http.MethodGet, "https://"+api+"/whoami", http.Header{"Authorization": {"Bearer " + token}}, "")
}

func send(t *testing.T, p *server.Platform, method, address string, header http.Header, body string) (int, map[string]any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = header
	res, err := p.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]any{}
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatalf("%v: %s", err, raw)
	}
	return res.StatusCode, out
}

// refused checks status and code of what Entra answered to the credential.
func refused(t *testing.T, err error, status int, code string) {
	t.Helper()
	var failed *azidentity.AuthenticationFailedError
	if !errors.As(err, &failed) || failed.RawResponse == nil {
		t.Fatalf("error: %v", err)
	}
	if failed.RawResponse.StatusCode != status || !strings.Contains(err.Error(), code+": ") {
		t.Errorf("want %d %s, got %v", status, code, err)
	}
}

func TestClientSecretSignsInAtEveryAuthority(t *testing.T) {
	t.Parallel()
	for authority, scope := range map[string]string{
		"https://login.microsoftonline.com/":              scope,
		"https://login.microsoft.com/":                    "https://org1.crm4.dynamics.com/.default",
		"https://login.windows.net/":                      "https://gcc.adminanalytics.powerplatform.microsoft.us//.default",
		"https://login.microsoftonline.us/":               "https://high.service.apps.appsplatform.us/.default",
		"https://login.chinacloudapi.cn/":                 "https://service.powerapps.cn/.default",
		"https://login.microsoftonline.eaglex.ic.gov/":    "https://service.powerapps.eaglex.ic.gov/.default",
		"https://login.microsoftonline.microsoft.scloud/": "https://service.powerapps.microsoft.scloud/.default",
	} {
		t.Run(authority, func(t *testing.T) {
			t.Parallel()
			p := platform(t, server.Application{ClientSecret: secret})
			o := options(p)
			o.Cloud = cloud.Configuration{ActiveDirectoryAuthorityHost: authority}
			c, err := azidentity.NewClientSecretCredential(tenantID, clientID, secret, &azidentity.ClientSecretCredentialOptions{ClientOptions: o})
			token, err := get(t, c, err, scope)
			if err != nil {
				t.Fatal(err)
			}
			claims, err := server.Verify(token)
			if err != nil || claims["aud"] != strings.TrimSuffix(scope, "/.default") || claims["tid"] != tenantID || claims["oid"] != objectID || claims["appid"] != clientID {
				t.Errorf("claims %v, %v", claims, err)
			}
		})
	}
}

func TestClientSecretRefusals(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		tenant, client, secret, scope string
		status                        int
		code                          string
	}{
		"wrong secret":        {tenantID, clientID, "wrong", scope, 401, "AADSTS7000215"},
		"unknown application": {tenantID, unknown, secret, scope, 400, "AADSTS700016"},
		"unknown tenant":      {unknown, clientID, secret, scope, 400, "AADSTS90002"},
		"unknown resource":    {tenantID, clientID, secret, "https://nonsense.example/.default", 400, "AADSTS500011"},
		"other cloud":         {tenantID, clientID, secret, "https://service.powerapps.cn/.default", 400, "AADSTS500011"},
		"permission as scope": {tenantID, clientID, secret, "https://service.powerapps.com/user_impersonation", 400, "AADSTS1002012"},
		"no resource":         {tenantID, clientID, secret, "openid", 400, "AADSTS70011"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := platform(t, server.Application{ClientSecret: secret})
			cred, err := azidentity.NewClientSecretCredential(c.tenant, c.client, c.secret, &azidentity.ClientSecretCredentialOptions{ClientOptions: options(p)})
			_, err = get(t, cred, err, c.scope)
			refused(t, err, c.status, c.code)
		})
	}
}

func TestApplicationWithoutASecretHasNone(t *testing.T) {
	t.Parallel()
	p := platform(t, server.Application{})
	cred, err := azidentity.NewClientSecretCredential(tenantID, clientID, "any", &azidentity.ClientSecretCredentialOptions{ClientOptions: options(p)})
	_, err = get(t, cred, err, scope)
	refused(t, err, 401, "AADSTS7000215")
}

func TestTokenIsGoodForItsAudienceOnly(t *testing.T) {
	t.Parallel()
	p := platform(t, server.Application{ClientSecret: secret})
	c, err := azidentity.NewClientSecretCredential(tenantID, clientID, secret, &azidentity.ClientSecretCredentialOptions{ClientOptions: options(p)})
	token, err := get(t, c, err, scope)
	if err != nil {
		t.Fatal(err)
	}
	bears(t, p, token)
	for _, other := range []string{"https://api.powerplatform.com/.default", "https://management.azure.com/.default", "065d9450-1e87-434e-ac2f-69af271549ed"} {
		token, err := get(t, c, nil, other)
		if err != nil {
			t.Fatal(err)
		}
		if status, body := whoami(t, p, token); status != 401 || server.Text(body, "error.code") != "InvalidAuthenticationToken" {
			t.Errorf("%s: %d %v", other, status, body)
		}
	}
}

func TestJournalNamesTheTenantThatSignedInAndKeepsNoSecret(t *testing.T) {
	t.Parallel()
	p := platform(t, server.Application{ClientSecret: secret})
	c, err := azidentity.NewClientSecretCredential(tenantID, clientID, secret, &azidentity.ClientSecretCredentialOptions{ClientOptions: options(p)})
	if _, err := get(t, c, err, scope); err != nil {
		t.Fatal(err)
	}
	var found bool
	for _, e := range p.Journal(tenantID) {
		if e.Operation == "login.token" {
			found = true
			if server.Text(e.Body, "client_id") != clientID || strings.Contains(server.Text(e.Body, "client_secret"), secret) {
				t.Errorf("body: %v", e.Body)
			}
		}
	}
	if !found {
		t.Errorf("journal: %+v", p.Journal(""))
	}
}

func TestFaultsReachTheTokenEndpoint(t *testing.T) {
	t.Parallel()
	p := platform(t, server.Application{ClientSecret: secret})
	p.Inject(server.Fault{Operation: "login.token", Tenant: tenantID, Status: 503, Headers: map[string]string{"Retry-After": "60"}})
	o := options(p)
	o.Retry.MaxRetries = 1
	c, err := azidentity.NewClientSecretCredential(tenantID, clientID, secret, &azidentity.ClientSecretCredentialOptions{ClientOptions: o})
	if _, err := get(t, c, err, scope); err != nil {
		t.Fatal(err)
	}
	if p.Faults()[0].Hits != 1 {
		t.Errorf("faults: %+v", p.Faults())
	}
}

// certificate makes a self-signed certificate with its key, and its forms in a seed.
func certificate(t *testing.T, expires time.Time) (crt *x509.Certificate, key *rsa.PrivateKey, text string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mock"}, NotBefore: expires.Add(-48 * time.Hour), NotAfter: expires}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	crt, err = x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return crt, key, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func TestCertificateSignsInWhenItIsRegistered(t *testing.T) {
	t.Parallel()
	tomorrow := time.Now().Add(24 * time.Hour)
	crt, key, text := certificate(t, tomorrow)
	other, otherKey, _ := certificate(t, tomorrow)
	old, oldKey, oldText := certificate(t, time.Now().Add(-time.Hour))
	signIn := func(t *testing.T, registered string, crt *x509.Certificate, key *rsa.PrivateKey) (*server.Platform, string, error) {
		t.Helper()
		p := platform(t, server.Application{Certificates: []string{registered}})
		c, err := azidentity.NewClientCertificateCredential(tenantID, clientID, []*x509.Certificate{crt}, key, &azidentity.ClientCertificateCredentialOptions{ClientOptions: options(p)})
		token, err := get(t, c, err, scope)
		return p, token, err
	}
	for name, registered := range map[string]string{"PEM": text, "DER": base64.StdEncoding.EncodeToString(crt.Raw)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, token, err := signIn(t, registered, crt, key)
			if err != nil {
				t.Fatal(err)
			}
			bears(t, p, token)
		})
	}
	t.Run("not registered", func(t *testing.T) {
		t.Parallel()
		_, _, err := signIn(t, text, other, otherKey)
		refused(t, err, 401, "AADSTS700027")
	})
	t.Run("expired", func(t *testing.T) {
		t.Parallel()
		_, _, err := signIn(t, oldText, old, oldKey)
		refused(t, err, 401, "AADSTS700027")
	})
	t.Run("claims", func(t *testing.T) {
		t.Parallel()
		checkCertificateClaims(t, text, crt, key, otherKey)
	})
}

// checkCertificateClaims presents hand-made assertions.
func checkCertificateClaims(t *testing.T, text string, crt *x509.Certificate, key, otherKey *rsa.PrivateKey) {
	t.Helper()
	endpoint := "https://login.microsoftonline.com/" + tenantID + "/oauth2/v2.0/token"
	sum := sha1.Sum(crt.Raw)
	x5t := base64.RawURLEncoding.EncodeToString(sum[:])
	good := jwt.MapClaims{"iss": clientID, "sub": clientID, "aud": endpoint, "exp": time.Now().Add(time.Minute).Unix()}
	with := func(name string, value any) jwt.MapClaims {
		out := jwt.MapClaims{name: value}
		for k, v := range good {
			if k != name {
				out[k] = v
			}
		}
		return out
	}
	p := platform(t, server.Application{Certificates: []string{text}})
	for name, c := range map[string]struct {
		claims jwt.MapClaims
		key    *rsa.PrivateKey
		want   string
	}{
		"RS256 with x5t":   {good, key, ""},
		"issuer as target": {with("aud", "https://login.microsoftonline.com/"+tenantID+"/v2.0"), key, ""},
		"other target":     {with("aud", "https://login.microsoftonline.com/common/oauth2/v2.0/token"), key, "AADSTS700023"},
		"expired":          {with("exp", time.Now().Add(-time.Hour).Unix()), key, "AADSTS700024"},
		"other subject":    {with("sub", unknown), key, "AADSTS700021"},
		"other key":        {good, otherKey, "AADSTS700027"},
	} {
		token := jwt.NewWithClaims(jwt.SigningMethodRS256, c.claims)
		token.Header["x5t"] = x5t
		text, err := token.SignedString(c.key)
		if err != nil {
			t.Fatal(err)
		}
		_, body := send(t, p, http.MethodPost, endpoint, http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, url.Values{
			"grant_type": {"client_credentials"}, "client_id": {clientID}, "scope": {scope}, "client_assertion": {text},
			"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
		}.Encode())
		if description, _ := body["error_description"].(string); c.want == "" && body["access_token"] == nil || c.want != "" && !strings.HasPrefix(description, c.want+":") {
			t.Errorf("%s: %v", name, body)
		}
	}
}

func TestFederatedAssertions(t *testing.T) {
	t.Parallel()
	const issuer, subject = "https://issuer.example", "repo:contoso/x:ref:refs/heads/main"
	hour := time.Now().Add(time.Hour).Unix()
	claims := func(iss, sub, aud string, exp int64) map[string]any {
		return map[string]any{"iss": iss, "sub": sub, "aud": aud, "exp": exp}
	}
	federated := []server.Federation{{Issuer: issuer, Subject: subject}}
	for name, c := range map[string]struct {
		federated []server.Federation
		claims    map[string]any
		code      string
	}{
		"match":           {federated, claims(issuer, subject, login.ExchangeAudience, hour), ""},
		"own audience":    {[]server.Federation{{Issuer: issuer, Subject: subject, Audience: "api://own"}}, claims(issuer, subject, "api://own", hour), ""},
		"no credentials":  {nil, claims(issuer, subject, login.ExchangeAudience, hour), "AADSTS70021"},
		"other issuer":    {federated, claims("https://other.example", subject, login.ExchangeAudience, hour), "AADSTS700211"},
		"case of subject": {federated, claims(issuer, strings.ToUpper(subject), login.ExchangeAudience, hour), "AADSTS700213"},
		"other audience":  {federated, claims(issuer, subject, "api://other", hour), "AADSTS700212"},
		"expired":         {federated, claims(issuer, subject, login.ExchangeAudience, time.Now().Add(-time.Hour).Unix()), "AADSTS700024"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := platform(t, server.Application{Federated: c.federated})
			cred, err := azidentity.NewClientAssertionCredential(tenantID, clientID, func(context.Context) (string, error) { return server.Sign(c.claims) },
				&azidentity.ClientAssertionCredentialOptions{ClientOptions: options(p)})
			token, err := get(t, cred, err, scope)
			if c.code != "" {
				refused(t, err, 401, c.code)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			bears(t, p, token)
		})
	}
}

func TestAssertionOfAnUnknownSignerOrShapeIsRefused(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{"iss": "https://issuer.example", "sub": "s", "aud": login.ExchangeAudience, "exp": time.Now().Add(time.Hour).Unix()}).SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]struct {
		status int
		code   string
	}{foreign: {401, "AADSTS700027"}, "nonsense": {400, "AADSTS50027"}} {
		p := platform(t, server.Application{Federated: []server.Federation{{Issuer: "https://issuer.example", Subject: "s"}}})
		cred, err := azidentity.NewClientAssertionCredential(tenantID, clientID, func(context.Context) (string, error) { return text, nil },
			&azidentity.ClientAssertionCredentialOptions{ClientOptions: options(p)})
		_, err = get(t, cred, err, scope)
		refused(t, err, want.status, want.code)
	}
}

func TestRefusalHasTheFormOfEntra(t *testing.T) {
	t.Parallel()
	p := platform(t, server.Application{ClientSecret: secret})
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Client-Request-Id": {"corr-1"}}
	form := url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "client_id": {clientID}, "scope": {scope}}
	status, body := send(t, p, http.MethodPost, "https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/token", header, form.Encode())
	if status != 400 || body["error"] != "unsupported_grant_type" || body["correlation_id"] != "corr-1" || body["trace_id"] == nil || body["timestamp"] == nil {
		t.Errorf("%d %v", status, body)
	}
	if codes, _ := body["error_codes"].([]any); len(codes) != 1 || codes[0] != 70003.0 {
		t.Errorf("codes: %v", body["error_codes"])
	}
	form.Set("grant_type", "client_credentials")
	form.Del("scope")
	if _, body = send(t, p, http.MethodPost, "https://login.microsoftonline.com/"+tenantID+"/oauth2/v2.0/token", header, form.Encode()); !strings.Contains(server.Text(body, "error_description"), "'scope'") {
		t.Errorf("%v", body)
	}
}

func TestDiscovery(t *testing.T) {
	t.Parallel()
	p := platform(t, server.Application{})
	const instance = "https://login.microsoftonline.com/common/discovery/instance?api-version=1.1&authorization_endpoint="
	status, body := send(t, p, http.MethodGet, instance+url.QueryEscape("https://login.microsoftonline.eaglex.ic.gov/"+tenantID+"/oauth2/v2.0/authorize"), http.Header{}, "")
	if status != 200 || body["tenant_discovery_endpoint"] != "https://login.microsoftonline.eaglex.ic.gov/"+tenantID+"/v2.0/.well-known/openid-configuration" || len(body["metadata"].([]any)) != 5 {
		t.Errorf("%d %v", status, body)
	}
	if status, body = send(t, p, http.MethodGet, instance+url.QueryEscape("https://login.evil.example/x/oauth2/v2.0/authorize"), http.Header{}, ""); status != 400 || body["error"] != "invalid_instance" {
		t.Errorf("%d %v", status, body)
	}
	_, body = send(t, p, http.MethodGet, "https://login.microsoftonline.com/contoso.onmicrosoft.com/v2.0/.well-known/openid-configuration", http.Header{}, "")
	if body["issuer"] != "https://login.microsoftonline.com/"+tenantID+"/v2.0" {
		t.Errorf("%v", body)
	}
	_, body = send(t, p, http.MethodGet, body["jwks_uri"].(string), http.Header{}, "")
	if keys, _ := body["keys"].([]any); len(keys) != 1 || keys[0].(map[string]any)["kty"] != "RSA" {
		t.Errorf("%v", body)
	}
}

func TestTenantOfOneAuthorityIsUnknownElsewhere(t *testing.T) {
	t.Parallel()
	p := platform(t, server.Application{ClientSecret: secret})
	p.Tenant(tenantID).SetSwitch(login.SwitchAuthority, "login.microsoftonline.us")
	c, err := azidentity.NewClientSecretCredential(tenantID, clientID, secret, &azidentity.ClientSecretCredentialOptions{ClientOptions: options(p)})
	_, err = get(t, c, err, scope)
	refused(t, err, 400, "AADSTS90002")
}
