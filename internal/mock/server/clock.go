package server

import (
	"net/http"
	"strconv"
	"sync"
	"time"
)

// tick is the virtual time that one request takes.
const tick = time.Millisecond

// Clock is the clock of one tenant. It is safe for concurrent use.
type Clock struct {
	mu       sync.Mutex
	start    time.Time // zero: follows the wall clock
	advanced time.Duration
}

func newClock(latency Latency) *Clock {
	if latency == Real {
		return &Clock{}
	}
	return &Clock{start: time.Now().UTC().Truncate(time.Millisecond)}
}

// Now returns the time in the tenant, in UTC: the time of its creation plus what was advanced, or, with Real latency,
// the wall clock plus what was advanced.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.start.IsZero() {
		return time.Now().UTC().Add(c.advanced)
	}
	return c.start.Add(c.advanced)
}

// Advance moves the clock forward. Operations that become due complete before the next request is handled.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.advanced += max(d, 0)
}

// unasked is the virtual time that passes with an answer that asks for no wait, so that what a client watches at a pace
// of its own goes on too.
const unasked = time.Second

// stamp turns the wait that an answer asks for into virtual time and returns it as it was asked for. An answer that asks
// for none gets the header that gateways add, because clients take Retry-After for the word of the service itself.
func (p *Platform) stamp(t *Tenant, h http.Header, verbatim bool) time.Duration {
	asked := retryAfter(h)
	if p.latency == Real || verbatim {
		return asked
	}
	if t != nil {
		t.clock.Advance(max(asked, unasked))
	}
	if h.Get("Retry-After") == "" {
		h.Set("X-Ms-Retry-After-Ms", "1")
		return asked
	}
	h.Del("Retry-After")
	h.Set("Retry-After-Ms", "1")
	return asked
}

// retryAfter reads Retry-After as seconds or as an HTTP date.
func retryAfter(h http.Header) time.Duration {
	text := h.Get("Retry-After")
	if text == "" {
		return 0
	}
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		return time.Duration(seconds * float64(time.Second))
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(time.Until(at), 0)
	}
	return 0
}
