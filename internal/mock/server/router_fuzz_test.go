package server

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
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
func repeated(r *route) bool {
	seen := map[string]bool{}
	for _, s := range r.segments {
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
		r := &route{path: pattern}
		r.parse()
		parts := split(path)
		params, ok := r.match(parts)
		if again, same := r.match(parts); same != ok || len(again) != len(params) {
			t.Fatalf("%q matches %q now and then", pattern, path)
		}
		if !ok {
			return
		}
		for i, s := range r.segments {
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
		if got, want := rebuilt(pattern, params), strings.Join(parts, "/"); !repeated(r) && !strings.EqualFold(got, want) {
			t.Errorf("%q matches %q with %v, which makes %q", pattern, want, params, got)
		}
	})
}

func FuzzRequest(f *testing.F) {
	p := New(Options{})
	t := p.AddTenant(TenantSeed{})
	token, err := t.Token(DefaultClientID, "https://api.example")
	if err != nil {
		f.Fatal(err)
	}
	seen := func(*Call) Reply { return Empty(http.StatusNoContent) }
	for _, path := range []string{"/a/{id}", "/a/{id}/b", "/a({key})", "/a({key})/{property...}", "/a/fixed"} {
		p.Route("api.example", http.MethodGet, path, "x", seen)
		p.Route("*.api.example", http.MethodPost, path, "y", seen)
	}
	p.Absent("api.example", http.MethodDelete, "/a/{id}", "z")
	for _, seed := range [][3]string{
		{"GET", "api.example", "/a/fixed"},
		{"POST", "one.api.example:443", "/A(1)/x/y"},
		{"DELETE", "API.example.", "/a/%2e%2e"},
		{"PATCH", "elsewhere.example", "/a"},
		{"", "", "//"},
		{"GET", "[::1]:80", "/%"},
		{"GET", "api.example", "/_mock/x"},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, method, host, path string) {
		at := &url.URL{Scheme: "https", Host: "api.example", Path: path, RawPath: path}
		req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "https://api.example/", nil)
		req.Method, req.Host, req.URL = method, host, at
		req.Header.Set("Authorization", "Bearer "+token)
		res, err := p.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		if _, err := io.ReadAll(res.Body); err != nil {
			t.Fatal(err)
		}
		admin := strings.HasPrefix(path, "/_mock/")
		switch res.StatusCode {
		case http.StatusNoContent:
		case http.StatusNotImplemented:
			if res.Header.Get(ReasonHeader) == "" {
				t.Errorf("%s %s%s: 501 without a reason", method, host, path)
			}
		case http.StatusUnauthorized: // another audience
		default:
			if !admin {
				t.Errorf("%s %s%s: %d", method, host, path, res.StatusCode)
			}
		}
	})
}
