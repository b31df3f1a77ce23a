package rest

import (
	"context"
	"slices"
	"strings"
	"sync"
)

// Memo keeps the answers of look-ups that do not change while a provider runs, by key. Errors are not kept. The zero
// value is ready; it is safe for concurrent use.
type Memo[T any] struct {
	turns Turns
	mu    sync.Mutex
	known map[string]T
}

// Get returns what is kept, or reads it; callers of one key wait for each other, but not longer than they have time.
func (m *Memo[T]) Get(ctx context.Context, key string, read func() (T, error)) (T, error) {
	done, err := m.turns.Take(ctx, key)
	if err != nil {
		return *new(T), err
	}
	defer done()
	if v, ok := m.kept(key); ok {
		return v, nil
	}
	v, err := read()
	if err == nil {
		m.Put(key, v)
	}
	return v, err
}

// Put keeps what was read anyway.
func (m *Memo[T]) Put(key string, v T) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known == nil {
		m.known = map[string]T{}
	}
	m.known[key] = v
}

func (m *Memo[T]) kept(key string) (T, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	v, ok := m.known[key]
	return v, ok
}

// Turns lets callers that want the same thing go one after the other. The zero value is ready; it is safe for
// concurrent use.
type Turns struct {
	mu  sync.Mutex
	all map[string]chan struct{} // a channel holds one token while it is somebody's turn
}

// Take waits until it is the caller's turn for every key, at most as long as ctx lasts, and returns what ends the turn.
// Case does not tell keys apart.
func (t *Turns) Take(ctx context.Context, keys ...string) (func(), error) {
	sorted := make([]string, len(keys))
	for i, k := range keys {
		sorted[i] = strings.ToLower(k)
	}
	slices.Sort(sorted) // in one order, so that nobody waits for someone who waits for him
	var taken []chan struct{}
	done := func() {
		for _, turn := range taken {
			<-turn
		}
	}
	for _, k := range slices.Compact(sorted) {
		turn := t.of(k)
		select {
		case turn <- struct{}{}:
			taken = append(taken, turn)
		case <-ctx.Done():
			done()
			return nil, explain(ctx, ctx.Err())
		}
	}
	return done, nil
}

func (t *Turns) of(key string) chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.all == nil {
		t.all = map[string]chan struct{}{}
	}
	if t.all[key] == nil {
		t.all[key] = make(chan struct{}, 1)
	}
	return t.all[key]
}
