package graph_test

import (
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/apitest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/graph"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/cloud"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	mockgraph "github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/graph"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

func TestDataverseIsFoundInEveryCloud(t *testing.T) {
	t.Parallel()
	for _, name := range cloud.Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in, err := cloud.Lookup(name)
			if err != nil {
				t.Fatal(err)
			}
			tenant := mocktest.New(t, mock.TenantSeed{})
			c := graph.New(in, apitest.SignedIn(tenant))
			got, err := c.ServicePrincipal(t.Context(), graph.DataverseAppID)
			want := graph.ServicePrincipal{ID: mockgraph.ObjectID(tenant.Tenant, mockgraph.DataverseAppID), AppID: graph.DataverseAppID, DisplayName: "Dataverse"}
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
