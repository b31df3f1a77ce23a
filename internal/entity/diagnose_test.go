package entity_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
)

func TestADiagnosticSaysWhatThePlatformSaid(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		answer answer
		says   []string
		never  string
	}{
		{
			"answer", refusal(409, "NameTaken", "that name is taken"),
			[]string{"Could not update toy thing t1\nThe platform answered 409 Conflict.", "\nMessage: that name is taken", "\nCode: NameTaken", "\nRequest: PATCH https://api.toy.example/things/t1", "\nRequest ID: request-7"},
			"role",
		},
		{"bare", answer{status: 418}, []string{"The platform answered 418 I'm a teapot."}, "Code:"},
		{
			"operation",
			answer{status: 202},
			[]string{"The platform accepted the request, but its operation ended as Failed.", "Message: no room"},
			"answered",
		},
		{
			"not registered", refusal(403, "Forbidden", "The service principal with id 'x' does not have permission to access the path 'https://10.0.3.4:20000/api/thing'"),
			[]string{"The application app-of-the-caller is not registered as an admin management application", "New-PowerAppManagementApp -ApplicationId app-of-the-caller", "learn.microsoft.com"},
			"10.0.3.4",
		},
		{"unauthorized", answer{status: 401}, []string{"refused the token", "wrong cloud"}, "powerplatform_whoami"},
		{"forbidden", refusal(403, "Forbidden", "no"), []string{"lacks a role", "powerplatform_whoami"}, "New-PowerAppManagementApp"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			with(t, nil, func(t *testing.T, p *platform, s *server) {
				p.by("PATCH /things/t1", forever(c.answer)...)
				p.by("GET /operations/1", forever(answer{status: 200, body: document{"status": "Failed", "error": document{"message": "no room"}}})...)
				got := s.apply(existing, values{"name": "b"}, nil).errors
				tells(t, got, c.says...)
				if strings.Contains(got, c.never) {
					t.Errorf("%q has no place in:\n%s", c.never, got)
				}
			})
		})
	}
}

func TestEveryVerbNamesTheObject(t *testing.T) {
	t.Parallel()
	with(t, nil, func(t *testing.T, p *platform, s *server) {
		for line, do := range map[string]func() result{
			"GET /things/t1":    func() result { return s.refresh(existing, nil) },
			"PATCH /things/t1":  func() result { return s.apply(existing, values{"name": "b"}, nil) },
			"DELETE /things/t1": func() result { return s.apply(existing, nil, nil) },
		} {
			verb := map[string]string{"G": "read", "P": "update", "D": "delete"}[line[:1]]
			p.by(line, forever(answer{status: 504})...)
			tells(t, do().errors, "Could not "+verb+" toy thing t1\n", "the last answer was "+strings.Replace(line, " ", " https://api.toy.example", 1)+": 504", `timeouts = { `+verb+` = "…" }`)
		}
	})
}

func TestEachJoinedErrorIsADiagnostic(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"one", errors.New("one"), "Could not create toy thing\nOne."},
		{"joined", errors.Join(errors.New("one"), errors.Join(errors.New("two?"), nil)), "Could not create toy thing\nOne.\n---\nCould not create toy thing\nTwo?"},
		{"wrapped twice stays one", fmt.Errorf("both %w and %w", errors.New("one"), errors.New("two")), "Could not create toy thing\nBoth one and two."},
		{"blamed", entity.At(path.Root("name"), errors.New("ümlaut")), "Could not create toy thing [AttributeName(\"name\")]\nÜmlaut."},
		{"sign-in brings its own remedy", errors.New("signing in: AADSTS7000215: invalid secret. Use the value"), "Could not create toy thing\nSigning in: AADSTS7000215: invalid secret. Use the value."},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			fail := func(_ *platform, r *entity.Resource[thing]) {
				r.Create = func(context.Context, *api.Client, *thing) error { return c.err }
			}
			with(t, fail, func(t *testing.T, _ *platform, s *server) {
				if got := s.create(values{"name": "a"}).errors; got != c.want {
					t.Errorf("got\n%s\nwant\n%s", got, c.want)
				}
			})
		})
	}
}

func TestWhatAroseAroundAnAnswerIsTold(t *testing.T) {
	t.Parallel()
	wrap := func(_ *platform, r *entity.Resource[thing]) {
		read := r.Read
		r.Read = func(ctx context.Context, c *api.Client, m *thing) error {
			return entity.At(path.Root("name"), fmt.Errorf("look up the name: %w", read(ctx, c, m)))
		}
	}
	with(t, wrap, func(t *testing.T, p *platform, s *server) {
		p.by("GET /things/t1", refusal(400, "Bad", "not today"))
		got := s.refresh(existing, nil).errors
		tells(t, got, "Could not read toy thing t1 [AttributeName(\"name\")]\nLook up the name.\n\nThe platform answered 400 Bad Request.\nMessage: not today\nCode: Bad")
	})
}

func TestRemedyWithoutACaller(t *testing.T) {
	t.Parallel()
	p := newPlatform()
	c := p.client(t)
	c.Caller = func(context.Context) (api.Caller, error) { return api.Caller{}, errors.New("no token") }
	drive(t, c, p.resource().New, func(t *testing.T, s *server) {
		p.by("GET /things/t1", refusal(403, "Forbidden", "it does not have permission to access the path"))
		tells(t, s.refresh(existing, nil).errors, "New-PowerAppManagementApp -ApplicationId <client id>")
	})
}
