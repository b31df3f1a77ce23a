package bap

import (
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// Where the facts of this family come from.
const (
	peer     = "https://github.com/microsoft/terraform-provider-power-platform"
	m365     = "https://github.com/pnp/cli-microsoft365"
	settings = "https://learn.microsoft.com/power-platform/admin/list-tenantsettings"
	policies = "https://github.com/microsoft/PowerPlatform-EnterprisePolicies"
	cmdlets  = "https://learn.microsoft.com/power-platform/admin/powershell-create-service-principal"
)

// versions are the values of api-version that published clients send; what else the service takes is not known.
var versions = []string{
	"2016-11-01", "2018-01-01", "2018-10-01", "2019-05-01", "2019-10-01", "2020-06-01", "2020-08-01", "2020-10-01",
	"2021-03-01", "2021-04-01", "2021-07-01", "2022-05-01", "2023-06-01", "2024-05-01",
}

// facts tells what each operation rests on.
func facts(p *server.Platform) {
	observed := func(source string) server.Fact {
		return server.Fact{Source: source, Confidence: server.Observed, APIVersions: versions}
	}
	p.Know("bap.", server.Facts{
		"tenant.get locations.list languages.list currencies.list templates.list lifecycleoperations.* environmentgroups.*": observed(peer),
		"environments.*":                 observed(peer),
		"environments.maker*":            observed(m365),
		"environments.enforcement":       {Source: policies, Confidence: server.Inferred, APIVersions: versions},
		"adminapplications.*":            {Source: cmdlets, Confidence: server.Documented, APIVersions: versions},
		"enterprisepolicies.*":           observed(policies),
		"enterprisepolicies.nowhere":     {Source: policies, Confidence: server.Inferred, APIVersions: versions},
		"settings.*":                     {Source: settings, Confidence: server.Documented, APIVersions: versions},
		"users.* roles.*":                observed(peer),
		"dlp.* isolation.* connectors.*": {Source: peer, Confidence: server.Observed},
	})
}

const governance = "/providers/PowerPlatform.Governance"

// absent names the operations of this family that the platform is known to have and the mirror does not.
func absent(p *server.Platform, host string) {
	p.Lack(host, "bap.", server.Missing{
		"users.addapp":           "POST " + prefix + "/scopes/admin/environments/{id}/addAppUser",
		"users.add":              "POST " + prefix + "/scopes/admin/environments/{id}/addUser",
		"roles.list":             "GET " + prefix + "/scopes/admin/environments/{id}/roleAssignments",
		"roles.modify":           "POST " + prefix + "/scopes/admin/environments/{id}/modifyRoleAssignments",
		"connectors.unblockable": "GET " + governance + "/v1/connectors/metadata/unblockable",
		"connectors.virtual":     "GET " + governance + "/v1/connectors/metadata/virtual",
		"isolation.get":          "GET " + governance + "/v1/tenants/{tenant}/tenantIsolationPolicy",
		"isolation.put":          "PUT " + governance + "/v1/tenants/{tenant}/tenantIsolationPolicy",
		"dlp.list":               "GET " + governance + "/v2/policies",
		"dlp.create":             "POST " + governance + "/v2/policies",
		"dlp.get":                "GET " + governance + "/v2/policies/{id}",
		"dlp.update":             "PATCH " + governance + "/v2/policies/{id}",
		"dlp.delete":             "DELETE " + governance + "/v2/policies/{id}",
	})
}

// unversioned refuses a call for its api-version. The words are those of Azure Resource Manager, on which the service is
// built; that it uses them is assumed.
func unversioned(_ *server.Call, asked string, accepted []string) server.Reply {
	if asked == "" {
		return bad("MissingApiVersionParameter", "The api-version query parameter (?api-version=) is required for all requests.")
	}
	return bad("InvalidApiVersionParameter", "The api-version '%s' is invalid. The supported versions are '%s'.", asked, strings.Join(accepted, ","))
}
