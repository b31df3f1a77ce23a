package licensing

import (
	"fmt"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

const (
	documents = "https://learn.microsoft.com/rest/api/power-platform/licensing"
	peer      = "https://github.com/microsoft/terraform-provider-power-platform"
)

var versions = []string{"2022-03-01-preview", "2024-10-01"}

// facts tells what each operation rests on, and which ones are missing.
func facts(p *server.Platform, host string) {
	p.Know("licensing.", server.Facts{
		"billingpolicies.*": {Source: documents, Confidence: server.Documented, APIVersions: versions},
		"capacity.*":        {Source: peer, Confidence: server.Observed, APIVersions: versions},
	})
	p.Lack(host, "licensing.", server.Missing{
		"billingpolicies.create": "POST /licensing/billingPolicies",
		"billingpolicies.update": "PUT /licensing/billingPolicies/{id}",
		"billingpolicies.delete": "DELETE /licensing/billingPolicies/{id}",
		"capacity.get":           "GET /licensing/tenantCapacity",
	})
	p.Versions(host, unversioned)
}

// unversioned refuses a call for its api-version, in the words of the versioning that services of ASP.NET have:
// https://github.com/dotnet/aspnet-api-versioning/wiki/Error-Response-Provider
func unversioned(c *server.Call, asked string, _ []string) server.Reply {
	if asked == "" {
		return server.Fail(400, "ApiVersionUnspecified", "An API version is required, but was not specified.")
	}
	return server.Fail(400, "UnsupportedApiVersion",
		fmt.Sprintf("The HTTP resource that matches the request URI 'https://%s%s' does not support the API version '%s'.", c.Host, c.Request.URL.Path, asked))
}
