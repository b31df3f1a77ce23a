package server

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// journalSize is how many entries are kept per tenant.
const journalSize = 10_000

// Entry is one request in the journal.
type Entry struct {
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
	// Body is the body, secrets redacted. It never leaves the process.
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

	serial int
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
}

type ring struct {
	entries []Entry
	next    int
}

func (j *journal) add(e Entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.serial++
	e.serial = j.serial
	r := j.rings[e.Tenant]
	if r == nil {
		r = &ring{}
		j.rings[e.Tenant] = r
	}
	if len(r.entries) < journalSize {
		r.entries = append(r.entries, e)
		return
	}
	r.entries[r.next] = e
	r.next = (r.next + 1) % journalSize
}

// Journal returns the last requests of a tenant, oldest first; "" returns those of all tenants and of none.
func (p *Platform) Journal(tenant string) []Entry {
	tenant = strings.ToLower(tenant)
	p.journal.mu.Lock()
	defer p.journal.mu.Unlock()
	out := []Entry{}
	for id, r := range p.journal.rings {
		if tenant == "" || id == tenant {
			out = append(out, r.entries...)
		}
	}
	slices.SortFunc(out, func(a, b Entry) int { return a.serial - b.serial })
	return out
}

// ClearJournal forgets the requests of a tenant; "" forgets all.
func (p *Platform) ClearJournal(tenant string) {
	tenant = strings.ToLower(tenant)
	p.journal.mu.Lock()
	defer p.journal.mu.Unlock()
	if tenant == "" {
		clear(p.journal.rings)
	}
	delete(p.journal.rings, tenant)
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

// redacted stands for a secret in the journal.
const redacted = "(redacted)"

func isSecret(key string) bool {
	key = strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(key))
	return slices.ContainsFunc([]string{"secret", "password", "assertion", "accesstoken", "refreshtoken", "connectionstring", "sig"}, func(s string) bool {
		return key == s || s != "sig" && strings.Contains(key, s)
	})
}

func redact(d Doc) Doc {
	out := copyDoc(d)
	hide(out)
	return out
}

func hide(value any) {
	switch v := value.(type) {
	case Doc:
		for name, inner := range v {
			if _, text := inner.(string); text && isSecret(name) {
				v[name] = redacted
				continue
			}
			hide(inner)
		}
	case []any:
		for _, inner := range v {
			hide(inner)
		}
	}
}

func redactQuery(q url.Values) url.Values {
	out := maps.Clone(q)
	for name := range out {
		if isSecret(name) {
			out[name] = []string{redacted}
		}
	}
	return out
}
