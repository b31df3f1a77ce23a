package server

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/route"
)

// Confidence says how well a fact is known.
type Confidence string

// The confidences, the best first.
const (
	// Documented is what the owner of the API has written down, or tells in a specification.
	Documented Confidence = "documented"
	// Observed is what somebody has seen the service answer and published.
	Observed Confidence = "observed"
	// Inferred is concluded from similar services; a switch chooses otherwise where it matters.
	Inferred Confidence = "inferred"
)

// Fact is what a route rests on.
type Fact struct {
	// Source is the address of the page that says how the operation behaves.
	Source string `json:"source"`
	// Confidence is how well it is known.
	Confidence Confidence `json:"confidence"`
	// APIVersions are the values of api-version that the operation takes; nil where the query has none, or where the
	// family has a rule of its own.
	APIVersions []string `json:"api_versions,omitempty"`
	// Content are the media types of request bodies that the operation takes, "*" for any; nil is JSON.
	Content []string `json:"content,omitempty"`
}

type factRule struct {
	pattern string
	fact    *Fact
}

// Fact says what the operations of a pattern (see Glob) rest on. Of several patterns that fit an operation, the one with
// the most literal characters counts.
func (p *Platform) Fact(operation string, f Fact) {
	p.knowledge.Lock()
	defer p.knowledge.Unlock()
	p.facts = append(p.facts, factRule{operation, &f})
	clear(p.factOf)
}

// fact returns what an operation rests on, nil if nothing was said of it.
func (p *Platform) fact(operation string) *Fact {
	p.knowledge.RLock()
	f, ok := p.factOf[operation]
	p.knowledge.RUnlock()
	if ok {
		return f
	}
	p.knowledge.Lock()
	defer p.knowledge.Unlock()
	best := -1
	for _, rule := range p.facts {
		if literal := len(rule.pattern) - strings.Count(rule.pattern, "*"); literal > best && route.Glob(rule.pattern, operation) {
			best, f = literal, rule.fact
		}
	}
	if p.factOf == nil {
		p.factOf = map[string]*Fact{}
	}
	p.factOf[operation] = f
	return f
}

// Absent registers an operation that the platform is known to have and the mock does not: 501, with the operation's
// name. A route for the same path takes its place, whichever comes first.
func (p *Platform) Absent(host, method, path, operation string) {
	p.routes.Add(route.Route[Handler]{Host: host, Method: method, Path: path, Operation: operation, Absent: true})
}

// ReasonHeader is the header of answers that the mock gives and not the platform: why, in one sentence.
const ReasonHeader = "X-Mock-Reason"

// missing is the answer for an operation that is known and absent.
func (p *Platform) missing(operation string, c *Call) Reply {
	text := "the mock does not have the operation " + operation + " (" + c.Request.Method + " https://" + c.Host + c.Request.URL.Path + ")"
	return JSON(http.StatusNotImplemented, Doc{"error": Doc{"code": "AbsentOperation", "message": text, "operation": operation}}).
		With(ReasonHeader, text+", which the platform has")
}

// Witnesses says which test has seen each operation work, as "package.Test" by operation ID.
func (p *Platform) Witnesses(byOperation map[string]string) {
	p.knowledge.Lock()
	defer p.knowledge.Unlock()
	p.witnesses = byOperation
}

// Coverage is what the mock has, or is known not to have, of one route.
type Coverage struct {
	// Operation is the operation ID.
	Operation string `json:"operation"`
	// Method is the HTTP method.
	Method string `json:"method"`
	// Host is the host, or its pattern, that the route was first registered for: that of the public cloud.
	Host string `json:"host"`
	// Hosts is how many hosts and patterns have the route.
	Hosts int `json:"hosts"`
	// Path is the pattern of the path.
	Path string `json:"path"`
	// Implemented is false for an operation that is known to be absent.
	Implemented bool `json:"implemented"`
	// Source and Confidence are those of the fact.
	Source     string     `json:"source,omitempty"`
	Confidence Confidence `json:"confidence,omitempty"`
	// APIVersions are the api-versions that the fact names.
	APIVersions []string `json:"api_versions,omitempty"`
	// Witness is the test that has seen the operation work, "unwitnessed" if none has, "" for what is absent.
	Witness string `json:"witness,omitempty"`
}

// Unwitnessed is the witness of an operation that no test has seen work.
const Unwitnessed = "unwitnessed"

// Coverage lists the operations that the mock has and those it is known not to have, one line per method and path,
// sorted by operation, path and method.
func (p *Platform) Coverage() []Coverage {
	byKey := map[string]*Coverage{}
	order := map[string]int{}
	for _, r := range p.routes.All() {
		key := r.Operation + " " + r.Method + " " + r.Path
		if known, ok := byKey[key]; ok {
			known.Hosts++
			if r.Serial < order[key] {
				known.Host, order[key] = r.Host, r.Serial
			}
			continue
		}
		byKey[key], order[key] = &Coverage{Operation: r.Operation, Method: r.Method, Host: r.Host, Hosts: 1, Path: r.Path, Implemented: !r.Absent}, r.Serial
	}
	out := make([]Coverage, 0, len(byKey))
	for _, line := range byKey {
		if f := p.fact(line.Operation); f != nil {
			line.Source, line.Confidence, line.APIVersions = f.Source, f.Confidence, f.APIVersions
		}
		if line.Implemented {
			p.knowledge.RLock()
			line.Witness = cmp.Or(p.witnesses[line.Operation], Unwitnessed)
			p.knowledge.RUnlock()
		}
		out = append(out, *line)
	}
	slices.SortFunc(out, func(a, b Coverage) int {
		return cmp.Or(strings.Compare(a.Operation, b.Operation), strings.Compare(a.Path, b.Path), strings.Compare(a.Method, b.Method))
	})
	return out
}

// Facts is a table of facts: patterns of operation IDs, with spaces between them, and what they rest on.
type Facts map[string]Fact

// Know takes over a table of facts; prefix comes before every pattern.
func (p *Platform) Know(prefix string, facts Facts) {
	for patterns, fact := range facts {
		for pattern := range strings.FieldsSeq(patterns) {
			p.Fact(prefix+pattern, fact)
		}
	}
}

// Missing is operations that the platform is known to have and the mock does not: "METHOD path" by operation ID. An
// operation with several paths has them with "|" between them.
type Missing map[string]string

// Lack registers a table of absent operations for a host.
func (p *Platform) Lack(host, prefix string, missing Missing) {
	for operation, paths := range missing {
		for path := range strings.SplitSeq(paths, "|") {
			method, path, _ := strings.Cut(strings.TrimSpace(path), " ")
			p.Absent(host, method, path, prefix+operation)
		}
	}
}
