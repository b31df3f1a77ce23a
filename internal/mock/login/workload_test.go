package login_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/google/uuid"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/login"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// The library keeps the tokens of managed identities for the whole process, so every case asks for another resource.
func TestManagedIdentity(t *testing.T) {
	t.Parallel()
	org := func() string { return "https://" + uuid.NewString() + ".crm.dynamics.com" }
	for name, c := range map[string]struct {
		kind, resource string
		id             azidentity.ManagedIDKind
		ok             bool
	}{
		"system":                           {"system", org(), nil, true},
		"user by client ID":                {"user", org(), azidentity.ClientID(clientID), true},
		"user by object ID":                {"user", org(), azidentity.ObjectID(objectID), true},
		"user identity is not the default": {"user", org(), nil, false},
		"unknown client ID":                {"user", org(), azidentity.ClientID(unknown), false},
		"application is no identity":       {"", org(), azidentity.ClientID(clientID), false},
		"unknown resource":                 {"system", "https://nonsense.example", nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := platform(t, server.Application{ManagedIdentity: c.kind})
			cred, err := azidentity.NewManagedIdentityCredential(&azidentity.ManagedIdentityCredentialOptions{ClientOptions: options(p), ID: c.id})
			token, err := get(t, cred, err, c.resource+"/.default")
			switch {
			case c.ok && err != nil:
				t.Fatal(err)
			case c.ok:
				claims, err := server.Verify(token)
				if err != nil || claims["aud"] != c.resource || claims["oid"] != objectID || claims["tid"] != tenantID {
					t.Errorf("claims %v, %v", claims, err)
				}
				if entries := p.Journal(tenantID); len(entries) != 1 || entries[0].Operation != "login.imds" {
					t.Errorf("journal: %+v", entries)
				}
			case err == nil:
				t.Error("signed in")
			}
		})
	}
}

func TestProbeWithoutMetadataHeaderIsAnswered(t *testing.T) {
	t.Parallel()
	p := platform(t, server.Application{})
	status, body := send(t, p, http.MethodGet, "http://169.254.169.254/metadata/identity/oauth2/token", http.Header{}, "")
	if status != 400 || body["error"] != "invalid_request" {
		t.Errorf("%d %v", status, body)
	}
}

func TestGitHubActionsSignIn(t *testing.T) {
	t.Parallel()
	const subject = "repo:contoso/other:environment:prod"
	for bearer, subject := range map[string]string{"opaque": login.GitHubSubject, subject: subject} {
		p := platform(t, server.Application{Federated: []server.Federation{login.GitHub(subject)}})
		cred, err := azidentity.NewClientAssertionCredential(tenantID, clientID, func(context.Context) (string, error) {
			_, body := send(t, p, http.MethodGet, login.GitHubRequestURL+"&audience="+login.ExchangeAudience, http.Header{"Authorization": {"Bearer " + bearer}}, "")
			return server.Text(body, "value"), nil
		}, &azidentity.ClientAssertionCredentialOptions{ClientOptions: options(p)})
		token, err := get(t, cred, err, scope)
		if err != nil {
			t.Fatal(err)
		}
		bears(t, p, token)
	}
	p := platform(t, server.Application{})
	if status, _ := send(t, p, http.MethodGet, login.GitHubRequestURL, http.Header{}, ""); status != 401 {
		t.Errorf("without a request token: %d", status)
	}
	_, body := send(t, p, http.MethodGet, login.GitHubRequestURL, http.Header{"Authorization": {"Bearer x"}}, "")
	if claims, err := server.Verify(server.Text(body, "value")); err != nil || claims["aud"] != "https://github.com/contoso" {
		t.Errorf("without an audience: %v %v", claims, err)
	}
}

// The request URI of Azure Pipelines comes from the environment alone.
func TestAzurePipelinesSignIn(t *testing.T) {
	t.Setenv("SYSTEM_OIDCREQUESTURI", login.AzurePipelinesRequestURI)
	for connection, code := range map[string]string{"connection-1": "", "connection-2": "AADSTS700213"} {
		p := platform(t, server.Application{Federated: []server.Federation{login.AzurePipelines("contoso", "landing-zone", "connection-1")}})
		cred, err := azidentity.NewAzurePipelinesCredential(tenantID, clientID, connection, "system-token", &azidentity.AzurePipelinesCredentialOptions{ClientOptions: options(p)})
		token, err := get(t, cred, err, scope)
		if code != "" {
			refused(t, err, 401, code)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		bears(t, p, token)
	}
}

func TestAzurePipelinesRefusals(t *testing.T) {
	t.Parallel()
	p := platform(t, server.Application{})
	if status, _ := send(t, p, http.MethodPost, login.AzurePipelinesRequestURI+"?serviceConnectionId=1", http.Header{}, ""); status != 401 {
		t.Errorf("without a token: %d", status)
	}
	if status, _ := send(t, p, http.MethodPost, login.AzurePipelinesRequestURI, http.Header{"Authorization": {"Bearer x"}}, ""); status != 400 {
		t.Errorf("without a connection: %d", status)
	}
	old := strings.Replace(login.AzurePipelinesRequestURI, "dev.azure.com/contoso", "contoso.visualstudio.com", 1)
	if status, body := send(t, p, http.MethodPost, old+"?serviceConnectionId=1", http.Header{"Authorization": {"Bearer x"}}, ""); status != 200 || body["oidcToken"] == nil {
		t.Errorf("at visualstudio.com: %d %v", status, body)
	}
}
