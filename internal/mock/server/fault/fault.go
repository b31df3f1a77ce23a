// Package fault makes requests go wrong: which ones, when, and how they are answered then.
package fault

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/clock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/wire"
)

// Fault makes matching requests go wrong. What a request is answered and whether it takes effect are separate. An empty
// matcher matches everything; patterns are those of Glob.
//
// A fault that says no answer, but Delay, Truncate, Patch, Drop or Headers, lets the request pass and spoils its answer.
type Fault struct {
	// Name says whose fault it is; presets write their ID here.
	Name string `json:"name,omitempty"`
	// Tenant is the ID of the tenant, "" for every tenant.
	Tenant string `json:"tenant,omitempty"`
	// Operation is a pattern for the operation ID of the route, for example "family.things.*".
	Operation string `json:"operation,omitempty"`
	// Method is the HTTP method.
	Method string `json:"method,omitempty"`
	// Host is a pattern for the host.
	Host string `json:"host,omitempty"`
	// Path is a pattern for the decoded path.
	Path string `json:"path,omitempty"`
	// Query are patterns for query parameters; each must be there.
	Query map[string]string `json:"query,omitempty"`
	// Keys are patterns for the dotted keys of the request's body, "properties.*"; each must match one.
	Keys []string `json:"keys,omitempty"`
	// Without are patterns for dotted keys that the request's body must not have.
	Without []string `json:"without,omitempty"`
	// When are conditions on what the tenant holds; each must be met.
	When []Condition `json:"when,omitempty"`
	// After and Until bound the time, on the tenant's clock, since the fault was injected.
	After clock.Span `json:"after,omitempty"`
	// Until is 0 for no end.
	Until clock.Span `json:"until,omitempty"`
	// Probability is the share of matching requests that are hit, 0 for all of them.
	Probability float64 `json:"probability,omitempty"`
	// Seed makes the choice by Probability another one; the same seed always chooses alike.
	Seed uint64 `json:"seed,omitempty"`

	// Per counts Skip, Times and Answers for each "path", "host" or "environment" by itself; "" counts all together. The
	// environment is the parameter "id" or "environment" of the path, else the host.
	Per string `json:"per,omitempty"`
	// Skip is how many matching requests pass first.
	Skip int `json:"skip,omitempty"`
	// Times is how many are hit then: 0 is as many as there are Answers, or 1; -1 is all.
	Times int `json:"times,omitempty"`

	// Status is the status of the answer; 0 is 500.
	Status int `json:"status,omitempty"`
	// Headers are the headers of the answer.
	Headers map[string]string `json:"headers,omitempty"`
	// Body is the body: a string goes out as it is, anything else as JSON. Nil is an error that fits the status. In texts
	// of Body and Headers, {name} stands for a parameter of the path, {host} for the host and {soon} for the HTTP date in
	// half a minute.
	Body any `json:"body,omitempty"`
	// Answers are answers one after the other, in place of Status, Headers and Body; the last one repeats.
	Answers []Answer `json:"answers,omitempty"`
	// Delay is how long the answer takes on the tenant's clock.
	Delay clock.Span `json:"delay,omitempty"`
	// Hang keeps the request waiting until the client gives up.
	Hang bool `json:"hang,omitempty"`
	// Cut breaks the connection instead of answering.
	Cut bool `json:"cut,omitempty"`
	// Reset resets the connection instead of answering.
	Reset bool `json:"reset,omitempty"`
	// Unresolved is as if the host had no address yet. Over a socket, where a client found the mock, it is Reset.
	Unresolved bool `json:"unresolved,omitempty"`
	// Truncate breaks the connection after so many bytes of the body, 0 never.
	Truncate int `json:"truncate,omitempty"`
	// Patch is written over the JSON object of the answer; null removes a key. Over a list ("value") it is written item by
	// item.
	Patch wire.Doc `json:"patch,omitempty"`
	// Omit leaves the items out of a list ("value") whose texts at dotted paths match all these patterns.
	Omit map[string]string `json:"omit,omitempty"`
	// Drop are the headers that the answer loses.
	Drop []string `json:"drop,omitempty"`
	// Effect lets the request take effect; only its answer is lost.
	Effect bool `json:"effect,omitempty"`
	// Verbatim leaves Delay, and a Retry-After of this answer, to the wall clock.
	Verbatim bool `json:"verbatim,omitempty"`

	// Hits is how many requests the fault has hit so far.
	Hits int `json:"hits,omitempty"`
	// Seen is how many requests matched so far, by what Per says.
	Seen map[string]int `json:"seen,omitempty"`
	// Since is when the fault was injected, on the clock of each tenant.
	Since map[string]time.Time `json:"since,omitempty"`
}

