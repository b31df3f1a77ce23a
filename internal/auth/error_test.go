package auth

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/cloud"
)

const correlationID = "99999999-9999-4999-8999-999999999999"

func TestGetToken_ErrorsAreShortAndHelpful(t *testing.T) {
	t.Parallel()
	secret := Given{TenantID: testTenant, ClientID: testClient, ClientSecret: "s3cr3t-value"}
	oidc := Given{TenantID: testTenant, ClientID: testClient, OIDCToken: federated(1)}
	for name, c := range map[string]struct {
		given       Given
		path        string
		status      int
		body        string
		want        Error
		alsoMention []string
	}{
		"wrong secret, description in one line": {
			secret, "/token", 401,
			`{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided. Ensure s3cr3t-value is right. Trace ID: 1 Correlation ID: ` + correlationID + ` Timestamp: 2026-01-01 00:00:00Z","error_codes":[7000215],"correlation_id":"` + correlationID + `"}`,
			Error{Code: "AADSTS7000215", Message: "Invalid client secret provided. Ensure (redacted) is right", CorrelationID: correlationID},
			[]string{"not its ID"},
		},
		"wrong secret, description in several lines": {
			secret, "/token", 401,
			`{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided.\r\nTrace ID: 1\r\nCorrelation ID: ` + correlationID + `\r\nTimestamp: 2026"}`,
			Error{Code: "AADSTS7000215", Message: "Invalid client secret provided", CorrelationID: correlationID},
			nil,
		},
		"unknown tenant, at discovery": {
			secret, "/openid-configuration", 400,
			`{"error":"invalid_tenant","error_description":"AADSTS90002: Tenant 'x' not found."}`,
			Error{Code: "AADSTS90002", Message: "Tenant 'x' not found"},
			[]string{"tenant_id", "cloud"},
		},
		"unmatched federated token": {
			oidc, "/token", 401,
			`{"error":"invalid_client","error_description":"AADSTS700213: No matching federated identity record found.","correlation_id":"` + correlationID + `"}`,
			Error{Code: "AADSTS700213", CorrelationID: correlationID, Message: `No matching federated identity record found. The federated token has issuer "https://ci.example", subject "repo:contoso/landing-zone" and audience "api://AzureADTokenExchange"`},
			[]string{"subject of a federated credential"},
		},
		"an OAuth error without a code": {
			secret, "/token", 400, `{"error":"invalid_scope","error_description":"no such scope"}`,
			Error{Code: "invalid_scope", Message: "no such scope"},
			nil,
		},
		"the page of a proxy": {
			secret, "/token", 403, `<html>s3cr3t-value blocked</html>`,
			Error{Code: "HTTP 403", Message: "forbidden from login.microsoftonline.com"},
			nil,
		},
		"an outage": {
			secret, "/token", 503, ``, Error{Code: "HTTP 503", Message: "service unavailable from login.microsoftonline.com"}, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := &authority{fail: func(req *http.Request) (int, string) {
				if strings.HasSuffix(req.URL.Path, c.path) {
					return c.status, c.body
				}
				return 0, ""
			}}
			_, err := ask(t.Context(), signIn(t, a, c.given, nil))
			e, ok := errors.AsType[*Error](err)
			if !ok {
				t.Fatalf("error is %v, expected an Error", err)
			}
			expect(t, "code", e.Code, c.want.Code)
			expect(t, "message", e.Message, c.want.Message)
			expect(t, "correlation ID", e.CorrelationID, c.want.CorrelationID)
			text := e.Error()
			for _, words := range append(c.alsoMention, c.want.Code, c.want.Message, c.want.CorrelationID) {
				if !strings.Contains(text, words) {
					t.Errorf("error does not say %q: %s", words, text)
				}
			}
			if strings.Contains(text, "s3cr3t") || strings.Contains(text, "\n") {
				t.Errorf("error shows a secret or has several lines: %s", text)
			}
		})
	}
}

func TestGetToken_NetworkErrorsNameTheirCause(t *testing.T) {
	t.Parallel()
	c, err := open(broken{}, cloud.Public, Given{TenantID: testTenant, ClientID: testClient, ClientSecret: "s3cr3t"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	// One try: the pause between tries would be real time.
	_, err = ask(policy.WithRetryOptions(t.Context(), policy.RetryOptions{MaxRetries: -1}), c)
	e, ok := errors.AsType[*Error](err)
	if !ok || !strings.Contains(e.Error(), "no route to the authority") || strings.Contains(e.Error(), "\n") {
		t.Errorf("error is %v", err)
	}
}

type broken struct{}

func (broken) Do(*http.Request) (*http.Response, error) {
	return nil, errors.New("no route to the authority")
}

func TestGetToken_KeepsTheErrorOfTheContext(t *testing.T) {
	t.Parallel()
	c := signIn(t, &authority{}, Given{TenantID: testTenant, ClientID: testClient, ClientSecret: "s3cr3t"}, nil)
	ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	_, err := ask(ctx, c)
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "login.microsoftonline.com") {
		t.Errorf("error is %v", err)
	}
}

func TestExplain_KnowsTheCommandLineTools(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		method Method
		err    string
		code   string
		words  string
	}{
		"az is missing":           {AzureCLI, "AzureCLICredential: executable not found on path", "AzureCLINotFound", "not installed"},
		"az is not signed in":     {AzureCLI, "AzureCLICredential: ERROR: Please run 'az login' to setup account.. To troubleshoot, visit https://aka.ms/x#azure-cli", "AzureCLINotSignedIn", "az login --allow-no-subscriptions --tenant " + testTenant},
		"az needs a new sign-in":  {AzureCLI, "AzureCLICredential: ERROR: AADSTS50076: Due to a change, you must use MFA.\nRun az login", "AADSTS50076", "second factor"},
		"azd is missing":          {AzureDeveloperCLI, "AzureDeveloperCLICredential: executable not found on path", "AzureDeveloperCLINotFound", "not installed"},
		"azd is not signed in":    {AzureDeveloperCLI, "AzureDeveloperCLICredential: not logged in, run `azd auth login` to login", "AzureDeveloperCLINotSignedIn", "azd auth login --tenant-id " + testTenant},
		"no managed identity":     {ManagedIdentity, "ManagedIdentityCredential: failed to authenticate a system assigned identity", "", "has a managed identity"},
		"something else of az":    {AzureCLI, "AzureCLICredential: signal: killed", "", "signal: killed"},
		"the guide is left out":   {AzureCLI, "AzureCLICredential: odd. To troubleshoot, visit https://aka.ms/x#azure-cli", "", "signing in: odd"},
		"az is missing on cmd.ex": {AzureCLI, "AzureCLICredential: executable not found on path. To troubleshoot, visit https://aka.ms/x", "AzureCLINotFound", "PATH"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := explainer{method: c.method, tenant: testTenant}
			err := x.explain(t.Context(), azidentity.NewCredentialUnavailableError(c.err))
			e, ok := errors.AsType[*Error](err)
			if !ok {
				t.Fatalf("error is %v, expected an Error", err)
			}
			expect(t, "code", e.Code, c.code)
			if !strings.Contains(e.Error(), c.words) || strings.Contains(e.Error(), "aka.ms") {
				t.Errorf("error is %q", e)
			}
		})
	}
}
