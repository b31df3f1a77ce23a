package powerapps

import (
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

func (r router) permissions() {
	r.within("GET", "/apis/{name}/permissions", "permissions.list", existing("CanView", permissions))
	r.within("POST", "/apis/{name}/modifyPermissions", "permissions.modify", existing("CanEdit", modify))
	r.administer("GET", "/apis/{name}/permissions", "permissions.adminlist", existing("", permissions))
	r.administer("POST", "/apis/{name}/modifyPermissions", "permissions.adminmodify", existing("", modify))
}

// roles are what a principal may do with a connector, the least first.
var roles = []string{"CanView", "CanViewWithShare", "CanEdit", "Owner"}

// allowed reports whether the caller has a role in a connector, or one above it.
func (c call) allowed(connector doc, role string) bool {
	if properties(connector)["isCustomApi"] != true {
		return role == "CanView"
	}
	if c.administers() && c.Tenant.Switch(SwitchVisibility) != "roles" {
		return true
	}
	for _, id := range []string{c.Caller.ObjectID, c.Tenant.ID} {
		p, ok := c.Tenant.Collection(ConnectorPermissions).Peek(key(c.envName(), server.Text(connector, "name"), id))
		if ok && slices.Index(roles, server.Text(p, "properties.roleName")) >= slices.Index(roles, role) {
			return true
		}
	}
	return false
}

// principalOf is who stands behind an object ID; of people the mock knows no more than that.
func principalOf(t *server.Tenant, id, kind string) doc {
	p := doc{"id": id, "displayName": nil, "email": nil, "type": kind, "tenantId": t.ID}
	if user, ok := t.User(id); ok {
		p["displayName"], p["email"], p["type"] = user.DisplayName, user.UserPrincipalName, "User"
	}
	for _, a := range t.Applications() {
		if strings.EqualFold(a.ObjectID, id) {
			p["displayName"], p["type"] = a.DisplayName, "ServicePrincipal"
		}
	}
	switch {
	case strings.EqualFold(id, t.ID):
		p["displayName"], p["type"] = t.DisplayName, "Tenant"
	case p["displayName"] == nil && p["type"] != "Group":
		p["displayName"], p["email"] = "User "+id, id+"@contoso.onmicrosoft.com"
	case p["displayName"] == nil:
		p["displayName"] = "Group " + id
	}
	if p["type"] == "" {
		p["type"] = "User"
	}
	return p
}

func grant(t *server.Tenant, environment, name string, principal doc, role string) {
	t.Collection(ConnectorPermissions).Put(key(environment, name, server.Text(principal, "id")), permission(environment, name, principal, role))
}

// permission is a role assignment.
func permission(environment, name string, principal doc, role string) doc {
	id := server.Text(principal, "id")
	return doc{
		"name": id, "id": prefix + "/scopes/admin/environments/" + environment + "/apis/" + name + "/permissions/" + id,
		"type": "Microsoft.PowerApps/apis/permissions",
		"properties": doc{
			"roleName": role, "principal": principal, "notifyShareTargetOption": "NotSpecified", "inviteGuestToTenant": false,
		},
	}
}

// permissionsOf are the role assignments of a connector, its own and those that follow from Dataverse.
func (c call) permissionsOf(connector doc) []doc {
	t, environment, name, out := c.Tenant, c.envName(), server.Text(connector, "name"), []doc{}
	if solutionAware(connector) {
		out = append(out, shared(c.Platform, t, environment, connector)...)
	}
	for _, id := range t.Collection(ConnectorPermissions).IDs() {
		if strings.HasPrefix(strings.ToLower(id), key(environment, name)+"/") {
			if p, ok := t.Collection(ConnectorPermissions).Get(id); ok {
				out = append(out, p)
			}
		}
	}
	return out
}

func permissions(c call, connector doc) server.Reply {
	return server.JSON(http.StatusOK, doc{"value": c.permissionsOf(connector)})
}

// modify gives and takes roles. All of it is checked before any of it is done.
func modify(c call, connector doc) server.Reply {
	if reply, refused := c.ofSolution(connector); refused {
		return reply
	}
	name := server.Text(connector, "name")
	put, _ := c.Body["put"].([]any)
	take, _ := c.Body["delete"].([]any)
	if len(put)+len(take) == 0 {
		return bad("InvalidRequestContent", "The request content must have permissions to put or to delete.")
	}
	for _, p := range put {
		if reply, refused := c.mayPut(name, p); refused {
			return reply
		}
	}
	all := c.Tenant.Collection(ConnectorPermissions)
	for _, p := range take {
		old, _ := all.Peek(key(c.envName(), name, last(p)))
		if server.Text(old, "properties.roleName") == "Owner" {
			return bad("OwnerRoleAssignmentCannotBeDeleted", "The owner role assignment cannot be deleted without deleting the resource.")
		}
	}
	for _, p := range put {
		d, _ := p.(doc)
		principal := principalOf(c.Tenant, strings.ToLower(server.Text(d, "properties.principal.id")), server.Text(d, "properties.principal.type"))
		grant(c.Tenant, c.envName(), name, principal, server.Text(d, "properties.roleName"))
	}
	for _, p := range take {
		all.Delete(key(c.envName(), name, last(p)))
	}
	return server.JSON(http.StatusOK, doc{})
}

// last is the principal that the ID of a permission ends with.
func last(permission any) string {
	id, _ := member(permission, "id").(string)
	return path.Base(id)
}

// mayPut says why a role cannot be given.
func (c call) mayPut(name string, permission any) (server.Reply, bool) {
	d, _ := permission.(doc)
	id, role := server.Text(d, "properties.principal.id"), server.Text(d, "properties.roleName")
	old, _ := c.Tenant.Collection(ConnectorPermissions).Peek(key(c.envName(), name, id))
	kind := server.Text(d, "properties.principal.type")
	switch {
	case id == "":
		return bad("InvalidRequestContent", "The principal of a permission must have an id."), true
	case kind != "" && !slices.Contains([]string{"User", "Group", "ServicePrincipal", "Tenant"}, kind):
		return bad("InvalidPrincipalType", "The principal type '%s' is not valid.", kind), true
	case !slices.Contains(roles, role) || role == "Owner":
		return bad("InvalidRoleName", "The role name '%s' is not valid. Valid role names are 'CanView', 'CanViewWithShare' and 'CanEdit'.", role), true
	case strings.EqualFold(id, c.Tenant.ID) && role != "CanView":
		return bad("InvalidRoleName", "The role name '%s' is not valid for the whole tenant. Only 'CanView' is.", role), true
	case server.Text(old, "properties.roleName") == "Owner":
		return bad("OwnerRoleAssignmentCannotBeChanged", "The owner role assignment cannot be changed."), true
	}
	return server.Reply{}, false
}
