package auth_test

import (
	"errors"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/auth"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/cloud"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/login"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// mirror is a platform with one tenant and one application that may sign in in every way.
func mirror(t *testing.T) *server.Platform {
	t.Helper()
	certificate, err := os.ReadFile("testdata/client.pem")
	if err != nil {
		t.Fatal(err)
	}
	certificateOnly, _, _ := strings.Cut(string(certificate), "-----BEGIN PRIVATE")
	p := server.New(server.Options{})
	login.Register(p)
	p.AddTenant(server.TenantSeed{ID: tenant, Applications: []server.Application{{
		ClientID: client, ClientSecret: secret, Certificates: []string{certificateOnly}, ManagedIdentity: "system",
		Federated: []server.Federation{login.GitHub(login.GitHubSubject), login.AzurePipelines("contoso", "landing-zone", service)},
	}}})
	p.AddTenant(server.TenantSeed{ID: auth.MockTenantID})
	return p
}

func credential(t *testing.T, p *server.Platform, given auth.Given, e env) *auth.Credential {
	t.Helper()
	s, err := auth.Resolve(given, e.get)
	if err != nil {
		t.Fatal(err)
	}
	public, err := cloud.Lookup(cloud.Public)
	if err != nil {
		t.Fatal(err)
	}
	c, err := auth.New(s, public, p)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var powerApps = policy.TokenRequestOptions{Scopes: []string{"https://service.powerapps.com/.default"}}

func TestMirror_SignsInByEachMethod(t *testing.T) {
	t.Parallel()
	ids := env{"ARM_TENANT_ID": tenant, "ARM_CLIENT_ID": client}
	for name, c := range map[string]struct {
		given  auth.Given
		env    env
		tenant string
		client string
	}{
		"client secret":      {auth.Given{}, ids.with(env{"ARM_CLIENT_SECRET": secret}), tenant, client},
		"client certificate": {auth.Given{ClientCertificateFilePath: "testdata/client.pfx"}, ids, tenant, client},
		"GitHub workflow":    {auth.Given{}, ids.with(env{"ACTIONS_ID_TOKEN_REQUEST_URL": login.GitHubRequestURL, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "r"}), tenant, client},
		"Azure Pipelines":    {auth.Given{AzDOServiceConnectionID: service}, ids.with(env{"SYSTEM_OIDCREQUESTURI": login.AzurePipelinesRequestURI, "SYSTEM_ACCESSTOKEN": "r"}), tenant, client},
		"managed identity":   {auth.Given{UseMSI: new(true)}, nil, tenant, client},
		"the mock's own":     {auth.Given{}, env{"POWER_PLATFORM_MOCK_HOST": "127.0.0.1:8787"}, auth.MockTenantID, auth.MockClientID},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			token, err := credential(t, mirror(t), c.given, c.env).GetToken(t.Context(), powerApps)
			if err != nil {
				t.Fatal(err)
			}
			id, err := auth.Claims(token.Token)
			if err != nil {
				t.Fatal(err)
			}
			if id.TenantID != c.tenant || id.ApplicationID != c.client || !id.Application || id.ObjectID == "" {
				t.Errorf("signed in as %+v", id)
			}
		})
	}
}

func TestMirror_RefusalsNameTheCause(t *testing.T) {
	t.Parallel()
	ids := env{"ARM_TENANT_ID": tenant, "ARM_CLIENT_ID": client}
	for name, c := range map[string]struct {
		env   env
		code  string
		words string
	}{
		"wrong secret":        {ids.with(env{"ARM_CLIENT_SECRET": "wr0ng-value"}), "AADSTS7000215", "not its ID"},
		"unknown application": {env{"ARM_TENANT_ID": tenant, "ARM_CLIENT_ID": other, "ARM_CLIENT_SECRET": secret}, "AADSTS700016", "Check client_id and tenant_id"},
		"unknown tenant":      {env{"ARM_TENANT_ID": other, "ARM_CLIENT_ID": client, "ARM_CLIENT_SECRET": secret}, "AADSTS90002", "Check tenant_id"},
		"other repository": {ids.with(env{
			"ACTIONS_ID_TOKEN_REQUEST_URL": login.GitHubRequestURL, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "repo:fabrikam/x:ref:refs/heads/main",
		}), "AADSTS700213", `subject "repo:fabrikam/x:ref:refs/heads/main"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := credential(t, mirror(t), auth.Given{}, c.env).GetToken(t.Context(), powerApps)
			e, ok := errors.AsType[*auth.Error](err)
			if !ok || e.Code != c.code || !strings.Contains(e.Error(), c.words) {
				t.Fatalf("error is %v", err)
			}
			if e.CorrelationID == "" || strings.Contains(e.Error(), "wr0ng") || strings.Contains(e.Message, "Trace ID") {
				t.Errorf("error is %v", err)
			}
		})
	}
}

func TestMirror_OneTokenRequestPerScope(t *testing.T) {
	t.Parallel()
	p := mirror(t)
	c := credential(t, p, auth.Given{TenantID: tenant, ClientID: client, ClientSecret: secret}, nil)
	scopes := []string{powerApps.Scopes[0], "https://api.powerplatform.com/.default"}
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			if _, err := c.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: scopes[i%2 : i%2+1]}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	counts := map[string]int{}
	for _, e := range p.Journal("") {
		counts[e.Operation]++
	}
	if counts["login.token"] != 2 || counts["login.openid"] != 1 || len(counts) != 2 {
		t.Errorf("requests are %v, expected 2 for tokens after 1 for the authority", counts)
	}
}
