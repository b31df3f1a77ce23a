package route

import (
	"net/url"
	"regexp"
	"strings"
	"sync"
)

// path is a pattern for paths, taken apart.
type path struct {
	segments []segment
	rank     string // the more specific of two patterns has the greater one
}

// parse takes a pattern apart.
func parse(pattern string) path {
	var p path
	for text := range strings.SplitSeq(strings.Trim(pattern, "/"), "/") {
		s := parseSegment(text)
		p.segments = append(p.segments, s)
		p.rank += s.rank()
	}
	return p
}

// match returns the parameters of a path that fits the pattern.
func (p path) match(parts []string) (map[string]string, bool) {
	params := map[string]string{}
	for i, s := range p.segments {
		if s.rest {
			if i >= len(parts) {
				return nil, false
			}
			params[s.names[0]] = strings.Join(parts[i:], "/")
			return params, true
		}
		if i >= len(parts) || !s.match(parts[i], params) {
			return nil, false
		}
	}
	return params, len(parts) == len(p.segments)
}

// unnamed is a path without the names of its parameters.
func unnamed(path string) string {
	if !strings.Contains(path, "{") {
		return path
	}
	out := make([]byte, 0, len(path))
	for inside, i := false, 0; i < len(path); i++ {
		switch b := path[i]; {
		case b == '{' || b == '}':
			inside = b == '{'
			out = append(out, b)
		case !inside || b == '.':
			out = append(out, b)
		}
	}
	return string(out)
}

// split cuts an escaped path into decoded segments. One trailing slash is ignored.
func split(path string) []string {
	path = strings.TrimSuffix(strings.TrimPrefix(path, "/"), "/")
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if decoded, err := url.PathUnescape(part); err == nil {
			parts[i] = decoded
		}
	}
	return parts
}

// segment is one element of a path pattern.
type segment struct {
	literal string                // of a mixture: what it begins with
	pattern func() *regexp.Regexp // of a mixture; compiled when it is needed, as platforms have thousands
	names   []string
	rest    bool
}

var parameter = regexp.MustCompile(`\{([a-zA-Z0-9_]+)(\.\.\.)?\}`)

func parseSegment(text string) segment {
	found := parameter.FindAllStringSubmatchIndex(text, -1)
	if len(found) == 0 {
		return segment{literal: text}
	}
	s := segment{}
	expression, last := "(?is)^", 0
	for _, at := range found {
		s.names = append(s.names, text[at[2]:at[3]])
		expression += regexp.QuoteMeta(text[last:at[0]]) + "(.+?)"
		last = at[1]
	}
	if len(found) == 1 && found[0][0] == 0 && last == len(text) {
		s.rest = found[0][4] >= 0
		return s
	}
	s.literal = text[:found[0][0]]
	s.pattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression + regexp.QuoteMeta(text[last:]) + "$") })
	return s
}

func (s segment) match(part string, params map[string]string) bool {
	switch {
	case len(s.names) == 0:
		return strings.EqualFold(s.literal, part)
	case s.pattern == nil:
		params[s.names[0]] = part
		return part != ""
	case len(part) < len(s.literal) || !strings.EqualFold(part[:len(s.literal)], s.literal):
		return false
	}
	found := s.pattern().FindStringSubmatch(part)
	if found == nil {
		return false
	}
	for i, name := range s.names {
		params[name] = found[i+1]
	}
	return true
}

// rank orders routes: a literal before a mixture before a parameter before the rest.
func (s segment) rank() string {
	switch {
	case s.rest:
		return "0"
	case len(s.names) == 0:
		return "3"
	case s.pattern != nil:
		return "2"
	}
	return "1"
}
