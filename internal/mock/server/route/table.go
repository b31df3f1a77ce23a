// Package route finds the operation that a request asks for, by its host and its path.
package route

import (
	"slices"
	"strings"
	"sync"
)

// Route is one line of a table. H is what answers.
type Route[H any] struct {
	// Host is exact ("api.example.com") or a pattern, see Glob.
	Host string
	// Method is the HTTP method.
	Method string
	// Path is matched segment by segment without regard to case; a segment is a literal, "{name}", a mixture such as
	// "accounts({id})", or, at the end, "{name...}" for the rest.
	Path string
	// Operation is the stable ID by which others know the route.
	Operation string
	// Handler answers.
	Handler H
	// Open says that the operation needs no token.
	Open bool
	// Absent says that it is known to be missing.
	Absent bool
	// Serial is the place in the order of registration.
	Serial int

	path path
}

// String is "METHOD https://host/path".
func (r *Route[H]) String() string { return r.Method + " https://" + r.Host + r.Path }

// hostTable holds the routes of one host pattern. They are parsed and ordered when the host is called first: a platform
// has thousands, and most runs call a few hosts.
type hostTable[H any] struct {
	pattern string
	known   map[string]*Route[H] // by "METHOD path" without the names of parameters, to find what is registered twice
	routes  []*Route[H]          // as they were registered
	once    *sync.Once
	best    []*Route[H] // the most specific first
}

// ordered returns the routes, the most specific first.
func (t *hostTable[H]) ordered() []*Route[H] {
	t.once.Do(func() {
		t.best = slices.Clone(t.routes)
		for _, r := range t.best {
			if r.path.segments == nil {
				r.path = parse(r.Path)
			}
		}
		slices.SortStableFunc(t.best, func(a, b *Route[H]) int { return strings.Compare(b.path.rank, a.path.rank) })
	})
	return t.best
}

// Table is a table of routes. Its zero value has none. It is safe for concurrent use.
type Table[H any] struct {
	mu     sync.RWMutex
	hosts  []*hostTable[H]            // the most specific pattern first
	byHost map[string]*hostTable[H]   // by pattern
	found  map[string][]*hostTable[H] // by the name of a host that was called
	serial int                        // of the last route
}

// Add registers a route. A route that is absent gives way to one of the same method and path that is not, whichever comes
// first; else registering a route twice panics.
func (t *Table[H]) Add(r Route[H]) {
	t.mu.Lock()
	defer t.mu.Unlock()
	h := t.host(r.Host)
	t.serial++
	r.Serial = t.serial
	key := r.Method + " " + strings.ToLower(unnamed(r.Path))
	switch other := h.known[key]; {
	case other == nil:
	case r.Absent:
		return
	case other.Absent:
		h.routes = slices.DeleteFunc(h.routes, func(one *Route[H]) bool { return one == other })
	default:
		panic("mock: route registered twice: " + r.String())
	}
	h.known[key] = &r
	h.routes = append(h.routes, &r)
	h.once = new(sync.Once)
}

// Serve makes hosts known of which no operation is.
func (t *Table[H]) Serve(hosts ...string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, host := range hosts {
		t.host(host)
	}
}

// host returns the table of a host pattern, which it makes if there is none.
func (t *Table[H]) host(name string) *hostTable[H] {
	pattern := strings.ToLower(name)
	h := t.byHost[pattern]
	if h != nil {
		return h
	}
	if t.byHost == nil {
		t.byHost, t.found = map[string]*hostTable[H]{}, map[string][]*hostTable[H]{}
	}
	h = &hostTable[H]{pattern: pattern, known: map[string]*Route[H]{}, once: new(sync.Once)}
	t.byHost[pattern] = h
	at, _ := slices.BinarySearchFunc(t.hosts, pattern, func(other *hostTable[H], pattern string) int {
		if compareHosts(other.pattern, pattern) <= 0 {
			return -1
		}
		return 1
	})
	t.hosts = slices.Insert(t.hosts, at, h)
	clear(t.found)
	return h
}

// All returns the routes, host by host.
func (t *Table[H]) All() []*Route[H] {
	t.mu.RLock()
	defer t.mu.RUnlock()
	var out []*Route[H]
	for _, h := range t.hosts {
		out = append(out, h.routes...)
	}
	return out
}

// Knows says whether any route answers for a host, whatever its case. A port may follow the name.
func (t *Table[H]) Knows(host string) bool {
	host = Plain(host)
	t.mu.RLock()
	defer t.mu.RUnlock()
	return host != "" && slices.ContainsFunc(t.hosts, func(h *hostTable[H]) bool { return Glob(h.pattern, host) })
}

// Hosts returns the host patterns, sorted.
func (t *Table[H]) Hosts() []string {
	t.mu.RLock()
	defer t.mu.RUnlock()
	out := []string{}
	for _, h := range t.hosts {
		out = append(out, h.pattern)
	}
	slices.Sort(out)
	return out
}

// Find returns the most specific route for a host and an escaped path, its parameters, and whether any route knows the host.
func (t *Table[H]) Find(host, method, path string) (*Route[H], map[string]string, bool) {
	parts := split(path)
	hosts := t.tables(host)
	for _, h := range hosts {
		for _, r := range h.ordered() {
			if r.Method != method {
				continue
			}
			if params, ok := r.path.match(parts); ok {
				return r, params, true
			}
		}
	}
	return nil, nil, len(hosts) > 0
}

// mostHosts bounds how many hosts are remembered: callers choose their names.
const mostHosts = 4096

// tables returns the tables whose pattern fits a host, the most specific first.
func (t *Table[H]) tables(host string) []*hostTable[H] {
	t.mu.RLock()
	tables, ok := t.found[host]
	t.mu.RUnlock()
	if ok {
		return tables
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, h := range t.hosts {
		if Glob(h.pattern, host) {
			tables = append(tables, h)
		}
	}
	if t.found == nil || len(t.found) >= mostHosts {
		t.found = map[string][]*hostTable[H]{}
	}
	t.found[host] = tables
	return tables
}

// compareHosts puts exact hosts first, then the longer pattern.
func compareHosts(a, b string) int {
	wildA, wildB := strings.Contains(a, "*"), strings.Contains(b, "*")
	switch {
	case wildA == wildB:
		return len(b) - len(a)
	case wildA:
		return 1
	}
	return -1
}
