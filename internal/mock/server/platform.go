// Package server is the machine of the mock platform: routing on host and path, tenants with their state, long-running
// operations on a virtual clock, stale reads, faults, the journal and the admin API. The API families register their
// routes on it; the package itself knows none of them.
package server

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/clock"
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

// Latency says how the platform treats time.
type Latency int

const (
	// Instant makes a wait cost nothing: every Retry-After moves the virtual clock of the tenant instead of the wall clock.
	Instant Latency = iota
	// Real leaves Retry-After alone and lets operations take the time that they take on the platform.
	Real
)

// Options configures a platform.
type Options struct {
	// Latency is Instant unless set. It counts where Profile is the zero value.
	Latency Latency
	// Profile says how the platform behaves in time.
	Profile Profile
	// Wall is the clock on the wall unless set.
	Wall Wall
	// Lenient lets requests pass that the platform would refuse for their form: an api-version, a query parameter, a
	// content type, a header or a member that it does not know. The journal says what would have been refused.
	Lenient bool
	// Limits bound what one client can ask of a mock that listens on a socket.
	Limits Limits
	// Log is told of every request, at debug level, and of what goes wrong in the mock itself; nil tells nobody.
	Log *slog.Logger
}

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

	routes   route.Table[Handler]
	faults   fault.List
	quotas   profile.Quotas
	journal  *journal.Journal
	verifier identity.Verifier
	admins   adminTable
	offers   sync.Map // what families offer each other
	effects  sync.Map // what operations do when they end, by kind
	memory   sync.Map // names of the collections that hold no objects

	mu         sync.RWMutex
	audience   []audienceRule
	challenges []challengeRule
	claims     []func(t *Tenant, g Grant, claims map[string]any)
	tenants    map[string]*Tenant
	order      []string
	lastTenant int // its serial
	seeders    []seeder
	innate     map[string]func(tenant string) string
	baseline   Seed

	knowledge sync.RWMutex // guards what follows
	facts     []factRule
	factOf    map[string]*Fact
	versions  []versionRule
	witnesses map[string]string

	keeper *keeper // nil: nothing is kept
	saved  store.Snapshots
	swap   sync.Mutex // held while all tenants are replaced
}

// New returns a platform without routes and without tenants.
func New(o Options) *Platform {
	p := &Platform{
		wall: o.Wall, lenient: o.Lenient, limits: o.Limits.complete(), log: o.Log, journal: journal.New(o.Log),
		tenants: map[string]*Tenant{}, innate: map[string]func(tenant string) string{},
	}
	if p.wall == nil {
		p.wall = clock.Real{}
	}
	if o.Latency == Real && o.Profile.Time == "" {
		o.Profile.Time = profile.TimeWall
	}
	p.profile.Store(&o.Profile)
	p.administer()
	p.administerState()
	p.troubles()
	return p
}

// Latency returns how the platform treats time.
func (p *Platform) Latency() Latency { return latencyOf(p.Profile()) }

func latencyOf(o *Profile) Latency {
	if o.Virtual() {
		return Instant
	}
	return Real
}

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
