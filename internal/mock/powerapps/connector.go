package powerapps

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/record"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

func (r router) connectors() {
	r.within("GET", "/apis", "apis.list", list)
	r.within("POST", "/apis", "apis.create", create)
	r.within("GET", "/apis/{name}", "apis.get", existing("CanView", get))
	r.within("PATCH", "/apis/{name}", "apis.update", existing("CanEdit", update))
	r.within("DELETE", "/apis/{name}", "apis.delete", existing("Owner", remove))
	r.administer("GET", "/apis", "apis.adminlist", adminList)
	r.administer("DELETE", "/apis/{name}", "apis.admindelete", existing("", remove))
	r.route("POST", "/objectIds/{object}/validateApiSwagger", "swagger.validate", mine(validate))
	r.route("POST", "/objectIds/{object}/generateResourceStorage", "storage.generate", mine(generate))
	for _, path := range []string{"/objectIds/validateApiSwagger", "/objectIds//validateApiSwagger"} {
		r.Route("POST", path, "swagger.nobody", nobody)
	}
}

// nobody is the answer to a caller who leaves out its object ID. It has no envelope. Observed in
// https://github.com/microsoft/PowerPlatformConnectors/issues/58.
func nobody(c *server.Call) server.Reply {
	return server.JSON(http.StatusNotFound, doc{"message": "No HTTP resource was found that matches the request URI 'https://" + c.Host + c.Request.URL.Path + "'."})
}

// mine lets callers work under their own object ID only.
func mine(h func(c call) server.Reply) func(c call) server.Reply {
	return func(c call) server.Reply {
		if !strings.EqualFold(c.Params["object"], c.Caller.ObjectID) {
			return fail(http.StatusForbidden, "ObjectIdMismatch", "The object id '%s' in the request does not match the caller.", c.Params["object"])
		}
		return h(c)
	}
}

// existing hands a connector to a handler, if the caller has the role or one above it; "" asks for none.
func existing(role string, h func(c call, connector doc) server.Reply) func(c call) server.Reply {
	return func(c call) server.Reply {
		connector, ok := c.Tenant.Collection(Connectors).Get(key(c.envName(), c.Params["name"]))
		if !ok && role == "CanView" {
			connector, ok = builtIn(c.Params["name"])
		}
		if !ok || !c.allowed(connector, "CanView") && role != "" {
			return fail(http.StatusNotFound, "ApiResourceNotFound", "Could not find API '%s'.", c.Params["name"])
		}
		if role != "" && !c.allowed(connector, role) {
			return fail(http.StatusForbidden, "ApiAuthorizationFailed", "The caller with object id '%s' does not have permission for API '%s'.", c.Caller.ObjectID, c.Params["name"])
		}
		return h(c, connector)
	}
}

// writable are the members that a caller may set, and missing ones that make an update fail: an update replaces the whole.
var writable = []string{
	"displayName", "description", "environment", "openApiDefinition", "backendService", "iconUri", "iconBrandColor", "scriptDefinitionUrl",
	"scriptOperations", "capabilities", "connectionParameters", "connectionParameterSets", "policyTemplateInstances", "publisher", "stackOwner",
}

// order is what a request says of a connector.
type order struct {
	doc
	definition string // as it was sent, without space between its parts
}

// read takes the members that can be set under the names that the hub shows; case does not matter.
func read(c call) order {
	o := order{doc: doc{}}
	var body struct {
		Properties map[string]json.RawMessage `json:"properties"`
	}
	_ = json.Unmarshal(c.Raw, &body)
	for name, raw := range body.Properties {
		i := slices.IndexFunc(writable, func(w string) bool { return strings.EqualFold(w, name) })
		if i < 0 {
			continue
		}
		var value any
		_ = json.Unmarshal(raw, &value)
		o.doc[writable[i]] = value
		if writable[i] == "openApiDefinition" && value != nil {
			var compact bytes.Buffer
			_ = json.Compact(&compact, raw)
			o.definition = compact.String()
		}
	}
	return o
}

