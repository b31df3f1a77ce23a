package auth

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/cloud"
)

const (
	testTenant = "11111111-1111-4111-8111-111111111111"
	testClient = "22222222-2222-4222-8222-222222222222"
	testScope  = "https://service.powerapps.com/.default"
)

// authority answers like Microsoft Entra ID, and like the CI systems and the metadata service that hand tokens out.
type authority struct {
	mu       sync.Mutex
	requests []*http.Request
	forms    []url.Values
	fail     func(*http.Request) (status int, body string)
}

func (a *authority) Do(req *http.Request) (*http.Response, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	form := url.Values{}
	if req.Body != nil {
		content, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		if form, err = url.ParseQuery(string(content)); err != nil {
			return nil, err
		}
	}
	a.requests, a.forms = append(a.requests, req), append(a.forms, form)
	if a.fail != nil {
		if status, body := a.fail(req); status != 0 {
			return a.reply(req, status, body), nil
		}
	}
	origin := "https://" + req.URL.Host + strings.TrimSuffix(req.URL.Path, "/v2.0/.well-known/openid-configuration")
	switch {
	case strings.HasSuffix(req.URL.Path, "/.well-known/openid-configuration"):
		return a.reply(req, 200, fmt.Sprintf(`{"issuer":%q,"authorization_endpoint":%q,"token_endpoint":%q}`,
			origin+"/v2.0", origin+"/oauth2/v2.0/authorize", origin+"/oauth2/v2.0/token")), nil
	case req.URL.Host == "token.example":
		return a.reply(req, 200, fmt.Sprintf(`{"value":%q}`, federated(len(a.requests)))), nil
	case req.URL.Host == "dev.example":
		return a.reply(req, 200, fmt.Sprintf(`{"oidcToken":%q}`, federated(len(a.requests)))), nil
	}
	return a.reply(req, 200, fmt.Sprintf(`{"token_type":"Bearer","expires_in":3599,"access_token":"access-%d"}`, len(a.requests))), nil
}

func (a *authority) reply(req *http.Request, status int, body string) *http.Response {
	header := http.Header{"Content-Type": {"application/json"}}
	if status >= 500 {
		header.Set("Retry-After-Ms", "1")
	}
	return &http.Response{
		StatusCode: status, Status: fmt.Sprintf("%d %s", status, http.StatusText(status)),
		Header: header, Body: io.NopCloser(strings.NewReader(body)), Request: req,
	}
}

// seen lists the token requests that reached a host, by their form.
func (a *authority) seen(host string) []url.Values {
	a.mu.Lock()
	defer a.mu.Unlock()
	var forms []url.Values
	for i, req := range a.requests {
		if req.URL.Host == host && !strings.HasSuffix(req.URL.Path, "/.well-known/openid-configuration") {
			forms = append(forms, a.forms[i])
		}
	}
	return forms
}

// federated is a token of a CI system; the number makes it one of a kind.
func federated(n int) string {
	claims, _ := json.Marshal(map[string]any{
		"iss": "https://ci.example", "sub": "repo:contoso/landing-zone", "aud": exchangeAudience, "jti": fmt.Sprint(n),
	})
	return "e30." + base64.RawURLEncoding.EncodeToString(claims) + ".c2ln"
}

func signIn(t *testing.T, a *authority, given Given, environment map[string]string) *Credential {
	t.Helper()
	c, err := open(a, cloud.Public, given, environment)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func open(t policy.Transporter, cloudName string, given Given, environment map[string]string) (*Credential, error) {
	s, err := Resolve(given, func(name string) string { return environment[name] })
	if err != nil {
		return nil, err
	}
	c, err := cloud.Lookup(cloudName)
	if err != nil {
		return nil, err
	}
	return New(s, c, t)
}

func ask(ctx context.Context, c *Credential) (string, error) {
	token, err := c.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{testScope}})
	return token.Token, err
}
