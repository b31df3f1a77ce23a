// Package clock is time as tenants see it: clocks of their own, which follow the clock on the wall or do not.
package clock

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Wall is the clock on the wall, which tests replace.
type Wall interface {
	// Now returns the time.
	Now() time.Time
	// Wait returns after d, or with the error of the context when that ends before.
	Wait(ctx context.Context, d time.Duration) error
}

// Real is the clock on the wall itself.
type Real struct{}

// Now returns the time.
func (Real) Now() time.Time { return time.Now() }

// Wait returns after d, or with the error of the context when that ends before.
func (Real) Wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Flow says how time passes.
type Flow interface {
	// Virtual says whether waiting costs nothing: time passes when the clock is advanced, and only then.
	Virtual() bool
	// Pace is how many seconds pass in one of the wall clock, if time is not virtual.
	Pace() float64
}

// Clock is the clock of one tenant. It is safe for concurrent use.
type Clock struct {
	wall Wall

	mu       sync.Mutex
	start    time.Time // zero: follows the wall clock
	advanced time.Duration
	speed    float64   // of a clock that follows the wall clock
	since    time.Time // on the wall: from when on speed counts
}

// New returns a clock that shows the time on the wall.
func New(wall Wall, f Flow) *Clock {
	now := wall.Now().UTC()
	c := &Clock{wall: wall, speed: f.Pace(), since: now}
	if f.Virtual() {
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

// Follow makes time pass in another way, from what the clock shows on.
func (c *Clock) Follow(f Flow) {
	c.mu.Lock()
	defer c.mu.Unlock()
	shown, wall := c.now(), c.wall.Now().UTC()
	c.start, c.advanced, c.speed, c.since = shown, 0, f.Pace(), wall
	if !f.Virtual() {
		c.start, c.advanced = time.Time{}, shown.Sub(wall)
	}
}

// Advance moves the clock forward. Operations that become due complete before the next request is handled.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.advanced += max(d, 0)
}

// State is where a clock stands: at a time of its own, or ahead of the wall clock.
type State struct {
	// Now is the time of a clock that does not follow the wall clock, in RFC 3339.
	Now string `json:"now,omitempty"`
	// Advanced is how far the clock is ahead of the wall clock, a duration such as "1h30m".
	Advanced string `json:"advanced,omitempty"`
}

// State is where the clock stands.
func (c *Clock) State() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.start.IsZero() {
		return State{Advanced: max(0, c.ahead(c.wall.Now().UTC())).String()}
	}
	return State{Now: c.start.Add(c.advanced).Format(time.RFC3339Nano)}
}

// Restore sets the clock. A clock that follows the wall clock never stands before what another kind of clock said.
func (c *Clock) Restore(s State) error {
	var now time.Time
	var advanced time.Duration
	var err error
	if s.Now != "" {
		if now, err = time.Parse(time.RFC3339Nano, s.Now); err != nil {
			return fmt.Errorf("now: %w", err)
		}
		now = now.UTC()
	}
	if s.Advanced != "" {
		if advanced, err = time.ParseDuration(s.Advanced); err != nil || advanced < 0 {
			return fmt.Errorf("advanced must be a duration such as \"1h30m\", not %q", s.Advanced)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	wall := c.wall.Now().UTC()
	c.since = wall
	switch {
	case c.start.IsZero() && !now.IsZero():
		c.advanced = max(now.Sub(wall), 0)
	case c.start.IsZero():
		c.advanced = advanced
	case !now.IsZero():
		c.start, c.advanced = now, 0
	default:
		c.start, c.advanced = wall.Truncate(time.Millisecond).Add(advanced), 0
	}
	return nil
}
