package server

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// What the journal keeps: so many entries per tenant, and so many bytes of all tenants together. What exceeds it is
// forgotten, the oldest of the tenant with the most first.
const (
	journalSize  = 10_000
	journalBytes = 64 << 20
	entryBytes   = 1 << 10 // of an entry without its body
	bodyBytes    = 1 << 20 // a larger body is not kept, only its keys
)

// Entry is one request in the journal.
type Entry struct {
	// Serial counts the requests since the mock started, from 1.
	Serial int `json:"serial"`
	// Time is when the request came in, on the wall clock.
	Time time.Time `json:"time"`
	// Tenant is the tenant of the token, or of the path of a login route; "" when unknown.
	Tenant string `json:"tenant,omitempty"`
	// Operation is the operation ID of the route; "" when there is no route.
	Operation string `json:"operation,omitempty"`
	// Method, Host, Path and Query are those of the request. Secrets in the query are redacted.
	Method string     `json:"method"`
	Host   string     `json:"host"`
	Path   string     `json:"path"`
	Query  url.Values `json:"query,omitempty"`
	// Status is the status of the answer; 0 when the request hung or was cut.
	Status int `json:"status"`
	// Keys are the dotted keys of the body, sorted; those inside lists are written "list[].key".
	Keys []string `json:"keys,omitempty"`
	// Body is the body, secrets redacted; nil where it is large. It never leaves the process.
	Body Doc `json:"-"`
	// RetryAfter is what the answer asked for, even where it was turned into virtual time.
	RetryAfter time.Duration `json:"-"`
	// Reason says why the mock itself, and not the platform, answered as it did, or would have were it not
	// lenient; "" where the platform would have.
	Reason string `json:"reason,omitempty"`
	// Duration is how long the answer took, on the wall clock.
	Duration time.Duration `json:"-"`
	// Header are the request headers of interest: who asks, correlation, preconditions.
	Header http.Header `json:"header,omitempty"`

	proto string // of the request
	size  int    // of its body, in bytes
}

// cost is about how many bytes the entry holds.
func (e *Entry) cost() int {
	return entryBytes + e.size + 16*len(e.Keys) + len(e.Path) + len(e.Reason)
}

// MarshalJSON writes durations in units that the names tell: retry_after_s and duration_ms.
func (e Entry) MarshalJSON() ([]byte, error) {
	type plain Entry
	return json.Marshal(struct {
		plain
		RetryAfter float64 `json:"retry_after_s,omitempty"`
		Duration   float64 `json:"duration_ms"`
	}{plain(e), e.RetryAfter.Seconds(), float64(e.Duration.Microseconds()) / 1000})
}

// Record adds an entry for what never reached a route, for example a request that a proxy refused. Secrets in the query
// are redacted, and a time that is missing is now.
func (p *Platform) Record(e Entry) {
	if e.Time.IsZero() {
		e.Time = time.Now()
	}
	e.Tenant, e.Query, e.Body = strings.ToLower(e.Tenant), redactQuery(e.Query), redact(e.Body)
	p.journal.add(e)
}

type journal struct {
	mu     sync.Mutex
	rings  map[string]*ring
	serial int
	cost   int           // of all rings
	grown  chan struct{} // closed when there is a new entry; nil when nobody waits
	log    *slog.Logger  // may be nil
}

// ring holds the entries of a tenant, oldest first.
type ring struct {
	entries []Entry // those before first are forgotten
	first   int
	cost    int
}

func (r *ring) live() []Entry { return r.entries[r.first:] }

// drop forgets the oldest entry and returns what that gives back.
func (r *ring) drop() int {
	cost := r.entries[r.first].cost()
	r.entries[r.first] = Entry{}
	r.first++
	r.cost -= cost
	if r.first > 64 && r.first > len(r.entries)/2 {
		n := copy(r.entries, r.live())
		clear(r.entries[n:])
		r.entries, r.first = r.entries[:n], 0
	}
	return cost
}

func (j *journal) add(e Entry) {
	if e.size > bodyBytes {
		e.Body, e.size = nil, 0
	}
	j.write(e)
	j.mu.Lock()
	defer j.mu.Unlock()
	j.serial++
	e.Serial = j.serial
	r := j.rings[e.Tenant]
	if r == nil {
		r = &ring{}
		j.rings[e.Tenant] = r
	}
	r.entries = append(r.entries, e)
	r.cost += e.cost()
	j.cost += e.cost()
	if len(r.live()) > journalSize {
		j.cost -= r.drop()
	}
	for j.cost > journalBytes {
		most := r
		for _, other := range j.rings {
			if other.cost > most.cost {
				most = other
			}
		}
		j.cost -= most.drop()
	}
	if j.grown != nil {
		close(j.grown)
		j.grown = nil
	}
}

