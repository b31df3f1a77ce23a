package server

import (
	"context"
	"net/http"
	"strconv"
	"time"
)

// profileOf is the profile of a tenant that may be nil.
func (p *Platform) profileOf(t *Tenant) *Profile {
	if t == nil {
		return p.Profile()
	}
	return t.Profile()
}

// pass lets time pass for a tenant before it is answered.
func (p *Platform) pass(ctx context.Context, t *Tenant, d time.Duration, verbatim bool) error {
	o := p.profileOf(t)
	switch {
	case d <= 0:
		return nil
	case verbatim:
		return p.wall.Wait(ctx, d)
	case !o.Virtual():
		return p.wall.Wait(ctx, o.Scaled(d))
	case t != nil:
		t.Clock().Advance(d)
	}
	return nil
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
	if !o.Virtual() {
		if asked > 0 && o.Pace() != 1 {
			shorten(h, o.Scaled(asked))
		}
		return asked
	}
	if t != nil {
		t.Clock().Advance(max(asked, unasked))
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
