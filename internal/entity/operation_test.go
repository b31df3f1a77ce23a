package entity_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
)

// with drives the toy resource of a new platform, after adjust.
func with(t *testing.T, adjust func(p *platform, r *entity.Resource[thing]), f func(t *testing.T, p *platform, s *server)) {
	t.Helper()
	p := newPlatform()
	r := p.resource()
	if adjust != nil {
		adjust(p, &r)
	}
	drive(t, p.client(t), r.New, func(t *testing.T, s *server) { f(t, p, s) })
}

// holds checks some values of a state; nil means null.
func holds(t *testing.T, got, want map[string]any) {
	t.Helper()
	if got == nil {
		t.Fatalf("nothing is in state, want %v", want)
	}
	for name, w := range want {
		if fmt.Sprint(got[name]) != fmt.Sprint(w) {
			t.Errorf("%s = %v, want %v", name, got[name], w)
		}
	}
}

// tells checks that a diagnostic holds all of the texts.
func tells(t *testing.T, said string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(said, text) {
			t.Errorf("%q is not in:\n%s", text, said)
		}
	}
}

func TestAnObjectLives(t *testing.T) {
	t.Parallel()
	with(t, nil, func(t *testing.T, p *platform, s *server) {
		made := s.create(values{"name": "a"}).ok(t)
		holds(t, made.state, values{"id": "t1", "name": "a", "color": "blue"})
		holds(t, made.identity, values{"id": "t1"})
		changed := s.apply(made.state, values{"name": "b"}, made.identity).ok(t)
		holds(t, changed.state, values{"id": "t1", "name": "b", "color": "blue"})
		if p.things["t1"]["name"] != "b" {
			t.Errorf("the platform holds %v", p.things)
		}
		if gone := s.apply(changed.state, nil, changed.identity).ok(t); gone.state != nil || len(p.things) != 0 {
			t.Errorf("state %v, platform %v", gone.state, p.things)
		}
		if want := "POST /things, GET /things/t1, PATCH /things/t1, GET /things/t1, DELETE /things/t1"; p.lines() != want {
			t.Errorf("requests: %s\nwant:     %s", p.lines(), want)
		}
	})
}

func TestTimeoutsBoundEachOperation(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		timeouts any
		fallback time.Duration
		want     [4]time.Duration // create, read, update, delete
	}{
		{"default", nil, 0, [4]time.Duration{20 * time.Minute, 20 * time.Minute, 20 * time.Minute, 20 * time.Minute}},
		{"of the resource", nil, time.Hour, [4]time.Duration{time.Hour, time.Hour, time.Hour, time.Hour}},
		{
			"configured",
			values{"create": "1m", "read": "2m", "update": "3m", "delete": "4m"},
			time.Hour,
			[4]time.Duration{time.Minute, 2 * time.Minute, 3 * time.Minute, 4 * time.Minute},
		},
		{"one configured", values{"update": "3m"}, 0, [4]time.Duration{20 * time.Minute, 20 * time.Minute, 3 * time.Minute, 20 * time.Minute}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			with(t, func(_ *platform, r *entity.Resource[thing]) { r.Timeout = c.fallback }, func(t *testing.T, p *platform, s *server) {
				made := s.create(values{"name": "a", "timeouts": c.timeouts}).ok(t)
				holds(t, made.state, values{"timeouts": c.timeouts})
				read := s.refresh(made.state, made.identity).ok(t)
				holds(t, read.state, values{"timeouts": c.timeouts})
				changed := s.apply(read.state, values{"name": "b", "timeouts": c.timeouts}, read.identity).ok(t)
				holds(t, changed.state, values{"timeouts": c.timeouts})
				s.apply(changed.state, nil, changed.identity).ok(t)
				var got [4]time.Duration
				for i, line := range []string{"POST /things", "GET /things/t1", "PATCH /things/t1", "DELETE /things/t1"} {
					for _, r := range p.seen {
						if r.line == line {
							got[i] = r.left
						}
						if line == "GET /things/t1" && r.line == "PATCH /things/t1" {
							break
						}
					}
				}
				if got != c.want {
					t.Errorf("the operations had %v, want %v", got, c.want)
				}
			})
		})
	}
}

