package powerapps

import (
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// Where the facts of this family come from.
const (
	connectorsCLI = "https://github.com/microsoft/PowerPlatformConnectors"
	m365          = "https://github.com/pnp/cli-microsoft365"
	peer          = "https://github.com/microsoft/terraform-provider-power-platform"
	sharing       = "https://learn.microsoft.com/connectors/custom-connectors/share"
	rules         = "https://learn.microsoft.com/connectors/custom-connectors/certification-swagger-validator-rules"
	storages      = "https://learn.microsoft.com/rest/api/storageservices/put-blob"
)

// facts tells what the operations of a host rest on, and which ones are missing.
func facts(p *server.Platform, host string) {
	observed := func(source string) server.Fact {
		return server.Fact{Source: source, Confidence: server.Observed, APIVersions: versions}
	}
	p.Know("powerapps.", server.Facts{
		"*":                                   observed(connectorsCLI),
		"apis.list apis.get apis.adminlist":   observed(m365),
		"apis.admindelete permissions.admin*": {Source: sharing, Confidence: server.Inferred, APIVersions: versions},
		"permissions.list permissions.modify": {Source: sharing, Confidence: server.Inferred, APIVersions: versions},
		"swagger.*":                           observed(rules),
		"swagger.nobody":                      {Source: connectorsCLI, Confidence: server.Inferred, APIVersions: versions},
		"apps.*":                              observed(peer),
		"environments.*":                      observed(m365),
		"icons.get":                           {Source: m365, Confidence: server.Observed},
		"blobs.*":                             {Source: storages, Confidence: server.Documented, Content: []string{"*"}},
	})
	p.Lack(host, "powerapps.", server.Missing{"apps.adminlist": "GET " + prefix + "/scopes/admin/environments/{environment}/apps"})
	p.Versions(host, unversioned)
}

// unversioned refuses a call for its api-version.
func unversioned(_ *server.Call, asked string, accepted []string) server.Reply {
	if asked == "" {
		return bad("MissingApiVersionParameter", "The api-version query parameter (?api-version=) is required for all requests.")
	}
	return bad("InvalidApiVersionParameter", "The api-version '%s' is invalid. The supported versions are '%s'.", asked, strings.Join(accepted, ","))
}
