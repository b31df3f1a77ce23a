package server

import (
	"context"
	"math/rand/v2"
	"time"
)

// Profile says how much like the platform the mock behaves in time: whether waiting costs time, how long answers and
// operations take, how long writes take to be seen by all, and how many requests are too many. The zero value is the
// profile "instant".
type Profile struct {
	// Name is what the profile is called.
	Name string `json:"name,omitempty"`
	// Time is TimeVirtual ("" too), in which waiting costs nothing, or TimeWall.
	Time string `json:"time,omitempty"`
	// Speed is how many seconds pass for the tenant in a second of the wall clock, with TimeWall; 0 is 1.
	Speed float64 `json:"speed,omitempty"`
	// Answers is how long answers take; the first rule that matches counts.
	Answers []Pace `json:"answers,omitempty"`
	// Operations is how long long-running operations take; the first rule that matches counts.
	Operations []Term `json:"operations,omitempty"`
	// Lags are writes that take a while to be seen.
	Lags []Lag `json:"lags,omitempty"`
	// Limits are how many requests are too many; each that matches counts.
	Limits []Limit `json:"limits,omitempty"`
}

// How time passes in a profile.
const (
	// TimeVirtual makes every wait cost nothing: it passes on the clock of the tenant.
	TimeVirtual = "virtual"
	// TimeWall lets time pass as on the wall, or faster.
	TimeWall = "wall"
)

// Pace is how long the answers of some routes take.
type Pace struct {
	// Operation, Method and Host are patterns as in Fault.
	Operation string `json:"operation,omitempty"`
	Method    string `json:"method,omitempty"`
	Host      string `json:"host,omitempty"`
	// Takes is the least time; UpTo, if it is more, the most.
	Takes Span `json:"takes,omitempty"`
	UpTo  Span `json:"up_to,omitempty"`
}

// Term is how long the operations of a kind take.
type Term struct {
	// Kind is a pattern for the kind, "Create".
	Kind string `json:"kind"`
	// Takes is how long.
	Takes Span `json:"takes"`
}

// Wall is the clock on the wall, which tests replace.
type Wall interface {
	// Now returns the time.
	Now() time.Time
	// Wait returns after d, or with the error of the context when that ends before.
	Wait(ctx context.Context, d time.Duration) error
}

type realWall struct{}

func (realWall) Now() time.Time { return time.Now() }

func (realWall) Wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// virtual says whether waiting costs nothing.
func (o *Profile) virtual() bool { return o.Time != TimeWall }

// speed is how many seconds pass in one of the wall clock.
func (o *Profile) speed() float64 {
	if o.virtual() || o.Speed <= 0 {
		return 1
	}
	return o.Speed
}

// scaled is a time of the tenant on the wall clock.
func (o *Profile) scaled(d time.Duration) time.Duration { return time.Duration(float64(d) / o.speed()) }

// pace is how long the nth answer takes.
func (o *Profile) pace(e Entry, n int64) time.Duration {
	for _, rule := range o.Answers {
		if !Glob(rule.Operation, e.Operation) || !Glob(rule.Method, e.Method) || !Glob(rule.Host, e.Host) {
			continue
		}
		d, spread := rule.Takes.Duration(), rule.UpTo.Duration()-rule.Takes.Duration()
		if spread > 0 {
			d += time.Duration(rand.New(rand.NewPCG(1, uint64(n))).Int64N(int64(spread) + 1)) //nolint:gosec // not for secrets
		}
		return d
	}
	return 0
}

// Takes is how long an operation of a kind takes in the profile of the tenant; usually is what it takes unless the
// profile says otherwise. Begin asks by itself.
func (t *Tenant) Takes(kind string, usually time.Duration) time.Duration {
	for _, rule := range t.Profile().Operations {
		if Glob(rule.Kind, kind) {
			return rule.Takes.Duration()
		}
	}
	return usually
}

// Profile returns the profile of the tenant: its own, else that of the platform.
func (t *Tenant) Profile() *Profile {
	if own := t.profile.Load(); own != nil {
		return own
	}
	return t.platform.profile.Load()
}

// SetProfile gives the tenant a profile of its own; nil gives it that of the platform again. What the clock shows does
// not change.
func (t *Tenant) SetProfile(o *Profile) {
	t.profile.Store(o)
	t.ledger.fact()
	t.clock.follow(t.Profile())
}

// Profile returns the profile of tenants that have none of their own.
func (p *Platform) Profile() *Profile { return p.profile.Load() }

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
	case !o.virtual():
		return p.wall.Wait(ctx, o.scaled(d))
	case t != nil:
		t.clock.Advance(d)
	}
	return nil
}

// Latency returns how time passes for the tenant.
func (t *Tenant) Latency() Latency {
	if t.Profile().virtual() {
		return Instant
	}
	return Real
}
