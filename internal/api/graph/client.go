// Package graph is the typed client of Microsoft Graph, as far as finding a service principal needs it.
// https://learn.microsoft.com/graph/api/serviceprincipal-get
package graph

import (
	"context"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/cloud"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// DataverseAppID is the application ID of Dataverse, which is the same in every tenant and every cloud:
// https://learn.microsoft.com/power-apps/maker/data-platform/environmentvariables-azure-key-vault-secrets
const DataverseAppID = "00000007-0000-0000-c000-000000000000"

// Client reads the directory of a tenant.
type Client struct{ rest *rest.Client }

// New returns the client of one cloud.
func New(c cloud.Cloud, o rest.Options) *Client {
	return &Client{rest: rest.New(rest.Endpoint{Host: c.Graph, Domain: c.Graph, Scope: c.GraphScope}, o)}
}

// ServicePrincipal is an application as one tenant knows it.
type ServicePrincipal struct {
	ID          string `json:"id"` // object ID, which differs from tenant to tenant
	AppID       string `json:"appId"`
	DisplayName string `json:"displayName"`
}

// ServicePrincipal reads the service principal of an application. It needs a permission such as Application.Read.All:
// the error has status 403 and the code Authorization_RequestDenied without, 404 where the tenant does not know the
// application.
func (c *Client) ServicePrincipal(ctx context.Context, appID string) (ServicePrincipal, error) {
	return rest.Get[ServicePrincipal](ctx, c.rest, rest.Path("/v1.0/servicePrincipals(appId='", appID, "')"),
		rest.Query("$select", "id,appId,displayName"))
}
