package bap

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

const (
	zero      = "00000000-0000-0000-0000-000000000000"
	timestamp = "2006-01-02T15:04:05.0000000Z"
)

// order is a valid request for an environment.
type order struct {
	name, displayName, sku, description string
	macro, region                       string
	location                            Location
	cadence, category                   string
	bing, m365                          bool
	group                               any // nil: none; the zero UUID counts as a group here
	billing                             string
	owner                               string // object ID, Developer only
	created                             time.Time
	by                                  Doc // createdBy
	database                            *database
}

// database is a valid request for a Dataverse organization.
type database struct {
	domain, currency, group string
	language                int
	templates               []any
	grace                   int
}

// document is the full record of an environment without Dataverse, every expansion included. The members are those
// observed in microsoft/terraform-provider-power-platform.
func document(cloud Cloud, t *server.Tenant, o order) Doc {
	now := stamp(o.created)
	geo := strings.ToLower(o.location.Geo)
	suffix := geo + "-il101.gateway.prod.island"
	properties := Doc{
		"tenantId": t.ID, "azureRegion": o.region, "displayName": o.displayName, "description": o.description,
		"createdTime": now, "createdBy": o.by, "lastModifiedTime": now, "lastModifiedBy": o.by,
		"provisioningState": "Succeeded", "creationType": "User", "environmentSku": o.sku, "isDefault": o.sku == "Default",
		"capacity": capacity(now), "addons": []any{},
		"clientUris": Doc{
			"admin": "https://admin.powerplatform.microsoft.com/environments/environment/" + o.name + "/hub",
			"maker": "https://make.powerapps.com/environments/" + o.name + "/home",
		},
		"runtimeEndpoints": Doc{
			"microsoft.BusinessAppPlatform": "https://" + cloud.regional(o.location.Name),
			"microsoft.CommonDataModel":     "https://" + o.location.Name + ".api.cds.microsoft.com",
			"microsoft.PowerApps":           "https://" + o.location.Name + "." + cloud.PowerApps,
			"microsoft.PowerAppsAdvisor":    "https://" + o.location.Name + ".api.advisor.powerapps.com",
			"microsoft.PowerVirtualAgents":  "https://powervamg." + suffix + ".powerapps.com",
			"microsoft.ApiManagement":       "https://management." + strings.ToUpper(o.location.Name) + ".azure-apihub.net",
			"microsoft.Flow":                "https://" + o.location.Name + ".api.flow.microsoft.com",
		},
		"databaseType": "None", "trialScenarioType": "None",
		"notificationMetadata": Doc{"state": "NotSpecified", "branding": "NotSpecific"},
		"retentionPeriod":      "P7D", "lifecycleAuthority": "Environment",
		"retentionDetails": Doc{"retentionPeriod": "P7D", "backupsAvailableFromDateTime": now},
		"states": Doc{
			"management": Doc{"id": "Ready"},
			"runtime": Doc{
				"id": "Enabled", "runtimeReasonCode": "NotSpecified",
				"requestedBy": Doc{"displayName": "SYSTEM", "type": "NotSpecified"},
			},
		},
		"updateCadence":    Doc{"id": o.cadence},
		"protectionStatus": Doc{"keyManagedBy": "Microsoft"},
		"cluster": Doc{
			"category": o.category, "number": "101", "uriSuffix": suffix, "geoShortName": o.location.Geo, "environment": "Prod",
		},
		"connectedGroups": []any{}, "governanceConfiguration": Doc{"protectionLevel": "Basic"},
		"bingChatEnabled": o.bing, "m365Enabled": o.m365,
		"billingPolicy":   payer(o.billing),
		"copilotPolicies": Doc{crossGeo: false},
	}
	if slices.Contains(boundary, o.location.Name) {
		server.Assign(properties, "copilotPolicies."+crossBoundary, false)
	}
	if o.group != nil {
		properties["parentEnvironmentGroup"] = Doc{"id": o.group}
	}
	if o.sku == "Developer" {
		properties["creationType"] = "Developer"
	}
	if o.owner != "" {
		properties["usedBy"] = Doc{"id": o.owner, "type": "User", "tenantId": t.ID}
	}
	d := Doc{
		"id":   prefix + "/scopes/admin/environments/" + o.name,
		"type": "Microsoft.BusinessAppPlatform/scopes/environments", "location": o.location.Name, "name": o.name,
		"properties": properties,
	}
	if o.macro != "" && t.Switch(SwitchOmitMacroRegion) != "on" {
		d["macroRegion"] = o.macro
	}
	return d
}

func capacity(now string) []any {
	out := []any{}
	for _, c := range []struct {
		kind          string
		actual, rated float64
	}{{"Database", 885.0391, 1024}, {"File", 1187.142, 1187.142}, {"Log", 0, 0}, {"FinOpsDatabase", 0, 0}, {"FinOpsFile", 0, 0}} {
		out = append(out, Doc{
			"capacityType": c.kind, "actualConsumption": c.actual, "ratedConsumption": c.rated, "capacityUnit": "MB", "updatedOn": now,
		})
	}
	return out
}

// payer is how the record of an environment names its billing policy: with an empty ID when it has none.
func payer(id string) Doc {
	if id == zero {
		id = ""
	}
	return Doc{"id": id}
}

// billing is how an environment shows its billing policy: all of it where there is such a policy.
func billing(t *server.Tenant, id string) Doc {
	if p, ok := t.Collection(BillingPolicies).Peek(id); ok {
		return p
	}
	return payer(id)
}

