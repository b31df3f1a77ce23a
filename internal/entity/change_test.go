package entity_test

import (
	"errors"
	"iter"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
)

func sequence(err error, all ...int) iter.Seq2[int, error] {
	return func(yield func(int, error) bool) {
		for _, v := range all {
			if !yield(v, nil) {
				return
			}
		}
		if err != nil {
			yield(0, err)
		}
	}
}

func TestOnly(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		all  iter.Seq2[int, error]
		want int
		says string
	}{
		{"one", sequence(nil, 1, 2, 3), 2, ""},
		{"none", sequence(nil, 1, 3), 0, "there is no even number"},
		{"several", sequence(nil, 2, 4), 0, "there are 2 of even number; use an argument that tells them apart"},
		{"error", sequence(errors.New("broken"), 2), 0, "broken"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := entity.Only(c.all, "even number", func(v int) bool { return v%2 == 0 })
			if got != c.want || (err == nil) != (c.says == "") || err != nil && err.Error() != c.says {
				t.Errorf("got %d, %v", got, err)
			}
		})
	}
}

func TestOneOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		value string
		valid []string
		says  string
	}{
		{"europe", []string{"unitedstates", "europe"}, ""},
		{"Europe", []string{"unitedstates", "europe"}, `"Europe" is written europe`},
		{"mars", []string{"unitedstates", "europe"}, `"mars" is no location; choose one of: unitedstates, europe`},
		{"mars", nil, "there is no location"},
	} {
		err := entity.OneOf(c.value, "location", c.valid)
		if (err == nil) != (c.says == "") || err != nil && err.Error() != c.says {
			t.Errorf("OneOf(%q) = %v", c.value, err)
		}
	}
}
