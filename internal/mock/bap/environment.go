package bap

import (
	"net/http"
	"regexp"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/record"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// environments adds the routes of environments.
func (r router) environments() {
	const admin = "/scopes/admin/environments"
	r.route("POST", "/validateEnvironmentDetails", "environments.validate", validate)
	r.route("POST", "/environments", "environments.create", create)
	r.route("POST", "/environments/{id}/provisionInstance", "environments.provision", changing(provisionShape, provision))
	r.route("GET", "/environments/{id}/lifecycleOperationsEnforcement", "environments.enforcement", existing(getEnforcement))
	r.route("GET", admin, "environments.list", list)
	r.route("GET", admin+"/{id}", "environments.get", get)
	r.route("PATCH", admin+"/{id}", "environments.patch", changing(patchShape, patch))
	r.route("POST", admin+"/{id}/modifySku", "environments.sku", changing(skuShape, modifySku))
	r.route("DELETE", admin+"/{id}", "environments.delete", remove)
}

// existing hands the true record of the environment in the path to a handler.
func existing(h func(c call, env Doc) server.Reply) func(c call) server.Reply {
	return func(c call) server.Reply {
		env, ok := c.Tenant.Collection(Environments).Peek(c.Params["id"])
		if !ok {
			return notFound(c.Params["id"])
		}
		return h(c, env)
	}
}

func notFound(id string) server.Reply {
	return refuse(http.StatusNotFound, "EnvironmentNotFound", "The environment '%s' could not be found in the tenant.", id)
}

func get(c call) server.Reply {
	env, ok := c.Tenant.Collection(Environments).Get(c.named())
	if !ok {
		return notFound(c.Params["id"])
	}
	reply := server.JSON(http.StatusOK, c.scoped(view(c.Tenant, env, c.Query)))
	if running(c.Tenant, server.Text(env, "name")) {
		reply = soon(reply)
	}
	return reply
}

func getEnforcement(c call, env Doc) server.Reply {
	return server.JSON(http.StatusOK, enforcement(c.Tenant, child(env, "properties")))
}

var groupFilter = regexp.MustCompile(`(?i)^\s*properties/parentEnvironmentGroup/id\s+eq\s+'?([0-9a-f-]{36})'?\s*$`)

func list(c call) server.Reply {
	group := ""
	if filter := c.Query.Get("$filter"); filter != "" {
		m := groupFilter.FindStringSubmatch(filter)
		if m == nil {
			return bad("InvalidFilter", "The filter '%s' is not supported.", filter)
		}
		group = m[1]
	}
	page, problem := record.PageOf(c.Call, SwitchPageSize)
	if problem != nil {
		return misfit(*problem)
	}
	out, at, working := &server.List{}, page.From, false
	skip := page.From
	if group != "" {
		at, skip = 0, 0
	}
	for env := range c.Tenant.Collection(Environments).Each(skip) {
		if group != "" && !strings.EqualFold(server.Text(env, "properties.parentEnvironmentGroup.id"), group) {
			continue
		}
		if at++; at <= page.From {
			continue
		}
		if page.Size > 0 && at > page.From+page.Size {
			out.Next = page.Next(c.Call)
			break
		}
		working = working || running(c.Tenant, server.Text(env, "name"))
		if err := out.Add(c.scoped(view(c.Tenant, env, c.Query))); err != nil {
			return refuse(http.StatusInternalServerError, "MockEncoding", "%v", err)
		}
	}
	reply := server.JSON(http.StatusOK, out)
	if working {
		reply = soon(reply)
	}
	return reply
}

var domainName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*$`)

// validate answers whether a domain may be used, for a new environment in a location or for one that exists.
func validate(c call) server.Reply {
	body, reply, ok := c.read(validateShape)
	if !ok {
		return reply
	}
	name := server.Text(body, "environmentName")
	at, found := c.cloud.location(server.Text(body, "environmentLocation"))
	if env, exists := c.Tenant.Collection(Environments).Peek(name); exists && name != "" {
		at, found = c.cloud.location(server.Text(env, "location"))
	}
	if !found {
		return bad("InvalidLocation", "The location '%s' is not valid.", server.Text(body, "environmentLocation"))
	}
	domain := strings.ToLower(server.Text(body, "domainName"))
	switch {
	case !domainName.MatchString(domain):
		return bad("InvalidDomainName", "The domain name '%s' is not valid. It must begin with a letter or a digit and have only letters, digits and hyphens.", domain)
	case taken(c.Tenant, domain, c.cloud.domain(at), name):
		return bad("InvalidDomainName", "The domain name '%s' is already in use.", domain)
	}
	return server.Empty(http.StatusOK)
}

// remove deletes. The platform answers 204, not 404, for an environment that it knows to be gone, and a 409 without a
// body while another operation runs: observed live by users of the API.
func remove(c call) server.Reply {
	id := c.Params["id"]
	env, ok := c.Tenant.Collection(Environments).Peek(id)
	if !ok {
		if _, gone := c.Tenant.Collection(deleted).Peek(id); gone {
			return server.Empty(http.StatusNoContent)
		}
		return notFound(id)
	}
	name := server.Text(env, "name")
	if reply, is := busy(c, name); is {
		if c.Tenant.Switch(SwitchDeleteConflict) != "body" {
			reply.Body = nil
		}
		return reply
	}
	if sku := server.Text(env, "properties.environmentSku"); sku == "Default" {
		return bad("InvalidLifecycleOperationRequest", "Delete cannot be performed on environment of type %s.", sku)
	}
	return c.accepted("Location", c.begin(KindDelete, env, deleteTime, nil))
}

// dropped is the effect of a deletion.
func dropped(t *server.Tenant, name string, _ *server.Operation) {
	if env, ok := t.Collection(Environments).Peek(name); ok {
		releaseAll(t, env)
	}
	t.Collection(Environments).Delete(name)
	dropOrganization(t, name)
	dropBelongings(t, "", name)
	t.Collection(deleted).Put(name, Doc{"name": name})
}
