package route

import (
	"strings"
	"sync"
)

// Rules is what was said of hosts, by patterns, in the order in which it was said. The zero value says nothing. It is safe
// for concurrent use.
type Rules[T any] struct {
	mu   sync.RWMutex
	list []rule[T]
}

type rule[T any] struct {
	pattern string
	says    T
}

// Add says something of the hosts of a pattern, see Glob.
func (r *Rules[T]) Add(pattern string, says T) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = append(r.list, rule[T]{strings.ToLower(pattern), says})
}

// Of is what was said of a host.
func (r *Rules[T]) Of(host string) []T {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var out []T
	for _, one := range r.list {
		if Glob(one.pattern, host) {
			out = append(out, one.says)
		}
	}
	return out
}

// First is what was said of a host first.
func (r *Rules[T]) First(host string) (first T, ok bool) {
	for _, first := range r.Of(host) {
		return first, true
	}
	return first, false
}
