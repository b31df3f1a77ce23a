package bap

import (
	"net/http"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// makers adds the routes by which people who are no administrators see environments. Everybody of the mirror's directory
// who may call the API works in all of them.
func (r router) makers() {
	r.route("GET", "/environments", "environments.makerlist", list)
	r.route("GET", "/environments/{id}", "environments.makerget", get)
}

// scoped shows an environment as the route shows it that was called: its ID names the scope of administrators only there.
func (c call) scoped(env Doc) Doc {
	if !strings.Contains(strings.ToLower(c.Request.URL.Path), "/scopes/admin/") {
		env["id"] = prefix + "/environments/" + server.Text(env, "name")
		env["type"] = "Microsoft.BusinessAppPlatform/environments"
	}
	return env
}

// Furnish gives a tenant what every tenant has, if it is not there yet: the default environment.
func Furnish(cloud Cloud, t *server.Tenant) { defaultEnvironment(cloud, t) }

// DefaultName is the name of the tenant's default environment, which callers may call ~Default.
func DefaultName(t *server.Tenant) string { return "Default-" + t.ID }

// named is the environment that the path names.
func (c call) named() string {
	if strings.EqualFold(c.Params["id"], "~default") {
		return DefaultName(c.Tenant)
	}
	return c.Params["id"]
}

// listAdmins lists the applications that are registered as admin management applications.
func listAdmins(c call) server.Reply {
	value := []any{}
	seen := map[string]bool{}
	add := func(id string) {
		id = strings.ToLower(id)
		if !seen[id] && administers(c.Tenant, id) {
			value = append(value, Doc{"applicationId": id})
		}
		seen[id] = true
	}
	for _, a := range c.Tenant.Applications() {
		add(a.ClientID)
	}
	for _, id := range c.Tenant.Collection(AdminApplications).IDs() {
		add(id)
	}
	return server.JSON(http.StatusOK, Doc{"value": value})
}
