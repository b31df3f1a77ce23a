package server_test

import (
	"maps"
	"net/http"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

func TestRouterFindsTheMostSpecificRoute(t *testing.T) {
	t.Parallel()
	p := server.New(server.Options{})
	var operation string
	var params map[string]string
	for _, r := range []struct{ host, path string }{
		{"api.example", "/providers/X/environments"},
		{"api.example", "/providers/X/environments/{id}"},
		{"api.example", "/providers/X/environments/special"},
		{"*.api.example", "/providers/X/environments/{id}"},
		{"*.crm*.example", "/api/data/{version}/accounts({id})"},
		{"*.crm*.example", "/api/data/{version}/accounts"},
		{"*.crm*.example", "/api/data/{version}/{set}"},
		{"*.crm*.example", "/api/data/{version}/keys(a={a},b='{b}')/{name...}"},
		{"org.crm4.example", "/api/data/{version}/accounts"},
	} {
		name := r.host + r.path
		p.Open(r.host, "GET", r.path, name, func(c *server.Call) server.Reply {
			operation, params = name, c.Params
			return server.Empty(http.StatusNoContent)
		})
	}
	f := fixture{p, t}
	for _, c := range []struct {
		url, operation string
		params         map[string]string
	}{
		{"https://api.example/providers/X/environments", "api.example/providers/X/environments", nil},
		{"https://api.example/Providers/x/Environments/?a=b", "api.example/providers/X/environments", nil},
		{"https://api.example:443/providers/X/environments/a%2Fb", "api.example/providers/X/environments/{id}", map[string]string{"id": "a/b"}},
		{"https://api.example/providers/X/environments/Special", "api.example/providers/X/environments/special", nil},
		{"https://europe.api.example/providers/X/environments/special", "*.api.example/providers/X/environments/{id}", map[string]string{"id": "special"}},
		{"https://a.crm.example/api/data/v9.2/accounts(1-2)", "*.crm*.example/api/data/{version}/accounts({id})", map[string]string{"version": "v9.2", "id": "1-2"}},
		{"https://a.crm4.example/api/data/v9.2/Accounts", "*.crm*.example/api/data/{version}/accounts", map[string]string{"version": "v9.2"}},
		{"https://a.crm4.example/api/data/v9.2/contacts", "*.crm*.example/api/data/{version}/{set}", map[string]string{"version": "v9.2", "set": "contacts"}},
		{"https://org.crm4.example/api/data/v9.2/accounts", "org.crm4.example/api/data/{version}/accounts", map[string]string{"version": "v9.2"}},
		{
			"https://a.crm.example/api/data/v9/keys(a=1,b='x%20y')/p/q", "*.crm*.example/api/data/{version}/keys(a={a},b='{b}')/{name...}",
			map[string]string{"version": "v9", "a": "1", "b": "x y", "name": "p/q"},
		},
		{"https://api.example/providers/X/environments//x", "", nil},
		{"https://api.example/providers/X", "", nil},
	} {
		operation, params = "", nil
		a := f.nobody().Send("GET", c.url, nil)
		if operation != c.operation {
			t.Errorf("%s went to %q (%d), want %q", c.url, operation, a.Status, c.operation)
		}
		if c.operation != "" && len(c.params)+len(params) > 0 && !maps.Equal(params, c.params) {
			t.Errorf("%s has params %v, want %v", c.url, params, c.params)
		}
	}
}

func TestRegisteringARouteTwicePanics(t *testing.T) {
	t.Parallel()
	p := server.New(server.Options{})
	h := func(*server.Call) server.Reply { return server.Empty(204) }
	p.Route(host, "GET", "/a/{id}", "a", h)
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	p.Route(host, "GET", "/A/{id}", "b", h)
}

func TestGlobCrossesSlashesAndIgnoresCase(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"", "anything", true},
		{"*", "", true},
		{"a*c", "A/b/C", true},
		{"a*c", "a/b/d", false},
		{"*b*", "abc", true},
		{"a*a", "a", false},
		{"*/environments", "/x/environments", true},
		{"*/environments", "/x/environments/1", false},
		{"abc", "ABC", true},
		{"a*b*c", "a-b-b-c", true},
		{"a*bc*c", "abc", false},
	} {
		if got := server.Glob(c.pattern, c.text); got != c.want {
			t.Errorf("Glob(%q, %q) = %v", c.pattern, c.text, got)
		}
	}
}
