package login_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
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
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/identity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/witness"
)

type doc = server.Doc

const (
	tenantID = "10000000-0000-4000-8000-000000000001"
	clientID = "20000000-0000-4000-8000-000000000002"
	objectID = "30000000-0000-4000-8000-000000000003"
	unknown  = "90000000-0000-4000-8000-000000000009"
	secret   = "s3cret"
	scope    = "https://service.powerapps.com/.default"
	api      = "api.bap.microsoft.com"
)

// platform has one tenant with one application, and an API that answers whoami; its client is not signed in.
func platform(t *testing.T, app server.Application) mocktest.Client {
	t.Helper()
	p := server.New(server.Options{})
	witness.Record(t, p, "")
	login.Register(p)
	p.Audience(api, "https://service.powerapps.com")
	p.Route(api, http.MethodGet, "/whoami", "whoami", func(c *server.Call) server.Reply {
		return server.JSON(http.StatusOK, server.Doc{"tid": c.Caller.TenantID, "oid": c.Caller.ObjectID, "appid": c.Caller.AppID})
	})
	app.ClientID, app.ObjectID = clientID, objectID
	return mocktest.On(t, p, server.TenantSeed{ID: tenantID, Domains: []string{"contoso.onmicrosoft.com"}, Applications: []server.Application{app}}).As("")
}

func options(p mocktest.Client) azcore.ClientOptions {
	return azcore.ClientOptions{Transport: p.Platform(), Retry: policy.RetryOptions{MaxRetries: -1}}
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
func bears(p mocktest.Client, token string) {
	p.Helper()
	whoami(p, token).Want(200).Has(doc{"tid": tenantID, "oid": objectID, "appid": clientID})
}

func whoami(p mocktest.Client, token string) mocktest.Answer {
	p.Helper()
	return p.Bearing(token).Send("GET", "https://"+api+"/whoami", nil)
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
			claims, err := identity.Verify(token)
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
	bears(p, token)
	for _, other := range []string{"https://api.powerplatform.com/.default", "https://management.azure.com/.default", "065d9450-1e87-434e-ac2f-69af271549ed"} {
		token, err := get(t, c, nil, other)
		if err != nil {
			t.Fatal(err)
		}
		whoami(p, token).Want(401, "InvalidAuthenticationToken")
	}
}

func TestJournalNamesTheTenantThatSignedInAndKeepsNoSecret(t *testing.T) {
	t.Parallel()
	p := platform(t, server.Application{ClientSecret: secret})
	c, err := azidentity.NewClientSecretCredential(tenantID, clientID, secret, &azidentity.ClientSecretCredentialOptions{ClientOptions: options(p)})
	if _, err := get(t, c, err, scope); err != nil {
		t.Fatal(err)
	}
	found := p.Requests("login.token")
	if len(found) != 1 {
		t.Fatalf("journal: %+v", p.Requests())
	}
	mocktest.Has(t, found[0].Body, doc{"client_id": clientID})
	if strings.Contains(server.Text(found[0].Body, "client_secret"), secret) {
		t.Errorf("body: %v", found[0].Body)
	}
}

func TestFaultsReachTheTokenEndpoint(t *testing.T) {
	t.Parallel()
	p := platform(t, server.Application{ClientSecret: secret})
	p.Fault(server.Fault{Operation: "login.token", Status: 503, Headers: map[string]string{"Retry-After": "60"}})
	o := options(p)
	o.Retry.MaxRetries = 1
	c, err := azidentity.NewClientSecretCredential(tenantID, clientID, secret, &azidentity.ClientSecretCredentialOptions{ClientOptions: o})
	if _, err := get(t, c, err, scope); err != nil {
		t.Fatal(err)
	}
	if all := p.Platform().Faults(); all[0].Hits != 1 {
		t.Errorf("faults: %+v", all)
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
	signIn := func(t *testing.T, registered string, crt *x509.Certificate, key *rsa.PrivateKey) (mocktest.Client, string, error) {
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
			bears(p, token)
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
		a := p.Send("POST", endpoint, url.Values{
			"grant_type": {"client_credentials"}, "client_id": {clientID}, "scope": {scope}, "client_assertion": {text},
			"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
		})
		if c.want == "" && a.Get("access_token") == nil || c.want != "" && !strings.HasPrefix(a.Text("error_description"), c.want+":") {
			t.Errorf("%s: %v", name, a)
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
			cred, err := azidentity.NewClientAssertionCredential(tenantID, clientID, func(context.Context) (string, error) { return identity.Sign(c.claims) },
				&azidentity.ClientAssertionCredentialOptions{ClientOptions: options(p)})
			token, err := get(t, cred, err, scope)
			if c.code != "" {
				refused(t, err, 401, c.code)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			bears(p, token)
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
	form := url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "client_id": {clientID}, "scope": {scope}}
	p.With("Client-Request-Id", "corr-1").Send("POST", "https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/token", form).
		Want(400, "unsupported_grant_type").Has(doc{
		"correlation_id": "corr-1", "trace_id": mocktest.Some, "timestamp": mocktest.Some, "error_codes": []int{70003},
	})
	form.Set("grant_type", "client_credentials")
	form.Del("scope")
	p.Send("POST", base+"/oauth2/v2.0/token", form).Has(doc{"error_description": mocktest.Like("*'scope'*")})
}

func TestDiscovery(t *testing.T) {
	t.Parallel()
	p := platform(t, server.Application{})
	const instance = "https://login.microsoftonline.com/common/discovery/instance?api-version=1.1&authorization_endpoint="
	p.Send("GET", instance+url.QueryEscape("https://login.microsoftonline.eaglex.ic.gov/"+tenantID+"/oauth2/v2.0/authorize"), nil).Want(200).Has(doc{
		"tenant_discovery_endpoint": "https://login.microsoftonline.eaglex.ic.gov/" + tenantID + "/v2.0/.well-known/openid-configuration", "metadata.#": 5,
	})
	p.Send("GET", instance+url.QueryEscape("https://login.evil.example/x/oauth2/v2.0/authorize"), nil).Want(400, "invalid_instance")
	keys := p.Send("GET", "https://login.microsoftonline.com/contoso.onmicrosoft.com/v2.0/.well-known/openid-configuration", nil).Want(200).
		Has(doc{"issuer": base + "/v2.0"}).Text("jwks_uri")
	p.Send("GET", keys, nil).Want(200).Has(doc{"keys.#.kty": []string{"RSA"}})
}

func TestTenantOfOneAuthorityIsUnknownElsewhere(t *testing.T) {
	t.Parallel()
	p := platform(t, server.Application{ClientSecret: secret})
	p.SetSwitch(login.SwitchAuthority, "login.microsoftonline.us")
	c, err := azidentity.NewClientSecretCredential(tenantID, clientID, secret, &azidentity.ClientSecretCredentialOptions{ClientOptions: options(p)})
	_, err = get(t, c, err, scope)
	refused(t, err, 400, "AADSTS90002")
}
