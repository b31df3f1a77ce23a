package server

import "strings"

// Facts is a table of facts: patterns of operation IDs, with spaces between them, and what they rest on.
type Facts map[string]Fact

// Know takes over a table of facts; prefix comes before every pattern.
func (p *Platform) Know(prefix string, facts Facts) {
	for patterns, fact := range facts {
		for pattern := range strings.FieldsSeq(patterns) {
			p.Fact(prefix+pattern, fact)
		}
	}
}

// Missing is operations that the platform is known to have and the mock does not: "METHOD path" by operation ID. An
// operation with several paths has them with "|" between them.
type Missing map[string]string

// Lack registers a table of absent operations for a host.
func (p *Platform) Lack(host, prefix string, missing Missing) {
	for operation, paths := range missing {
		for path := range strings.SplitSeq(paths, "|") {
			method, path, _ := strings.Cut(strings.TrimSpace(path), " ")
			p.Absent(host, method, path, prefix+operation)
		}
	}
}
