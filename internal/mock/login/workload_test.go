package login_test

import (
	"context"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/google/uuid"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/login"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/identity"
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
				claims, err := identity.Verify(token)
				if err != nil || claims["aud"] != c.resource || claims["oid"] != objectID || claims["tid"] != tenantID {
					t.Errorf("claims %v, %v", claims, err)
				}
				if entries := p.Requests(); len(entries) != 1 || entries[0].Operation != "login.imds" {
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
	p.Send("GET", "http://169.254.169.254/metadata/identity/oauth2/token", nil).Want(400, "invalid_request")
}

func TestGitHubActionsSignIn(t *testing.T) {
	t.Parallel()
	const subject = "repo:contoso/other:environment:prod"
	for bearer, subject := range map[string]string{"opaque": login.GitHubSubject, subject: subject} {
		p := platform(t, server.Application{Federated: []server.Federation{login.GitHub(subject)}})
		cred, err := azidentity.NewClientAssertionCredential(tenantID, clientID, func(context.Context) (string, error) {
			return p.Bearing(bearer).Send("GET", login.GitHubRequestURL+"&audience="+login.ExchangeAudience, nil).Text("value"), nil
		}, &azidentity.ClientAssertionCredentialOptions{ClientOptions: options(p)})
		token, err := get(t, cred, err, scope)
		if err != nil {
			t.Fatal(err)
		}
		bears(p, token)
	}
	p := platform(t, server.Application{})
	if a := p.Send("GET", login.GitHubRequestURL, nil); a.Status != 401 {
		t.Errorf("without a request token: %v", a)
	}
	if claims, err := identity.Verify(p.Bearing("x").Send("GET", login.GitHubRequestURL, nil).Text("value")); err != nil || claims["aud"] != "https://github.com/contoso" {
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
		bears(p, token)
	}
}

func TestAzurePipelinesRefusals(t *testing.T) {
	t.Parallel()
	p := platform(t, server.Application{})
	if a := p.Send("POST", login.AzurePipelinesRequestURI+"?serviceConnectionId=1", nil); a.Status != 401 {
		t.Errorf("without a token: %v", a)
	}
	signedIn := p.Bearing("x")
	if a := signedIn.Send("POST", login.AzurePipelinesRequestURI, nil); a.Status != 400 {
		t.Errorf("without a connection: %v", a)
	}
	old := strings.Replace(login.AzurePipelinesRequestURI, "dev.azure.com/contoso", "contoso.visualstudio.com", 1)
	signedIn.Send("POST", old+"?serviceConnectionId=1", nil).Want(200).Has(doc{"oidcToken": mocktest.Some})
}
