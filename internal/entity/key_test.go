package entity_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

func TestTheKeyIsInStateWhenALaterStepFails(t *testing.T) {
	t.Parallel()
	second := func(err error) func(*platform, *entity.Resource[thing]) {
		return func(_ *platform, r *entity.Resource[thing]) {
			create := r.Create
			r.Create = func(ctx context.Context, c *api.Client, m *thing) error {
				return errors.Join(create(ctx, c, m), err)
			}
		}
	}
	for _, c := range []struct {
		name   string
		adjust func(*platform, *entity.Resource[thing])
		heart  map[string][]answer
		says   string
	}{
		{"second step", second(errors.New("second step refused")), nil, "Second step refused."},
		{"read-back", nil, map[string][]answer{"GET /things/t1": {refusal(403, "Forbidden", "not for you")}}, "not for you"},
		{"operation", nil, map[string][]answer{
			"POST /things":      {{status: 202, body: document{"id": "t1"}}},
			"GET /operations/1": {{status: 200, body: document{"state": document{"id": "Failed"}, "error": document{"message": "no room"}}}},
		}, "no room"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			with(t, c.adjust, func(t *testing.T, p *platform, s *server) {
				for line, answers := range c.heart {
					p.by(line, answers...)
				}
				failed := s.create(values{"name": "a", "timeouts": values{"create": "5m"}})
				tells(t, failed.errors, "Could not create toy thing t1", c.says)
				holds(t, failed.state, values{"id": "t1", "name": "a", "timeouts": values{"create": "5m"}})
				holds(t, failed.identity, values{"id": "t1"})
			})
		})
	}
}

func TestNothingIsInStateWhenTheKeyIsNotKnown(t *testing.T) {
	t.Parallel()
	with(t, nil, func(t *testing.T, p *platform, s *server) {
		p.by("POST /things", refusal(400, "Bad", "no such name"))
		failed := s.create(values{"name": "a"})
		tells(t, failed.errors, "Could not create toy thing\n", "no such name")
		if failed.state != nil {
			t.Errorf("state is %v", failed.state)
		}
		if strings.Contains(failed.errors, "may exist") {
			t.Errorf("a refusal leaves no doubt: %s", failed.errors)
		}
		p.by("POST /things", answer{status: 500})
		failed = s.create(values{"name": "a"})
		tells(t, failed.errors, "The object may exist although nothing of it is in state", "500")
		if failed.state != nil {
			t.Errorf("state is %v", failed.state)
		}
	})
}

// byName addresses things by a name that the user chooses.
func byName(p *platform, r *entity.Resource[thing]) {
	r.Key = []string{"name"}
	r.Create = func(ctx context.Context, _ *api.Client, m *thing) error {
		_, err := rest.Put[rest.None](ctx, p.rest, rest.Path("/things/", m.Name.ValueString()), expand(m, &thing{}))
		return err
	}
	r.Read = func(ctx context.Context, _ *api.Client, m *thing) error {
		w, err := rest.Get[wire](ctx, p.rest, rest.Path("/things/", m.Name.ValueString()))
		if err == nil {
			w.flatten(m)
		}
		return err
	}
}

func TestAConfiguredKeyIsInStateOnlyIfTheObjectMayBeThere(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		put  answer
		get  []answer
		kept bool
	}{
		{"somebody else's", refusal(409, "Exists", "that name is taken"), nil, false},
		{"refused", refusal(403, "Forbidden", "not for you"), nil, false},
		{"made, but not readable", answer{status: 200, body: document{}}, []answer{refusal(403, "Forbidden", "not for you")}, true},
		{"operation failed", answer{status: 202}, nil, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			with(t, byName, func(t *testing.T, p *platform, s *server) {
				p.by("PUT /things/a", repeat(3, c.put)...)
				p.by("GET /things/a", c.get...)
				p.by("GET /operations/1", repeat(3, answer{status: 200, body: document{"status": "Failed"}})...)
				failed := s.create(values{"name": "a"})
				tells(t, failed.errors, "Could not create toy thing a\n")
				if kept := failed.state != nil; kept != c.kept {
					t.Errorf("state is %v", failed.state)
				}
			})
		})
	}
}

func TestAnInterruptedRunKeepsTheKey(t *testing.T) {
	t.Parallel()
	with(t, nil, func(t *testing.T, p *platform, s *server) {
		ctx, interrupt := context.WithCancel(s.ctx)
		s.ctx = ctx
		began := time.Now()
		p.by("POST /things", answer{status: 202, body: document{"id": "t1"}})
		p.by("GET /operations/1", answer{status: 200, body: document{"state": document{"id": "Running"}}})
		p.by("GET /operations/1", answer{status: 200, body: document{"state": document{"id": "Running"}}, then: func() { time.AfterFunc(time.Second, interrupt) }})
		failed := s.create(values{"name": "a"})
		holds(t, failed.state, values{"id": "t1", "name": "a", "color": nil})
		holds(t, failed.identity, values{"id": "t1"})
		tells(t, failed.errors, "Could not create toy thing t1", "Interrupted; the last answer was", "Running")
		if strings.Contains(failed.errors, "allow more time") {
			t.Errorf("more time is no remedy: %s", failed.errors)
		}
		if took := time.Since(began); took > 22*time.Second { // two polls, 10 s apart, and a second
			t.Errorf("it took %v to stop", took)
		}
	})
}
