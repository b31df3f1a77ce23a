package route

import (
	"slices"
	"strings"
)

// Nearest names the routes, three at most, that look most like a request; where any route knows its host, of that host.
func (t *Table[H]) Nearest(host, method, path string) []string {
	type candidate struct {
		text  string
		score int
	}
	parts := split(path)
	var found []candidate
	known := t.Knows(host)
	t.mu.RLock()
	for _, h := range t.hosts {
		if known && !Glob(h.pattern, host) {
			continue
		}
		for _, r := range h.ordered() {
			if r.Absent {
				continue
			}
			score := 3*alike(h.pattern, host) - abs(len(parts)-len(r.path.segments))
			for i, s := range r.path.segments {
				if i < len(parts) && s.match(parts[i], map[string]string{}) {
					score += 2
					if len(s.names) == 0 {
						score++
					}
				}
			}
			if r.Method == method {
				score++
			}
			found = append(found, candidate{r.String(), score})
		}
	}
	t.mu.RUnlock()
	slices.SortFunc(found, func(a, b candidate) int {
		if a.score != b.score {
			return b.score - a.score
		}
		return strings.Compare(a.text, b.text)
	})
	out := []string{}
	for _, c := range found[:min(3, len(found))] {
		out = append(out, c.text)
	}
	return out
}

// alike counts the labels that two hosts have in common at the end.
func alike(a, b string) int {
	one, two := strings.Split(a, "."), strings.Split(b, ".")
	n := 0
	for n < min(len(one), len(two)) && one[len(one)-1-n] == two[len(two)-1-n] {
		n++
	}
	return n
}

func abs(n int) int { return max(n, -n) }
