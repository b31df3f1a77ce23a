// Package server is the machine of the mock platform: routing on host and path, tenants with their state, long-running
// operations on a virtual clock, stale reads, faults, the journal and the admin API. The API families register their
// routes on it; the package itself knows none of them.
package server

import (
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Doc is one JSON object exactly as it goes over the wire.
type Doc = map[string]any

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
	answers atomic.Int64 // that took their time

	mu         sync.RWMutex
	hosts      []*hostTable            // the most specific pattern first
	byHost     map[string]*hostTable   // by pattern
	found      map[string][]*hostTable // by the name of a host that was called
	serial     int                     // of the last route
	audience   []audienceRule
	challenges []challengeRule
	tenants    map[string]*Tenant
	order      []string
	lastTenant int // its serial
	seeders    []seeder
	baseline   Seed

	faults  faultList
	quotas  limiter
	journal journal
	admins  adminTable
	limits  Limits
	heavy   atomic.Int64 // bytes of bodies that are being read or answered
	offers  sync.Map     // what families offer each other
	effects sync.Map     // what operations do when they end, by kind
	memory  sync.Map     // names of the collections that hold no objects

	knowledge sync.RWMutex // guards what follows
	facts     []factRule
	factOf    map[string]*Fact
	versions  []versionRule
	witnesses map[string]string
	verified  verified

	keeper *keeper // nil: nothing is kept
	saved  snapshots
	swap   sync.Mutex // held while all tenants are replaced
}

// New returns a platform without routes and without tenants.
func New(o Options) *Platform {
	p := &Platform{
		wall: o.Wall, lenient: o.Lenient, byHost: map[string]*hostTable{}, found: map[string][]*hostTable{},
		tenants: map[string]*Tenant{}, journal: journal{rings: map[string]*ring{}, log: o.Log}, limits: o.Limits.complete(),
	}
	if p.wall == nil {
		p.wall = realWall{}
	}
	if o.Latency == Real && o.Profile.Time == "" {
		o.Profile.Time = TimeWall
	}
	p.profile.Store(&o.Profile)
	p.administer()
	p.troubles()
	p.Admin(http.MethodGet, "coverage", func(*http.Request) Reply { return JSON(http.StatusOK, Doc{"operations": p.Coverage()}) })
	p.administerState()
	return p
}

// Latency returns how the platform treats time.
func (p *Platform) Latency() Latency {
	if p.Profile().virtual() {
		return Instant
	}
	return Real
}

// outcome is what a request comes to: a reply, silence until the client gives up, or a broken connection.
type outcome struct {
	reply                        Reply
	hang, cut, reset, unresolved bool
	truncate                     int // bytes of the body, 0 for all
	operation                    string
}

// answer does the work of one request: find the tenant, apply faults, complete due operations, check the audience, run
// the handler, stamp the latency, write the journal.
func (p *Platform) answer(r *http.Request) outcome {
	started := time.Now()
	c := &Call{Platform: p, Request: r, Query: r.URL.Query(), Host: hostOf(r)}
	malformed := c.readBody()
	caller, broken, refusal := c.caller()
	c.Caller, c.Audience = caller, caller.Audience
	route, params, known := p.find(c.Host, r.Method, r.URL.EscapedPath())
	c.Params = params
	tenant := p.Tenant(caller.TenantID)
	if route != nil && route.open {
		tenant = p.FindTenant(params["tenant"])
	}

	c.entry = Entry{
		Time: started, Method: r.Method, Host: c.Host, Path: r.URL.Path, Query: redactQuery(c.Query),
		Keys: keysOf(c.Body), Body: redactCall(r.URL.Path, c.Body), Header: headersOfInterest(r.Header), proto: r.Proto, size: len(c.Raw),
	}
	if route != nil {
		c.entry.Operation = route.operation
	}
	if tenant != nil {
		c.entry.Tenant = tenant.ID
	}

	var wrote *pending
	run := func() Reply {
		switch {
		case route == nil:
			return p.unknown(c, known)
		case route.absent:
			return p.missing(route, c)
		case malformed != nil:
			return unreadable(malformed)
		case route.open:
			return route.handler(c)
		case refusal != "":
			return p.unauthorized(c, tenant, broken, refusal)
		case tenant == nil:
			return p.unauthorized(c, nil, TokenTenant, "The access token names the tenant '"+caller.TenantID+"', which does not exist.")
		}
		if why := p.refuseAudience(c.Host, caller.Audience); why != "" {
			return p.unauthorized(c, tenant, TokenAudience, why)
		}
		c.Tenant = tenant
		if reply, refused := p.object(c, route); refused {
			return reply
		}
		var reply Reply
		wrote = tenant.handle(func() { reply = route.handler(c) })
		return reply
	}

	fault, n, hit := p.faults.match(meeting{c.entry, tenant, params})
	var out outcome
	profile := p.profileOf(tenant)
	if err := p.pass(r.Context(), tenant, profile.pace(c.entry, p.answers.Add(1)), false); err != nil {
		return outcome{hang: true}
	}
	switch refusal, release := p.quotas.take(profile, meeting{c.entry, tenant, params}, caller); {
	case refusal != nil:
		out.reply = *refusal
	case hit:
		out = fault.strike(meeting{c.entry, tenant, params}, n, run)
		release(&out.reply)
	default:
		out.reply = run()
		release(&out.reply)
	}
	if err := p.pass(r.Context(), tenant, fault.Delay.Duration(), fault.Verbatim); err != nil {
		out.hang = true
	}
	if c.Tenant != nil {
		tenant = c.Tenant
		c.entry.Tenant = tenant.ID
	}
	if p.keeper != nil {
		if err := p.durable(tenant, wrote); err != nil {
			out = outcome{reply: unstored(err)}
		}
	}
	out.reply.Header = out.reply.Header.Clone()
	if out.reply.Header == nil {
		out.reply.Header = http.Header{}
	}
	if c.entry.Reason == "" {
		c.entry.Reason = out.reply.Header.Get(ReasonHeader)
	}
	c.entry.RetryAfter = p.stamp(tenant, out.reply.Header, hit && fault.Verbatim)
	identify(r.Header, out.reply.Header)
	if !out.cut && !out.hang && !out.reset && !out.unresolved {
		c.entry.Status = out.reply.status()
	}
	c.entry.Duration = time.Since(started)
	p.journal.add(c.entry)
	out.operation = c.entry.Operation
	return out
}
