// Package dataverse mirrors the Web API of the organizations behind environments: rows of the tables that administrators
// work with, their queries, rules and solutions. https://learn.microsoft.com/power-apps/developer/data-platform/webapi/overview
package dataverse

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// Switches of a tenant, all off by default. They stand for facts that are not confirmed and for states that a test wants
// to see.
const (
	// SwitchPageSize is the number of rows on a page, 5,000 by default.
	SwitchPageSize = "dataverse.page_size"
	// SwitchLowerCaseBind "on" takes @odata.bind with the name of a lookup in lower case; else the exact navigation property.
	SwitchLowerCaseBind = "dataverse.lower_case_bind"
	// SwitchDuplicateSchema is the code of a second definition of one schema name, "0x80040237" by default.
	SwitchDuplicateSchema = "dataverse.duplicate_schema"
	// SwitchImmutable "ignore" drops values of columns that cannot be changed without a word; else 400.
	SwitchImmutable = "dataverse.immutable"
	// SwitchSchemaPrefix "enforce" refuses schema names without the prefix of a publisher.
	SwitchSchemaPrefix = "dataverse.schema_prefix"
	// SwitchSecretStatus is the status of a secret reference that the caller may not use, 400 by default.
	SwitchSecretStatus = "dataverse.secret_status"
	// SwitchSecretURI "refuse" takes references to secrets by ARM ID only; else by the URI of the secret as well.
	SwitchSecretURI = "dataverse.secret_uri"
	// SwitchConnectorDependencies "on" records that connectors depend on the environment variables they name.
	SwitchConnectorDependencies = "dataverse.connector_dependencies"
	// SwitchDependencyStatus is the status of a delete of what others depend on, 400 by default.
	SwitchDependencyStatus = "dataverse.dependency_status"
	// SwitchConnectorDelay is how long a connector takes to reach the API hub, as a duration, "20s" by default. "never"
	// keeps it from getting there.
	SwitchConnectorDelay = "dataverse.connector_delay"
	// SwitchConnectorComponent is the type of connectors as solution components, 372 by default.
	SwitchConnectorComponent = "dataverse.connector_component"
	// SwitchOpenAPILimit is how many characters openapidefinition takes, 1,000,000 by default.
	SwitchOpenAPILimit = "dataverse.openapi_limit"
	// SwitchThrottle refuses calls for service protection: "requests:3", "time:1" or "concurrent:2" refuses that many.
	SwitchThrottle = "dataverse.throttle"
)

// Register adds the routes of this family to the hosts of organizations in every cloud. It needs the organizations of
// package bap. An organization takes tokens for its own URL, which is the rule of hosts that name no audience.
func Register(p *server.Platform) {
	p.Effect(KindConnector, arrived)
	for _, host := range bap.DynamicsHosts() {
		p.Challenge(host, challenge)
		add := func(method, path, operation string) {
			p.Route(host, method, "/api/data/{version}/"+path, "dataverse."+operation, route)
		}
		for name, method := range map[string]string{
			"WhoAmI": "GET", "RetrieveCurrentOrganization": "GET", "RetrieveEnvironmentVariableValue": "GET", "RetrieveDependenciesForDelete": "GET",
			"RetrieveSharedPrincipalsAndAccess": "GET", "EntityDefinitions": "GET",
		} {
			add(method, name, strings.ToLower(name))
			add(method, name+"({arguments})", strings.ToLower(name))
			add(method, name+"()", strings.ToLower(name))
		}
		add("GET", "EntityDefinitions({key})/{property...}", "entitydefinitions")
		for _, name := range actions {
			add("POST", name, strings.ToLower(name))
		}
		add("POST", "$batch", "batch")
		for _, t := range tables() {
			for _, o := range []struct{ method, path, operation string }{
				{"GET", "", "list"},
				{"POST", "", "create"},
				{"PATCH", "", "refused"},
				{"DELETE", "", "refused"},
				{"GET", "({key})", "get"},
				{"PATCH", "({key})", "update"},
				{"DELETE", "({key})", "delete"},
				{"GET", "({key})/{property...}", "property"},
				{"PUT", "({key})/{property...}", "set"},
				{"POST", "({key})/{property...}", "associate"},
				{"DELETE", "({key})/{property...}", "disassociate"},
			} {
				add(o.method, t.set+o.path, t.set+"."+o.operation)
			}
		}
		for _, method := range []string{"GET", "POST", "PATCH", "PUT", "DELETE"} {
			add(method, "{resource...}", "unknown")
		}
	}
	facts(p)
	seeders(p)
}

// call is a request to an organization that exists and knows the caller, or one of the requests in a batch.
type call struct {
	*server.Call
	store    *store
	org      doc
	base     string // https://host/api/data/vX.Y/
	method   string
	segments []string // of the path below base, decoded
	query    url.Values
	header   http.Header
	body     doc
	prefer   preferences
}

var version = regexp.MustCompile(`(?i)^v9\.\d+$`)

