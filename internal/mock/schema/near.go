package schema

import (
	"slices"
	"strings"
)

// Hint ends a complaint about an unknown name: it suggests the nearest of the known ones, or lists them.
func Hint(name string, known []string) string {
	if h := hint(name, known); h != "" {
		return h
	}
	if len(known) == 0 {
		return "; none is known here"
	}
	sorted := slices.Clone(known)
	slices.Sort(sorted)
	return "; known are " + strings.Join(sorted, ", ")
}

func hint(name string, known []string) string {
	if best := Nearest(name, known); best != "" {
		return "; did you mean " + best + "?"
	}
	return ""
}

// Nearest returns the known name that looks most like a name, "" when none does.
func Nearest(name string, known []string) string {
	if len(name) > 100 {
		return ""
	}
	plain := func(s string) string {
		return strings.NewReplacer("_", "", "-", "", " ", "").Replace(strings.ToLower(s))
	}
	best, least := "", 0
	for _, k := range known {
		d := distance(plain(name), plain(k))
		if d <= max(2, len(k)/4) && d < max(len(k), 1) && (best == "" || d < least) {
			best, least = k, d
		}
	}
	return best
}

// distance is how many letters have to be added, dropped, replaced or swapped with their neighbour.
func distance(a, b string) int {
	var before []int
	last := make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row := make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
