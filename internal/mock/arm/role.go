package arm

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

const (
	assignments = "/providers/Microsoft.Authorization/roleAssignments"
	definitions = "/providers/Microsoft.Authorization/roleDefinitions"
)

var roleVersions = []string{"2015-07-01", "2018-01-01-preview", "2020-04-01-preview", "2022-04-01", "2022-05-01-preview"}

// roles adds the routes of role assignments and definitions at every scope down to a child resource:
// https://learn.microsoft.com/rest/api/authorization/role-assignments
func (r router) roles() {
	const resource = "/subscriptions/{subscription}/resourceGroups/{group}/providers/{namespace}/{type}/{name}"
	for _, scope := range []string{
		"", "/subscriptions/{subscription}", "/subscriptions/{subscription}/resourceGroups/{group}", resource, resource + "/{childType}/{childName}",
	} {
		r.route("GET", scope+assignments, "roleassignments.list", roleVersions, scoped(listAssignments))
		r.route("GET", scope+assignments+"/{assignment}", "roleassignments.get", roleVersions, scoped(getAssignment))
		r.route("PUT", scope+assignments+"/{assignment}", "roleassignments.put", roleVersions, scoped(putAssignment))
		r.route("DELETE", scope+assignments+"/{assignment}", "roleassignments.delete", roleVersions, scoped(deleteAssignment))
		r.route("GET", scope+definitions, "roledefinitions.list", roleVersions, scoped(listDefinitions))
		r.route("GET", scope+definitions+"/{definition}", "roledefinitions.get", roleVersions, scoped(getDefinition))
	}
}

// scoped hands a handler the scope of the path, "" being the root; a resource that is a scope has to exist.
func scoped(h func(c call, scope string) server.Reply) func(c call) server.Reply {
	return func(c call) server.Reply {
		path := strings.TrimRight(c.Request.URL.Path, "/")
		scope := path[:strings.LastIndex(strings.ToLower(path), "/providers/microsoft.authorization/")]
		if kind, is := c.Params["type"]; is {
			if !scopeExists(c.Tenant, scope) {
				return c.notFound(c.Params["namespace"]+"/"+kind, nameOf(scope))
			}
		}
		return h(c, scope)
	}
}

var (
	principalFilter = regexp.MustCompile(`(?i)^(?:principalId\s+eq\s+'([^']*)'|assignedTo\('([^']*)'\))$`)
	scopeFilter     = regexp.MustCompile(`(?i)^atScope\(\)$`)
	and             = regexp.MustCompile(`(?i)\s+and\s+`)
)

// listAssignments lists what is assigned at a scope, above it and, unless the filter says atScope(), below it.
func listAssignments(c call, scope string) server.Reply {
	principal, only := "", false
	if filter := strings.TrimSpace(c.Query.Get("$filter")); filter != "" {
		for _, term := range and.Split(filter, -1) {
			m := principalFilter.FindStringSubmatch(strings.TrimSpace(term))
			switch {
			case m != nil:
				principal = m[1] + m[2]
			case scopeFilter.MatchString(strings.TrimSpace(term)):
				only = true
			default:
				return bad("InvalidFilter", "The filter '%s' is not supported.", filter)
			}
		}
	}
	value := []any{}
	for _, d := range c.Tenant.Collection(RoleAssignments).All() {
		at := strings.TrimRight(server.Text(d, "properties.scope"), "/")
		reaches := strings.EqualFold(at, scope) || at == "" || within(scope, at) || !only && (scope == "" || within(at, scope))
		if reaches && (principal == "" || strings.EqualFold(server.Text(d, "properties.principalId"), principal)) {
			value = append(value, d)
		}
	}
	return server.JSON(http.StatusOK, Doc{"value": value})
}

func (c call) assignmentID(scope string) string {
	return stored(c.Tenant, RoleAssignments, scope+assignments+"/"+c.Params["assignment"])
}

func getAssignment(c call, scope string) server.Reply {
	d, ok := c.Tenant.Collection(RoleAssignments).Get(c.assignmentID(scope))
	if !ok {
		return refuse(http.StatusNotFound, "RoleAssignmentNotFound", "The role assignment '%s' is not found.", c.Params["assignment"])
	}
	return server.JSON(http.StatusOK, d)
}