func TestTimeoutsAloneChangeNothingOnThePlatform(t *testing.T) {
	t.Parallel()
	with(t, func(_ *platform, r *entity.Resource[thing]) { r.Update = nil }, func(t *testing.T, p *platform, s *server) {
		made := s.create(values{"name": "a"}).ok(t)
		changed := s.apply(made.state, values{"name": "a", "timeouts": values{"create": "5m"}}, made.identity).ok(t)
		holds(t, changed.state, values{"id": "t1", "timeouts": values{"create": "5m"}})
		if want := "POST /things, GET /things/t1, GET /things/t1"; p.lines() != want {
			t.Errorf("requests: %s", p.lines())
		}
	})
}

func TestIdentityIsSetByEveryOperation(t *testing.T) {
	t.Parallel()
	with(t, nil, func(t *testing.T, p *platform, s *server) {
		made := s.create(values{"name": "a"}).ok(t)
		holds(t, made.identity, values{"id": "t1"})
		// state of a CLI that stores no identity
		holds(t, s.refresh(made.state, nil).ok(t).identity, values{"id": "t1"})
		holds(t, s.apply(made.state, values{"name": "b"}, nil).ok(t).identity, values{"id": "t1"})
		p.by("PATCH /things/t1", refusal(400, "Bad", "no"))
		failed := s.apply(made.state, values{"name": "c"}, nil)
		if failed.errors == "" {
			t.Error("the update succeeded")
		}
		holds(t, failed.identity, values{"id": "t1"})
		holds(t, failed.state, values{"id": "t1", "name": "a"})
	})
}

func TestIdentityKeepsItsSpelling(t *testing.T) {
	t.Parallel()
	lower := func(_ *platform, r *entity.Resource[thing]) {
		read := r.Read
		r.Read = func(ctx context.Context, c *api.Client, m *thing) error {
			err := read(ctx, c, m)
			m.ID = types.StringValue(strings.ToLower(m.ID.ValueString()))
			return err
		}
	}
	with(t, lower, func(t *testing.T, p *platform, s *server) {
		p.put("T1", document{"name": "a"})
		p.put("t1", document{"name": "a"})
		read := s.refresh(values{"id": "T1", "name": "a"}, values{"id": "T1"}).ok(t)
		holds(t, read.identity, values{"id": "T1"})
		changed := s.apply(values{"id": "t1", "name": "a", "color": "blue"}, values{"name": "b"}, values{"id": "T1"}).ok(t)
		holds(t, changed.identity, values{"id": "T1"})
	})
}

func TestStateComesFromTheReadBack(t *testing.T) {
	t.Parallel()
	with(t, nil, func(t *testing.T, p *platform, s *server) {
		p.by("POST /things", answer{status: 201, body: document{"id": "t1", "color": "a lie"}, then: func() { p.put("t1", document{"name": "a", "color": "green"}) }})
		holds(t, s.create(values{"name": "a"}).ok(t).state, values{"color": "green"})
	})
}

func TestWhatThePlatformDoesNotTellIsNull(t *testing.T) {
	t.Parallel()
	silent := func(_ *platform, r *entity.Resource[thing]) {
		r.Read = func(context.Context, *api.Client, *thing) error { return nil } // leaves color and stamp unknown
	}
	with(t, silent, func(t *testing.T, _ *platform, s *server) {
		made := s.create(values{"name": "a", "options": values{"mode": "fast"}}).ok(t)
		holds(t, made.state, values{"id": "t1", "color": nil, "options": values{"mode": "fast"}})
	})
}

