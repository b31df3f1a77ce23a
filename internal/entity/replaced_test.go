package entity_test

import (
	"context"
	"errors"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
)

// Terraform plans the second half of a replacement, and that of a tainted object, as a create.
func TestAPlanTellsAReplacementFromACreate(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before func(s *server)
		want   string
	}{
		"nothing before":       {func(*server) {}, "Could not plan toy thing A\nTaken."},
		"another in state":     {func(s *server) { s.refresh(values{"id": "t1", "name": "b"}, nil) }, "Could not plan toy thing A\nTaken."},
		"in state":             {func(s *server) { s.refresh(existing, nil) }, ""},
		"in state elsewhere":   {func(s *server) { serve(s.t, s.toy).refresh(existing, nil) }, "Could not plan toy thing A\nTaken."},
		"planned a moment ago": {func(s *server) { s.plan(existing, values{"name": "c"}) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			taken := func(_ *platform, r *entity.Resource[thing]) {
				r.Key = []string{"name"}
				r.Plan = func(_ context.Context, _ *api.Client, change *entity.Change[thing]) error {
					if change.Prior != nil {
						return nil
					}
					if !change.Replaced {
						return errors.New("taken")
					}
					return nil
				}
			}
			with(t, taken, func(t *testing.T, _ *platform, s *server) {
				c.before(s)
				if got := s.plan(nil, values{"name": "A"}).errors; got != c.want {
					t.Errorf("got\n%s\nwant\n%s", got, c.want)
				}
			})
		})
	}
}
