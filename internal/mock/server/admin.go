package server

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/fault"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/journal"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/wire"
)

// Admin adds a call to the admin API: method and the literal path below /_mock/, such as "snapshots/save". The admin API
// needs no token, answers on any host, is never in the journal and is never hit by a fault. Adding a call twice panics.
func (p *Platform) Admin(method, path string, h func(r *http.Request) Reply) {
	key := method + " " + path
	p.admins.mu.Lock()
	defer p.admins.mu.Unlock()
	if p.admins.calls == nil {
		p.admins.calls = map[string]func(r *http.Request) Reply{}
	}
	if p.admins.calls[key] != nil {
		panic("the admin call " + key + " is registered twice")
	}
	p.admins.calls[key] = h
}

// admin answers /_mock/….
func (p *Platform) admin(r *http.Request) Reply {
	if why := p.foreign(r); why != "" {
		return Fail(http.StatusForbidden, "Forbidden", why).With(ReasonHeader, why)
	}
	path := strings.TrimPrefix(r.URL.Path, "/_mock/")
	p.admins.mu.RLock()
	h := p.admins.calls[r.Method+" "+path]
	var allow []string
	for key := range p.admins.calls {
		if method, other, _ := strings.Cut(key, " "); other == path {
			allow = append(allow, method)
		}
	}
	p.admins.mu.RUnlock()
	switch {
	case h != nil:
		return h(r)
	case len(allow) > 0:
		slices.Sort(allow)
		return Fail(http.StatusMethodNotAllowed, "MethodNotAllowed", "the admin API of the mock answers "+strings.Join(allow, ", ")+" on "+r.URL.Path+", not "+r.Method).
			With("Allow", strings.Join(allow, ", "))
	}
	return Fail(http.StatusNotFound, "NotFound", "the admin API of the mock has no "+r.Method+" "+r.URL.Path)
}

// administer registers the admin calls of the machine itself.
func (p *Platform) administer() {
	p.Admin(http.MethodGet, "health", func(*http.Request) Reply { return p.health() })
	p.Admin(http.MethodPost, "reset", func(*http.Request) Reply {
		if err := p.Reset(); err != nil {
			return badRequest(err)
		}
		return Empty(http.StatusNoContent)
	})
	p.Admin(http.MethodPost, "seed", func(r *http.Request) Reply {
		raw, err := content(r)
		if err != nil {
			return badRequest(err)
		}
		s, err := p.ParseSeed(raw)
		if err != nil {
			return badRequest(err)
		}
		if err := p.Seed(s); err != nil {
			return badRequest(err)
		}
		return JSON(http.StatusOK, Doc{"tenants": len(s.Tenants)})
	})
	p.Admin(http.MethodGet, "faults", func(*http.Request) Reply { return JSON(http.StatusOK, Doc{"faults": p.Faults()}) })
	p.Admin(http.MethodPost, "faults", p.injectAll)
	p.Admin(http.MethodDelete, "faults", func(r *http.Request) Reply {
		if tenant := r.URL.Query().Get("tenant"); tenant != "" {
			p.ClearFaults(tenant)
		} else {
			p.ClearFaults()
		}
		return Empty(http.StatusNoContent)
	})
	p.Admin(http.MethodGet, "journal", p.readJournal)
	p.Admin(http.MethodGet, "journal/har", func(r *http.Request) Reply {
		return JSON(http.StatusOK, journal.HAR(p.Journal(r.URL.Query().Get("tenant"))))
	})
	p.Admin(http.MethodDelete, "journal", func(r *http.Request) Reply {
		p.ClearJournal(r.URL.Query().Get("tenant"))
		return Empty(http.StatusNoContent)
	})
	p.Admin(http.MethodPost, "clock", p.advance)
	p.Admin(http.MethodGet, "state", func(r *http.Request) Reply { return p.state(r.URL.Query().Get("tenant")) })
	p.Admin(http.MethodGet, "coverage", func(*http.Request) Reply { return JSON(http.StatusOK, Doc{"operations": p.Coverage()}) })
	p.Admin(http.MethodGet, "routes", func(*http.Request) Reply { return JSON(http.StatusOK, Doc{"routes": p.Routes()}) })
}

