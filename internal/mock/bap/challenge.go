package bap

import (
	"net/http"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// Challenge refuses a call without a token that the services of the Power Platform take. The code of a wrong audience was
// observed; that the rest is that of Azure Resource Manager, on which the services are built, is assumed.
func Challenge(c *server.Call, why string) server.Reply {
	code := TokenCode(c.Fault)
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
	return BearerChallenge("https://login.microsoftonline.com/"+tenant, code, why)
}

// BearerChallenge is a refusal with the header that tells clients where to get a token, as Azure Resource Manager and
// services of its kind word it: https://learn.microsoft.com/azure/azure-resource-manager/management/authenticate-multi-tenant
func BearerChallenge(authority, code, why string) server.Reply {
	return server.Fail(http.StatusUnauthorized, code, why).
		With("WWW-Authenticate", `Bearer authorization_uri="`+authority+`", error="invalid_token", error_description="`+strings.ReplaceAll(why, `"`, "'")+`"`)
}

// TokenCode is the error code of Azure Resource Manager, and of services that are built on it, for a fault of a token.
func TokenCode(f server.TokenFault) string {
	switch f {
	case server.TokenMissing:
		return "AuthenticationFailed"
	case server.TokenExpired:
		return "ExpiredAuthenticationToken"
	case server.TokenTenant:
		return "InvalidAuthenticationTokenTenant"
	case server.TokenAudience:
		return "InvalidAuthenticationTokenAudience"
	default:
		return "InvalidAuthenticationToken"
	}
}
