// Package graph mirrors Microsoft Graph as far as finding a service principal needs it:
// https://learn.microsoft.com/graph/api/resources/serviceprincipal
package graph

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// DataverseAppID is the application ID of Dataverse, which is the same in every tenant:
// https://learn.microsoft.com/power-apps/maker/data-platform/environmentvariables-azure-key-vault-secrets
const DataverseAppID = "00000007-0000-0000-c000-000000000000"

// Switches of a tenant for states that a test wants to see.
const (
	// SwitchAccess "none" lets nobody read the directory: 403 Authorization_RequestDenied, as for an application without
	// the permission Application.Read.All.
	SwitchAccess = "graph.access"
	// SwitchAbsent lists, with commas between them, application IDs that have no service principal in the tenant.
	SwitchAbsent = "graph.absent"
)

// firstParty are the applications of Microsoft that a tenant has a service principal of.
var firstParty = map[string]string{
	DataverseAppID:                         "Dataverse",
	"475226c6-020e-4fb2-8a90-7a972cbfc1d4": "PowerApps Service",
	"7df0a125-d3be-4c96-aa54-591f83ff541c": "Microsoft Flow Service",
}

// Principal is a service principal: an application as one tenant knows it.
type Principal struct {
	// ID is its object ID, which differs from tenant to tenant.
	ID string
	// AppID is the application (client) ID.
	AppID string
	// Name is the display name.
	Name string
}

// Find returns the service principal of an application. It is safe with and without the tenant locked.
func Find(t *server.Tenant, appID string) (Principal, bool) {
	appID = strings.ToLower(appID)
	if slices.Contains(strings.Split(strings.ToLower(t.Switch(SwitchAbsent)), ","), appID) {
		return Principal{}, false
	}
	if app, ok := t.Application(appID); ok {
		return Principal{ID: app.ObjectID, AppID: app.ClientID, Name: app.DisplayName}, true
	}
	name, ok := firstParty[appID]
	return Principal{ID: ObjectID(t, appID), AppID: appID, Name: name}, ok
}

// ObjectID is the object ID that an application of Microsoft has in a tenant.
func ObjectID(t *server.Tenant, appID string) string {
	return uuid.NewSHA1(uuid.NameSpaceOID, []byte(t.ID+"/"+strings.ToLower(appID))).String()
}

// Register adds the routes of this family to the hosts of every cloud.
func Register(p *server.Platform) {
	for host := range bap.Hosts(func(c bap.Cloud) string { return c.Graph }) {
		p.Audience(host, "https://"+host, "00000003-0000-0000-c000-000000000000")
		p.Challenge(host, challenge)
		people(server.Router{Platform: p, Host: host, Path: "/v1.0", Operation: "graph."})
		r := server.Router{Platform: p, Host: host, Path: "/v1.0/servicePrincipals", Operation: "graph.serviceprincipals.", Around: readable}
		r.Route(http.MethodGet, "", "list", list)
		r.Route(http.MethodGet, "(appId='{app}')", "get", get)
		r.Route(http.MethodGet, "/{id}", "get", get)
	}
	p.Know("graph.", server.Facts{
		"serviceprincipals.*": {Source: "https://learn.microsoft.com/graph/api/resources/serviceprincipal", Confidence: server.Documented},
		"users.*":             {Source: "https://learn.microsoft.com/graph/api/resources/user", Confidence: server.Documented},
	})
}

// readable lets callers read the directory unless the tenant lets nobody.
func readable(h server.Handler) server.Handler {
	return func(c *server.Call) server.Reply {
		if c.Tenant.Switch(SwitchAccess) == "none" {
			return refuse(c, http.StatusForbidden, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
		}
		return h(c)
	}
}

// refuse is an error in the envelope of Microsoft Graph.
func refuse(c *server.Call, status int, code, message string) server.Reply {
	at := time.Now()
	if c.Tenant != nil {
		at = c.Tenant.Clock().Now()
	}
	return server.JSON(status, server.Doc{"error": server.Doc{
		"code": code, "message": message,
		"innerError": server.Doc{"date": at.UTC().Format(time.DateOnly + "T15:04:05"), "request-id": uuid.NewString(), "client-request-id": c.Request.Header.Get("Client-Request-Id")},
	}})
}

// principals are all service principals of the tenant.
func principals(t *server.Tenant) []Principal {
	var ids []string
	for _, a := range t.Applications() {
		ids = append(ids, a.ClientID)
	}
	for id := range firstParty {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	var out []Principal
	for _, id := range slices.Compact(ids) {
		if one, ok := Find(t, id); ok {
			out = append(out, one)
		}
	}
	return out
}

// show is a service principal with the properties that the query selects.
func (p Principal) show(c *server.Call) server.Doc {
	d := server.Doc{
		"id": p.ID, "appId": p.AppID, "displayName": p.Name, "appDisplayName": p.Name, "servicePrincipalType": "Application",
		"accountEnabled": true, "servicePrincipalNames": []any{p.AppID},
	}
	return selected(c, d)
}

func get(c *server.Call) server.Reply {
	app, byApp := c.Params["app"]
	for _, one := range principals(c.Tenant) {
		if byApp && strings.EqualFold(one.AppID, app) || !byApp && strings.EqualFold(one.ID, c.Params["id"]) {
			d := one.show(c)
			d["@odata.context"] = "https://" + c.Host + "/v1.0/$metadata#servicePrincipals/$entity"
			return server.JSON(http.StatusOK, d)
		}
	}
	return refuse(c, http.StatusNotFound, "Request_ResourceNotFound", "Resource '"+app+c.Params["id"]+
		"' does not exist or one of its queried reference-property objects are not present.")
}

var filter = regexp.MustCompile(`(?i)^\s*(appId|displayName|id)\s+eq\s+'([^']*)'\s*$`)

func list(c *server.Call) server.Reply {
	want := filter.FindStringSubmatch(c.Query.Get("$filter"))
	if want == nil && c.Query.Get("$filter") != "" {
		return refuse(c, http.StatusBadRequest, "Request_UnsupportedQuery", "Unsupported or invalid query filter clause specified for resource 'ServicePrincipal'.")
	}
	value := []any{}
	for _, one := range principals(c.Tenant) {
		if want == nil || strings.EqualFold(want[2], map[string]string{"appid": one.AppID, "displayname": one.Name, "id": one.ID}[strings.ToLower(want[1])]) {
			value = append(value, one.show(c))
		}
	}
	return server.JSON(http.StatusOK, server.Doc{"@odata.context": "https://" + c.Host + "/v1.0/$metadata#servicePrincipals", "value": value})
}
