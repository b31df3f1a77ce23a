package server_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

func FuzzRequest(f *testing.F) {
	p := server.New(server.Options{})
	t := p.AddTenant(server.TenantSeed{})
	token, err := t.Token(server.DefaultClientID, "https://api.example")
	if err != nil {
		f.Fatal(err)
	}
	seen := func(*server.Call) server.Reply { return server.Empty(http.StatusNoContent) }
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
			if res.Header.Get(server.ReasonHeader) == "" {
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
