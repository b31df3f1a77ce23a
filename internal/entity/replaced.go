package entity

import (
	"slices"
	"strings"
)

// note remembers that state holds an object.
func (e *engine[M]) note(m *M) {
	if key := e.address(m); !slices.Contains(key, "") {
		e.held.Store(e.index(key), true)
	}
}

// noted reports whether state held an object with the key of m.
func (e *engine[M]) noted(m *M) bool {
	_, held := e.held.Load(e.index(e.address(m)))
	return held
}

// index ignores case, because the platform does.
func (e *engine[M]) index(key []string) string {
	return strings.ToLower(e.Name + "\x00" + strings.Join(key, "\x00"))
}
