package journal

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/wire"
)

// Entry is one request in the journal.
type Entry struct {
	// Serial counts the requests since the mock started, from 1.
	Serial int `json:"serial"`
	// Time is when the request came in, on the wall clock.
	Time time.Time `json:"time"`
	// Tenant is the tenant of the token, or of the path of an open route; "" when unknown.
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
	Body wire.Doc `json:"-"`
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

// NewEntry is the entry of a request to a host that begins now, without its body.
func NewEntry(r *http.Request, host string) Entry {
	return Entry{
		Time: time.Now(), Method: r.Method, Host: host, Path: r.URL.Path, Query: redactQuery(r.URL.Query()),
		Header: headersOfInterest(r.Header), proto: r.Proto,
	}
}

// Hold adds the body of the request, of so many bytes.
func (e *Entry) Hold(body wire.Doc, size int) {
	e.Keys, e.Body, e.size = keysOf(body), redactCall(e.Path, body), size
}

// entryBytes is what an entry takes without its body.
const entryBytes = 1 << 10

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
func keysOf(d wire.Doc) []string {
	found := map[string]bool{}
	var walk func(prefix string, value any)
	walk = func(prefix string, value any) {
		switch v := value.(type) {
		case wire.Doc:
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
