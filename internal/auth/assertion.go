package auth

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

const (
	// exchangeAudience is the audience of federated tokens,
	// see https://learn.microsoft.com/entra/workload-id/workload-identity-federation.
	exchangeAudience = "api://AzureADTokenExchange"
	// pipelineAPIVersion is the version of the token request of Azure Pipelines,
	// see https://learn.microsoft.com/rest/api/azure/devops/distributedtask/oidctoken/create.
	pipelineAPIVersion = "7.1"
)

// assertions hands out federated tokens, a fresh one each time: they live for minutes only, a run may take longer.
type assertions struct {
	settings Settings
	pipeline runtime.Pipeline

	mu    sync.Mutex
	about string
}

func newAssertions(s Settings, o policy.ClientOptions) *assertions {
	return &assertions{settings: s, pipeline: runtime.NewPipeline("auth", "v1", runtime.PipelineOptions{}, &o)}
}

// failure carries the error of one request for a federated token around the library, which keeps its text only.
type failure struct{ err error }

type failureKey struct{}

// exchanged is a credential that exchanges federated tokens.
type exchanged struct{ azcore.TokenCredential }

// GetToken exchanges a fresh federated token.
func (e exchanged) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	var failed failure
	token, err := e.TokenCredential.GetToken(context.WithValue(ctx, failureKey{}, &failed), o)
	if err != nil && failed.err != nil {
		err = failed.err
	}
	return token, err
}

// token returns a fresh federated token from the source that the settings choose.
func (a *assertions) token(ctx context.Context) (string, error) {
	token, err := a.fetch(ctx)
	if err != nil {
		if failed, ok := ctx.Value(failureKey{}).(*failure); ok {
			failed.err = err
		}
		return "", err
	}
	token = strings.TrimSpace(token)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.about = describe(token)
	return token, nil
}

// last describes the token that was handed out last, empty when it was none that can be read.
func (a *assertions) last() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.about
}

func (a *assertions) fetch(ctx context.Context) (string, error) {
	s := a.settings
	if s.Method == AzurePipelines {
		return a.request(ctx, http.MethodPost, s.pipelineURL, s.pipelineToken, url.Values{
			"api-version":         {pipelineAPIVersion},
			"serviceConnectionId": {s.AzDOServiceConnectionID.Text()},
		})
	}
	source := s.assertionSource()
	switch source {
	case s.OIDCToken:
		return source.Text(), nil
	case s.OIDCTokenFilePath:
		content, err := os.ReadFile(source.Text())
		if err != nil {
			return "", &Error{
				Code:    "TokenFile",
				Message: fmt.Sprintf("reading the federated token: %v", err),
				Remedy:  "Check the path in the " + source.source,
			}
		}
		return string(content), nil
	}
	return a.request(ctx, http.MethodGet, s.OIDCRequestURL, s.OIDCRequestToken, url.Values{"audience": {exchangeAudience}})
}

// request asks a CI system for a token. Parameters that the URL has already stay as they are.
func (a *assertions) request(ctx context.Context, method string, address, bearer Value, query url.Values) (string, error) {
	u, err := url.Parse(address.Text())
	if err != nil {
		return "", &Error{Code: "TokenRequest", Message: "the " + address.source + " is no URL"}
	}
	q := u.Query()
	for name, values := range query {
		if !q.Has(name) {
			q[name] = values
		}
	}
	u.RawQuery = q.Encode()
	req, err := runtime.NewRequest(ctx, method, u.String())
	if err != nil {
		return "", err
	}
	req.Raw().Header.Set("Accept", "application/json")
	req.Raw().Header.Set("Authorization", "Bearer "+bearer.Text())
	req.Raw().Header.Set("X-TFS-FedAuthRedirect", "Suppress") // Azure Pipelines answers 401 instead of a sign-in page
	resp, err := a.pipeline.Do(req)
	if err != nil {
		return "", &Error{Code: "TokenRequest", Message: fmt.Sprintf("asking %s for a federated token: %v", u.Host, err)}
	}
	defer resp.Body.Close()
	var answer struct {
		Value     string `json:"value"`
		OIDCToken string `json:"oidcToken"`
	}
	body, err := runtime.Payload(resp)
	if err == nil && resp.StatusCode == http.StatusOK {
		err = json.Unmarshal(body, &answer)
	}
	token := first(answer.Value, answer.OIDCToken)
	if err != nil || token == "" {
		return "", &Error{
			Code:    "TokenRequest",
			Message: fmt.Sprintf("%s answered the request for a federated token with %s and no token", u.Host, resp.Status),
			Remedy:  requestRemedies[a.settings.Method],
		}
	}
	return token, nil
}

var requestRemedies = map[Method]string{
	OIDC:           "Check that the workflow has the permission id-token: write, and the arguments oidc_request_url and oidc_request_token",
	AzurePipelines: "Check azdo_service_connection_id, that the pipeline may use that service connection, and that SYSTEM_ACCESSTOKEN is $(System.AccessToken)",
}

// describe names what a federated credential is matched by; none of it is secret.
func describe(token string) string {
	payload, err := payloadOf(token)
	if err != nil {
		return ""
	}
	var c struct {
		Issuer   string `json:"iss"`
		Subject  string `json:"sub"`
		Audience any    `json:"aud"`
	}
	if json.Unmarshal(payload, &c) != nil {
		return ""
	}
	return fmt.Sprintf("The federated token has issuer %q, subject %q and audience %q", c.Issuer, c.Subject, fmt.Sprint(c.Audience))
}
