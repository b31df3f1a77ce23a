// Package powerapps mirrors the API hub, which runs custom connectors: their definitions, who may use them, the storage
// for their icons and scripts. Routes, shapes and behaviour were observed in
// https://github.com/microsoft/PowerPlatformConnectors (paconn), the administration module for PowerShell and recorded
// answers in https://github.com/pnp/cli-microsoft365.
package powerapps

import (
	"cmp"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/dataverse"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

type doc = server.Doc

// Names of the collections of a tenant that this family keeps.
const (
	// Connectors holds the custom connectors by "environment/name". Members whose name begins with ~ never leave the mock.
	Connectors = "connectors"
	// ConnectorPermissions holds who may do what with a connector, by "environment/name/principal".
	ConnectorPermissions = "connector_permissions"
	// Connections holds the connections of connectors by "environment/name/connection".
	Connections = "connections"
)

// Switches of a tenant, all off by default. They stand for facts that are not confirmed.
const (
	// SwitchPageSize is how many connectors a page of a list holds; "" lists all on one page.
	SwitchPageSize = "powerapps.page_size"
	// SwitchCreateAnswer is the status of a create, 201 by default; 200 was seen too.
	SwitchCreateAnswer = "powerapps.create_answer"
	// SwitchDeleteAnswer is the status of a delete, 200 by default; 204 is likely too.
	SwitchDeleteAnswer = "powerapps.delete_answer"
	// SwitchSecrets "clear" forgets the secrets of a connector that an update does not send; else they are kept.
	SwitchSecrets = "powerapps.secrets"
	// SwitchIcon "drop" forgets the icon of a connector that an update does not send; else it is kept.
	SwitchIcon = "powerapps.icon"
	// SwitchRename "accept" lets an update change the display name; else it is ignored.
	SwitchRename = "powerapps.rename"
	// SwitchSameName "refuse" answers 409 to a second connector of one display name in an environment; else its name gets a
	// number.
	SwitchSameName = "powerapps.same_name"
	// SwitchRedirectMode "per_connector" gives every new connector a redirect URL of its own, whatever is sent; else the mode
	// that is sent counts, and only where none is sent it is the connector's own.
	SwitchRedirectMode = "powerapps.redirect_mode"
	// SwitchValidateAnswer "400" refuses invalid definitions on validation as on save; else 200 and the lines.
	SwitchValidateAnswer = "powerapps.validate_answer"
	// SwitchVisibility "roles" shows connectors only to those who have a role in them; else to administrators too.
	SwitchVisibility = "powerapps.visibility"
	// SwitchSolutionWrites "accept" lets the hub delete and share connectors that belong to Dataverse; else 400.
	SwitchSolutionWrites = "powerapps.solution_writes"
	// SwitchSolutionFindings "swallow" lets Dataverse save connectors whose definition is not valid, which then never reach
	// the hub; else the save is refused.
	SwitchSolutionFindings = "powerapps.solution_findings"
	// SwitchPolicyReferences "resolve" replaces references to environment variables in policies too; else they stay as they
	// are.
	SwitchPolicyReferences = "powerapps.policy_references"
	// SwitchMissingStatus is the status of an environment that is not there or not the caller's, 403 by default.
	SwitchMissingStatus = "powerapps.missing_status"
)

const prefix = "/providers/Microsoft.PowerApps"

var versions = []string{"2016-11-01", "2017-05-01", "2017-06-01", "2017-08-01", "2019-05-01", "2020-07-01", "2023-06-01"}

// Register adds the routes and seeds of this family to the API hubs of every cloud and to the storage that they use. It
// needs the environments of package bap, and connects itself to the organizations of package dataverse.
func Register(p *server.Platform) {
	h := hub{p}
	dataverse.UseHub(p, dataverse.Hub{Check: h.check, Saved: h.saved, Deleted: h.deleted})
	for host, cloud := range bap.Hosts(func(c bap.Cloud) string { return c.PowerApps }) {
		p.Audience(host, cloud.Audience)
		p.Challenge(host, bap.Challenge)
		facts(p, host)
		r := router{server.Router{Platform: p, Host: host, Path: prefix, Operation: "powerapps."}, cloud}
		r.connectors()
		r.permissions()
		r.environments()
	}
	for domain := range bap.Hosts(func(c bap.Cloud) string { return blobSuffix(c.Name) }) {
		blobs(p, "*."+domain)
	}
	p.Remember(containers, files, keys)
	icons(p)
	seeders(p)
}

type router struct {
	server.Router
	cloud bap.Cloud
}

// call is a request together with the cloud whose host it came to, and the environment that it is about.
type call struct {
	*server.Call
	cloud bap.Cloud
	env   doc
}

func (c call) envName() string { return server.Text(c.env, "name") }

// route adds an operation that is not about an environment.
func (r router) route(method, path, operation string, h func(c call) server.Reply) {
	r.Route(method, path, operation, func(c *server.Call) server.Reply { return h(call{Call: c, cloud: r.cloud}) })
}

// within adds an operation on the environment that the filter of the request names.
func (r router) within(method, path, operation string, h func(c call) server.Reply) {
	r.route(method, path, operation, func(c call) server.Reply {
		f, ok := filterOf(c)
		if !ok {
			return fail(http.StatusBadRequest, "InvalidFilter", "The filter '%s' is not supported.", filterText(c))
		}
		return c.in(f["environment"], h)
	})
}

// administer adds an operation of administrators on the environment in the path.
func (r router) administer(method, path, operation string, h func(c call) server.Reply) {
	r.route(method, "/scopes/admin/environments/{environment}"+path, operation, func(c call) server.Reply {
		return c.in(c.Params["environment"], h)
	})
}

// in answers for an environment, if the caller may see it. The text is the one recorded in
// https://github.com/pnp/cli-microsoft365; the status is assumed.
func (c call) in(environment string, h func(c call) server.Reply) server.Reply {
	if strings.EqualFold(environment, "~Default") {
		environment = bap.DefaultName(c.Tenant)
		bap.Furnish(c.cloud, c.Tenant)
	}
	env, ok := c.Tenant.Collection(bap.Environments).Peek(environment)
	if !ok || !c.administers() {
		status := http.StatusForbidden
		if c.Tenant.Switch(SwitchMissingStatus) == "404" {
			status = http.StatusNotFound
		}
		return fail(status, "EnvironmentAccessDenied", "The environment '%s' could not be found in the tenant '%s'.", environment, c.Tenant.ID)
	}
	c.env = env
	return h(c)
}

// administers reports whether the caller works in all environments of the tenant.
func (c call) administers() bool { return bap.Administers(c.Call) }

var clause = regexp.MustCompile(`(?i)^\s*(environment|isCustomApi)\s+eq\s+'([^']*)'\s*$`)

func filterText(c call) string { return cmp.Or(c.Query.Get("$filter"), c.Query.Get("%24filter")) }

// filterOf reads the filter of a request: what it says of environment and iscustomapi.
func filterOf(c call) (map[string]string, bool) {
	out := map[string]string{}
	for _, part := range regexp.MustCompile(`(?i)\s+and\s+`).Split(filterText(c), -1) {
		m := clause.FindStringSubmatch(part)
		if m == nil {
			return nil, false
		}
		out[strings.ToLower(m[1])] = m[2]
	}
	return out, out["environment"] != ""
}

// fail is an error in the envelope of the hub.
func fail(status int, code, format string, args ...any) server.Reply {
	return server.Fail(status, code, fmt.Sprintf(format, args...))
}

func bad(code, format string, args ...any) server.Reply {
	return fail(http.StatusBadRequest, code, format, args...)
}

func first(docs []doc, is func(doc) bool) (doc, bool) {
	if i := slices.IndexFunc(docs, is); i >= 0 {
		return docs[i], true
	}
	return nil, false
}

func key(parts ...string) string { return strings.ToLower(strings.Join(parts, "/")) }

// stamp is the time of the tenant as the hub writes it.
func stamp(t *server.Tenant) string {
	return t.Clock().Now().UTC().Format("2006-01-02T15:04:05.0000000Z")
}

// HubFailure is the body with which the hub answers when what it rests on fails: an error that holds another one as text.
// It is meant for faults. Observed in https://github.com/microsoft/PowerPlatformConnectors/issues/3891.
func HubFailure(status int, code, message string) server.Doc {
	return doc{"error": doc{
		"code": "ApiHubsRequestFailed",
		"message": fmt.Sprintf("Request to Azure API Hub failed with error: 'The response from the service was %d (%s): {\"error\":{\"code\":%q,\"message\":%q}}'.",
			status, http.StatusText(status), code, message),
	}}
}
