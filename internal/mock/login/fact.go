package login

import "github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"

const entra = "https://learn.microsoft.com/entra/identity-platform/"

// facts tells what the operations of this family rest on.
func facts(p *server.Platform) {
	documented := func(page string) server.Fact {
		return server.Fact{Source: page, Confidence: server.Documented}
	}
	p.Know("login.", server.Facts{
		"instance":   {Source: "https://github.com/AzureAD/microsoft-authentication-library-for-go", Confidence: server.Observed},
		"openid*":    documented(entra + "v2-protocols-oidc"),
		"keys*":      documented(entra + "signing-key-rollover"),
		"token*":     documented(entra + "v2-oauth2-client-creds-grant-flow"),
		"device*":    documented(entra + "v2-oauth2-device-code"),
		"authorize*": documented(entra + "v2-oauth2-auth-code-flow"),
		"realm*":     {Source: "https://github.com/AzureAD/microsoft-authentication-library-for-go", Confidence: server.Observed},
		"logout*":    documented(entra + "v2-protocols-oidc"),
		"imds":       documented("https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token"),
		"github":     documented("https://docs.github.com/actions/reference/security/oidc"),
		"pipelines":  documented("https://learn.microsoft.com/rest/api/azure/devops/distributedtask/oidctoken/create"),
	})
}
