package bap

import (
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// Challenge refuses a call without a token that the services of the Power Platform take. The code of a wrong audience was
// observed; that the rest is that of Azure Resource Manager, on which the services are built, is assumed.
func Challenge(c *server.Call, why string) server.Reply {
	code := c.Fault.ResourceManagerCode()
	switch c.Fault {
	case server.TokenMissing:
		why = "Authentication failed. The 'Authorization' header is missing."
	case server.TokenAudience:
		code, why = "InvalidAuthenticationAudience", strings.NewReplacer("The access token has been obtained for", "The received access token has been obtained from",
			"exactly match with", "exactly match (including forward slash) with").Replace(why)
	default:
	}
	tenant := "common"
	if c.Tenant != nil {
		tenant = c.Tenant.ID
	}
	return server.BearerChallenge("https://login.microsoftonline.com/"+tenant, code, why)
}
