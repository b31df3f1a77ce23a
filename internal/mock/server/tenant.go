package server

import (
	"slices"
	"strings"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/identity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/state"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/wire"
)

// Tenant is one customer of a platform, with everything in it.
type Tenant struct {
	*state.Tenant
	platform *Platform
}

// Latency says how the platform treats time.
type Latency int

const (
	// Instant makes a wait cost nothing: every Retry-After moves the virtual clock of the tenant instead of the wall clock.
	Instant Latency = iota
	// Real leaves Retry-After alone and lets operations take the time that they take on the platform.
	Real
)

func latencyOf(o *Profile) Latency {
	if o.Virtual() {
		return Instant
	}
	return Real
}

// newTenant makes a tenant that is not part of the platform yet: nothing of it is kept.
func (p *Platform) newTenant(id string, serial int) *Tenant {
	t := &Tenant{platform: p}
	t.Tenant = state.New(id, serial, state.Around{Wall: p.wall, Profile: p.Profile, Effect: func(o *Operation) { p.effect(t, o) }})
	return t
}

// Effect says what operations of a kind do when they end: f runs with the tenant locked, and may begin further
// operations, or fail this one. It reads what it needs from Data. Operations of a kind that has no effect only pass. The
// last one registered for a kind counts.
func (p *Platform) Effect(kind string, f func(t *Tenant, o *Operation)) { p.effects.Store(kind, f) }

func (p *Platform) effect(t *Tenant, o *Operation) {
	if effect, ok := p.effects.Load(o.Kind); ok {
		if f, is := effect.(func(*Tenant, *Operation)); is {
			f(t, o)
		}
	}
}

// Platform returns the platform that the tenant is part of.
func (t *Tenant) Platform() *Platform { return t.platform }

// Latency returns how time passes for the tenant.
func (t *Tenant) Latency() Latency { return latencyOf(t.Profile()) }

// Tenant returns a tenant by its ID, nil if there is none.
func (p *Platform) Tenant(id string) *Tenant {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.tenants[strings.ToLower(id)]
}

// FindTenant returns a tenant by its ID or one of its domain names, nil if there is none.
func (p *Platform) FindTenant(name string) *Tenant {
	if name == "" {
		return nil
	}
	if t := p.Tenant(name); t != nil {
		return t
	}
	for _, t := range p.Tenants() {
		if slices.ContainsFunc(t.Domains(), func(d string) bool { return strings.EqualFold(d, name) }) {
			return t
		}
	}
	return nil
}

// Tenants returns all tenants in the order in which they were added.
func (p *Platform) Tenants() []*Tenant {
	p.mu.RLock()
	defer p.mu.RUnlock()
	var out []*Tenant
	for _, id := range p.order {
		out = append(out, p.tenants[id])
	}
	return out
}

// Claims lets f change what the access tokens of tenants say.
func (p *Platform) Claims(f func(t *Tenant, g Grant, claims map[string]any)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.claims = append(p.claims, f)
}

// Token returns an access token for an application of the tenant. The application need not be registered: then its
// object ID is derived from its client ID.
func (t *Tenant) Token(clientID, audience string) (string, error) {
	return t.AccessToken(Grant{ClientID: clientID, Audience: audience})
}

// AccessToken returns an access token, see identity.Grant.Claims.
func (t *Tenant) AccessToken(g Grant) (string, error) {
	app, ok := t.Application(g.ClientID)
	if !ok {
		app = Application{ObjectID: ObjectID(g.ClientID)}
	}
	claims := g.Claims(t.ID, app)
	t.platform.mu.RLock()
	change := slices.Clone(t.platform.claims)
	t.platform.mu.RUnlock()
	for _, f := range change {
		f(t, g, claims)
	}
	return identity.Sign(claims)
}

// world is a tenant as the conditions of faults see it.
type world struct{ *Tenant }

// Now is what the clock of the tenant shows.
func (w world) Now() time.Time { return w.Clock().Now() }

// Document is a true document.
func (w world) Document(collection, id string) (wire.Doc, bool) {
	return w.Collection(collection).Peek(id)
}

// Documents are all true documents of a collection.
func (w world) Documents(collection string) []wire.Doc { return w.Collection(collection).PeekAll() }
