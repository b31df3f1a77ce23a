package server

import (
	"net/http"
	"slices"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/route"
)

// Route registers an operation that needs a token. host is exact ("api.example.com") or a pattern in which *
// stands for any characters ("*.api.example.com"). path is matched segment by segment without regard to
// case; a segment is a literal, "{name}", a mixture such as "accounts({id})", or, at the end, "{name...}" for the rest.
// operation is the stable ID by which faults and the journal know the route. Registering a route twice panics.
func (p *Platform) Route(host, method, path, operation string, h Handler) {
	p.routes.Add(route.Route[Handler]{Host: host, Method: method, Path: path, Operation: operation, Handler: h})
}

// Open is Route for operations that need no token. Where the path has a parameter "tenant", faults and the journal take
// it as the tenant of the call.
func (p *Platform) Open(host, method, path, operation string, h Handler) {
	p.routes.Add(route.Route[Handler]{Host: host, Method: method, Path: path, Operation: operation, Handler: h, Open: true})
}

// Serve makes hosts known of which no operation is: whatever they are asked for is 501.
func (p *Platform) Serve(hosts ...string) { p.routes.Serve(hosts...) }

// Routes returns one line per registered route that is not absent, "operation METHOD https://host/path", sorted.
func (p *Platform) Routes() []string {
	var out []string
	for _, r := range p.routes.All() {
		if !r.Absent {
			out = append(out, r.Operation+" "+r.String())
		}
	}
	slices.Sort(out)
	return out
}

// Knows says whether any route answers for a host, whatever its case. A port may follow the name.
func (p *Platform) Knows(host string) bool { return p.routes.Knows(host) }

// Hosts returns the host patterns of the route table, sorted.
func (p *Platform) Hosts() []string { return p.routes.Hosts() }

// unknown is the loud answer to a request that the mock has no route for.
func (p *Platform) unknown(c *Call, hostKnown bool) Reply {
	code, what := "UnknownRoute", "the mock has no route for "
	if !hostKnown {
		code, what = "UnknownHost", "the mock does not know the host of "
	}
	url := c.Request.Method + " https://" + c.Host + c.Request.URL.Path
	nearest := p.routes.Nearest(c.Host, c.Request.Method, c.Request.URL.EscapedPath())
	reason := what + url
	if len(nearest) > 0 {
		reason += "; the nearest that it has is " + nearest[0]
	}
	return JSON(http.StatusNotImplemented, Doc{"error": Doc{"code": code, "message": what + url, "nearest": nearest}}).With(ReasonHeader, reason)
}

// Router adds the operations of one family to one host.
type Router struct {
	// Platform is the platform that gets them.
	Platform *Platform
	// Host is exact or a pattern, see Platform.Route.
	Host string
	// Path comes before the path of every operation.
	Path string
	// Operation comes before the ID of every operation: "family.".
	Operation string
	// Around gives every handler what comes before it; nil gives it nothing.
	Around func(h Handler) Handler
}

// Route adds an operation, see Platform.Route.
func (r Router) Route(method, path, operation string, h Handler) {
	if r.Around != nil {
		h = r.Around(h)
	}
	r.Platform.Route(r.Host, method, r.Path+path, r.Operation+operation, h)
}
