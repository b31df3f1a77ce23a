package server

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// route is one line of the route table.
type route struct {
	host, method, path, operation string
	handler                       Handler
	open                          bool
	segments                      []segment
	rank                          string
}

// hostTable holds the routes of one host pattern.
type hostTable struct {
	pattern string
	routes  []*route
}

// Route registers an operation that needs a token. host is exact ("api.bap.microsoft.com") or a pattern in which *
// stands for any characters ("*.api.bap.microsoft.com"). path is matched segment by segment without regard to
// case; a segment is a literal, "{name}", a mixture such as "accounts({id})", or, at the end, "{name...}" for the rest.
// operation is the stable ID by which faults and the journal know the route. Registering a route twice panics.
func (p *Platform) Route(host, method, path, operation string, h Handler) {
	p.register(&route{host: host, method: method, path: path, operation: operation, handler: h})
}

// Open is Route for operations that need no token. Where the path has a parameter "tenant", faults and the journal take
// it as the tenant of the call.
func (p *Platform) Open(host, method, path, operation string, h Handler) {
	p.register(&route{host: host, method: method, path: path, operation: operation, handler: h, open: true})
}

func (p *Platform) register(r *route) {
	for text := range strings.SplitSeq(strings.Trim(r.path, "/"), "/") {
		s := parseSegment(text)
		r.segments = append(r.segments, s)
		r.rank += s.rank()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.hosts, func(t *hostTable) bool { return strings.EqualFold(t.pattern, r.host) })
	if i < 0 {
		p.hosts = append(p.hosts, &hostTable{pattern: strings.ToLower(r.host)})
		slices.SortStableFunc(p.hosts, func(a, b *hostTable) int { return compareHosts(a.pattern, b.pattern) })
		i = slices.IndexFunc(p.hosts, func(t *hostTable) bool { return strings.EqualFold(t.pattern, r.host) })
	}
	t := p.hosts[i]
	for _, other := range t.routes {
		if other.method == r.method && strings.EqualFold(other.path, r.path) {
			panic("mock: route registered twice: " + r.String())
		}
	}
	at, _ := slices.BinarySearchFunc(t.routes, r.rank, func(other *route, rank string) int {
		if other.rank >= rank {
			return -1
		}
		return 1
	})
	t.routes = slices.Insert(t.routes, at, r)
}

// Routes returns one line per registered route, "operation METHOD https://host/path", sorted.
func (p *Platform) Routes() []string {
	p.mu.RLock()
	defer p.mu.RUnlock()
	var out []string
	for _, t := range p.hosts {
		for _, r := range t.routes {
			out = append(out, r.operation+" "+r.String())
		}
	}
	slices.Sort(out)
	return out
}

func (r *route) String() string { return r.method + " https://" + r.host + r.path }

// find returns the most specific route, its parameters, and whether any route knows the host.
func (p *Platform) find(host, method, path string) (*route, map[string]string, bool) {
	parts := split(path)
	p.mu.RLock()
	defer p.mu.RUnlock()
	known := false
	for _, t := range p.hosts {
		if !Glob(t.pattern, host) {
			continue
		}
		known = true
		for _, r := range t.routes {
			if r.method != method {
				continue
			}
			if params, ok := r.match(parts); ok {
				return r, params, true
			}
		}
	}
	return nil, nil, known
}

func (r *route) match(parts []string) (map[string]string, bool) {
	params := map[string]string{}
	for i, s := range r.segments {
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
	return params, len(parts) == len(r.segments)
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
		s.rest = s.rest || at[4] >= 0
		expression += regexp.QuoteMeta(text[last:at[0]]) + "(.+?)"
		last = at[1]
	}
	if len(found) == 1 && found[0][0] == 0 && last == len(text) {
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

// compareHosts puts exact hosts first, then the longer pattern.
func compareHosts(a, b string) int {
	wildA, wildB := strings.Contains(a, "*"), strings.Contains(b, "*")
	switch {
	case wildA == wildB:
		return len(b) - len(a)
	case wildA:
		return 1
	}
	return -1
}

// unknown is the loud answer to a request that the mock has no route for.
func (p *Platform) unknown(c *Call, hostKnown bool) Reply {
	code, what := "UnknownRoute", "the mock has no route for "
	if !hostKnown {
		code, what = "UnknownHost", "the mock does not know the host of "
	}
	url := c.Request.Method + " https://" + c.Host + c.Request.URL.Path
	return JSON(http.StatusNotImplemented, Doc{"error": Doc{
		"code": code, "message": what + url, "nearest": p.nearest(c.Host, c.Request.Method, c.Request.URL.EscapedPath(), hostKnown),
	}})
}

// nearest names the routes that look most like the request.
func (p *Platform) nearest(host, method, path string, hostKnown bool) []string {
	type candidate struct {
		text  string
		score int
	}
	parts := split(path)
	var found []candidate
	p.mu.RLock()
	for _, t := range p.hosts {
		if hostKnown && !Glob(t.pattern, host) {
			continue
		}
		for _, r := range t.routes {
			score := 3*alike(t.pattern, host) - abs(len(parts)-len(r.segments))
			for i, s := range r.segments {
				if i < len(parts) && s.match(parts[i], map[string]string{}) {
					score += 2
					if len(s.names) == 0 {
						score++
					}
				}
			}
			if r.method == method {
				score++
			}
			found = append(found, candidate{r.String(), score})
		}
	}
	p.mu.RUnlock()
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