// organization is the record behind linkedEnvironmentMetadata; the Dataverse family serves it.
func organization(cloud Cloud, created time.Time, env Doc, db database) Doc {
	location, _ := cloud.location(server.Text(env, "location"))
	return Doc{
		"environment": server.Text(env, "name"), "organizationid": uuid.NewString(), "domain": db.domain,
		"suffix": cloud.domain(location), "uniqueName": "unq" + strings.ReplaceAll(uuid.NewString(), "-", "")[:29],
		"currency": db.currency, "language": db.language, "securityGroupId": db.group, "templates": db.templates,
		"grace": db.grace, "state": "Provisioning", "scaleGroup": strings.ToUpper(location.Geo) + "CRMLIVESG601",
		"createdTime":               created.UTC().Format("2006-01-02T15:04:05.000Z"),
		"backgroundOperationsState": "Enabled",
	}
}

// metadata is linkedEnvironmentMetadata of an organization. The platform leaves securityGroupId out where there is none.
func metadata(org, env Doc) Doc {
	d := Doc{
		"resourceId": org["organizationid"], "friendlyName": server.Text(env, "properties.displayName"),
		"uniqueName": org["uniqueName"], "domainName": org["domain"], "version": "9.2.26091.00145",
		"instanceUrl":    "https://" + server.Text(org, "domain") + "." + server.Text(org, "suffix") + "/",
		"instanceApiUrl": "https://" + server.Text(org, "domain") + ".api." + server.Text(org, "suffix"),
		"baseLanguage":   org["language"], "instanceState": org["state"], "createdTime": org["createdTime"],
		"backgroundOperationsState": org["backgroundOperationsState"], "scaleGroup": org["scaleGroup"],
		"platformSku": "Standard", "schemaType": "Standard",
	}
	if g := server.Text(org, "securityGroupId"); g != "" && g != zero {
		d["securityGroupId"] = g
	}
	return d
}

// Host is the host of an organization, without scheme.
func Host(org Doc) string { return server.Text(org, "domain") + "." + server.Text(org, "suffix") }

// organizationsAt are the names of the environments whose organizations have a host.
func organizationsAt(t *server.Tenant, host string) []string {
	return t.Collection(Organizations).Where("host", Host, host)
}

// OrganizationAt finds the ready organization that answers on a host, on that of its Web API (x.api.crm4…) as well.
func OrganizationAt(t *server.Tenant, host string) (Doc, bool) {
	for _, id := range organizationsAt(t, strings.Replace(strings.ToLower(host), ".api.", ".", 1)) {
		if org, ok := t.Collection(Organizations).Peek(id); ok && server.Text(org, "state") == "Ready" {
			return org, true
		}
	}
	return nil, false
}

// dropOrganization deletes the organization of an environment with all that is in it: other families keep that in
// collections whose names begin with "dataverse.", under IDs that begin with the environment's name and a slash.
func dropOrganization(t *server.Tenant, name string) {
	t.Collection(Organizations).Delete(name)
	dropBelongings(t, "dataverse.", name)
}

// dropBelongings deletes what families keep under IDs that begin with the name of an environment and a slash, in
// collections whose names begin so.
func dropBelongings(t *server.Tenant, prefix, name string) {
	for _, collection := range t.Collections() {
		if !strings.HasPrefix(collection, prefix) {
			continue
		}
		belongings := t.Collection(collection)
		for _, id := range belongings.Under(name) {
			belongings.Delete(id)
		}
	}
}

// taken reports whether another environment of the geography has the domain. The platform compares across all tenants;
// the mirror within one, so that tenants stay independent.
func taken(t *server.Tenant, domain, suffix, except string) bool {
	return slices.ContainsFunc(organizationsAt(t, domain+"."+suffix), func(id string) bool { return !strings.EqualFold(id, except) })
}

// generated is a domain for an organization that asked for none.
func generated() string { return "org" + uuid.NewString()[:8] }

// view is an environment as a read with these expansions shows it: capacity, billing policy, permissions, Copilot
// policies and linked enterprise policies only on demand, what its running operation does to its state, and what may be done to it next.
func view(t *server.Tenant, d Doc, query url.Values) Doc {
	wanted := expansions(query.Get("$expand"))
	properties := child(d, "properties")
	for _, name := range []string{"capacity", "billingPolicy", "copilotPolicies"} {
		if !wanted[name] {
			delete(properties, name)
		}
	}
	if wanted["billingPolicy"] {
		properties["billingPolicy"] = billing(t, server.Text(properties, "billingPolicy.id"))
	}
	if wanted["permissions"] {
		properties["permissions"] = Doc{"AdminReadEnvironment": Doc{}, "UpdateEnvironment": Doc{}, "DeleteEnvironment": Doc{}}
	}
	if running(t, server.Text(d, "name")) {
		server.Assign(properties, "states.management.id", "Running")
	}
	properties["lifecycleOperationsEnforcement"] = enforcement(t, properties)
	if !wanted["enterprisePolicies"] && t.Switch(SwitchPoliciesExpand) != "always" {
		delete(properties, "enterprisePolicies")
	}
	return d
}

// expansions are the names in $expand: both properties.capacity and properties/capacity mean capacity.
func expansions(expand string) map[string]bool {
	out := map[string]bool{}
	for name := range strings.SplitSeq(expand, ",") {
		name = strings.ReplaceAll(strings.TrimSpace(name), "/", ".")
		out[strings.TrimPrefix(name, "properties.")] = true
	}
	return out
}

func modified(t *server.Tenant, d Doc) {
	server.Assign(d, "properties.lastModifiedTime", stamp(t.Clock().Now()))
}

func stamp(t time.Time) string { return t.UTC().Format(timestamp) }