func create(c call) server.Reply {
	o := read(c)
	title := strings.TrimSpace(server.Text(o.doc, "displayName"))
	switch {
	case !strings.EqualFold(server.Text(o.doc, "environment.name"), c.envName()):
		return bad("InvalidRequestContent", "The environment '%s' in the request content does not match the environment '%s' of the filter.", server.Text(o.doc, "environment.name"), c.envName())
	case title == "":
		return bad("InvalidRequestContent", "The property 'displayName' is required.")
	case o.definition == "":
		return bad("InvalidRequestContent", "The property 'openApiDefinition' is required.")
	}
	name, free := classicName(c.Tenant, c.envName(), title)
	if !free {
		return fail(http.StatusConflict, "ApiResourceAlreadyExists", "An API with the display name '%s' already exists in the environment.", title)
	}
	o.doc["displayName"] = title
	connector := c.fresh(name)
	if reply, ok := c.apply(connector, o); !ok {
		return reply
	}
	c.Tenant.Collection(Connectors).Put(key(c.envName(), name), connector)
	grant(c.Tenant, c.envName(), name, principalOf(c.Tenant, c.Caller.ObjectID, ""), "Owner")
	status := http.StatusCreated
	if c.Tenant.Switch(SwitchCreateAnswer) == "200" {
		status = http.StatusOK
	}
	return server.JSON(status, view(c, connector, true))
}

// apply writes an order over a connector. What is not sent is reset, secrets and the icon apart.
func (c call) apply(connector doc, o order) (server.Reply, bool) {
	var definition doc
	_ = json.Unmarshal([]byte(o.definition), &definition)
	if found := findings(definition, len(o.definition)); len(found) > 0 {
		return notValid(found), false
	}
	operations, _ := o.doc["scriptOperations"].([]any)
	script := server.Text(o.doc, "scriptDefinitionUrl")
	if script == "" && len(operations) > 0 {
		return bad("InvalidScriptDefinitionUrlWithNonNullOperations", "The script definition URL must not be empty when script operations are given."), false
	}
	connector["~script"] = nil
	if script != "" {
		content, ok := fetch(c.Tenant, script)
		if !ok || len(content) > maxScript {
			return bad("InvalidScriptDefinitionUrl", "The script definition URL could not be read, or the script is larger than 1 MB."), false
		}
		connector["~script"] = string(content)
	}
	if reply, ok := c.icon(connector, server.Text(o.doc, "iconUri")); !ok {
		return reply, false
	}
	fill(c.Tenant, connector, o, definition)
	p := properties(connector)
	p["modifiedBy"], p["changedTime"] = person(c.Tenant, c.Caller.ObjectID), stamp(c.Tenant)
	return server.Reply{}, true
}

// maxScript is the size of a script: https://learn.microsoft.com/connectors/custom-connectors/write-code
const maxScript = 1 << 20

// icon takes over the icon at an address; one in the hub's own storage is copied.
func (c call) icon(connector doc, address string) (server.Reply, bool) {
	switch content, ok := fetch(c.Tenant, address); {
	case ok:
		connector["~icon"], connector["~iconUri"] = string(content), ""
	case isBlob(address):
		return bad("InvalidIconUri", "The icon could not be read."), false
	case address != "":
		connector["~icon"], connector["~iconUri"] = nil, address
	case c.Tenant.Switch(SwitchIcon) == "drop":
		connector["~icon"], connector["~iconUri"] = nil, ""
	}
	return server.Reply{}, true
}

// fill sets the members of a connector that an order replaces.
func fill(t *server.Tenant, connector doc, o order, definition doc) {
	p := properties(connector)
	connector["~definition"] = o.definition
	if title, ok := o.doc["displayName"].(string); ok && title != "" {
		p["displayName"] = title
	}
	either := func(name string, fallback any) {
		p[name] = fallback
		if value := o.doc[name]; value != nil && value != "" {
			p[name] = value
		}
	}
	either("description", "")
	either("iconBrandColor", "#007ee5")
	either("capabilities", []any{})
	either("publisher", server.Text(p, "createdBy.displayName"))
	either("backendService", doc{"serviceUrl": serviceURL(definition)})
	for _, name := range []string{"policyTemplateInstances", "scriptOperations", "connectionParameterSets"} {
		delete(p, name)
		if value := o.doc[name]; value != nil {
			p[name] = value
		}
	}
	either("connectionParameters", doc{})
	server.Assign(p, "metadata.brandColor", p["iconBrandColor"])
	settle(t, connector)
}

func properties(connector doc) doc {
	p, _ := connector["properties"].(doc)
	return p
}

func serviceURL(definition doc) string {
	scheme := "https"
	if list, _ := definition["schemes"].([]any); len(list) > 0 {
		scheme, _ = list[0].(string)
	}
	return scheme + "://" + server.Text(definition, "host") + server.Text(definition, "basePath")
}

