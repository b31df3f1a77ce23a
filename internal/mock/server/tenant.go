package server

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// The models by which a tenant places its data.
const (
	// GeographyLocation is the model in which an environment names one location.
	GeographyLocation = "location"
	// GeographyMacroRegion is the model in which an environment names a macro region.
	GeographyMacroRegion = "macro_region"
)

// Tenant is one customer with everything in it. A handler runs with the tenant locked; Do does the same for tests. The
// clock, switches, lags, scripts, applications and single collection calls are safe without the lock as well.
type Tenant struct {
	// ID is the tenant's GUID, in lower case.
	ID string
	// DisplayName, Location, Geography and Country are those of the seed, or its defaults. Use them with the tenant
	// locked.
	DisplayName, Location, Geography, Country string
	// Properties are those of the seed, never nil. Use them with the tenant locked.
	Properties Doc

	platform *Platform
	serial   int     // orders the tenants of a platform
	ledger   *ledger // nil: what changes is not kept
	stored   commit  // of the last changes that were handed to the store

	work sync.Mutex // held while a handler or Do runs

	mu           sync.Mutex // guards the fields below; held briefly
	domains      []string
	collections  map[string]*Collection
	applications map[string]Application
	users        []User
	switches     map[string]string
	lags         []Lag
	scripts      map[string]*Script

	profile    atomic.Pointer[Profile] // nil: that of the platform
	filling    atomic.Bool             // from a seed, whose objects are old and seen by all
	clock      *Clock
	operations operationTable // guarded by work
}

// newTenant makes a tenant that is not part of the platform yet: nothing of it is kept.
func (p *Platform) newTenant(id string, serial int) *Tenant {
	return &Tenant{
		ID: id, serial: serial, platform: p, Properties: Doc{}, clock: newClock(p.wall, p.Profile()), collections: map[string]*Collection{}, applications: map[string]Application{},
		switches: map[string]string{}, scripts: map[string]*Script{}, operations: operationTable{byID: map[string]*Operation{}},
	}
}

// Platform returns the platform that the tenant is part of.
func (t *Tenant) Platform() *Platform { return t.platform }

// Do runs f with the tenant locked, after completing the operations that are due.
func (t *Tenant) Do(f func()) {
	t.do(f)
	_ = t.stored.wait() // the store has said what is wrong
}

// do is Do, but does not wait until what has changed is stored. It returns what to wait for, if
// anything has changed.
func (t *Tenant) do(f func()) *pending {
	t.work.Lock()
	defer t.work.Unlock()
	t.settle()
	f()
	return t.keep()
}

// handle is Do for a request. Each request takes a millisecond of virtual time, so that what happens later has a later
// timestamp. It returns what to wait for.
func (t *Tenant) handle(f func()) *pending {
	if t.Profile().virtual() {
		t.clock.Advance(tick)
	}
	return t.do(f)
}

// Domains returns the names that may stand for the ID when signing in.
func (t *Tenant) Domains() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.domains)
}

// Clock returns the clock of the tenant.
func (t *Tenant) Clock() *Clock { return t.clock }

// Collection returns the collection of that name, creating it on first use.
func (t *Tenant) Collection(name string) *Collection {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.collections[name]
	if c == nil {
		c = &Collection{name: name, tenant: t, documents: map[string]*document{}}
		t.collections[name] = c
	}
	return c
}

// Collections returns the names of the collections that hold something, sorted.
func (t *Tenant) Collections() []string {
	t.mu.Lock()
	all := slices.Collect(maps.Values(t.collections))
	t.mu.Unlock()
	var names []string
	for _, c := range all {
		if c.Len() > 0 {
			names = append(names, c.name)
		}
	}
	slices.Sort(names)
	return names
}

// Switch returns the value of a switch, "" when it was never set. Switches choose between behaviours of the platform
// that are not confirmed.
func (t *Tenant) Switch(name string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.switches[name]
}

// SetSwitch sets a switch.
func (t *Tenant) SetSwitch(name, value string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.switches[name] = value
	t.ledger.fact()
}

// Application returns a registered application by its client ID.
func (t *Tenant) Application(clientID string) (Application, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	a, ok := t.applications[strings.ToLower(clientID)]
	return a, ok
}

// Applications returns the registered applications, sorted by client ID.
func (t *Tenant) Applications() []Application {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []Application
	for _, id := range slices.Sorted(maps.Keys(t.applications)) {
		out = append(out, t.applications[id])
	}
	return out
}

// Register adds an application to the tenant, or replaces the one with the same client ID. A missing object ID is
// derived from the client ID.
func (t *Tenant) Register(a Application) {
	a.ClientID = strings.ToLower(a.ClientID)
	if a.ObjectID == "" {
		a.ObjectID = ObjectID(a.ClientID)
	}
	if a.DisplayName == "" {
		a.DisplayName = a.ClientID
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.applications[a.ClientID] = a
	t.ledger.fact()
}

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
