// Package journal keeps what a platform was asked and what it answered, without secrets.
package journal

import (
	"cmp"
	"context"
	"log/slog"
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
	bodyBytes    = 1 << 20 // a larger body is not kept, only its keys
)

// Journal keeps entries by tenant. It is safe for concurrent use.
type Journal struct {
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

// New returns an empty journal, which tells a log of every entry, at debug level; nil tells nobody.
func New(log *slog.Logger) *Journal { return &Journal{rings: map[string]*ring{}, log: log} }

// Record is Add for what never reached a route, for example a request that a proxy refused. Secrets in the query are
// redacted, and a time that is missing is now.
func (j *Journal) Record(e Entry) {
	if e.Time.IsZero() {
		e.Time = time.Now()
	}
	e.Tenant, e.Query, e.Body = strings.ToLower(e.Tenant), redactQuery(e.Query), redact(e.Body)
	j.Add(e)
}

// Add adds an entry, which gets the next serial.
func (j *Journal) Add(e Entry) {
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
func (j *Journal) write(e Entry) {
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
func (j *Journal) since(tenant string, after int) []Entry {
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

// Of returns the last requests of a tenant, oldest first; "" returns those of all tenants and of none.
func (j *Journal) Of(tenant string) []Entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.since(strings.ToLower(tenant), 0)
}

// Follow returns the requests of a tenant ("" is all) after the one with a serial, and the serial after which to ask
// next. While there is none it waits, until ctx ends. A serial that this mock has not reached is one of a mock that was
// here before: everything is after it.
func (j *Journal) Follow(ctx context.Context, tenant string, after int) ([]Entry, int) {
	tenant = strings.ToLower(tenant)
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

// Clear forgets the requests of a tenant; "" forgets all.
func (j *Journal) Clear(tenant string) {
	tenant = strings.ToLower(tenant)
	j.mu.Lock()
	defer j.mu.Unlock()
	for id, r := range j.rings {
		if tenant == "" || id == tenant {
			j.cost -= r.cost
			delete(j.rings, id)
		}
	}
}
