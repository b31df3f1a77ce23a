package powerplatform

import (
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// Where the facts of this family come from.
const (
	diagnostics = "https://github.com/microsoft/PowerPlatform-EnterprisePolicies"
	peer        = "https://github.com/microsoft/terraform-provider-power-platform"
	documents   = "https://learn.microsoft.com/rest/api/power-platform/"
)

// facts tells what the operations of this family rest on, and which ones of the Power Platform API, of the hosts of
// environments and tenants and of the services around it are missing.
func facts(p *server.Platform) {
	observed := server.Fact{Source: peer, Confidence: server.Observed}
	documented := func(page string) server.Fact {
		return server.Fact{Source: documents + page, Confidence: server.Documented}
	}
	p.Know("powerplatform.", server.Facts{
		"plex.*":                  {Source: diagnostics, Confidence: server.Observed},
		"plex.history":            {Source: diagnostics, Confidence: server.Observed},
		"packages.*":              documented("appmanagement"),
		"authorization.*":         documented("authorization"),
		"environments.*":          documented("environmentmanagement"),
		"policies.* rulesets.*":   observed,
		"connections.*":           observed,
		"gateway.*":               observed,
		"advisor.* analytics.*":   observed,
		"administration.* bots.*": observed,
	})
	for host := range bap.Hosts(func(c bap.Cloud) string { return c.Platform }) {
		p.Lack(host, "powerplatform.", api)
		p.Lack("*.environment."+host, "powerplatform.", ofEnvironments)
		p.Lack("*.tenant."+host, "powerplatform.", ofTenants)
	}
	for host, missing := range around {
		p.Lack(host, "powerplatform.", missing)
	}
	for _, host := range advisors {
		p.Lack(host, "powerplatform.", checker)
		p.Lack("*."+host, "powerplatform.", checker)
	}
	for _, host := range administrations {
		p.Lack(host, "powerplatform.", administration)
	}
	p.Serve(licences...)
}

const (
	assignments = "/authorization/roleAssignments"
	ofOne       = "/authorization/environments/{environment}/roleAssignments"
	ofGroup     = "/authorization/environmentGroups/{group}/roleAssignments"
	rulePolicy  = "/governance/ruleBasedPolicies"
	connection  = "/connectivity/connectors/{connector}/connections/{connection}"
)

// api is what the global host of the Power Platform API has beyond billing policies.
var api = server.Missing{
	"packages.list":             "GET /appmanagement/applicationPackages",
	"packages.environment":      "GET /appmanagement/environments/{environment}/applicationPackages",
	"packages.install":          "POST /appmanagement/environments/{environment}/applicationPackages/{name}/install",
	"packages.operation":        "GET /appmanagement/environments/{environment}/operations/{operation}",
	"authorization.list":        "GET " + assignments + " | GET " + ofOne + " | GET " + ofGroup,
	"authorization.create":      "POST " + assignments + " | POST " + ofOne + " | POST " + ofGroup,
	"authorization.delete":      "DELETE " + assignments + "/{assignment} | DELETE " + ofOne + "/{assignment} | DELETE " + ofGroup + "/{assignment}",
	"authorization.definitions": "GET /authorization/roleDefinitions",
	"environments.get":          "GET /environmentmanagement/environments/{environment}",
	"environments.settings":     "GET /environmentmanagement/environments/{environment}/settings",
	"environments.set":          "POST /environmentmanagement/environments/{environment}/settings | PATCH /environmentmanagement/environments/{environment}/settings",
	"policies.assignments":      "GET " + rulePolicy + "/environmentGroups/{group}/assignments",
	"policies.create":           "POST " + rulePolicy,
	"policies.get":              "GET " + rulePolicy + "/{policy}",
	"policies.update":           "PUT " + rulePolicy + "/{policy}",
	"policies.delete":           "DELETE " + rulePolicy + "/{policy}",
	"policies.removerule":       "PATCH " + rulePolicy + "/{policy}/removeRule",
	"policies.assign":           "POST " + rulePolicy + "/{policy}/environmentGroups/{group}/assignments",
	"policies.unassign":         "DELETE " + rulePolicy + "/{policy}/environmentGroups/{group}/assignments",
}

var ofEnvironments = server.Missing{
	"connections.list":        "GET /connectivity/connections",
	"connections.put":         "PUT " + connection,
	"connections.get":         "GET " + connection,
	"connections.delete":      "DELETE " + connection,
	"connections.permissions": "GET " + connection + "/permissions",
	"connections.modify":      "POST " + connection + "/modifyPermissions",
	"plex.history":            "GET /plex/networkUsage/environmentHistoricalUsage",
}

var ofTenants = server.Missing{
	"gateway.cluster":  "GET /gateway/cluster",
	"plex.subnets":     "GET /plex/networkUsage/subnetHistoricalUsage",
	"rulesets.list":    "GET /governance/environmentGroups/{group}/ruleSets",
	"rulesets.create":  "POST /governance/environmentGroups/{group}/ruleSets",
	"rulesets.update":  "PUT /governance/ruleSets/{ruleset}",
	"rulesets.delete":  "DELETE /governance/ruleSets/{ruleset}",
	"rulesets.removed": "POST /environmentmanagement/environmentGroups/{group}/removeEnvironment/{environment}",
}

// around are services of the public cloud that clients of the platform call too.
var around = map[string]server.Missing{
	"*.csanalytics.powerplatform.microsoft.com":     {"analytics.connections": "GET /api/v2/connections"},
	"powervamg.*.gateway.prod.island.powerapps.com": {"bots.insights": "GET " + insights + " | PUT " + insights},
}

// advisors are the hosts of the solution checker in all clouds, with a region before them or without.
var advisors = []string{
	"api.advisor.powerapps.com", "gov.api.advisor.powerapps.us", "high.api.advisor.powerapps.us", "api.advisor.powerapps.us",
	"api.advisor.powerapps.cn", "api.advisor.powerapps.eaglex.ic.gov",
}

var checker = server.Missing{"advisor.rules": "GET /api/rule"}

// administrations are the hosts of the admin center in all clouds.
var administrations = []string{
	"api.admin.powerplatform.microsoft.com", "api.gcc.admin.powerplatform.microsoft.us", "api.high.admin.powerplatform.microsoft.us",
	"api.admin.appsplatform.us", "api.ppac.partner.microsoftonline.cn", "api.admin.powerplatform.eaglex.ic.gov",
	"api.admin.powerplatform.microsoft.scloud",
}

var administration = server.Missing{
	"administration.organizations": "GET /api/tenants/mytenant/organizations",
	"administration.features":      "GET /api/environments/{organization}/features",
	"administration.enable":        "POST /api/environments/{organization}/features/{feature}/enable",
}

// licences are the licensing hosts of all clouds. No client was seen to call them.
var licences = []string{
	"licensing.powerplatform.microsoft.com", "gov.licensing.powerplatform.microsoft.us", "high.licensing.powerplatform.microsoft.us",
	"licensing.appsplatform.us", "licensing.partner.microsoftonline.cn", "licensing.eaglex.ic.gov", "licensing.microsoft.scloud",
}

const insights = "/api/botmanagement/2022-01-15/environments/{environment}/bots/{bot}/applicationinsightsconfiguration"
