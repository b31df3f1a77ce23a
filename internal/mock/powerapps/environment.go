package powerapps

import (
	"net/http"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// environments adds the hub's own view of environments. The shapes are those recorded in
// https://github.com/pnp/cli-microsoft365.
func (r router) environments() {
	r.route("GET", "/environments", "environments.list", func(c call) server.Reply {
		value := []any{}
		if c.administers() {
			bap.Furnish(c.cloud, c.Tenant)
			for env := range c.Tenant.Collection(bap.Environments).Each(0) {
				value = append(value, seen(env))
			}
		}
		return server.JSON(http.StatusOK, doc{"value": value})
	})
	r.route("GET", "/environments/{environment}", "environments.get", func(c call) server.Reply {
		return c.in(c.Params["environment"], func(c call) server.Reply { return server.JSON(http.StatusOK, seen(c.env)) })
	})
}

// seen is an environment as makers see it here.
func seen(env doc) doc {
	name, from := server.Text(env, "name"), properties(env)
	p := doc{"azureRegionHint": from["azureRegion"]}
	for _, member := range []string{
		"displayName", "description", "createdTime", "createdBy", "lastModifiedTime", "provisioningState", "creationType", "environmentSku",
		"isDefault", "clientUris", "runtimeEndpoints", "databaseType", "linkedEnvironmentMetadata", "retentionPeriod", "lifecycleAuthority",
		"states", "updateCadence", "connectedGroups", "protectionStatus", "trialScenarioType", "cluster", "governanceConfiguration",
	} {
		if value, has := from[member]; has {
			p[member] = value
		}
	}
	return doc{
		"id": prefix + "/environments/" + name, "name": name, "location": env["location"], "type": "Microsoft.PowerApps/environments", "properties": p,
	}
}
