// Package licensing mirrors the billing policies of the Power Platform API:
// https://learn.microsoft.com/rest/api/power-platform/licensing
package licensing

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/record"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// Register adds the routes and seeds of this family to the Power Platform API of every cloud. It needs the environments
// of package bap.
func Register(p *server.Platform) {
	for host, cloud := range bap.Hosts(func(c bap.Cloud) string { return c.Platform }) {
		p.Audience(host, cloud.PlatformAudience)
		p.Challenge(host, bap.Challenge)
		facts(p, host)
		r := server.Router{Platform: p, Host: host, Path: "/licensing", Operation: "licensing."}
		policies.On(r)
		r.Route("GET", "/billingPolicies/{id}/environments", "billingpolicies.environments", policies.Found(environments))
		r.Route("POST", "/billingPolicies/{id}/environments/add", "billingpolicies.add", policies.Found(add))
		r.Route("POST", "/billingPolicies/{id}/environments/remove", "billingpolicies.remove", policies.Found(remove))
	}
	policies.Seeds(p)
}

// policies are billing policies.
var policies = record.Kind{
	Collection: bap.BillingPolicies, Path: "/billingPolicies", Operation: "billingpolicies", Seed: policyShape(),
	Missing: func(id string) server.Reply {
		return server.Fail(http.StatusNotFound, "BillingPolicyNotFound", fmt.Sprintf("The billing policy '%s' could not be found.", id))
	},
	Defaults: server.Doc{"type": "TenantOwned", "status": "Enabled"},
	Complete: complete,
}

// complete adds what nobody said of a policy: the account in Azure is made of the others, and nobody at all is SYSTEM.
func complete(c *server.Call, d server.Doc) {
	id := strings.ToLower(server.Text(d, "id"))
	name := cmp.Or(server.Text(d, "name"), id)
	subscription := cmp.Or(server.Text(d, "billingInstrument.subscriptionId"), "00000000-0000-0000-0000-000000000000")
	group := cmp.Or(server.Text(d, "billingInstrument.resourceGroup"), "billing")
	account := "/subscriptions/" + subscription + "/resourceGroups/" + group + "/providers/Microsoft.PowerPlatform/accounts/" + name
	by := server.Doc{"id": cmp.Or(c.Caller.ObjectID, "SYSTEM"), "type": "User"}
	now := c.Tenant.Clock().Now().UTC().Format("2006-01-02T15:04:05Z")
	if d["createdOn"] == nil {
		d["createdOn"], d["createdBy"] = now, by
	}
	server.Merge(d, server.Doc{
		"id": id, "name": name, "location": cmp.Or(server.Text(d, "location"), c.Tenant.Location),
		"billingInstrument": server.Doc{
			"id": cmp.Or(server.Text(d, "billingInstrument.id"), account), "subscriptionId": subscription, "resourceGroup": group,
		},
		"lastModifiedOn": now, "lastModifiedBy": by,
	})
}

// environments lists the members of a policy; their IDs come in lower case.
func environments(c *server.Call, policy server.Doc) server.Reply {
	id, value := server.Text(policy, "id"), []any{}
	for _, name := range bap.Billed(c.Tenant, id) {
		value = append(value, server.Doc{"billingPolicyId": id, "environmentId": name})
	}
	return server.JSON(http.StatusOK, server.Doc{"value": value})
}

// add makes environments members; one that another policy pays for changes over, which is assumed.
func add(c *server.Call, policy server.Doc) server.Reply {
	names, reply, ok := named(c)
	if !ok {
		return reply
	}
	for _, name := range names {
		bap.SetBillingPolicy(c.Tenant, name, server.Text(policy, "id"))
	}
	return server.Empty(http.StatusOK)
}

// remove ends memberships; an environment that is no member, or is gone, is no error.
func remove(c *server.Call, policy server.Doc) server.Reply {
	names, reply, ok := listed(c)
	if !ok {
		return reply
	}
	for _, name := range bap.Billed(c.Tenant, server.Text(policy, "id")) {
		if slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) }) {
			bap.SetBillingPolicy(c.Tenant, name, "")
		}
	}
	return server.Empty(http.StatusOK)
}

// listed reads environmentIds, which must not be empty.
func listed(c *server.Call) (names []string, reply server.Reply, ok bool) {
	ids, _ := c.Body["environmentIds"].([]any)
	for _, id := range ids {
		name, _ := id.(string)
		if name == "" {
			return nil, server.Fail(http.StatusBadRequest, "BadRequest", "environmentIds must hold IDs of environments."), false
		}
		names = append(names, name)
	}
	if len(names) == 0 {
		return nil, server.Fail(http.StatusBadRequest, "BadRequest", "environmentIds must not be empty."), false
	}
	return names, server.Reply{}, true
}

// named is listed for environments that must exist.
func named(c *server.Call) (names []string, reply server.Reply, ok bool) {
	if names, reply, ok = listed(c); !ok {
		return nil, reply, false
	}
	for _, name := range names {
		if _, found := c.Tenant.Collection(bap.Environments).Peek(name); !found {
			return nil, server.Fail(http.StatusNotFound, "EnvironmentNotFound",
				fmt.Sprintf("The environment '%s' could not be found in the tenant.", name)), false
		}
	}
	return names, server.Reply{}, true
}
