// Package bap is the typed client of the business application platform: the tenant, what it offers, and environments.
// Routes and bodies are those observed in microsoft/terraform-provider-power-platform.
package bap

import (
	"context"
	"net/http"
	"strings"
	"sync"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/cloud"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// Client groups the object kinds of the BAP API.
type Client struct {
	rest *rest.Client

	tenant     memo[Tenant]
	locations  memo[Locations]
	languages  memo[[]Language]
	currencies memo[[]Currency]
}

const (
	prefix = "/providers/Microsoft.BusinessAppPlatform"

	version2021 = "2021-04-01"
	version2023 = "2023-06-01"
)

// New returns the client of one cloud.
func New(c cloud.Cloud, o rest.Options) *Client {
	return &Client{rest: rest.New(rest.Endpoint{Host: c.BAP, Scope: c.PowerAppsScope, APIVersion: version2023, Busy: busy}, o)}
}

// busy recognises the refusal of an environment that another lifecycle operation works on. PATCH and DELETE are also
// refused with an empty body. Govern looks at the environment before it sends its request again.
func busy(method string, e *rest.Error) bool {
	if e.Status != http.StatusConflict || strings.HasSuffix(e.Route, governanceRoute) {
		return false
	}
	return strings.EqualFold(e.Code, "OperationNotStartable") ||
		strings.Contains(strings.ToLower(e.Message), "active lifecycle operation") ||
		e.Empty() && method != http.MethodPost
}

// memo keeps the answers of look-ups that do not change while a provider runs, by key. Errors are not kept.
type memo[T any] struct {
	mu    sync.Mutex
	calls map[string]*entry[T]
}

type entry[T any] struct {
	turn chan struct{} // holds one token: a lock that a context can stop waiting for
	done bool
	v    T
}

func (m *memo[T]) entry(key string) *entry[T] {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.calls == nil {
		m.calls = map[string]*entry[T]{}
	}
	e := m.calls[key]
	if e == nil {
		e = &entry[T]{turn: make(chan struct{}, 1)}
		m.calls[key] = e
	}
	return e
}

// get returns what is kept, or reads it; callers of one key wait for each other, but not longer than they have time.
func (m *memo[T]) get(ctx context.Context, key string, read func() (T, error)) (T, error) {
	e := m.entry(key)
	select {
	case e.turn <- struct{}{}:
		defer func() { <-e.turn }()
	case <-ctx.Done():
		return *new(T), ctx.Err()
	}
	if e.done {
		return e.v, nil
	}
	v, err := read()
	e.v, e.done = v, err == nil
	return v, err
}

// put keeps what was read anyway.
func (m *memo[T]) put(key string, v T) {
	e := m.entry(key)
	e.turn <- struct{}{}
	e.v, e.done = v, true
	<-e.turn
}
