package bap

import (
	"maps"
	"net/http"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// tenant adds the routes that describe a tenant and what it can choose from.
func (r router) tenant() {
	r.route("GET", "/tenant", "tenant.get", getTenant)
	r.route("GET", "/locations", "locations.list", listLocations)
	r.route("GET", "/locations/{location}/environmentLanguages", "languages.list", listLanguages)
	r.route("GET", "/locations/{location}/environmentCurrencies", "currencies.list", listCurrencies)
	r.route("GET", "/locations/{location}/templates", "templates.list", listTemplates)
	r.route("GET", "/adminApplications", "adminapplications.list", listAdmins)
	r.route("PUT", "/adminApplications/{id}", "adminapplications.put", putAdmin)
	r.route("GET", "/adminApplications/{id}", "adminapplications.get", getAdmin)
	r.route("DELETE", "/adminApplications/{id}", "adminapplications.delete", deleteAdmin)
}

func getTenant(c call) server.Reply {
	home := c.cloud.home(c.Tenant).Name
	d := Doc{
		"tenantId": c.Tenant.ID, "state": "Enabled", "location": home, "aadCountryGeo": countryGeo(c),
		"dataStorageGeo": home, "defaultEnvironmentGeo": home, "aadDataBoundary": "none",
		"fedRAMPHighCertificationRequired": c.cloud.Name == "gcchigh" || c.cloud.Name == "dod",
	}
	maps.Copy(d, c.Tenant.Properties) // a seed may say anything of this document
	return server.JSON(http.StatusOK, d)
}

// countryGeo is the location of the tenant's country, its home where the country has none of its own.
func countryGeo(c call) string {
	for _, l := range c.cloud.locations() {
		if strings.EqualFold(l.Geo, c.Tenant.Country) {
			return l.Name
		}
	}
	return c.cloud.home(c.Tenant).Name
}

// Administers reports whether a caller administers the Power Platform: a person with the role, or an application that is
// registered as admin management application.
func Administers(c *server.Call) bool {
	if c.Caller.User != "" {
		user, ok := c.Tenant.User(c.Caller.ObjectID)
		return ok && user.Administers()
	}
	return administers(c.Tenant, c.Caller.AppID)
}

// administers reports whether an application is registered as admin management application. An identity that the tenant
// has no application for stands for a user with the administrator's role.
func administers(t *server.Tenant, appID string) bool {
	if d, ok := t.Collection(AdminApplications).Peek(appID); ok {
		return d["registered"] == true
	}
	a, ok := t.Application(appID)
	return !ok || a.Admin
}

// refuseStranger is the answer to an application that is not registered as admin management application, whatever it
// asks for: https://learn.microsoft.com/power-platform/admin/powershell-create-service-principal. The message shows an
// address inside the platform's network, as it does live.
func refuseStranger(c *server.Call) (server.Reply, bool) {
	if Administers(c) {
		return server.Reply{}, false
	}
	if c.Caller.User != "" {
		return refuse(http.StatusForbidden, "UnauthorizedOperation",
			"The user with object id '%s' in tenant '%s' does not have access to permission to perform this operation on the path '%s'.",
			c.Caller.ObjectID, c.Tenant.ID, c.Request.URL.Path), true
	}
	return refuse(http.StatusForbidden, "Forbidden",
		"The service principal with id '%s' for application %s does not have permission to access the path 'https://10.0.8.12:20095%s?%s' in tenant %s.",
		c.Caller.ObjectID, c.Caller.AppID, c.Request.URL.Path, c.Request.URL.RawQuery, c.Tenant.ID), true
}

func putAdmin(c call) server.Reply {
	id := strings.ToLower(c.Params["id"])
	c.Tenant.Collection(AdminApplications).Put(id, Doc{"applicationId": id, "registered": true})
	return server.JSON(http.StatusOK, Doc{"applicationId": id})
}

func registered(c call) bool {
	_, known := c.Tenant.Application(c.Params["id"])
	_, put := c.Tenant.Collection(AdminApplications).Peek(c.Params["id"])
	return (known || put) && administers(c.Tenant, c.Params["id"])
}

func noAdmin(c call) server.Reply {
	return refuse(http.StatusNotFound, "AdminApplicationNotFound", "The application '%s' is not registered.", c.Params["id"])
}

func getAdmin(c call) server.Reply {
	if !registered(c) {
		return noAdmin(c)
	}
	return server.JSON(http.StatusOK, Doc{"applicationId": strings.ToLower(c.Params["id"])})
}

func deleteAdmin(c call) server.Reply {
	if !registered(c) {
		return noAdmin(c)
	}
	id := strings.ToLower(c.Params["id"])
	c.Tenant.Collection(AdminApplications).Put(id, Doc{"applicationId": id, "registered": false})
	return server.Empty(http.StatusNoContent)
}
