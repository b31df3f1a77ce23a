package server

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/route"
)

// Fact says what the operations of a pattern (see Glob) rest on. Of several patterns that fit an operation, the one with
// the most literal characters counts.
func (p *Platform) Fact(operation string, f Fact) { p.known.add(operation, f) }

// Know takes over a table of facts; prefix comes before every pattern.
func (p *Platform) Know(prefix string, facts Facts) {
	for patterns, fact := range facts {
		for pattern := range strings.FieldsSeq(patterns) {
			p.Fact(prefix+pattern, fact)
		}
	}
}

// Witnesses says which test has seen each operation work, as "package.Test" by operation ID.
func (p *Platform) Witnesses(byOperation map[string]string) {
	p.known.mu.Lock()
	defer p.known.mu.Unlock()
	p.known.witnesses = byOperation
}

// Absent registers an operation that the platform is known to have and the mock does not: 501, with the operation's
// name. A route for the same path takes its place, whichever comes first.
func (p *Platform) Absent(host, method, path, operation string) {
	p.routes.Add(route.Route[Handler]{Host: host, Method: method, Path: path, Operation: operation, Absent: true})
}

// missing is the answer for an operation that is known and absent.
func (p *Platform) missing(operation string, c *Call) Reply {
	text := "the mock does not have the operation " + operation + " (" + c.Request.Method + " https://" + c.Host + c.Request.URL.Path + ")"
	return JSON(http.StatusNotImplemented, Doc{"error": Doc{"code": "AbsentOperation", "message": text, "operation": operation}}).
		With(ReasonHeader, text+", which the platform has")
}

// Lack registers a table of absent operations for a host.
func (p *Platform) Lack(host, prefix string, missing Missing) {
	for operation, paths := range missing {
		for path := range strings.SplitSeq(paths, "|") {
			method, path, _ := strings.Cut(strings.TrimSpace(path), " ")
			p.Absent(host, method, path, prefix+operation)
		}
	}
}

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
		if f := p.known.fact(line.Operation); f != nil {
			line.Source, line.Confidence, line.APIVersions = f.Source, f.Confidence, f.APIVersions
		}
		if line.Implemented {
			line.Witness = p.known.witness(line.Operation)
		}
		out = append(out, *line)
	}
	slices.SortFunc(out, func(a, b Coverage) int {
		return cmp.Or(strings.Compare(a.Operation, b.Operation), strings.Compare(a.Path, b.Path), strings.Compare(a.Method, b.Method))
	})
	return out
}
