package entity_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/resourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

var existing = values{"id": "t1", "name": "a", "color": "blue"}

// planning gives the toy resource a plan hook.
func planning(hook func(ctx context.Context, p *platform, change *entity.Change[thing]) error) func(*platform, *entity.Resource[thing]) {
	return func(p *platform, r *entity.Resource[thing]) {
		r.Plan = func(ctx context.Context, _ *api.Client, change *entity.Change[thing]) error {
			return hook(ctx, p, change)
		}
	}
}

func TestPlanSeesTheWholeChange(t *testing.T) {
	t.Parallel()
	var saw []*entity.Change[thing]
	look := planning(func(_ context.Context, _ *platform, change *entity.Change[thing]) error {
		saw = append(saw, change)
		return nil
	})
	with(t, look, func(t *testing.T, _ *platform, s *server) {
		s.plan(nil, values{"name": later{}, "secret_wo": "s"}).ok(t)
		s.plan(existing, values{"name": "b"}).ok(t)
		if c := saw[0]; c.Prior != nil || !c.Config.Name.IsUnknown() || !c.Plan.ID.IsUnknown() || c.Config.Secret.ValueString() != "s" || !c.Plan.Secret.IsNull() {
			t.Errorf("create: %v %v %v", c.Prior, c.Config, c.Plan)
		}
		if c := saw[1]; c.Prior.Name.ValueString() != "a" || c.Plan.Name.ValueString() != "b" || c.Plan.ID.ValueString() != "t1" || !c.Config.ID.IsNull() {
			t.Errorf("update: %v %v %v", c.Prior, c.Config, c.Plan)
		}
	})
}

func TestPlanCanComplete(t *testing.T) {
	t.Parallel()
	complete := planning(func(_ context.Context, _ *platform, change *entity.Change[thing]) error {
		change.Plan.Color = types.StringValue("green")
		return nil
	})
	with(t, complete, func(t *testing.T, _ *platform, s *server) {
		planned := s.plan(nil, values{"name": "a", "timeouts": values{"read": "1m"}}).ok(t).planned
		holds(t, planned, values{"name": "a", "color": "green", "id": later{}, "timeouts": values{"read": "1m"}})
	})
}

func TestPlanCanReplace(t *testing.T) {
	t.Parallel()
	replace := planning(func(_ context.Context, _ *platform, change *entity.Change[thing]) error {
		change.Replace(path.Root("name"))
		return nil
	})
	with(t, replace, func(t *testing.T, _ *platform, s *server) {
		if got := s.plan(existing, values{"name": "b"}).ok(t).replace; got != `AttributeName("name")` {
			t.Errorf("replaces because of %q", got)
		}
		if got := s.plan(nil, values{"name": "b"}).ok(t).replace; got != "" {
			t.Errorf("a create replaces because of %q", got)
		}
	})
}

func TestPlanErrorsBlameAttributes(t *testing.T) {
	t.Parallel()
	blame := planning(func(context.Context, *platform, *entity.Change[thing]) error {
		return errors.Join(
			entity.Atf(path.Root("name"), "%q is taken", "a"),
			entity.At(path.Root("options").AtName("mode"), errors.New("no such mode")),
			errors.New("and that is not all"),
		)
	})
	with(t, blame, func(t *testing.T, _ *platform, s *server) {
		for prior, object := range map[*values]string{nil: "toy thing", &existing: "toy thing t1"} {
			var before values
			if prior != nil {
				before = *prior
			}
			got := s.plan(before, values{"name": "a"}).errors
			tells(
				t, got,
				"Could not plan "+object+` [AttributeName("name")]`+"\n\"a\" is taken.",
				"Could not plan "+object+` [AttributeName("options").AttributeName("mode")]`+"\nNo such mode.",
				"Could not plan "+object+"\nAnd that is not all.",
			)
			if n := strings.Count(got, "Could not plan"); n != 3 {
				t.Errorf("%d diagnostics", n)
			}
		}
	})
}

