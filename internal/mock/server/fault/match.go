package fault

import (
	"slices"
	"strings"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/route"
)

// most is how many paths, hosts or environments a fault counts by itself.
const most = 10_000

// Match finds the fault that hits a request, and counts it. The number is that of the hit, from 0.
func (l *List) Match(m Meeting) (Fault, int, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range l.list {
		if !f.matches(m) {
			continue
		}
		key := f.key(m)
		if f.Seen == nil {
			f.Seen = map[string]int{}
		}
		if _, counted := f.Seen[key]; !counted && len(f.Seen) >= most {
			key = ""
		}
		n, limit := f.Seen[key], f.limit()
		if limit >= 0 && n >= f.Skip+limit {
			continue
		}
		f.Seen[key] = n + 1
		if n < f.Skip || !f.chosen(n) {
			continue
		}
		f.Hits++
		return *f, n - f.Skip, true
	}
	return Fault{}, 0, false
}

// limit is how many requests are hit, -1 for all.
func (f *Fault) limit() int {
	if f.Times != 0 {
		return f.Times
	}
	return max(1, len(f.Answers))
}

// key is what a request is counted under.
func (f *Fault) key(m Meeting) string {
	switch f.Per {
	case "path":
		return strings.ToLower(m.Entry.Host + m.Entry.Path)
	case "host":
		return m.Entry.Host
	case "environment":
		for _, name := range []string{"environment", "id"} {
			if id := m.Params[name]; id != "" {
				return strings.ToLower(id)
			}
		}
		return m.Entry.Host
	}
	return ""
}

func (f *Fault) matches(m Meeting) bool {
	e := m.Entry
	if f.Tenant != "" && !strings.EqualFold(f.Tenant, e.Tenant) || f.Method != "" && !strings.EqualFold(f.Method, e.Method) {
		return false
	}
	for name, pattern := range f.Query {
		if !e.Query.Has(name) || !route.Glob(pattern, e.Query.Get(name)) {
			return false
		}
	}
	if !route.Glob(f.Operation, e.Operation) || !route.Glob(f.Host, e.Host) || !route.Glob(f.Path, e.Path) {
		return false
	}
	has := func(pattern string) bool {
		return slices.ContainsFunc(e.Keys, func(key string) bool { return route.Glob(pattern, key) })
	}
	for _, pattern := range f.Keys {
		if !has(pattern) {
			return false
		}
	}
	if slices.ContainsFunc(f.Without, has) {
		return false
	}
	return f.inTime(m) && !slices.ContainsFunc(f.When, func(c Condition) bool { return !c.met(m) })
}

// inTime says whether a request falls between After and Until.
func (f *Fault) inTime(m Meeting) bool {
	if f.After == 0 && f.Until == 0 {
		return true
	}
	if m.World == nil {
		return false
	}
	now := m.World.Now()
	since, known := f.Since[m.Entry.Tenant]
	if !known { // a tenant that came later
		if f.Since == nil {
			f.Since = map[string]time.Time{}
		}
		f.Since[m.Entry.Tenant], since = now, now
	}
	age := now.Sub(since)
	return age >= f.After.Duration() && (f.Until == 0 || age < f.Until.Duration())
}