// Answer is one of the answers that a fault gives one after the other.
type Answer struct {
	// Status is the status; 0 lets the request pass.
	Status int `json:"status,omitempty"`
	// Headers are the headers.
	Headers map[string]string `json:"headers,omitempty"`
	// Body is the body, as in Fault.
	Body any `json:"body,omitempty"`
	// Effect lets the request take effect all the same.
	Effect bool `json:"effect,omitempty"`
}

// List is faults in the order in which they were injected. Its zero value has none. It is safe for concurrent use.
type List struct {
	mu   sync.Mutex
	list []*Fault
}

// Inject adds a fault that has hit nothing yet. now is what time it is in the tenants that there are.
func (l *List) Inject(f Fault, now map[string]time.Time) {
	f.Begin(now)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(l.list, &f)
}

// Begin makes a fault one that has hit nothing yet, in tenants as they are now.
func (f *Fault) Begin(now map[string]time.Time) {
	f.Hits, f.Seen, f.Since = 0, nil, map[string]time.Time{}
	for id, at := range now {
		if f.Tenant == "" || strings.EqualFold(f.Tenant, id) {
			f.Since[id] = at
		}
	}
}

// All returns the faults with their hits, in the order in which they were injected.
func (l *List) All() []Fault {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := []Fault{}
	for _, f := range l.list {
		one := *f
		one.Seen, one.Since = maps.Clone(f.Seen), maps.Clone(f.Since)
		if len(one.Since) == 0 {
			one.Since = nil
		}
		out = append(out, one)
	}
	return out
}

// Clear removes the faults of the tenants, all faults when none is named.
func (l *List) Clear(tenants ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = slices.DeleteFunc(l.list, func(f *Fault) bool {
		return len(tenants) == 0 || slices.ContainsFunc(tenants, func(t string) bool { return strings.EqualFold(t, f.Tenant) })
	})
}

// Replace puts faults in the place of all that there are.
func (l *List) Replace(faults []*Fault) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = faults
}

// passes says whether the fault lets the request pass and only spoils its answer.
func (f *Fault) passes() bool {
	says := f.Status != 0 || f.Body != nil || len(f.Answers) > 0 || f.Hang || f.Cut || f.Reset || f.Unresolved
	return !says && (f.Delay > 0 || f.Truncate > 0 || len(f.Patch) > 0 || len(f.Omit) > 0 || len(f.Drop) > 0)
}

// Check says what makes no sense in a fault whose single values do.
func (f *Fault) Check() error {
	ways := 0
	for _, way := range []bool{f.Hang, f.Cut, f.Reset, f.Unresolved} {
		if way {
			ways++
		}
	}
	switch {
	case f.Status == 0 && ways == 0 && len(f.Answers) == 0 && !f.passes():
		return errors.New("it needs a status, answers, hang, cut, reset, unresolved, delay, truncate, patch, omit or drop")
	case f.Status != 0 && (f.Status < 200 || f.Status > 599):
		return fmt.Errorf("status %d is no HTTP status between 200 and 599", f.Status)
	case f.Hang && f.Cut:
		return errors.New("hang and cut exclude each other")
	case ways > 1:
		return errors.New("hang, cut, reset and unresolved exclude one another")
	case len(f.Answers) > 0 && (f.Status != 0 || f.Body != nil || ways > 0):
		return errors.New("answers exclude status, body, hang, cut, reset and unresolved")
	case len(f.Patch)+len(f.Omit) > 0 && !f.passes():
		return errors.New("patch and omit change the answer of the platform and exclude one of the fault's own")
	case f.Skip < 0 || f.Times < -1:
		return errors.New("skip must not be negative, times not below -1")
	case f.Until > 0 && f.Until <= f.After:
		return errors.New("until must be later than after")
	case f.Probability < 0 || f.Probability > 1:
		return errors.New("probability must be between 0 and 1")
	case f.Truncate < 0:
		return errors.New("truncate must not be negative")
	case f.Per != "" && f.Per != "path" && f.Per != "host" && f.Per != "environment":
		return fmt.Errorf("per must be path, host or environment, not %q", f.Per)
	}
	for i, a := range f.Answers {
		if a.Status != 0 && (a.Status < 200 || a.Status > 599) {
			return fmt.Errorf("answers[%d]: status %d is no HTTP status between 200 and 599", i, a.Status)
		}
	}
	for i, c := range f.When {
		if err := c.check(); err != nil {
			return fmt.Errorf("when[%d]: %w", i, err)
		}
	}
	return nil
}

// chosen says whether the nth matching request is one of those that a probability hits.
func (f *Fault) chosen(n int) bool {
	if f.Probability == 0 || f.Probability == 1 {
		return true
	}
	return rand.New(rand.NewPCG(f.Seed, uint64(n))).Float64() < f.Probability //nolint:gosec // not for secrets
}
