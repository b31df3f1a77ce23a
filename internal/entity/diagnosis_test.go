package entity_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

var known = []entity.Diagnosis{
	{Codes: []string{"Taken", "Reserved"}, Says: "color", At: path.Root("color"), Remedy: "choose another color"},
	{Codes: []string{"Taken"}, At: path.Root("name")},
	{Is: rest.IsNotFound, At: path.Root("options").AtName("mode")},
	{Codes: []string{"Vanished"}, Absent: true},
	{Codes: []string{"Full"}, Remedy: "make room"},
}

// The first diagnosis that fits an error says what attribute it is about and what can be done; the rest of the diagnostic is
// as ever.
func TestAnErrorIsDiagnosed(t *testing.T) {
	t.Parallel()
	const mode = `Could not update toy thing t1 [AttributeName("options").AttributeName("mode")]`
	for name, c := range map[string]struct {
		answer answer
		says   []string
	}{
		"code and text": {
			refusal(409, "reserved", "that color is ours"),
			[]string{"Could not update toy thing t1 [AttributeName(\"color\")]\nChoose another color.\n\nThe platform answered 409 Conflict.\nMessage: that color is ours"},
		},
		"code":      {refusal(409, "Taken", "gone"), []string{"Could not update toy thing t1 [AttributeName(\"name\")]\nThe platform answered 409 Conflict."}},
		"text only": {refusal(409, "Odd", "that color is ours"), []string{"Could not update toy thing t1\nThe platform answered 409 Conflict."}},
		"predicate": {refusal(404, "", "no"), []string{mode, "404 Not Found"}},
		"remedy":    {refusal(403, "Full", "no"), []string{"Could not update toy thing t1\nMake room.\n\nThe platform answered 403 Forbidden.", "lacks a role"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			with(t, func(_ *platform, r *entity.Resource[thing]) { r.Errors = known }, func(t *testing.T, p *platform, s *server) {
				p.by("PATCH /things/t1", c.answer)
				tells(t, s.apply(existing, values{"name": "b"}, nil).errors, c.says...)
			})
		})
	}
}

func TestEachErrorIsDiagnosedForItself(t *testing.T) {
	t.Parallel()
	fail := func(_ *platform, r *entity.Resource[thing]) {
		r.Errors = known
		r.Create = func(context.Context, *api.Client, *thing) error {
			return errors.Join(
				&rest.Error{Status: 400, Code: "Full"}, errors.New("else"),
				entity.At(path.Root("locked"), fmt.Errorf("blamed before: %w", &rest.Error{Status: 400, Code: "Taken"})))
		}
	}
	with(t, fail, func(t *testing.T, _ *platform, s *server) {
		want := "Could not create toy thing\nMake room.\n\nThe platform answered 400 Bad Request.\nCode: Full\n---\n" +
			"Could not create toy thing\nElse.\n---\n" +
			"Could not create toy thing [AttributeName(\"locked\")]\nBlamed before.\n\nThe platform answered 400 Bad Request.\nCode: Taken"
		if got := s.create(values{"name": "a"}).errors; got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	})
}

// A code that means absence is a 404 wherever one counts: after a look at the parent, and no error of a delete.
func TestACodeCanMeanAbsence(t *testing.T) {
	t.Parallel()
	with(t, func(_ *platform, r *entity.Resource[thing]) { r.Errors = known }, func(t *testing.T, p *platform, s *server) {
		gone := refusal(400, "Vanished", "long ago")
		p.by("GET /things/t1", gone, gone)
		p.by("DELETE /things/t1", gone)
		p.by("GET /tenant", refusal(403, "Forbidden", "no role"))
		if kept := s.refresh(existing, nil); kept.state == nil {
			t.Errorf("removed without a look at the parent: %s", kept.errors)
		}
		if read := s.refresh(existing, nil).ok(t); read.state != nil {
			t.Errorf("state is %v", read.state)
		}
		s.apply(existing, nil, nil).ok(t)
		p.by("GET /things/t1", gone)
		s.create(values{"name": "a"}).ok(t) // it shows late
	})
}