func TestPlanIsBoundedByTheTimeOfARead(t *testing.T) {
	t.Parallel()
	ask := planning(func(ctx context.Context, p *platform, _ *entity.Change[thing]) error {
		_, err := rest.Get[document](ctx, p.rest, "/limits")
		return err
	})
	with(t, ask, func(t *testing.T, p *platform, s *server) {
		p.by("GET /limits", forever(refusal(503, "Busy", "come back later"))...)
		began := time.Now()
		got := s.plan(nil, values{"name": "a", "timeouts": values{"read": "90s"}})
		tells(t, got.errors, "Could not plan toy thing", "come back later", `timeouts = { read = "…" }`)
		if took := time.Since(began); took > 90*time.Second || p.seen[0].left != 90*time.Second {
			t.Errorf("it took %v of %v", took, p.seen[0].left)
		}
	})
}

func TestPlanIsNotCalledWhereItCannotHelp(t *testing.T) {
	t.Parallel()
	refuse := planning(func(context.Context, *platform, *entity.Change[thing]) error { return errors.New("called") })
	t.Run("destroy", func(t *testing.T) {
		t.Parallel()
		with(t, refuse, func(t *testing.T, _ *platform, s *server) { s.plan(existing, nil).ok(t) })
	})
	t.Run("provider not configured", func(t *testing.T) {
		t.Parallel()
		p := newPlatform()
		r := p.resource()
		refuse(p, &r)
		drive(t, nil, r.New, func(t *testing.T, s *server) { s.plan(nil, values{"name": "a"}).ok(t) })
	})
	t.Run("an object is unknown as a whole", func(t *testing.T) {
		t.Parallel()
		with(t, refuse, func(t *testing.T, _ *platform, s *server) {
			planned := s.plan(nil, values{"name": "a", "options": later{}}).ok(t).planned
			holds(t, planned, values{"name": "a", "options": later{}})
		})
	})
}

func TestPlanCanWarn(t *testing.T) {
	t.Parallel()
	warn := planning(func(ctx context.Context, _ *platform, _ *entity.Change[thing]) error {
		entity.Warn(ctx, "Beware", "Of the dog.")
		return nil
	})
	with(t, warn, func(t *testing.T, _ *platform, s *server) {
		if got := s.plan(nil, values{"name": "a"}).ok(t).warnings; got != "Beware\nOf the dog." {
			t.Errorf("warnings: %s", got)
		}
	})
	entity.Warn(t.Context(), "Nobody", "listens.")
}

func TestValidate(t *testing.T) {
	t.Parallel()
	check := func(_ *platform, r *entity.Resource[thing]) {
		r.Validators = []resource.ConfigValidator{resourcevalidator.Conflicting(path.MatchRoot("color"), path.MatchRoot("locked"))}
		r.Validate = func(m *thing) error {
			if m.Name.IsUnknown() {
				return nil
			}
			var wrong []error
			if m.Name.ValueString() == "bad" {
				wrong = append(wrong, entity.Atf(path.Root("name"), "%q is a bad name", "bad"))
			}
			if m.Options != nil {
				wrong = append(wrong, errors.New("no options today"))
			}
			return errors.Join(wrong...)
		}
	}
	for _, c := range []struct {
		name   string
		config values
		says   []string // nil: valid
	}{
		{"valid", values{"name": "a"}, nil},
		{"unknown", values{"name": later{}, "options": values{"mode": "fast"}}, nil},
		{"unknown object", values{"name": "bad", "options": later{}}, nil},
		{"both", values{"name": "bad", "options": values{"mode": "fast"}}, []string{
			"Invalid toy thing [AttributeName(\"name\")]\n\"bad\" is a bad name.", "Invalid toy thing\nNo options today.",
		}},
		{"as a whole", values{"name": "a", "color": "red", "locked": true}, []string{"color", "locked"}},
		{"timeouts", values{"name": "a", "timeouts": values{"create": "soon"}}, []string{"soon"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			with(t, check, func(t *testing.T, _ *platform, s *server) {
				got := s.validate(c.config)
				tells(t, got, c.says...)
				if c.says == nil && got != "" {
					t.Error(got)
				}
			})
		})
	}
}