// route finds the organization by the host and answers.
func route(c *server.Call) server.Reply {
	org, ok := bap.OrganizationAt(c.Tenant, c.Host)
	switch {
	case !ok && foreign(c):
		return refuse(http.StatusUnauthorized, "0x80072560", "The user is not a member of the organization.").
			With("WWW-Authenticate", `Bearer authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", resource_id="https://`+c.Host+`/"`)
	case !ok:
		return unknown(c)
	case !version.MatchString(c.Params["version"]):
		return refuse(http.StatusNotFound, "0x80060888", "Resource not found for the segment '"+c.Params["version"]+"'.")
	case stranger(c, org):
		return refuse(http.StatusForbidden, "0x80072560", "The user is not a member of the organization.")
	}
	if reply, ok := throttled(c.Tenant); ok {
		return reply
	}
	s := newStore(c.Platform, c.Tenant, org, c.Caller.ObjectID)
	s.furnish()
	if c.Caller.User != "" {
		s.welcome(c.Caller.ObjectID)
	} else {
		s.admit(c.Caller.AppID, c.Caller.ObjectID)
	}
	s.keep()
	segments := resource(c.Request.URL)
	made := call{
		Call: c, store: s, org: org, base: "https://" + c.Host + "/api/data/" + c.Params["version"] + "/", method: c.Request.Method,
		segments: segments[min(3, len(segments)):], query: c.Query, header: c.Request.Header, body: c.Body, prefer: prefer(c.Request.Header),
	}
	return dress(made.bare(made.transact()))
}

// resource are the decoded segments of a path.
func resource(u *url.URL) []string {
	segments := strings.Split(strings.Trim(u.EscapedPath(), "/"), "/")
	for i, s := range segments {
		if decoded, err := url.PathUnescape(s); err == nil {
			segments[i] = decoded
		}
	}
	return segments
}

// transact answers a request; one that fails leaves no trace.
func (c call) transact() server.Reply {
	reply := c.serve()
	if reply.Status >= http.StatusBadRequest {
		c.store.rollback()
	}
	c.store.keep()
	return reply
}

// dress adds what every answer of the Web API carries.
func dress(r server.Reply) server.Reply {
	r = r.With("OData-Version", "4.0").With("x-ms-ratelimit-burst-remaining-xrm-requests", "5999").With("x-ms-ratelimit-time-remaining-xrm-requests", "1,200.00")
	if r.Body != nil && r.Header.Get("Content-Type") == "" {
		r = r.With("Content-Type", "application/json; odata.metadata=minimal")
	}
	return r
}

// refuse is an error in OData's form, its code an HRESULT.
func refuse(status int, code, message string) server.Reply { return server.Fail(status, code, message) }

// foreign reports whether the host is that of an organization in another tenant.
func foreign(c *server.Call) bool {
	for _, t := range c.Platform.Tenants() {
		if t != c.Tenant {
			if _, ok := bap.OrganizationAt(t, c.Host); ok {
				return true
			}
		}
	}
	return false
}

// unknown is the answer of a host without an organization: one that was never there, or whose name does not resolve yet.
func unknown(c *server.Call) server.Reply {
	why := "the mock does not know the host of " + c.Request.Method + " https://" + c.Host + c.Request.URL.Path + ": no organization answers there"
	return server.Fail(http.StatusNotImplemented, "UnknownHost", why).With(server.ReasonHeader, why)
}

func unknownSegment(name string) server.Reply {
	return refuse(http.StatusNotFound, "0x8006088a", "Resource not found for the segment '"+name+"'.")
}

// stranger counts down the calls that a new organization refuses because the caller is not copied into it yet. Observed
// in microsoft/terraform-provider-power-platform, issue 1236.
func stranger(c *server.Call, org server.Doc) bool {
	left, _ := org["grace"].(float64)
	if left <= 0 {
		return false
	}
	org["grace"] = left - 1
	c.Tenant.Collection(bap.Organizations).Put(server.Text(org, "environment"), org)
	return true
}

// limits are the refusals of service protection: https://learn.microsoft.com/power-apps/developer/data-platform/api-limits
var limits = map[string][2]string{
	"requests":   {"0x80072322", "Number of requests exceeded the limit of 6000 over time window of 300 seconds."},
	"time":       {"0x80072321", "Combined execution time of incoming requests exceeded limit of 1,200,000  milliseconds over time window of 300 seconds. Decrease number of concurrent requests or reduce the duration of requests and try again later."},
	"concurrent": {"0x80072326", "Number of concurrent requests exceeded the limit of 52."},
}

// throttled refuses a call if the switch still asks for it, and counts down.
func throttled(t *server.Tenant) (server.Reply, bool) {
	facet, count, _ := strings.Cut(t.Switch(SwitchThrottle), ":")
	limit, known := limits[facet]
	left, err := strconv.Atoi(count)
	if !known || err != nil || left <= 0 {
		return server.Reply{}, false
	}
	t.SetSwitch(SwitchThrottle, facet+":"+strconv.Itoa(left-1))
	return dress(refuse(http.StatusTooManyRequests, limit[0], limit[1])).With("Retry-After", "30"), true
}
