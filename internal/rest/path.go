package rest

import (
	"net/url"
	"strings"
)

// Path joins literal text and escaped values in turn: Path("/environments/", id, "/link"). A value that is empty, "." or
// ".." would address another object, often the whole list; such a path, and any that it becomes a part of, is refused
// when it is used.
func Path(parts ...string) string {
	var b strings.Builder
	for i, part := range parts {
		if i%2 == 0 {
			b.WriteString(part)
			continue
		}
		if part == "" || part == "." || part == ".." {
			return refusal + `no usable value ("` + part + `") after ` + parts[i-1] //nolint:gosec // i is odd
		}
		b.WriteString(url.PathEscape(part))
	}
	return b.String()
}

// refusal begins the reason why a path cannot be used; no path holds a NUL.
const refusal = "\x00"
