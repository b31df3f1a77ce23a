package mock_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
)

func TestDefaultIdentitySignsInAndReachesThePlatform(t *testing.T) {
	t.Parallel()
	p := mock.New()
	client := mocktest.On(t, p, mock.TenantSeed{ID: mock.DefaultTenantID})
	c, err := azidentity.NewClientSecretCredential(mock.DefaultTenantID, mock.DefaultClientID, mock.DefaultClientSecret,
		&azidentity.ClientSecretCredentialOptions{ClientOptions: azcore.ClientOptions{Transport: p}})
	if err != nil {
		t.Fatal(err)
	}
	token, err := c.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{"https://service.powerapps.com/.default"}})
	if err != nil {
		t.Fatal(err)
	}
	client.Bearing(token.Token).Send("GET", allEnvironments, nil).Want(200).Says(`"value":[`)
	operations := []string{}
	for _, e := range client.Requests() {
		operations = append(operations, e.Operation)
	}
	if want := []string{"login.openid", "login.token", "bap.environments.list"}; !slices.Equal(operations, want) {
		t.Errorf("journal: %v, want %v", operations, want)
	}
}

func TestEveryFamilyIsThere(t *testing.T) {
	t.Parallel()
	routes := mock.New().Routes()
	for _, family := range []string{"login.", "bap.", "dataverse.", "licensing.", "arm.", "graph.", "keyvault."} {
		if !slices.ContainsFunc(routes, func(r string) bool { return strings.HasPrefix(r, family) }) {
			t.Errorf("no route of %s", family)
		}
	}
}

func TestResetReturnsToTheDefaultTenant(t *testing.T) {
	t.Parallel()
	p := mock.New(mock.WithLatency(mock.Real))
	p.AddTenant(mock.TenantSeed{})
	if err := p.Reset(); err != nil {
		t.Fatal(err)
	}
	if all := p.Tenants(); len(all) != 1 || all[0].ID != mock.DefaultTenantID || time.Until(all[0].Clock().Now()).Abs() > time.Minute {
		t.Errorf("tenants: %v", all)
	}
	if app, ok := p.FindTenant("contoso.onmicrosoft.com").Application(mock.DefaultClientID); !ok || app.ManagedIdentity != "system" || len(app.Federated) != 1 {
		t.Errorf("application: %+v", app)
	}
}

func TestTheLandscapeIsThere(t *testing.T) {
	t.Parallel()
	p := mock.New()
	for collection, want := range map[string]int{"subscriptions": 2, "resource_groups": 3, "virtual_networks": 2, "subnets": 10, "key_vaults": 1, "secrets": 6, "role_assignments": 2} {
		if got := p.Tenant(mock.DefaultTenantID).Collection(collection).Len(); got != want {
			t.Errorf("%d %s, want %d", got, collection, want)
		}
	}
	whole := p.AddTenant(mock.TenantSeed{Items: mock.Landscape()})
	if _, ok := whole.Collection("environments").Peek(mock.LandscapeEnvironmentID); !ok {
		t.Error("no environment to link")
	}
}
