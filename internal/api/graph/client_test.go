package graph_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/graph"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/cloud"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	mockgraph "github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/graph"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// signedIn is the credential of the application of a tenant.
type signedIn struct{ *mock.Tenant }

func (s signedIn) GetToken(_ context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	token, err := s.Token(mock.DefaultClientID, strings.TrimSuffix(o.Scopes[0], "/.default"))
	return azcore.AccessToken{Token: token, ExpiresOn: time.Now().Add(time.Hour)}, err
}

func TestDataverseIsFoundInEveryCloud(t *testing.T) {
	t.Parallel()
	p := mock.New()
	for _, name := range cloud.Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in, err := cloud.Lookup(name)
			if err != nil {
				t.Fatal(err)
			}
			tenant := p.AddTenant(mock.TenantSeed{})
			c := graph.New(in, rest.Options{Credential: signedIn{tenant}, Transport: p})
			got, err := c.ServicePrincipal(t.Context(), graph.DataverseAppID)
			want := graph.ServicePrincipal{ID: mockgraph.ObjectID(tenant, mockgraph.DataverseAppID), AppID: graph.DataverseAppID, DisplayName: "Dataverse"}
			if err != nil || got != want {
				t.Errorf("%+v %v", got, err)
			}
			if _, err := c.ServicePrincipal(t.Context(), "22222222-2222-4222-8222-222222222222"); !rest.IsNotFound(err) {
				t.Error(err)
			}
			if _, err := c.ServicePrincipal(t.Context(), ""); err == nil {
				t.Error("no application was found")
			}
			tenant.SetSwitch(mockgraph.SwitchAccess, "none")
			if _, err := c.ServicePrincipal(t.Context(), graph.DataverseAppID); !rest.HasCode(err, "Authorization_RequestDenied") {
				t.Error(err)
			}
		})
	}
}