func TestIncompleteKeepsTheObjectUntainted(t *testing.T) {
	t.Parallel()
	incomplete := func(errs ...error) func(p *platform, r *entity.Resource[thing]) {
		return func(_ *platform, r *entity.Resource[thing]) {
			create := r.Create
			r.Create = func(ctx context.Context, c *api.Client, m *thing) error {
				mode := m.Options
				m.Options = nil
				err := create(ctx, c, m)
				m.Options = mode
				return errors.Join(append(errs, err)...)
			}
		}
	}
	config := values{"name": "a", "options": values{"mode": "fast"}}
	one, two := entity.Incomplete(errors.New("the mode was refused")), entity.Incomplete(errors.New("the token was refused"))
	t.Run("warning", func(t *testing.T) {
		t.Parallel()
		with(t, incomplete(one, two), func(t *testing.T, _ *platform, s *server) {
			made := s.create(config).ok(t)
			tells(t, made.warnings, "Created toy thing t1, but a later step failed", "The mode was refused.", "The token was refused.")
			holds(t, made.state, values{"id": "t1", "color": "blue", "options": values{"mode": "fast"}})
			holds(t, made.identity, values{"id": "t1"})
			// the next plan shows what is missing
			holds(t, s.refresh(made.state, made.identity).ok(t).state, values{"options": nil})
		})
	})
	t.Run("not readable", func(t *testing.T) {
		t.Parallel()
		with(t, incomplete(one), func(t *testing.T, p *platform, s *server) {
			p.by("GET /things/t1", refusal(403, "Forbidden", "not for you"))
			holds(t, s.create(config).ok(t).state, values{"id": "t1", "color": nil, "options": values{"mode": "fast"}})
		})
	})
	t.Run("interrupted", func(t *testing.T) {
		t.Parallel()
		var interrupt func()
		stop := func(p *platform, r *entity.Resource[thing]) {
			incomplete(one)(p, r)
			create := r.Create
			r.Create = func(ctx context.Context, c *api.Client, m *thing) error {
				defer interrupt()
				return create(ctx, c, m)
			}
		}
		with(t, stop, func(t *testing.T, _ *platform, s *server) {
			s.ctx, interrupt = context.WithCancel(s.ctx)
			holds(t, s.create(config).ok(t).state, values{"id": "t1", "color": "blue", "options": values{"mode": "fast"}})
		})
	})
	t.Run("more than incomplete", func(t *testing.T) {
		t.Parallel()
		with(t, incomplete(one, errors.New("it is unusable")), func(t *testing.T, _ *platform, s *server) {
			tells(t, s.create(config).errors, "It is unusable.", "The mode was refused.")
		})
	})
	if entity.Incomplete(nil) != nil {
		t.Error("nothing failed, yet it is an error")
	}
}

func TestWriteOnlyArgumentsReachThePlatformAndNeverTheState(t *testing.T) {
	t.Parallel()
	with(t, nil, func(t *testing.T, p *platform, s *server) {
		config := func(version int) values {
			return values{
				"name": "a", "secret_wo": fmt.Sprint("secret ", version), "secret_wo_version": version,
				"options": values{"mode": "fast", "token_wo": fmt.Sprint("token ", version)},
			}
		}
		made := s.create(config(1)).ok(t)
		holds(t, p.things["t1"], document{"secret": "secret 1", "token": "token 1"})
		changed := s.apply(made.state, config(2), made.identity).ok(t)
		holds(t, p.things["t1"], document{"secret": "secret 2", "token": "token 2"})
		p.by("PATCH /things/t1", refusal(400, "Bad", "no"))
		failed := s.apply(changed.state, config(3), changed.identity)
		for _, r := range []result{made, changed, failed} {
			if kept := fmt.Sprint(r.state, r.planned, r.errors, r.warnings); strings.Contains(kept, "token ") || strings.Contains(kept, "secret ") {
				t.Errorf("a secret was kept: %s", kept)
			}
		}
		if n := p.count("GET /things/t1"); n != 2 {
			t.Errorf("%d reads for two changes: a secret counts as a value that does not show", n)
		}
	})
}

