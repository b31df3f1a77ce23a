package server

import (
	"encoding/json"
	"mime"
	"net/http"
	"slices"
	"strings"
)

// Object decides what becomes of a request that the platform would refuse, or is thought to. A strict platform refuses
// it with reply, which gets the reason as ReasonHeader; a lenient one lets it pass (false). The journal has the reason in
// either case, and every one that a lenient platform had.
func (c *Call) Object(reason string, reply Reply) (Reply, bool) {
	c.entry.Reason = strings.TrimPrefix(c.entry.Reason+"; "+reason, "; ")
	if c.Platform.lenient {
		return Reply{}, false
	}
	return reply.With(ReasonHeader, reason), true
}

// Lenient reports whether the platform lets requests pass that it would refuse.
func (p *Platform) Lenient() bool { return p.lenient }

// Versions registers how the hosts of a pattern refuse a call whose api-version is missing ("") or none of those that
// the fact of its operation names. Without it the hosts do not look at api-version.
func (p *Platform) Versions(host string, refuse func(c *Call, asked string, accepted []string) Reply) {
	p.versions.Add(host, refuse)
}

// object looks at what a request must have whatever it is about: the version of the API and the type of the body.
func (p *Platform) object(c *Call, operation string) (Reply, bool) {
	f := p.known.fact(operation)
	if f == nil {
		f = &Fact{}
	}
	if reply, refused := p.objectVersion(c, f); refused {
		return reply, true
	}
	return c.objectContent(f)
}

func (p *Platform) objectVersion(c *Call, f *Fact) (Reply, bool) {
	asked := c.Query.Get("api-version")
	if len(f.APIVersions) == 0 || slices.ContainsFunc(f.APIVersions, func(v string) bool { return strings.EqualFold(v, asked) }) {
		return Reply{}, false
	}
	refuse, ok := p.versions.First(c.Host)
	if !ok {
		return Reply{}, false
	}
	reason := "api-version is missing; the mock takes " + strings.Join(f.APIVersions, ", ")
	if asked != "" {
		reason = "the mock does not know api-version " + asked + "; it takes " + strings.Join(f.APIVersions, ", ")
	}
	return c.Object(reason, refuse(c, asked, f.APIVersions))
}

// objectContent refuses a body of a type that the operation does not take. The words are those of Azure Resource
// Manager: https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors
func (c *Call) objectContent(f *Fact) (Reply, bool) {
	if len(c.Raw) == 0 || slices.Contains(f.Content, "*") || c.Request.Method == http.MethodGet || c.Request.Method == http.MethodDelete {
		return Reply{}, false
	}
	kind, _, err := mime.ParseMediaType(c.Request.Header.Get("Content-Type"))
	accepted := f.Content
	if accepted == nil {
		accepted = []string{"application/json"}
	}
	json := slices.Contains(accepted, "application/json") && (kind == "text/json" || strings.HasSuffix(kind, "+json"))
	if err == nil && (json || slices.Contains(accepted, kind)) {
		return Reply{}, false
	}
	if kind == "" {
		kind = "<null>"
	}
	reply, refused := c.Object("the body is declared as "+kind+" and not as "+strings.Join(accepted, " or "),
		Fail(http.StatusUnsupportedMediaType, "UnsupportedMediaType", "The content media type '"+kind+"' is not supported. Only '"+strings.Join(accepted, "', '")+"' is supported."))
	if !refused {
		c.readAnyway()
	}
	return reply, refused
}

// readAnyway takes a body for JSON that does not say so.
func (c *Call) readAnyway() {
	var value any
	if c.Body == nil && json.Unmarshal(c.Raw, &value) == nil {
		c.Body, _ = value.(Doc)
	}
}
