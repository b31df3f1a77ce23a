// Package state is what a tenant holds: documents, operations on its clock, switches and who may sign in. It notes what
// changes and hands it to a store.
package state

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/clock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/identity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/profile"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/seed"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/store"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/wire"
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
	Properties wire.Doc

	around Around
	serial int          // orders the tenants of a platform
	ledger *ledger      // nil: what changes is not kept
	stored store.Commit // of the last changes that were handed to the store

	work sync.Mutex // held while a handler or Do runs

	mu           sync.Mutex // guards the fields below; held briefly
	domains      []string
	collections  map[string]*Collection
	applications map[string]identity.Application
	users        []identity.User
	switches     map[string]string
	lags         []profile.Lag
	scripts      map[string]*Script

	profile    atomic.Pointer[profile.Profile] // nil: that of the platform
	filling    atomic.Bool                     // from a seed, whose objects are old and seen by all
	clock      *clock.Clock
	operations operationTable // guarded by work
}

// Around is what a tenant stands in.
type Around struct {
	// Wall is the clock on the wall.
	Wall clock.Wall
	// Profile is that of tenants that have none of their own.
	Profile func() *profile.Profile
	// Effect does what an operation does at its end.
	Effect func(o *Operation)
}

// New makes a tenant of which nothing is kept yet. The serial orders tenants.
func New(id string, serial int, around Around) *Tenant {
	return &Tenant{
		ID: id, serial: serial, around: around, Properties: wire.Doc{}, clock: clock.New(around.Wall, around.Profile()),
		collections: map[string]*Collection{}, applications: map[string]identity.Application{},
		switches: map[string]string{}, scripts: map[string]*Script{}, operations: operationTable{byID: map[string]*Operation{}},
	}
}

// Serial orders the tenants of a platform.
func (t *Tenant) Serial() int { return t.serial }

// Lock keeps everybody else from working in the tenant, until Unlock.
func (t *Tenant) Lock() { t.work.Lock() }

// Unlock ends Lock.
func (t *Tenant) Unlock() { t.work.Unlock() }

// Do runs f with the tenant locked, after completing the operations that are due.
func (t *Tenant) Do(f func()) {
	t.do(f)
	_ = t.stored.Wait() // the store has said what is wrong
}

// do is Do, but does not wait until what has changed is stored. It returns what to wait for, if
// anything has changed.
func (t *Tenant) do(f func()) *store.Pending {
	t.work.Lock()
	defer t.work.Unlock()
	t.settle()
	f()
	return t.keep()
}

// tick is the virtual time that one request takes.
const tick = time.Millisecond

// Handle is Do for a request. Each request takes a millisecond of virtual time, so that what happens later has a later
// timestamp. It returns what to wait for.
func (t *Tenant) Handle(f func()) *store.Pending {
	if t.Profile().Virtual() {
		t.clock.Advance(tick)
	}
	return t.do(f)
}

// Fill is Do for what a seed says: its objects are old, and seen by all.
func (t *Tenant) Fill(f func()) {
	t.Do(func() {
		t.filling.Store(true)
		defer t.filling.Store(false)
		f()
	})
}

// Describe takes over what a seed says and fills in defaults where nothing was said before.
func (t *Tenant) Describe(s seed.Tenant) {
	pick := func(field *string, said, fallback string) { *field = cmp.Or(said, *field, fallback) }
	pick(&t.DisplayName, s.DisplayName, "Contoso")
	pick(&t.Location, s.Location, "unitedstates")
	pick(&t.Geography, s.Geography, seed.GeographyLocation)
	pick(&t.Country, s.Country, "US")
	wire.Merge(t.Properties, wire.Copy(s.Properties))
	t.mu.Lock()
	defer t.mu.Unlock()
	t.domains = append(t.domains, s.Domains...)
	t.ledger.fact()
}

// Domains returns the names that may stand for the ID when signing in.
func (t *Tenant) Domains() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.domains)
}

// Clock returns the clock of the tenant.
func (t *Tenant) Clock() *clock.Clock { return t.clock }

// Profile returns the profile of the tenant: its own, else that of the platform.
func (t *Tenant) Profile() *profile.Profile {
	if own := t.profile.Load(); own != nil {
		return own
	}
	return t.around.Profile()
}

// SetProfile gives the tenant a profile of its own; nil gives it that of the platform again. What the clock shows does
// not change.
func (t *Tenant) SetProfile(o *profile.Profile) {
	t.profile.Store(o)
	t.ledger.fact()
	t.clock.Follow(t.Profile())
}

// Takes is how long an operation of a kind takes in the profile of the tenant; usually is what it takes unless the
// profile says otherwise. Begin asks by itself.
func (t *Tenant) Takes(kind string, usually time.Duration) time.Duration {
	return t.Profile().Takes(kind, usually)
}

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

// Lag adds a lag to the tenant. It applies to later writes.
func (t *Tenant) Lag(l profile.Lag) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lags = append(t.lags, l)
	t.ledger.fact()
}

// ClearLags removes all lags. What readers see already does not change.
func (t *Tenant) ClearLags() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lags = nil
	t.ledger.fact()
}

func (t *Tenant) lagsOf(collection, id string) []profile.Lag {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []profile.Lag
	if t.filling.Load() {
		return nil
	}
	for _, list := range [][]profile.Lag{t.Profile().Lags, t.lags} {
		for _, l := range list {
			if l.Collection == collection && (l.ID == "" || strings.EqualFold(l.ID, id)) && (l.Reads > 0 || l.For > 0) {
				out = slices.DeleteFunc(out, func(earlier profile.Lag) bool { return earlier.Field == l.Field })
				out = append(out, l)
			}
		}
	}
	return out
}
