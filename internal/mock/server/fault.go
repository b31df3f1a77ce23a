package server

import (
	"net/http"
	"slices"
	"strings"
	"sync"
)

// Fault makes matching requests go wrong. What a request is answered and whether it takes effect are separate. An empty
// matcher matches everything; patterns are those of Glob.
type Fault struct {
	// Tenant is the ID of the tenant, "" for every tenant.
	Tenant string `json:"tenant,omitempty"`
	// Operation is a pattern for the operation ID of the route, for example "bap.environments.*".
	Operation string `json:"operation,omitempty"`
	// Method is the HTTP method.
	Method string `json:"method,omitempty"`
	// Host is a pattern for the host.
	Host string `json:"host,omitempty"`
	// Path is a pattern for the decoded path.
	Path string `json:"path,omitempty"`
	// Query are patterns for query parameters; each must be there.
	Query map[string]string `json:"query,omitempty"`

	// Skip is how many matching requests pass first.
	Skip int `json:"skip,omitempty"`
	// Times is how many are hit then: 0 is 1, -1 is all.
	Times int `json:"times,omitempty"`

	// Status is the status of the answer; 0 is 500.
	Status int `json:"status,omitempty"`
	// Headers are the headers of the answer.
	Headers map[string]string `json:"headers,omitempty"`
	// Body is the body: a string goes out as it is, anything else as JSON. Nil is an error that fits the status.
	Body any `json:"body,omitempty"`
	// Hang keeps the request waiting until the client gives up.
	Hang bool `json:"hang,omitempty"`
	// Cut breaks the connection instead of answering.
	Cut bool `json:"cut,omitempty"`
	// Effect lets the request take effect; only its answer is lost.
	Effect bool `json:"effect,omitempty"`
	// Verbatim leaves a Retry-After of this answer to the wall clock.
	Verbatim bool `json:"verbatim,omitempty"`

	// Hits is how many requests the fault has hit so far.
	Hits int `json:"hits,omitempty"`
}

// faultList is the faults in the order in which they were injected.
type faultList struct {
	mu   sync.Mutex
	list []*Fault
}

// Inject adds a fault. Of several that match a request, the first injected that is not used up hits it.
func (p *Platform) Inject(f Fault) {
	p.faults.mu.Lock()
	defer p.faults.mu.Unlock()
	f.Hits = 0
	p.faults.list = append(p.faults.list, &f)
}

// Faults returns the faults with their hits, in the order in which they were injected.
func (p *Platform) Faults() []Fault {
	p.faults.mu.Lock()
	defer p.faults.mu.Unlock()
	out := []Fault{}
	for _, f := range p.faults.list {
		out = append(out, *f)
	}
	return out
}

// ClearFaults removes the faults of the tenants, all faults when none is named.
func (p *Platform) ClearFaults(tenants ...string) {
	p.faults.mu.Lock()
	defer p.faults.mu.Unlock()
	p.faults.list = slices.DeleteFunc(p.faults.list, func(f *Fault) bool {
		return len(tenants) == 0 || slices.ContainsFunc(tenants, func(t string) bool { return strings.EqualFold(t, f.Tenant) })
	})
}

// match finds the fault that hits a request and counts it.
func (l *faultList) match(e Entry) (Fault, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range l.list {
		limit := f.Times
		if limit == 0 {
			limit = 1
		}
		if (limit > 0 && f.Hits >= limit) || !f.matches(e) {
			continue
		}
		if f.Skip > 0 {
			f.Skip--
			continue
		}
		f.Hits++
		return *f, true
	}
	return Fault{}, false
}

func (f *Fault) matches(e Entry) bool {
	if f.Tenant != "" && !strings.EqualFold(f.Tenant, e.Tenant) || f.Method != "" && !strings.EqualFold(f.Method, e.Method) {
		return false
	}
	for name, pattern := range f.Query {
		if !e.Query.Has(name) || !Glob(pattern, e.Query.Get(name)) {
			return false
		}
	}
	return Glob(f.Operation, e.Operation) && Glob(f.Host, e.Host) && Glob(f.Path, e.Path)
}

func (f *Fault) reply() Reply {
	r := Reply{Status: f.Status, Header: http.Header{}, Body: f.Body}
	if r.Status == 0 {
		r.Status = http.StatusInternalServerError
	}
	if r.Body == nil && r.Status >= http.StatusBadRequest {
		text := http.StatusText(r.Status)
		r.Body = Doc{"error": Doc{"code": strings.ReplaceAll(text, " ", ""), "message": text + " (injected by a fault)."}}
	}
	for name, value := range f.Headers {
		r.Header.Set(name, value)
	}
	return r
}
