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

// TestIndexesFollowTheDocuments compares what indexes find with what going through all documents finds, after every one
// of many writes.
func TestIndexesFollowTheDocuments(t *testing.T) {
	t.Parallel()
	c := newTenant().Collection("things")
	colour := func(d wire.Doc) string { return wire.Text(d, "colour") }
	random := rand.New(rand.NewPCG(1, 2))
	for step := range 2000 {
		id := fmt.Sprintf("Group%d/%d", random.IntN(4), random.IntN(30))
		switch random.IntN(3) {
		case 0:
			c.Delete(id)
		default:
			c.Put(id, wire.Doc{"colour": []string{"", "red", "green"}[random.IntN(3)], "step": step})
		}
		for _, want := range []string{"red", "green"} {
			var scanned []string
			for _, id := range c.IDs() {
				if d, _ := c.Peek(id); colour(d) == want {
					scanned = append(scanned, id)
				}
			}
			found := c.Where("colour", colour, want)
			slices.Sort(scanned)
			if slices.Sort(found); !slices.Equal(found, scanned) {
				t.Fatalf("step %d: %s: %v, want %v", step, want, found, scanned)
			}
		}
		for group := range 4 {
			name := fmt.Sprintf("gROUP%d", group)
			scanned := slices.DeleteFunc(c.IDs(), func(id string) bool { return !strings.HasPrefix(strings.ToLower(id), strings.ToLower(name)+"/") })
			found := c.Under(name)
			slices.Sort(scanned)
			if slices.Sort(found); !slices.Equal(found, scanned) {
				t.Fatalf("step %d: %s: %v, want %v", step, name, found, scanned)
			}
		}
		if n := len(c.IDs()); n != c.Len() || len(c.order) > 2*n+18 {
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