func TestDataSourcesDiagnoseErrors(t *testing.T) {
	t.Parallel()
	p := newPlatform()
	taken := &rest.Error{Status: 400, Code: "Taken"}
	one := p.lookup("id", "name")
	one.Errors, one.Read = known, func(context.Context, *api.Client, *thing) error { return taken }
	all := things()
	all.Errors, all.Each = known, func(context.Context, *api.Client, *named) iter.Seq2[thing, error] {
		return func(yield func(thing, error) bool) { yield(thing{}, &rest.Error{Status: 400, Code: "Full"}) }
	}
	drive(t, p.client(t), one.New, func(t *testing.T, s *server) {
		tells(t, s.data(values{"id": "t1"}).errors, `Could not read toy thing t1 [AttributeName("name")]`, "Code: Taken")
	})
	drive(t, p.client(t), all.New, func(t *testing.T, s *server) {
		tells(t, s.data(values{}).errors, "Could not read toy things\nMake room.")
	})
}

// What is made of the resource knows what the resource knows.
func TestWhatIsDerivedDiagnosesErrors(t *testing.T) {
	t.Parallel()
	p := newPlatform()
	p.by("GET /things", repeat(3, refusal(400, "Full", "no"))...)
	r := p.collection()
	r.Errors = known
	drive(t, p.client(t), r.One("One.").New, func(t *testing.T, s *server) {
		tells(t, s.data(values{"name": "a"}).errors, "Could not read toy thing a\nMake room.")
	})
	drive(t, p.client(t), r.List("toy_things", "All.").New, func(t *testing.T, s *server) {
		tells(t, s.data(values{}).errors, "Could not read toy things\nMake room.")
	})
	drive(t, p.client(t), r.New, func(t *testing.T, s *server) {
		tells(t, s.query(values{}, false, 10, nil).errors, "Could not list toy thing\nMake room.")
	})
}

// Explain is asked why a write was refused, unless that is known or there is more than a refusal.
func TestARefusedWriteIsExplained(t *testing.T) {
	t.Parallel()
	explained := func(p *platform, r *entity.Resource[thing]) {
		r.Errors = known
		r.Explain = func(ctx context.Context, _ *api.Client, verb string, m *thing, refused error) error {
			_, err := rest.Get[document](ctx, p.rest, "/why")
			return errors.Join(fmt.Errorf("no %s of %s: %w", verb, m.Name.ValueString(), refused), err)
		}
	}
	for name, c := range map[string]struct {
		line   string
		answer answer
		do     func(s *server) result
		asked  bool
	}{
		"create":            {"POST /things", refusal(400, "Bad", "no"), func(s *server) result { return s.create(values{"name": "b"}) }, true},
		"update":            {"PATCH /things/t1", refusal(400, "Bad", "no"), func(s *server) result { return s.apply(existing, values{"name": "b"}, nil) }, true},
		"delete":            {"DELETE /things/t1", refusal(400, "Bad", "no"), func(s *server) result { return s.apply(values{"id": "t1", "name": "b"}, nil, nil) }, true},
		"read":              {"GET /things/t1", refusal(400, "Bad", "no"), func(s *server) result { return s.refresh(existing, nil) }, false},
		"what is known":     {"PATCH /things/t1", refusal(400, "Full", "no"), func(s *server) result { return s.apply(existing, values{"name": "b"}, nil) }, false},
		"a failed platform": {"PATCH /things/t1", refusal(501, "Bad", "no"), func(s *server) result { return s.apply(existing, values{"name": "b"}, nil) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			with(t, explained, func(t *testing.T, p *platform, s *server) {
				p.by(c.line, c.answer)
				p.by("GET /why", answer{status: 200, body: document{}})
				got := c.do(s).errors
				if asked := p.count("GET /why") == 1; asked != c.asked || got == "" {
					t.Errorf("%s after %s", got, p.lines())
				}
				if c.asked {
					tells(t, got, "No "+name+" of b.\n\nThe platform answered 400 Bad Request.")
				}
			})
		})
	}
}
