package route

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// rebuilt is the path that a pattern and its parameters stand for, segment by segment.
func rebuilt(pattern string, params map[string]string) string {
	return parameter.ReplaceAllStringFunc(strings.Trim(pattern, "/"), func(found string) string {
		return params[strings.Trim(strings.TrimSuffix(found, "...}"), "{}")]
	})
}

// repeated says whether a pattern names a parameter twice: then the second value counts.
func repeated(p path) bool {
	seen := map[string]bool{}
	for _, s := range p.segments {
		for _, name := range s.names {
			if seen[name] {
				return true
			}
			seen[name] = true
		}
	}
	return false
}

func FuzzRoute(f *testing.F) {
	for _, seed := range [][2]string{
		{"/providers/X/environments/{id}", "/providers/x/ENVIRONMENTS/a%2Fb"},
		{"/api/data/{version}/accounts({key})/{property...}", "/api/data/v9.2/accounts(name='a(b)')/owner/$ref"},
		{"/{tenant}-res-{id}/{file...}", "/a-res-b-res-c/d//e"},
		{"/objectIds//validate", "/objectIds//validate/"},
		{"/{a}{b}", "/ab"},
		{"/{rest...}", "/"},
		{"", "//"},
		{"/%7B{a}%", "/%zz%7b%"},
		{"/{a...}/{b}", "/x/y"},
		{"/{", "/{}"},
		{"/(?i){a}\\", "/\xff\xfe"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, path string) {
		if !utf8.ValidString(pattern) { // patterns are written by us
			return
		}
		p := parse(pattern)
		parts := split(path)
		params, ok := p.match(parts)
		if again, same := p.match(parts); same != ok || len(again) != len(params) {
			t.Fatalf("%q matches %q now and then", pattern, path)
		}
		if !ok {
			return
		}
		for i, s := range p.segments {
			for _, name := range s.names {
				if _, there := params[name]; !there {
					t.Errorf("%q matches %q without %s", pattern, path, name)
				}
			}
			if len(s.names) == 0 && !strings.EqualFold(s.literal, parts[i]) {
				t.Errorf("the literal %q matches %q", s.literal, parts[i])
			}
			if s.rest {
				return // the rest has slashes; what a pattern says after it is not looked at
			}
		}
		if got, want := rebuilt(pattern, params), strings.Join(parts, "/"); !repeated(p) && !strings.EqualFold(got, want) {
			t.Errorf("%q matches %q with %v, which makes %q", pattern, want, params, got)
		}
	})
}

func TestRoutesCanBeAddedAfterTheFirstCall(t *testing.T) {
	t.Parallel()
	var p Table[int]
	add := func(host, path, operation string) {
		p.Add(Route[int]{Host: host, Method: "GET", Path: path, Operation: operation})
	}
	add("api.example", "/{any}", "x.any")
	if r, _, _ := p.Find("api.example", "GET", "/a"); r == nil || r.Operation != "x.any" {
		t.Fatal(r)
	}
	add("api.example", "/a", "x.a")
	add("*.example", "/b/c", "x.c")
	for path, want := range map[string]string{"/a": "x.a", "/b": "x.any", "/b/c": "x.c"} {
		if r, _, _ := p.Find("api.example", "GET", path); r == nil || r.Operation != want {
			t.Errorf("%s: %v, want %s", path, r, want)
		}
	}
}
