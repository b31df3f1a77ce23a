package server

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestIndexesFollowTheDocuments compares what indexes find with what going through all documents finds, after every one
// of many writes.
func TestIndexesFollowTheDocuments(t *testing.T) {
	t.Parallel()
	c := New(Options{}).newTenant("t", 1).Collection("things")
	colour := func(d Doc) string { return Text(d, "colour") }
	random := rand.New(rand.NewPCG(1, 2))
	for step := range 2000 {
		id := fmt.Sprintf("Group%d/%d", random.IntN(4), random.IntN(30))
		switch random.IntN(3) {
		case 0:
			c.Delete(id)
		default:
			c.Put(id, Doc{"colour": []string{"", "red", "green"}[random.IntN(3)], "step": step})
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
