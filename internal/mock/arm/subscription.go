package arm

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// regions are the Azure regions that resources can be put in.
var regions = func() []string {
	out := []string{
		"eastus", "eastus2", "centralus", "northcentralus", "southcentralus", "westus", "westus2", "westus3", "uaecentral",
		"southafricawest", "jioindiawest", "westindia", "australiacentral", "brazilsoutheast", "spaincentral", "israelcentral",
	}
	for _, l := range bap.Locations {
		out = append(out, l.Regions...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}()

// region is the name of a location as Resource Manager writes it: "East US" is eastus.
func region(location string) string { return strings.ToLower(strings.ReplaceAll(location, " ", "")) }

// refuseRegion is the answer to a body that names no region, or another one than the resource is in already.
func (c call) refuseRegion(kind, id, location string, old Doc) (server.Reply, bool) {
	at := server.Text(old, "location")
	switch {
	case location == "":
		return bad("LocationRequired", "The location property is required for this definition."), true
	case !slices.Contains(regions, region(location)):
		return bad("LocationNotAvailableForResourceType",
			"The provided location '%s' is not available for resource type '%s'. List of available regions for the resource type is '%s'.",
			location, kind, strings.Join(regions, ",")), true
	case old != nil && at != region(location):
		return refuse(http.StatusConflict, "InvalidResourceLocation",
			"The resource '%s' already exists in location '%s' in resource group '%s'. A resource with the same name cannot be created in location '%s'. Please select a new resource name.",
			nameOf(id), at, c.Params["group"], region(location)), true
	}
	return server.Reply{}, false
}

// subscriptions adds the routes of what contains everything else.
func (r router) subscriptions() {
	const groups = "/subscriptions/{subscription}/resourceGroups"
	r.Platform.Open(r.Host, "GET", "/metadata/endpoints", "arm.metadata.endpoints", r.endpoints)
	r.route("GET", "/tenants", "tenants.list", resourceVersions, listTenants)
	r.route("GET", "/subscriptions", "subscriptions.list", resourceVersions, listSubscriptions)
	r.route("GET", "/subscriptions/{subscription}", "subscriptions.get", resourceVersions, getSubscription)
	r.route("GET", groups, "resourcegroups.list", resourceVersions, listGroups)
	r.route("GET", groups+"/{name}", "resourcegroups.get", resourceVersions, getGroup)
	r.route("PUT", groups+"/{name}", "resourcegroups.put", resourceVersions, putGroup)
	r.route("DELETE", groups+"/{name}", "resourcegroups.delete", resourceVersions, deleteGroup)
}

// endpoints says where the services of a cloud are; clients ask it before they sign in.
func (r router) endpoints(c *server.Call) server.Reply {
	authority := map[string]string{
		"gcchigh": "login.microsoftonline.us", "dod": "login.microsoftonline.us", "china": "login.chinacloudapi.cn",
		"ex": "login.microsoftonline.eaglex.ic.gov", "rx": "login.microsoftonline.microsoft.scloud",
	}[r.cloud.Name]
	name := map[string]string{"": "AzureCloud", "gcchigh": "AzureUSGovernment", "china": "AzureChinaCloud"}[r.cloud.Name]
	if authority == "" {
		name = "AzureCloud"
	}
	authentication := Doc{
		"loginEndpoint": "https://" + cmp.Or(authority, "login.microsoftonline.com") + "/", "audiences": r.cloud.ARMAudiences,
		"tenant": "common", "identityProvider": "AAD",
	}
	if c.Query.Get("api-version") < "2019" {
		delete(authentication, "identityProvider")
		return server.JSON(http.StatusOK, Doc{"authentication": authentication, "resourceManager": "https://" + r.Host})
	}
	return server.JSON(http.StatusOK, []any{Doc{
		"name": cmp.Or(name, r.cloud.Name), "resourceManager": "https://" + r.Host + "/", "authentication": authentication,
		"portal": "https://portal.azure.com", "graphAudience": "https://graph.windows.net/", "graph": "https://graph.windows.net/",
		"microsoftGraphResourceId": "https://graph.microsoft.com/", "suffixes": Doc{"keyVaultDns": "vault.azure.net", "storage": "core.windows.net"},
	}})
}

func listTenants(c call) server.Reply {
	d := Doc{
		"id": "/tenants/" + c.Tenant.ID, "tenantId": c.Tenant.ID, "countryCode": c.Tenant.Country, "displayName": c.Tenant.DisplayName,
		"domains": c.Tenant.Domains(), "tenantCategory": "Home", "tenantType": "AAD",
	}
	if domains := c.Tenant.Domains(); len(domains) > 0 {
		d["defaultDomain"] = domains[0]
	}
	return server.JSON(http.StatusOK, Doc{"value": []any{d}})
}

func listSubscriptions(c call) server.Reply {
	value := c.Tenant.Collection(Subscriptions).All()
	if access := c.Tenant.Switch(SwitchAccess); access == "none" || access == "hidden" {
		value = []Doc{}
	}
	return server.JSON(http.StatusOK, Doc{"value": value, "count": Doc{"type": "Total", "value": len(value)}})
}

func getSubscription(c call) server.Reply {
	d, _ := c.Tenant.Collection(Subscriptions).Get(subscriptionID(c.Params["subscription"]))
	return server.JSON(http.StatusOK, d)
}

// ownGroupID is groupID for the routes of resource groups themselves.
func (c call) ownGroupID() string {
	return stored(c.Tenant, ResourceGroups, subscriptionID(c.Params["subscription"])+"/resourceGroups/"+c.Params["name"])
}

func viewGroup(t *server.Tenant, d Doc) Doc {
	server.Assign(d, "properties.provisioningState", state(t, server.Text(d, "id"), d))
	return d
}

func listGroups(c call) server.Reply {
	return server.JSON(http.StatusOK, Doc{"value": shown(c.Tenant, ResourceGroups, subscriptionID(c.Params["subscription"]), viewGroup)})
}

func getGroup(c call) server.Reply {
	d, ok := c.Tenant.Collection(ResourceGroups).Get(c.ownGroupID())
	if !ok {
		return noGroup(c.Params["name"])
	}
	look(c.Tenant, server.Text(d, "id"))
	return server.JSON(http.StatusOK, viewGroup(c.Tenant, d))
}

func putGroup(c call) server.Reply {
	id := c.ownGroupID()
	old, exists := c.Tenant.Collection(ResourceGroups).Peek(id)
	location := server.Text(c.Body, "location")
	if reply, ok := c.refuseRegion(resources+"/resourceGroups", id, location, nil); ok {
		return reply
	}
	if exists && server.Text(old, "location") != region(location) {
		return refuse(http.StatusConflict, "InvalidResourceGroupLocation",
			"Invalid resource group location '%s'. The Resource group already exists in location '%s'.", location, server.Text(old, "location"))
	}
	if _, _, ok := running(c.Tenant, changing, id); ok {
		return soon(refuse(http.StatusConflict, "ResourceGroupBeingDeleted",
			"The resource group '%s' is in deprovisioning state and cannot perform this operation.", nameOf(id)))
	}
	d := newGroup(id, location, child(c.Body, "tags"))
	if managedBy := server.Text(c.Body, "managedBy"); managedBy != "" {
		d["managedBy"] = managedBy
	}
	c.Tenant.Collection(ResourceGroups).Put(id, d)
	if exists {
		return server.JSON(http.StatusOK, d)
	}
	return server.JSON(http.StatusCreated, d)
}

func newGroup(id, location string, tags Doc) Doc {
	d := Doc{
		"id": id, "name": nameOf(id), "type": resources + "/resourceGroups", "location": region(location),
		"properties": Doc{"provisioningState": server.Succeeded},
	}
	if tags != nil {
		d["tags"] = tags
	}
	return d
}

// deleteGroup deletes a group with everything in it; what a linked policy holds keeps all of it.
func deleteGroup(c call) server.Reply {
	t, id := c.Tenant, c.ownGroupID()
	d, ok := t.Collection(ResourceGroups).Peek(id)
	if !ok {
		return noGroup(c.Params["name"])
	}
	if op, _, ok := running(t, changing, id); ok {
		return again(op)
	}
	return c.start(work{
		kind: KindGroupDelete, resource: id, region: server.Text(d, "location"), state: "Deleting", took: groupTime,
		status: http.StatusAccepted, via: viaLocation,
	})
}

// dropGroup is the effect of KindGroupDelete.
func dropGroup(t *server.Tenant, id string, _ Doc) *failure {
	blocked := releasePolicies(t, id)
	for _, subnet := range below(t, Subnets, id) {
		d, _ := subnetDoc(t, subnet)
		if user := userOf(d); user != "" && blocked == "" && !within(policyOf(d), id) {
			blocked = user
		}
	}
	if blocked != "" {
		return &failure{
			"ResourceGroupDeletionBlocked",
			"Deletion of resource group '" + nameOf(id) + "' failed as resources with identifiers '" + blocked + "' could not be deleted.",
		}
	}
	for _, other := range below(t, VirtualNetworks, id) {
		dropNetwork(t, other)
	}
	for _, collection := range []string{KeyVaults, Keys, RoleAssignments} {
		for _, other := range below(t, collection, id) {
			t.Collection(collection).Delete(other)
		}
	}
	t.Collection(ResourceGroups).Delete(id)
	return nil
}
