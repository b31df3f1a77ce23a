package dataverse

import (
	"net/http"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// challenge refuses a call without a token that the organization takes: no body, and a header that names the tenant of the
// organization and the resource to ask for, by which clients find out where to sign in:
// https://learn.microsoft.com/power-apps/developer/data-platform/authenticate-oauth
func challenge(c *server.Call, _ string) server.Reply {
	tenant := "common"
	if c.Tenant != nil {
		tenant = c.Tenant.ID
	}
	for _, t := range c.Platform.Tenants() {
		if _, ok := bap.OrganizationAt(t, c.Host); ok {
			tenant = t.ID
		}
	}
	header := "Bearer authorization_uri=https://login.microsoftonline.com/" + tenant + "/oauth2/authorize, resource_id=https://" + c.Host + "/"
	if c.Fault != server.TokenMissing {
		header += ", error=invalid_token, error_description=Error during token validation!"
	}
	return server.Empty(http.StatusUnauthorized).With("WWW-Authenticate", header).With("REQ_ID", c.Request.Header.Get("X-Ms-Client-Request-Id"))
}