func TestOnlyConfiguredChangedValuesAreSent(t *testing.T) {
	t.Parallel()
	with(t, nil, func(t *testing.T, p *platform, s *server) {
		made := s.create(values{"name": "a", "locked": true}).ok(t)
		s.apply(made.state, values{"name": "b", "locked": true}, made.identity).ok(t)
		if got := fmt.Sprint(p.seen[0].body, p.seen[2].body); got != fmt.Sprint(document{"name": "a", "locked": true}, document{"name": "b"}) {
			t.Errorf("sent %s", got)
		}
	})
}

func TestA404RemovesOnlyWhatHasAVisibleParent(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		parent answer
		gone   bool
		says   []string
	}{
		{"visible", answer{status: 200, body: document{}}, true, nil},
		{"gone as well", refusal(404, "NotFound", "no tenant"), true, nil},
		{"forbidden", refusal(403, "Forbidden", "no role"), false, []string{"no role", "Nothing was removed from state", "lacks a role"}},
		{"broken", refusal(400, "Bad", "bad day"), false, []string{"bad day", "there is no thing t1", "Nothing was removed from state"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			state := values{"id": "t1", "name": "a", "color": "blue"}
			with(t, nil, func(t *testing.T, p *platform, s *server) {
				p.by("GET /tenant", c.parent, c.parent)
				read := s.refresh(state, values{"id": "t1"})
				tells(t, read.errors, c.says...)
				deleted := s.apply(state, nil, values{"id": "t1"})
				tells(t, deleted.errors, c.says...)
				if c.gone != (read.state == nil) || c.gone != (read.errors == "") {
					t.Errorf("after a read: state %v, errors %s", read.state, read.errors)
				}
				if c.gone != (deleted.state == nil) || c.gone != (deleted.errors == "") {
					t.Errorf("after a delete: state %v, errors %s", deleted.state, deleted.errors)
				}
				if !c.gone {
					tells(t, read.errors, "Could not read toy thing t1")
					tells(t, deleted.errors, "Could not delete toy thing t1")
					holds(t, deleted.state, state)
				}
			})
		})
	}
}

func TestErrNotFoundIsA404(t *testing.T) {
	t.Parallel()
	listed := func(_ *platform, r *entity.Resource[thing]) {
		r.Read = func(context.Context, *api.Client, *thing) error {
			return fmt.Errorf("not listed: %w", entity.ErrNotFound)
		}
	}
	with(t, listed, func(t *testing.T, p *platform, s *server) {
		if read := s.refresh(values{"id": "t1", "name": "a"}, nil).ok(t); read.state != nil || p.lines() != "GET /tenant" {
			t.Errorf("state %v after %s", read.state, p.lines())
		}
	})
}

func TestWithoutConfigurationNothingIsLost(t *testing.T) {
	t.Parallel()
	p := newPlatform()
	drive(t, nil, p.resource().New, func(t *testing.T, s *server) {
		state := values{"id": "t1", "name": "a", "color": "blue"}
		read := s.refresh(state, nil).ok(t)
		holds(t, read.state, state)
		holds(t, read.identity, values{"id": "t1"})
		tells(t, read.warnings, "Could not refresh toy thing t1", "not known yet")
		if changed := s.apply(state, values{"name": "b"}, read.identity); changed.errors == "" {
			t.Error("an update without a platform succeeded")
		}
		if made := s.create(values{"name": "b"}); made.errors == "" || made.state != nil {
			t.Error("a create without a platform succeeded")
		}
		if gone := s.apply(state, nil, read.identity); gone.errors == "" {
			t.Error("a delete without a platform succeeded")
		}
		tells(t, s.imported("t1", nil).errors, "not configured")
	})
}