func (p *Platform) health() Reply {
	ids := []string{}
	for _, t := range p.Tenants() {
		ids = append(ids, t.ID)
	}
	latency := map[Latency]string{Instant: "instant", Real: "real"}[p.Latency()]
	return JSON(http.StatusOK, Doc{"status": "ok", "latency": latency, "profile": p.Profile().Name, "tenants": ids, "routes": len(p.Routes())})
}

// injectAll takes what ParseFaults reads.
func (p *Platform) injectAll(r *http.Request) Reply {
	raw, err := content(r)
	if err != nil {
		return badRequest(err)
	}
	faults, err := fault.Parse(raw)
	if err != nil {
		return badRequest(err)
	}
	for _, f := range faults {
		p.Inject(f)
	}
	return JSON(http.StatusOK, Doc{"faults": len(faults)})
}

func (p *Platform) advance(r *http.Request) Reply {
	var in struct {
		Tenant  string `json:"tenant"`
		Advance string `json:"advance"`
	}
	if err := decode(r, &in); err != nil {
		return badRequest(err)
	}
	d, err := time.ParseDuration(in.Advance)
	if err != nil || d < 0 {
		return badRequest(fmt.Errorf("advance must be a duration such as \"1h30m\", not %q", in.Advance))
	}
	tenants := p.Tenants()
	if in.Tenant != "" {
		t := p.FindTenant(in.Tenant)
		if t == nil {
			return Fail(http.StatusNotFound, "TenantNotFound", "there is no tenant "+in.Tenant)
		}
		tenants = []*Tenant{t}
	}
	now := Doc{}
	for _, t := range tenants {
		t.Clock().Advance(d)
		t.Do(func() { now[t.ID] = t.Clock().Now().Format(time.RFC3339Nano) })
	}
	return JSON(http.StatusOK, Doc{"now": now})
}

func (p *Platform) state(tenant string) Reply {
	tenants := p.Tenants()
	if tenant != "" {
		t := p.FindTenant(tenant)
		if t == nil {
			return Fail(http.StatusNotFound, "TenantNotFound", "there is no tenant "+tenant)
		}
		return JSON(http.StatusOK, journal.RedactState(t.State()))
	}
	list := []Doc{}
	for _, t := range tenants {
		list = append(list, journal.RedactState(t.State()))
	}
	slices.SortFunc(list, func(a, b Doc) int { return strings.Compare(Text(a, "id"), Text(b, "id")) })
	return JSON(http.StatusOK, Doc{"tenants": list})
}

// State returns everything in the tenant: its clock, its running operations, and the true documents of its collections
// by ID.
func (t *Tenant) State() Doc {
	out := Doc{"id": t.ID}
	t.Do(func() {
		collections, running := Doc{}, []Doc{}
		for _, name := range t.Collections() {
			c, documents := t.Collection(name), Doc{}
			for _, id := range c.IDs() {
				documents[id], _ = c.Peek(id)
			}
			collections[name] = documents
		}
		for _, o := range t.Operations() {
			if !o.Ended() {
				running = append(running, Doc{"id": o.ID, "kind": o.Kind, "state": o.State, "ready": o.Ready.Format(time.RFC3339Nano)})
			}
		}
		out["now"], out["collections"], out["operations"] = t.Clock().Now().Format(time.RFC3339Nano), collections, running
	})
	return out
}

func badRequest(err error) Reply { return Fail(http.StatusBadRequest, "BadRequest", err.Error()) }

// content is the body of a call of the admin API.
func content(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, errors.New("the request has no body")
	}
	return io.ReadAll(io.LimitReader(r.Body, maxBody))
}

func decode(r *http.Request, into any) error {
	raw, err := content(r)
	if err != nil {
		return err
	}
	return wire.Strict(raw, into)
}
