package profile

import (
	"cmp"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/clock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/journal"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/route"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/wire"
)

// Limit is how many requests are too many. Requests that a limit refuses count for none.
type Limit struct {
	// Name is what the limit is called, "requests of a user".
	Name string `json:"name"`
	// Methods are the HTTP methods that it is for, all when empty.
	Methods []string `json:"methods,omitempty"`
	// Operation, Host and Path are patterns as in Fault; several patterns for host or path are separated by spaces.
	Operation string `json:"operation,omitempty"`
	Host      string `json:"host,omitempty"`
	Path      string `json:"path,omitempty"`
	// Per says who shares the limit: all those that are alike in each of "tenant", "caller", "host", "region" and
	// "subscription". The tenant always counts. A request that has no subscription is not limited per subscription.
	Per []string `json:"per,omitempty"`

	// Requests is how many requests a Window may hold; with Refill, how many tokens the bucket holds.
	Requests int `json:"requests,omitempty"`
	// Window is the length of the sliding window.
	Window clock.Span `json:"window,omitempty"`
	// Refill is how many tokens come back each second.
	Refill float64 `json:"refill,omitempty"`
	// Execution is how long the answers of a Window may have taken together.
	Execution clock.Span `json:"execution,omitempty"`
	// Concurrent is how many requests may be under way.
	Concurrent int `json:"concurrent,omitempty"`

	// Status is that of the refusal, 429 when 0.
	Status int `json:"status,omitempty"`
	// Code and Message are those of the refusal.
	Code    string `json:"code,omitempty"`
	Message string `json:"message,omitempty"`
	// Silent refusals say no Retry-After.
	Silent bool `json:"silent,omitempty"`
	// Remaining is the header that says on every answer how many requests, or seconds of Execution, are left.
	Remaining string `json:"remaining,omitempty"`
}

// Quotas counts what limits count, on the clocks of the tenants.
type Quotas struct {
	mu   sync.Mutex
	uses map[string]*use
}

// use is what one party has used of one limit.
type use struct {
	at     []time.Time // requests in the window
	took   []time.Duration
	tokens float64
	last   time.Time
	open   int
}

// maxUses is how many parties are counted, at most.
const maxUses = 100_000

func (l Limit) is(e journal.Entry) bool {
	if len(l.Methods) > 0 && !slices.ContainsFunc(l.Methods, func(method string) bool { return strings.EqualFold(method, e.Method) }) {
		return false
	}
	hosts := strings.Fields(l.Host)
	if len(hosts) > 0 && !slices.ContainsFunc(hosts, func(h string) bool { return route.Glob(h, e.Host) }) {
		return false
	}
	paths := strings.Fields(l.Path)
	if len(paths) > 0 && !slices.ContainsFunc(paths, func(p string) bool { return route.Glob(p, e.Path) }) {
		return false
	}
	return route.Glob(l.Operation, e.Operation)
}

// party is who shares the limit with a request.
func (l Limit) party(i int, e journal.Entry, caller string) (string, bool) {
	parts := []string{strconv.Itoa(i), l.Name, e.Tenant}
	for _, per := range l.Per {
		switch per {
		case "caller":
			parts = append(parts, caller)
		case "host":
			parts = append(parts, e.Host)
		case "region":
			parts = append(parts, strings.SplitN(e.Host, ".", 2)[0])
		case "subscription":
			segments := strings.Split(strings.ToLower(e.Path), "/")
			at := slices.Index(segments, "subscriptions")
			if at < 0 || at+1 >= len(segments) || segments[at+1] == "" {
				return "", false
			}
			parts = append(parts, segments[at+1])
		}
	}
	return strings.Join(parts, "\n"), true
}

