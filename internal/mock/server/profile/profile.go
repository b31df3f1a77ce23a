// Package profile says how much like the platform the mock behaves in time.
package profile

import (
	"math/rand/v2"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/clock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/journal"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/route"
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
	Takes clock.Span `json:"takes,omitempty"`
	UpTo  clock.Span `json:"up_to,omitempty"`
}

// Term is how long the operations of a kind take.
type Term struct {
	// Kind is a pattern for the kind, "Create".
	Kind string `json:"kind"`
	// Takes is how long.
	Takes clock.Span `json:"takes"`
}

// Lag makes readers see the past: after a write that changes Field, the old value, or its absence, stays visible for
// Reads reads, or for the time For if that is longer. Documents that a lag applies to behave so on every write. Of several
// lags of one field that apply to a document the last one counts.
type Lag struct {
	// Collection is the name of the collection.
	Collection string `json:"collection"`
	// ID is the document, any when empty.
	ID string `json:"id,omitempty"`
	// Field is a dotted path; empty means the document as a whole, that is its creation and its deletion.
	Field string `json:"field,omitempty"`
	// Reads is how many reads see the old value.
	Reads int `json:"reads"`
	// For is how long readers see the old value, on the tenant's clock.
	For clock.Span `json:"for,omitempty"`
}

// Virtual says whether waiting costs nothing.
func (o *Profile) Virtual() bool { return o.Time != TimeWall }

// Pace is how many seconds pass in one of the wall clock.
func (o *Profile) Pace() float64 {
	if o.Virtual() || o.Speed <= 0 {
		return 1
	}
	return o.Speed
}

// Scaled is a time of the tenant on the wall clock.
func (o *Profile) Scaled(d time.Duration) time.Duration { return time.Duration(float64(d) / o.Pace()) }

// Answer is how long the nth answer takes.
func (o *Profile) Answer(e journal.Entry, n int64) time.Duration {
	for _, rule := range o.Answers {
		if !route.Glob(rule.Operation, e.Operation) || !route.Glob(rule.Method, e.Method) || !route.Glob(rule.Host, e.Host) {
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

// Takes is how long an operation of a kind takes; usually is what it takes unless the profile says otherwise.
func (o *Profile) Takes(kind string, usually time.Duration) time.Duration {
	for _, rule := range o.Operations {
		if route.Glob(rule.Kind, kind) {
			return rule.Takes.Duration()
		}
	}
	return usually
}
