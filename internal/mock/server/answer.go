package server

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/fault"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/journal"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/route"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/store"
)

// outcome is what a request comes to.
type outcome struct {
	fault.Outcome
	operation string
	verbatim  bool // a Retry-After is left to the wall clock
}

// answer does the work of one request: find the tenant, apply faults, complete due operations, check the audience, run
// the handler, stamp the latency, write the journal.
func (p *Platform) answer(r *http.Request) outcome {
	started := time.Now()
	c := &Call{Platform: p, Request: r, Query: r.URL.Query(), Host: route.HostOf(r)}
	malformed := c.readBody()
	caller, broken, refusal := c.caller()
	c.Caller, c.Audience = caller, caller.Audience
	found, params, known := p.routes.Find(c.Host, r.Method, r.URL.EscapedPath())
	c.Params = params
	tenant := p.Tenant(caller.TenantID)
	if found != nil && found.Open {
		tenant = p.FindTenant(params["tenant"])
	}

	c.entry = journal.NewEntry(r, c.Host)
	c.entry.Time = started
	c.entry.Hold(c.Body, len(c.Raw))
	if found != nil {
		c.entry.Operation = found.Operation
	}
	if tenant != nil {
		c.entry.Tenant = tenant.ID
	}

	var wrote *store.Pending
	run := func() Reply {
		switch {
		case found == nil:
			return p.unknown(c, known)
		case found.Absent:
			return p.missing(found.Operation, c)
		case malformed != nil:
			return unreadable(malformed)
		case found.Open:
			return found.Handler(c)
		case refusal != "":
			return p.unauthorized(c, tenant, broken, refusal)
		case tenant == nil:
			return p.unauthorized(c, nil, TokenTenant, "The access token names the tenant '"+caller.TenantID+"', which does not exist.")
		}
		if why := p.refuseAudience(c.Host, caller.Audience); why != "" {
			return p.unauthorized(c, tenant, TokenAudience, why)
		}
		c.Tenant = tenant
		if reply, refused := p.object(c, found.Operation); refused {
			return reply
		}
		var reply Reply
		wrote = tenant.Handle(func() { reply = found.Handler(c) })
		return reply
	}

	out, gone := p.met(r.Context(), c, tenant, run)
	if gone {
		return out
	}
	if c.Tenant != nil {
		tenant = c.Tenant
		c.entry.Tenant = tenant.ID
	}
	if p.keeper != nil {
		if err := p.durable(tenant, wrote); err != nil {
			out.Outcome = fault.Outcome{Reply: unstored(err)}
		}
	}
	out.Reply.Header = out.Reply.Header.Clone()
	if out.Reply.Header == nil {
		out.Reply.Header = http.Header{}
	}
	if c.entry.Reason == "" {
		c.entry.Reason = out.Reply.Header.Get(ReasonHeader)
	}
	c.entry.RetryAfter = p.stamp(tenant, out.Reply.Header, out.verbatim)
	identify(r.Header, out.Reply.Header)
	if !out.Cut && !out.Hang && !out.Reset && !out.Unresolved {
		c.entry.Status = out.Reply.Code()
	}
	c.entry.Duration = time.Since(started)
	p.journal.Add(c.entry)
	out.operation = c.entry.Operation
	return out
}

// met is what a request comes to that meets the pace, the limits and the faults of the platform. run answers it. gone says
// that the client has given up before.
func (p *Platform) met(ctx context.Context, c *Call, t *Tenant, run func() Reply) (out outcome, gone bool) {
	meeting := fault.Meeting{Entry: c.entry, Params: c.Params}
	if t != nil {
		meeting.World = world{t}
	}
	hitting, n, hit := p.faults.Match(meeting)
	out.verbatim = hit && hitting.Verbatim
	profile := p.profileOf(t)
	if err := p.pass(ctx, t, profile.Answer(c.entry, p.answers.Add(1)), false); err != nil {
		out.Hang = true
		return out, true
	}
	var now func() time.Time
	if t != nil {
		now = t.Clock().Now
	}
	switch refusal, release := p.quotas.Take(profile.Limits, c.entry, cmp.Or(c.Caller.ObjectID, c.Caller.AppID), now); {
	case refusal != nil:
		out.Reply = *refusal
	case hit:
		out.Outcome = hitting.Strike(meeting, n, run)
		release(&out.Reply)
	default:
		out.Reply = run()
		release(&out.Reply)
	}
	if err := p.pass(ctx, t, hitting.Delay.Duration(), out.verbatim); err != nil {
		out.Hang = true
	}
	return out, false
}

// identify adds the request IDs that the platform puts on every answer.
func identify(request, answer http.Header) {
	correlation := request.Get("X-Ms-Correlation-Request-Id")
	if correlation == "" {
		correlation = request.Get("X-Correlation-Id")
	}
	if correlation == "" {
		correlation = uuid.NewString()
	}
	if answer.Get("X-Ms-Correlation-Request-Id") == "" {
		answer.Set("X-Ms-Correlation-Request-Id", correlation)
	}
	if answer.Get("X-Ms-Request-Id") == "" {
		answer.Set("X-Ms-Request-Id", uuid.NewString())
	}
}
