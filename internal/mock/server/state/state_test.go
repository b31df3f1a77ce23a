package state

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/clock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/profile"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/wire"
)

func newTenant() *Tenant {
	return New("t", 1, Around{Wall: clock.Real{}, Profile: func() *profile.Profile { return &profile.Profile{} }, Effect: func(*Operation) {}})
}

// TestIndexesFollowTheDocuments compares what indexes find with what was written, after every one of many writes.
func TestIndexesFollowTheDocuments(t *testing.T) {
	t.Parallel()
	c := newTenant().Collection("things")
	colour := func(d wire.Doc) string { return wire.Text(d, "colour") }
	random := rand.New(rand.NewPCG(1, 2))
	there := map[string]string{} // colours by ID
	for step := range 2000 {
		id := fmt.Sprintf("Group%d/%d", random.IntN(4), random.IntN(5))
		switch random.IntN(3) {
		case 0:
			c.Delete(id)
			delete(there, id)
		default:
			there[id] = []string{"", "red", "green"}[random.IntN(3)]
			c.Put(id, wire.Doc{"colour": there[id], "step": step})
		}
		if d, _ := c.Peek(id); colour(d) != there[id] {
			t.Fatalf("step %d: %s is %v, want %s", step, id, d, there[id])
		}
		same := func(what string, found []string, is func(id string) bool) {
			t.Helper()
			var want []string
			for id := range there {
				if is(id) {
					want = append(want, id)
				}
			}
			slices.Sort(want)
			if slices.Sort(found); !slices.Equal(found, want) {
				t.Fatalf("step %d: %s: %v, want %v", step, what, found, want)
			}
		}
		for _, want := range []string{"red", "green"} {
			same(want, c.Where("colour", colour, want), func(id string) bool { return there[id] == want })
		}
		for group := range 4 {
			same(fmt.Sprint("group ", group), c.Under(fmt.Sprintf("gROUP%d", group)), func(id string) bool {
				return strings.HasPrefix(id, fmt.Sprintf("Group%d/", group))
			})
		}
		if n := len(there); n != c.Len() || n != len(c.IDs()) || len(c.order) > 2*n+18 {
			t.Fatalf("step %d: %d documents, length %d, %d places", step, n, c.Len(), len(c.order))
		}
	}
}

func TestOperationsAreForgottenSomeTimeAfterTheirEnd(t *testing.T) {
	t.Parallel()
	tenant := newTenant()
	first := tenant.Begin("kind", time.Second, nil)
	for range mostEnded {
		tenant.Begin("kind", 2*time.Second, nil)
	}
	tenant.clock.Advance(time.Minute)
	tenant.Do(func() {
		if _, ok := tenant.Operation(first.ID); ok || len(tenant.Operations()) != mostEnded || len(tenant.operations.open) != 0 {
			t.Errorf("%d operations are remembered, %d are open", len(tenant.Operations()), len(tenant.operations.open))
		}
	})
}