func putAssignment(c call, scope string) server.Reply {
	t, id := c.Tenant, c.assignmentID(scope)
	said := child(c.Body, "properties")
	principal, definition := server.Text(said, "principalId"), server.Text(said, "roleDefinitionId")
	known, ok := roleOf(nameOf(definition))
	switch {
	case !isGUID(c.Params["assignment"]):
		return bad("InvalidRoleAssignmentId", "The role assignment ID '%s' is not valid. The role assignment ID must be a GUID.", c.Params["assignment"])
	case !ok:
		return bad("RoleDefinitionDoesNotExist", "The specified role definition with ID '%s' does not exist.", nameOf(definition))
	case !isGUID(principal):
		return bad("InvalidPrincipalId", "A valid principal ID must be provided for role assignment.")
	case server.Text(said, "principalType") == "" && c.tooNew(principal):
		return bad("PrincipalNotFound",
			"Principal %s does not exist in the directory %s. Check that you have the correct principal ID. If you are creating this principal and then immediately assigning a role, this error might be related to a replication delay. In this case, set the role assignment principalType property to a value, such as ServicePrincipal, User, or Group.",
			strings.ReplaceAll(principal, "-", ""), t.ID)
	}
	for _, other := range t.Collection(RoleAssignments).PeekAll() {
		same := strings.EqualFold(server.Text(other, "properties.principalId"), principal) &&
			strings.EqualFold(nameOf(server.Text(other, "properties.roleDefinitionId")), known.id) &&
			strings.EqualFold(server.Text(other, "properties.scope"), scope)
		switch named := strings.EqualFold(server.Text(other, "id"), id); {
		case same && named:
			return server.JSON(http.StatusOK, other)
		case same:
			return refuse(http.StatusConflict, "RoleAssignmentExists", "The role assignment already exists. The ID of the conflicting role assignment is %s.",
				strings.ReplaceAll(server.Text(other, "name"), "-", ""))
		case named:
			return bad("RoleAssignmentUpdateNotPermitted", "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.")
		}
	}
	kind := server.Text(said, "principalType")
	if kind == "" {
		kind = "ServicePrincipal"
	}
	now := stamp(t.Clock().Now())
	d := Doc{
		"id": id, "name": nameOf(id), "type": "Microsoft.Authorization/roleAssignments",
		"properties": Doc{
			"roleDefinitionId": definitionID(c, known.id), "principalId": principal, "principalType": kind, "scope": scope,
			"createdOn": now, "updatedOn": now, "createdBy": c.Caller.ObjectID, "updatedBy": c.Caller.ObjectID,
		},
	}
	t.Collection(RoleAssignments).Put(id, d)
	return server.JSON(http.StatusCreated, d)
}

// tooNew reports whether the directory does not know a principal yet, because it was made a moment ago.
func (c call) tooNew(principal string) bool {
	d, made := c.Tenant.Collection(principals).Peek(principal)
	seconds, err := strconv.Atoi(c.Tenant.Switch(SwitchPrincipalDelay))
	if !made || err != nil {
		return false
	}
	at, err := time.Parse(time.RFC3339Nano, server.Text(d, "created"))
	return err == nil && c.Tenant.Clock().Now().Before(at.Add(time.Duration(seconds)*time.Second))
}

func deleteAssignment(c call, scope string) server.Reply {
	id := c.assignmentID(scope)
	d, ok := c.Tenant.Collection(RoleAssignments).Peek(id)
	if !ok {
		return server.Empty(http.StatusNoContent)
	}
	c.Tenant.Collection(RoleAssignments).Delete(id)
	return server.JSON(http.StatusOK, d)
}

func isGUID(text string) bool {
	_, err := uuid.Parse(text)
	return err == nil && len(text) == 36
}

func roleOf(id string) (role, bool) {
	i := slices.IndexFunc(builtIn, func(r role) bool { return strings.EqualFold(r.id, id) })
	if i < 0 {
		return role{}, false
	}
	return builtIn[i], true
}

// definitionID is the ID of a role as the subscription of the call sees it.
func definitionID(c call, id string) string {
	if s := c.Params["subscription"]; s != "" {
		return subscriptionID(s) + definitions + "/" + id
	}
	return definitions + "/" + id
}

func definition(c call, r role) Doc {
	return Doc{
		"id": definitionID(c, r.id), "name": r.id, "type": "Microsoft.Authorization/roleDefinitions",
		"properties": Doc{
			"roleName": r.name, "type": "BuiltInRole", "assignableScopes": []any{"/"},
			"permissions": []any{Doc{"actions": append([]string{}, r.actions...), "notActions": []any{}, "dataActions": append([]string{}, r.data...), "notDataActions": []any{}}},
		},
	}
}

func getDefinition(c call, _ string) server.Reply {
	r, ok := roleOf(c.Params["definition"])
	if !ok {
		return refuse(http.StatusNotFound, "RoleDefinitionDoesNotExist", "The specified role definition with ID '%s' does not exist.", c.Params["definition"])
	}
	return server.JSON(http.StatusOK, definition(c, r))
}

var nameFilter = regexp.MustCompile(`(?i)^roleName\s+eq\s+'([^']*)'$`)

func listDefinitions(c call, _ string) server.Reply {
	name := ""
	if filter := strings.TrimSpace(c.Query.Get("$filter")); filter != "" && !strings.EqualFold(filter, "atScopeAndBelow()") {
		m := nameFilter.FindStringSubmatch(filter)
		if m == nil {
			return bad("InvalidFilter", "The filter '%s' is not supported.", filter)
		}
		name = m[1]
	}
	value := []any{}
	for _, r := range builtIn {
		if name == "" || strings.EqualFold(name, r.name) {
			value = append(value, definition(c, r))
		}
	}
	return server.JSON(http.StatusOK, Doc{"value": value})
}
