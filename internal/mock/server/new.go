package server

import (
	"log/slog"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/clock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/journal"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/profile"
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
