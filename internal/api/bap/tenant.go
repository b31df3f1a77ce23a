package bap

import (
	"context"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// Tenant is what the platform knows of the tenant that the caller belongs to.
type Tenant struct {
	TenantID                    string `json:"tenantId"`
	State                       string `json:"state"`
	Location                    string `json:"location"`
	Country                     string `json:"aadCountryGeo"`
	DataStorageGeo              string `json:"dataStorageGeo"`
	DefaultEnvironmentGeo       string `json:"defaultEnvironmentGeo"`
	DataBoundary                string `json:"aadDataBoundary"`
	FedRAMPHighCertificationReq bool   `json:"fedRAMPHighCertificationRequired"`
}

// Tenant reads the tenant afresh.
func (c *Client) Tenant(ctx context.Context) (Tenant, error) {
	t, err := c.readTenant(ctx)
	if err == nil {
		c.tenant.Put("", t)
	}
	return t, err
}

func (c *Client) readTenant(ctx context.Context) (Tenant, error) {
	return rest.Get[Tenant](ctx, c.rest, prefix+"/tenant", rest.Version(version2021))
}

// KnownTenant is Tenant, read at most once in the life of the client.
func (c *Client) KnownTenant(ctx context.Context) (Tenant, error) {
	return c.tenant.Get(ctx, "", func() (Tenant, error) { return c.readTenant(ctx) })
}
