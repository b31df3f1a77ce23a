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
	wall Wall

	mu       sync.Mutex
	start    time.Time // zero: follows the wall clock
	advanced time.Duration
	speed    float64   // of a clock that follows the wall clock
	since    time.Time // on the wall: from when on speed counts
}

func newClock(wall Wall, o *Profile) *Clock {
	now := wall.Now().UTC()
	c := &Clock{wall: wall, speed: o.speed(), since: now}
	if o.virtual() {
		c.start = now.Truncate(time.Millisecond)
	}
	return c
}

// Now returns the time in the tenant, in UTC: the time of its creation plus what was advanced, or, where time passes as
// on the wall, the wall clock, as many times faster as the profile says, plus what was advanced.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

func (c *Clock) now() time.Time {
	if c.start.IsZero() {
		now := c.wall.Now().UTC()
		return now.Add(c.ahead(now))
	}
	return c.start.Add(c.advanced)
}

// ahead is how far a clock that follows the wall clock is ahead of it.
func (c *Clock) ahead(wall time.Time) time.Duration {
	return c.advanced + time.Duration(float64(wall.Sub(c.since))*(c.speed-1))
}

// follow makes time pass as a profile says, from what the clock shows on.
func (c *Clock) follow(o *Profile) {
	c.mu.Lock()
	defer c.mu.Unlock()
	shown, wall := c.now(), c.wall.Now().UTC()
	c.start, c.advanced, c.speed, c.since = shown, 0, o.speed(), wall
	if !o.virtual() {
		c.start, c.advanced = time.Time{}, shown.Sub(wall)
	}
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
// for none gets the header that gateways add, because clients take Retry-After for the word of the service itself. Where
// time passes faster than on the wall, clients are asked to wait as much less.
func (p *Platform) stamp(t *Tenant, h http.Header, verbatim bool) time.Duration {
	asked, o := retryAfter(h), p.profileOf(t)
	if verbatim {
		return asked
	}
	if !o.virtual() {
		if asked > 0 && o.speed() != 1 {
			shorten(h, o.scaled(asked))
		}
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

// shorten asks for a wait. Retry-After knows only whole seconds; who knows Retry-After-Ms waits no longer than needed.
func shorten(h http.Header, d time.Duration) {
	h.Set("Retry-After", strconv.FormatInt(int64((d+time.Second-1)/time.Second), 10))
	if d%time.Second != 0 {
		h.Set("Retry-After-Ms", strconv.FormatInt(int64((d+time.Millisecond-1)/time.Millisecond), 10))
	}
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
