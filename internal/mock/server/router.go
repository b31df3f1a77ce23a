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
	absent                        bool // known to be missing
	serial                        int  // the order of registration
	segments                      []segment
	rank                          string
}

// hostTable holds the routes of one host pattern. They are parsed and ordered when the host is called first: a platform
// has thousands, and most runs call a few hosts.
type hostTable struct {
	pattern string
	known   map[string]*route // by "METHOD path" without the names of parameters, to find what is registered twice
	routes  []*route          // as they were registered
	once    *sync.Once
	best    []*route // the most specific first
}

// ordered returns the routes, the most specific first.
func (t *hostTable) ordered() []*route {
	t.once.Do(func() {
		t.best = slices.Clone(t.routes)
		for _, r := range t.best {
			r.parse()
		}
		slices.SortStableFunc(t.best, func(a, b *route) int { return strings.Compare(b.rank, a.rank) })
	})
	return t.best
}

// parse fills in what is made of the path.
func (r *route) parse() {
	if r.segments != nil {
		return
	}
	for text := range strings.SplitSeq(strings.Trim(r.path, "/"), "/") {
		s := parseSegment(text)
		r.segments = append(r.segments, s)
		r.rank += s.rank()
	}
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

// Serve makes hosts known of which no operation is: whatever they are asked for is 501.
func (p *Platform) Serve(hosts ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, host := range hosts {
		p.table(host)
	}
}

// table returns the table of a host pattern, which it makes if there is none.
func (p *Platform) table(host string) *hostTable {
	pattern := strings.ToLower(host)
	t := p.byHost[pattern]
	if t != nil {
		return t
	}
	t = &hostTable{pattern: pattern, known: map[string]*route{}, once: new(sync.Once)}
	p.byHost[pattern] = t
	at, _ := slices.BinarySearchFunc(p.hosts, pattern, func(other *hostTable, pattern string) int {
		if compareHosts(other.pattern, pattern) <= 0 {
			return -1
		}
		return 1
	})
	p.hosts = slices.Insert(p.hosts, at, t)
	clear(p.found)
	return t
}

func (p *Platform) register(r *route) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.table(r.host)
	p.serial++
	r.serial = p.serial
	key := r.method + " " + strings.ToLower(unnamed(r.path))
	switch other := t.known[key]; {
	case other == nil:
	case r.absent:
		return
	case other.absent:
		t.routes = slices.DeleteFunc(t.routes, func(one *route) bool { return one == other })
	default:
		panic("mock: route registered twice: " + r.String())
	}
	t.known[key] = r
	t.routes = append(t.routes, r)
	t.once = new(sync.Once)
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

// Routes returns one line per registered route that is not absent, "operation METHOD https://host/path", sorted.
func (p *Platform) Routes() []string {
	p.mu.RLock()
	defer p.mu.RUnlock()
	var out []string
	for _, t := range p.hosts {
		for _, r := range t.routes {
			if !r.absent {
				out = append(out, r.operation+" "+r.String())
			}
		}
	}
	slices.Sort(out)
	return out
}

func (r *route) String() string { return r.method + " https://" + r.host + r.path }

// Knows says whether any route answers for a host, whatever its case. A port may follow the name.
func (p *Platform) Knows(host string) bool {
	host = plainHost(host)
	p.mu.RLock()
	defer p.mu.RUnlock()
	return host != "" && slices.ContainsFunc(p.hosts, func(t *hostTable) bool { return Glob(t.pattern, host) })
}

// Hosts returns the host patterns of the route table, sorted.
func (p *Platform) Hosts() []string {
	p.mu.RLock()
	defer p.mu.RUnlock()
	out := []string{}
	for _, t := range p.hosts {
		out = append(out, t.pattern)
	}
	slices.Sort(out)
	return out
}

// find returns the most specific route, its parameters, and whether any route knows the host.
func (p *Platform) find(host, method, path string) (*route, map[string]string, bool) {
	parts := split(path)
	tables := p.tables(host)
	for _, t := range tables {
		for _, r := range t.ordered() {
			if r.method != method {
				continue
			}
			if params, ok := r.match(parts); ok {
				return r, params, true
			}
		}
	}
	return nil, nil, len(tables) > 0
}

// mostHosts bounds how many hosts are remembered: callers choose their names.
const mostHosts = 4096

// tables returns the tables whose pattern fits a host, the most specific first.
func (p *Platform) tables(host string) []*hostTable {
	p.mu.RLock()
	tables, ok := p.found[host]
	p.mu.RUnlock()
	if ok {
		return tables
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, t := range p.hosts {
		if Glob(t.pattern, host) {
			tables = append(tables, t)
		}
	}
	if len(p.found) >= mostHosts {
		clear(p.found)
	}
	p.found[host] = tables
	return tables
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
	nearest := p.nearest(c.Host, c.Request.Method, c.Request.URL.EscapedPath(), hostKnown)
	reason := what + url
	if len(nearest) > 0 {
		reason += "; the nearest that it has is " + nearest[0]
	}
	return JSON(http.StatusNotImplemented, Doc{"error": Doc{"code": code, "message": what + url, "nearest": nearest}}).With(ReasonHeader, reason)
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
		for _, r := range t.ordered() {
			if r.absent {
				continue
			}
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
