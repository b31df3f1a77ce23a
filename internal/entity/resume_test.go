package entity_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

func resuming(p *platform, r *entity.Resource[thing]) {
	byName(p, r)
	r.Resumes = true
	r.Ready = func(m *thing) string {
		if m.Color.ValueString() == "" {
			return "it has no color"
		}
		return ""
	}
}

// An object that takes longer than the run is not tainted: Terraform would make it again from the start.
func TestWhatResumesIsNeverTainted(t *testing.T) {
	t.Parallel()
	colorless := answer{status: 200, body: document{"id": "t1", "name": "a"}}
	for _, c := range []struct {
		name  string
		get   []answer
		color any
		says  []string
	}{
		{"not ready in time", forever(colorless), nil, []string{"The toy thing a is not ready yet", "it has no color", `timeouts = { create = "…" }`, "The next apply goes on waiting."}},
		{"not to be seen in time", forever(refusal(404, "NotFound", "no")), nil, []string{"it does not show yet"}},
		{"not readable", []answer{refusal(403, "Forbidden", "not for you")}, nil, []string{"not for you"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			with(t, resuming, func(t *testing.T, p *platform, s *server) {
				p.by("GET /things/a", c.get...)
				made := s.create(values{"name": "a"}).ok(t)
				holds(t, made.state, values{"name": "a", "color": c.color})
				tells(t, made.warnings, c.says...)
			})
		})
	}
	t.Run("interrupted", func(t *testing.T) {
		t.Parallel()
		with(t, func(p *platform, r *entity.Resource[thing]) {
			resuming(p, r)
			create := r.Create
			r.Create = func(ctx context.Context, c *api.Client, m *thing) error {
				return errors.Join(create(ctx, c, m), entity.At(path.Root("name"), &rest.TimeoutError{Last: "202 Accepted", Err: context.Canceled}))
			}
		}, func(t *testing.T, _ *platform, s *server) {
			made := s.create(values{"name": "a"}).ok(t)
			holds(t, made.state, values{"name": "a"})
			tells(t, made.warnings, "is not ready yet", "Interrupted; the last answer was 202 Accepted.", "The next apply goes on waiting.")
		})
	})
	t.Run("not made in time", func(t *testing.T) {
		t.Parallel()
		with(t, func(p *platform, r *entity.Resource[thing]) {
			resuming(p, r)
			r.Create = func(context.Context, *api.Client, *thing) error {
				return &rest.TimeoutError{Last: "503", Err: context.DeadlineExceeded}
			}
		}, func(t *testing.T, p *platform, s *server) {
			p.by("GET /things/a", forever(refusal(404, "NotFound", "no"))...)
			failed := s.create(values{"name": "a"})
			if failed.state != nil || failed.warnings != "" {
				t.Error(failed.state, failed.warnings)
			}
			tells(t, failed.errors, "Could not create toy thing a", "the last answer was 503")
		})
	})
	t.Run("still in the making", func(t *testing.T) {
		t.Parallel()
		with(t, func(p *platform, r *entity.Resource[thing]) {
			resuming(p, r)
			r.Create = func(context.Context, *api.Client, *thing) error {
				return entity.Incomplete(errors.New("it takes long"))
			}
		}, func(t *testing.T, p *platform, s *server) {
			p.by("GET /things/a", repeat(5, colorless)...)
			made := s.create(values{"name": "a"}).ok(t)
			holds(t, made.state, values{"id": "t1", "name": "a"})
			tells(t, made.warnings, "is not ready yet", "It takes long.")
			if p.lines() != "GET /things/a" { // one last look, not a wait
				t.Error(p.lines())
			}
		})
	})
}

// What an update has written is in state, even if nobody saw it to its end: a destroy would miss it otherwise.
func TestStateFollowsAnUpdateThatBreaksOff(t *testing.T) {
	t.Parallel()
	old := values{"id": "t1", "name": "old", "color": "blue"}
	failing := func(err error) func(*platform, *entity.Resource[thing]) {
		return func(_ *platform, r *entity.Resource[thing]) {
			r.Update = func(context.Context, *api.Client, *thing, *thing) error { return err }
		}
	}
	for name, c := range map[string]struct {
		prepare func(*platform, *entity.Resource[thing])
		want    string
	}{
		"some of it was written": {failing(entity.Incomplete(errors.New("the rest was refused"))), "new"},
		"nothing was written":    {failing(errors.New("the rest was refused")), "old"},
		"it cannot be read": {func(_ *platform, r *entity.Resource[thing]) {
			r.Read = func(context.Context, *api.Client, *thing) error { return errors.New("the rest was refused") }
		}, "new"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			with(t, c.prepare, func(t *testing.T, p *platform, s *server) {
				p.put("t1", document{"name": "old"})
				failed := s.apply(old, values{"name": "new"}, values{"id": "t1"})
				tells(t, failed.errors, "Could not update toy thing t1", "The rest was refused.")
				holds(t, failed.state, values{"id": "t1", "name": c.want, "color": "blue"})
			})
		})
	}
}

func TestRefusedKeepsNothing(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"id", "name"} {
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			with(t, func(p *platform, r *entity.Resource[thing]) {
				create := r.Create
				if key == "name" {
					byName(p, r)
					create = r.Create
				}
				r.Create = func(ctx context.Context, c *api.Client, m *thing) error {
					if err := create(ctx, c, m); err != nil {
						return err
					}
					return entity.Refused(&rest.TimeoutError{Err: context.DeadlineExceeded})
				}
			}, func(t *testing.T, _ *platform, s *server) {
				failed := s.create(values{"name": "a"})
				if failed.state != nil || failed.warnings != "" {
					t.Error(failed.state, failed.warnings)
				}
				tells(t, failed.errors, "The time allowed ran out", `timeouts = { create = "…" }`)
			})
		})
	}
	if entity.Refused(nil) != nil {
		t.Error("nothing failed, yet it is an error")
	}
}

func TestTheDefaultTimeoutMayDependOnTheObject(t *testing.T) {
	t.Parallel()
	slow := func(_ *platform, r *entity.Resource[thing]) {
		r.Timeout = time.Hour
		r.TimeoutFor = func(m *thing) time.Duration {
			if m.Name.ValueString() == "slow" {
				return 96 * time.Hour
			}
			return 2 * time.Hour
		}
	}
	with(t, slow, func(t *testing.T, p *platform, s *server) {
		made := s.create(values{"name": "slow"}).ok(t)
		changed := s.apply(made.state, values{"name": "quick"}, made.identity).ok(t)
		s.apply(changed.state, nil, changed.identity).ok(t)
		s.create(values{"name": "slow", "timeouts": values{"create": "5m"}}).ok(t)
		var got []time.Duration
		for _, r := range p.seen {
			if !strings.HasPrefix(r.line, "GET") {
				got = append(got, r.left)
			}
		}
		if want := []time.Duration{96 * time.Hour, 2 * time.Hour, 2 * time.Hour, 5 * time.Minute}; !slices.Equal(got, want) {
			t.Errorf("the operations had %v, want %v", got, want)
		}
	})
}
