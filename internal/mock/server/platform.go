// Package server is the machine of the mock platform: routing on host and path, tenants with their state, long-running
// operations on a virtual clock, stale reads, faults, the journal and the admin API. The API families register their
// routes on it; the package itself knows none of them.
package server

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/schema"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/fault"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/identity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/journal"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/profile"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/route"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/store"
)

// The identity that every fresh mock accepts when nothing else is configured.
const (
	// DefaultTenantID is the tenant that a mock has from the start.
	DefaultTenantID = "00000000-0000-4000-8000-00000000aaaa"
	// DefaultClientID is the application (client) ID registered in the default tenant.
	DefaultClientID = "00000000-0000-4000-8000-00000000bbbb"
	// DefaultClientSecret is the secret of the default application.
	DefaultClientSecret = "mock-secret"
)

// Platform is a whole cloud in memory. It is an http.Handler, an http.RoundTripper and an azcore transporter, and may be
// shared by any number of goroutines, each of which usually works in a tenant of its own.
type Platform struct {
	profile atomic.Pointer[Profile]
	wall    Wall
	lenient bool
	limits  Limits
	log     *slog.Logger
	answers atomic.Int64 // that took their time
	heavy   atomic.Int64 // bytes of bodies that are being read or answered

	routes     route.Table[Handler]
	audiences  route.Rules[[]string]
	challenges route.Rules[func(c *Call, why string) Reply]
	versions   route.Rules[func(c *Call, asked string, accepted []string) Reply]
	known      knowledge

	faults   fault.List
	quotas   profile.Quotas
	journal  *journal.Journal
	verifier identity.Verifier
	admins   adminTable
	offers   sync.Map // what families offer each other
	effects  sync.Map // what operations do when they end, by kind
	memory   sync.Map // names of the collections that hold no objects

	mu         sync.RWMutex // guards the fields below
	claims     []func(t *Tenant, g Grant, claims map[string]any)
	tenants    map[string]*Tenant
	order      []string
	lastTenant int // its serial
	seeders    []seeder
	innate     map[string]func(tenant string) string
	baseline   Seed

	keeper *keeper // nil: nothing is kept
	saved  store.Snapshots
	swap   sync.Mutex // held while all tenants are replaced
}

// seeder is how a key of a tenant seed becomes state.
type seeder struct {
	key   string
	shape *schema.Shape // nil: described by another one
	fill  func(t *Tenant, items []Doc) error
}

// keeper hands the state of a platform to its store.
type keeper struct {
	store Store

	mu      sync.Mutex   // guards the fields below
	faults  []byte       // as they were stored last
	signing int64        // how often the keys of tokens had changed when they were stored last
	stored  store.Commit // of the last changes of the platform itself
}

// adminTable holds the calls of the admin API, by method and path below /_mock/.
type adminTable struct {
	mu    sync.RWMutex
	calls map[string]func(r *http.Request) Reply
}

// Latency returns how the platform treats time.
func (p *Platform) Latency() Latency { return latencyOf(p.Profile()) }

// Profile returns the profile of tenants that have none of their own.
func (p *Platform) Profile() *Profile { return p.profile.Load() }

// Journal returns the last requests of a tenant, oldest first; "" returns those of all tenants and of none.
func (p *Platform) Journal(tenant string) []Entry { return p.journal.Of(tenant) }

// Follow returns the requests of a tenant ("" is all) after the one with a serial, and the serial after which to ask
// next. While there is none it waits, until ctx ends. A serial that this mock has not reached is one of a mock that was
// here before: everything is after it.
func (p *Platform) Follow(ctx context.Context, tenant string, after int) ([]Entry, int) {
	return p.journal.Follow(ctx, tenant, after)
}

// ClearJournal forgets the requests of a tenant; "" forgets all.
func (p *Platform) ClearJournal(tenant string) { p.journal.Clear(tenant) }

// Record adds an entry for what never reached a route, for example a request that a proxy refused. Secrets in the query
// are redacted, and a time that is missing is now.
func (p *Platform) Record(e Entry) { p.journal.Record(e) }

// Inject adds a fault. Of several that match a request, the first injected that is not used up hits it.
func (p *Platform) Inject(f Fault) { p.faults.Inject(f, timeIn(p.Tenants())) }

// Faults returns the faults with their hits, in the order in which they were injected.
func (p *Platform) Faults() []Fault { return p.faults.All() }

// ClearFaults removes the faults of the tenants, all faults when none is named.
func (p *Platform) ClearFaults(tenants ...string) { p.faults.Clear(tenants...) }

// timeIn is what time it is in tenants, by their IDs.
func timeIn(tenants []*Tenant) map[string]time.Time {
	now := map[string]time.Time{}
	for _, t := range tenants {
		now[t.ID] = t.Clock().Now()
	}
	return now
}
