package entity_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

const doubt = "although nothing of it is in state"

// unanswered makes a thing and loses the answer.
func unanswered(p *platform) {
	a := refusal(502, "BadGateway", "lost on the way")
	a.then = func() { p.put(fmt.Sprintf("t%d", len(p.things)+1), document{"name": "a"}) }
	p.by("POST /things", a)
}

func TestTheCandidatesAfterALostAnswerAreNamed(t *testing.T) {
	t.Parallel()
	among(t, nil, func(t *testing.T, p *platform, s *server) {
		p.put("t1", document{"name": "b"})
		unanswered(p)
		lost := s.create(values{"name": "a"})
		tells(t, lost.errors, "Could not create toy thing", doubt, "there is toy thing t2", "lost on the way",
			"import {\n    to = powerplatform_toy_thing.NAME\n    id = \"t2\"\n  }")
		if lost.state != nil {
			t.Errorf("state %v", lost.state)
		}
		unanswered(p)
		tells(t, s.create(values{"name": "a"}).errors, "there is toy thing t2 and t3", `id = "t2"`, `id = "t3"`)
	})
}

func TestALateListIsReadUntilItShowsTheCandidate(t *testing.T) {
	t.Parallel()
	among(t, nil, func(t *testing.T, p *platform, s *server) {
		unanswered(p)
		p.by("GET /things", repeat(7, answer{status: 200, body: document{"value": []any{}}})...)
		tells(t, s.create(values{"name": "a"}).errors, "there is toy thing t1")
		if n := p.count("GET /things"); n != 8 {
			t.Errorf("%d looks", n)
		}
	})
}

func TestNoneFoundNeverMeansNoneMade(t *testing.T) {
	t.Parallel()
	among(t, nil, func(t *testing.T, p *platform, s *server) {
		p.put("t1", document{"name": "b"})
		p.by("POST /things", refusal(502, "BadGateway", "lost on the way"))
		began := time.Now()
		lost := s.create(values{"name": "a", "timeouts": values{"create": "3m"}})
		tells(t, lost.errors, doubt, "No toy thing has shown", "lists may be late", "lost on the way")
		if took := time.Since(began); took != 3*time.Minute {
			t.Errorf("it looked for %s", took)
		}
	})
}

func TestACreateWhoseTimeIsOverTakesALastLook(t *testing.T) {
	t.Parallel()
	for _, made := range []bool{true, false} {
		var stop context.CancelFunc
		among(t, func(p *platform, r *entity.Resource[thing]) {
			r.Create = func(ctx context.Context, _ *api.Client, _ *thing) error {
				if made {
					p.put("t1", document{"name": "a"})
				}
				stop()
				return rest.Wait(ctx, time.Minute)
			}
		}, func(t *testing.T, _ *platform, s *server) {
			s.ctx, stop = context.WithCancel(s.ctx)
			began := time.Now()
			says := "has shown"
			if made {
				says = `id = "t1"`
			}
			tells(t, s.create(values{"name": "a"}).errors, doubt, says, "interrupted")
			if took := time.Since(began); took > time.Minute {
				t.Errorf("it looked for %s", took)
			}
		})
	}
}

func TestALookThatFailsIsReported(t *testing.T) {
	t.Parallel()
	among(t, nil, func(t *testing.T, p *platform, s *server) {
		p.by("POST /things", refusal(502, "BadGateway", "lost on the way"))
		p.by("GET /things", refusal(403, "Denied", "no lists for you"))
		tells(t, s.create(values{"name": "a"}).errors, doubt, "looking for it failed", "no lists for you", "lost on the way")
	})
}

// What Create itself has looked for is not looked for again, and without a name there is nothing to look for.
func TestNoLookWhereThereIsNothingToLookFor(t *testing.T) {
	t.Parallel()
	for name, adjust := range map[string]func(r *entity.Resource[thing]){
		"id = \"theirs\"": func(r *entity.Resource[thing]) {
			create := r.Create
			r.Create = func(ctx context.Context, c *api.Client, m *thing) error {
				return entity.Lost("toy_thing", []string{"theirs"}, create(ctx, c, m))
			}
		},
		doubt + ".": func(r *entity.Resource[thing]) { r.Called = "color" },
	} {
		among(t, func(_ *platform, r *entity.Resource[thing]) { adjust(r) }, func(t *testing.T, p *platform, s *server) {
			unanswered(p)
			tells(t, s.create(values{"name": "a"}).errors, doubt, name, "lost on the way")
			if n := p.count("GET /things"); n > 0 {
				t.Errorf("%d looks", n)
			}
		})
	}
}