// Take counts a request of a caller that is about to be answered, with the time by the clock of its tenant. It returns a
// refusal, or a function that counts the answer and says on it what is left.
func (q *Quotas) Take(limits []Limit, e journal.Entry, caller string, now func() time.Time) (*wire.Reply, func(*wire.Reply)) {
	nothing := func(*wire.Reply) {}
	if e.Tenant == "" || len(limits) == 0 {
		return nil, nothing
	}
	began := now()
	type taken struct {
		limit Limit
		use   *use
	}
	var all []taken
	q.mu.Lock()
	defer q.mu.Unlock()
	for i, limit := range limits {
		if !limit.is(e) {
			continue
		}
		party, ok := limit.party(i, e, caller)
		if !ok {
			continue
		}
		u := q.use(party, limit, began)
		u.age(limit, began)
		if wait, over := u.over(limit, began); over {
			r := limit.refuse(wait)
			return &r, nothing
		}
		all = append(all, taken{limit, u})
	}
	for _, one := range all {
		one.use.add(one.limit, began)
	}
	return nil, func(r *wire.Reply) {
		end := now()
		q.mu.Lock()
		defer q.mu.Unlock()
		for _, one := range all {
			one.use.open--
			if one.limit.Execution > 0 && len(one.use.took) > 0 {
				one.use.took[len(one.use.took)-1] += end.Sub(began)
			}
			if one.limit.Remaining != "" {
				*r = r.With(one.limit.Remaining, one.use.left(one.limit))
			}
		}
	}
}

func (q *Quotas) use(party string, limit Limit, now time.Time) *use {
	if q.uses == nil || len(q.uses) > maxUses {
		q.uses = map[string]*use{}
	}
	u := q.uses[party]
	if u == nil {
		u = &use{tokens: float64(limit.Requests), last: now}
		q.uses[party] = u
	}
	return u
}

// age forgets what has left the window and refills the bucket.
func (u *use) age(l Limit, now time.Time) {
	if l.Refill > 0 {
		u.tokens = math.Min(float64(l.Requests), u.tokens+max(now.Sub(u.last).Seconds(), 0)*l.Refill)
	}
	u.last = now
	gone := 0
	for gone < len(u.at) && !u.at[gone].Add(l.Window.Duration()).After(now) {
		gone++
	}
	u.at = slices.Delete(u.at, 0, gone)
	if len(u.took) > 0 {
		u.took = slices.Delete(u.took, 0, gone)
	}
}

// over says whether one more request is too many, and how long to wait.
func (u *use) over(l Limit, now time.Time) (time.Duration, bool) {
	ends := func(i int) time.Duration { return u.at[i].Add(l.Window.Duration()).Sub(now) }
	switch {
	case l.Concurrent > 0 && u.open >= l.Concurrent:
		return time.Second, true
	case l.Refill > 0 && u.tokens < 1:
		return time.Duration((1 - u.tokens) / l.Refill * float64(time.Second)), true
	case l.Refill == 0 && l.Requests > 0 && len(u.at) >= l.Requests:
		return ends(len(u.at) - l.Requests), true
	case l.Execution > 0 && u.spent() >= l.Execution.Duration():
		return ends(0), true
	}
	return 0, false
}

func (u *use) spent() time.Duration {
	sum := time.Duration(0)
	for _, d := range u.took {
		sum += d
	}
	return sum
}

func (u *use) add(l Limit, now time.Time) {
	u.open++
	if l.Refill > 0 {
		u.tokens--
	}
	if l.Window > 0 {
		u.at = append(u.at, now)
		if l.Execution > 0 {
			u.took = append(u.took, 0)
		}
	}
}

// left is what is left, as headers write it.
func (u *use) left(l Limit) string {
	switch {
	case l.Execution > 0:
		return strconv.FormatFloat(max(0, (l.Execution.Duration()-u.spent()).Seconds()), 'f', 2, 64)
	case l.Refill > 0:
		return strconv.Itoa(int(max(0, u.tokens)))
	case l.Concurrent > 0:
		return strconv.Itoa(l.Concurrent - u.open)
	}
	return strconv.Itoa(max(0, l.Requests-len(u.at)))
}

func (l Limit) refuse(wait time.Duration) wire.Reply {
	status := cmp.Or(l.Status, http.StatusTooManyRequests)
	r := wire.Fail(status, cmp.Or(l.Code, "TooManyRequests"), cmp.Or(l.Message, fmt.Sprintf("The limit of %s is reached.", l.Name)))
	if !l.Silent {
		seconds := max(1, int64(math.Ceil(wait.Seconds())))
		r = r.With("Retry-After", strconv.FormatInt(seconds, 10))
	}
	if l.Remaining != "" {
		r = r.With(l.Remaining, "0")
	}
	return r
}