func get(c call, connector doc) server.Reply {
	return server.JSON(http.StatusOK, view(c, connector, true))
}

// update replaces everything that can be set. A body that lacks a part of it breaks the hub: reported for connectors in
// several community clients.
func update(c call, connector doc) server.Reply {
	o := read(c)
	backend, _ := o.doc["backendService"].(doc)
	switch {
	case o.doc["stackOwner"] != nil:
		return bad("InvalidRequestContent", "The property 'stackOwner' cannot be set.")
	case o.definition == "" || backend == nil || server.Text(o.doc, "environment.name") == "":
		return fail(http.StatusInternalServerError, "InternalServerError", "An unexpected error occurred while processing the request.")
	case !strings.EqualFold(server.Text(o.doc, "environment.name"), c.envName()):
		return bad("InvalidRequestContent", "The environment of a connector cannot be changed.")
	}
	if c.Tenant.Switch(SwitchRename) != "accept" {
		delete(o.doc, "displayName")
	}
	if reply, ok := c.apply(connector, o); !ok {
		return reply
	}
	c.Tenant.Collection(Connectors).Put(key(c.envName(), server.Text(connector, "name")), connector)
	return server.Empty(http.StatusNoContent)
}

// solutionAware reports whether a connector belongs to a row in Dataverse.
func solutionAware(connector doc) bool {
	return server.Text(connector, "properties.xrmConnectorId") != ""
}

// ofSolution refuses what has to be done to the row in Dataverse.
func (c call) ofSolution(connector doc) (server.Reply, bool) {
	if !solutionAware(connector) || c.Tenant.Switch(SwitchSolutionWrites) == "accept" {
		return server.Reply{}, false
	}
	return bad("ApiBelongsToSolution", "The API '%s' is managed by the connector '%s' in Dataverse.", server.Text(connector, "name"), server.Text(connector, "properties.xrmConnectorId")), true
}

func remove(c call, connector doc) server.Reply {
	if reply, refused := c.ofSolution(connector); refused {
		return reply
	}
	erase(c.Tenant, c.envName(), server.Text(connector, "name"))
	if c.Tenant.Switch(SwitchDeleteAnswer) == "204" {
		return server.Empty(http.StatusNoContent)
	}
	return server.Empty(http.StatusOK)
}

// erase deletes a connector with its connections: https://learn.microsoft.com/connectors/custom-connectors/share
func erase(t *server.Tenant, environment, name string) {
	t.Collection(Connectors).Delete(key(environment, name))
	for _, other := range []string{ConnectorPermissions, Connections} {
		for _, id := range t.Collection(other).IDs() {
			if strings.HasPrefix(strings.ToLower(id), key(environment, name)+"/") {
				t.Collection(other).Delete(id)
			}
		}
	}
}

// inside are the custom connectors of an environment.
func inside(t *server.Tenant, environment string) []doc {
	return slices.DeleteFunc(t.Collection(Connectors).All(), func(d doc) bool {
		return !strings.EqualFold(server.Text(d, "properties.environment.name"), environment)
	})
}

func list(c call) server.Reply {
	f, _ := filterOf(c)
	all := slices.DeleteFunc(inside(c.Tenant, c.envName()), func(d doc) bool { return !c.allowed(d, "CanView") })
	switch custom := f["iscustomapi"]; {
	case custom == "":
		all = append(builtIns(), all...)
	case strings.EqualFold(custom, "false"):
		all = builtIns()
	}
	return c.page(all)
}

// adminList hides the connectors of solutions that nobody shares, because they have no role assignments:
// https://learn.microsoft.com/connectors/custom-connectors/customconnectorssolutions
func adminList(c call) server.Reply {
	return c.page(slices.DeleteFunc(inside(c.Tenant, c.envName()), func(d doc) bool {
		return len(c.permissionsOf(d)) == 0
	}))
}

func (c call) page(all []doc) server.Reply {
	page, _ := record.PageOf(c.Call, SwitchPageSize)
	value := []any{}
	for _, d := range all[min(page.From, len(all)):] {
		if page.Size > 0 && len(value) == page.Size {
			return server.JSON(http.StatusOK, doc{"value": value, "nextLink": page.Next(c.Call)})
		}
		value = append(value, view(c, d, false))
	}
	return server.JSON(http.StatusOK, doc{"value": value})
}