// write tells the log of a request.
func (j *journal) write(e Entry) {
	if j.log == nil || !j.log.Enabled(context.Background(), slog.LevelDebug) { //nolint:forbidigo // a level needs no context
		return
	}
	address := url.URL{Scheme: "https", Host: e.Host, Path: e.Path, RawQuery: e.Query.Encode()}
	attributes := []any{"method", e.Method, "url", address.String(), "status", e.Status, "ms", float64(e.Duration.Microseconds()) / 1000}
	for name, value := range map[string]string{"operation": e.Operation, "tenant": e.Tenant, "reason": e.Reason} {
		if value != "" {
			attributes = append(attributes, name, value)
		}
	}
	j.log.Debug("request", attributes...)
}

// since returns the entries after a serial, oldest first, and the serial of the last request.
func (j *journal) since(tenant string, after int) []Entry {
	out := []Entry{}
	for id, r := range j.rings {
		if tenant == "" || id == tenant {
			live := r.live()
			at, _ := slices.BinarySearchFunc(live, after, func(e Entry, after int) int { return cmp.Compare(e.Serial, after+1) })
			out = append(out, live[at:]...)
		}
	}
	slices.SortFunc(out, func(a, b Entry) int { return a.Serial - b.Serial })
	return out
}

// Journal returns the last requests of a tenant, oldest first; "" returns those of all tenants and of none.
func (p *Platform) Journal(tenant string) []Entry {
	p.journal.mu.Lock()
	defer p.journal.mu.Unlock()
	return p.journal.since(strings.ToLower(tenant), 0)
}

// Follow returns the requests of a tenant ("" is all) after the one with a serial, and the serial after which to ask
// next. While there is none it waits, until ctx ends. A serial that this mock has not reached is one of a mock that was
// here before: everything is after it.
func (p *Platform) Follow(ctx context.Context, tenant string, after int) ([]Entry, int) {
	tenant = strings.ToLower(tenant)
	j := &p.journal
	for {
		j.mu.Lock()
		if after > j.serial {
			after = 0
		}
		found, last := j.since(tenant, after), j.serial
		if len(found) > 0 {
			j.mu.Unlock()
			return found, last
		}
		if j.grown == nil {
			j.grown = make(chan struct{})
		}
		grown := j.grown
		j.mu.Unlock()
		select {
		case <-grown:
		case <-ctx.Done():
			return found, last
		}
	}
}

// ClearJournal forgets the requests of a tenant; "" forgets all.
func (p *Platform) ClearJournal(tenant string) {
	tenant = strings.ToLower(tenant)
	p.journal.mu.Lock()
	defer p.journal.mu.Unlock()
	for id, r := range p.journal.rings {
		if tenant == "" || id == tenant {
			p.journal.cost -= r.cost
			delete(p.journal.rings, id)
		}
	}
}

var interesting = []string{
	"User-Agent", "X-Ms-Useragent", "X-Correlation-Id", "X-Ms-Correlation-Request-Id", "X-Ms-Client-Request-Id", "X-Ms-Client-Session-Id",
	"If-Match", "If-None-Match", "Prefer", "Content-Type",
}

func headersOfInterest(h http.Header) http.Header {
	out := http.Header{}
	for _, name := range interesting {
		if values := h.Values(name); len(values) > 0 {
			out[http.CanonicalHeaderKey(name)] = slices.Clone(values)
		}
	}
	return out
}

// keysOf lists the dotted keys of a document.
func keysOf(d Doc) []string {
	found := map[string]bool{}
	var walk func(prefix string, value any)
	walk = func(prefix string, value any) {
		switch v := value.(type) {
		case Doc:
			for name, inner := range v {
				path := strings.TrimPrefix(prefix+"."+name, ".")
				found[path] = true
				walk(path, inner)
			}
		case []any:
			for _, inner := range v {
				walk(prefix+"[]", inner)
			}
		}
	}
	walk("", d)
	var out []string
	for key := range found {
		out = append(out, key)
	}
	slices.Sort(out)
	return out
}
