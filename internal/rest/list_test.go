package rest

import (
	"context"
	"slices"
	"strings"
	"testing"
)

func names(ctx context.Context, t *testing.T, c *Client, path string, opts ...Option) []string {
	t.Helper()
	var out []string
	for v, err := range List[thing](ctx, c, path, opts...) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, v.Name)
	}
	return out
}

func TestListFollowsLinks_X05(t *testing.T) {
	t.Parallel()
	for dialect, key := range map[string]string{"ARM and BAP": "nextLink", "OData": "@odata.nextLink"} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			const next = "https://europe.api.bap.microsoft.com/things?$skiptoken=%3Ccookie%20a%3B+b%3E&api-version=1"
			perform(t, bap, Options{}, []answer{
				reply(200, `{"value":[{"name":"a"},{"name":"b"}],"`+key+`":"`+next+`"}`),
				reply(200, `{"value":[],"`+key+`":"https://api.bap.microsoft.com/things?page=3"}`),
				reply(200, `{"value":[{"name":"c"}],"`+key+`":null}`),
			}, func(ctx context.Context, c *Client, s *script) {
				if got := names(ctx, t, c, "/things", Query("$top", "2")); !slices.Equal(got, []string{"a", "b", "c"}) {
					t.Errorf("items %v", got)
				}
				want := "GET https://api.bap.microsoft.com/things?%24top=2&api-version=2023-06-01\n" +
					"GET " + next + "\n" + // as the server wrote it
					"GET https://api.bap.microsoft.com/things?page=3\n"
				if s.lines() != want {
					t.Errorf("sent\n%swant\n%s", s.lines(), want)
				}
			})
		})
	}
}

func TestListAsksForAPageWhenItsFirstItemIs_X05(t *testing.T) {
	t.Parallel()
	perform(t, bap, Options{}, []answer{
		reply(200, `{"value":[{"name":"a"},{"name":"b"}],"nextLink":"https://api.bap.microsoft.com/2"}`),
	}, func(ctx context.Context, c *Client, _ *script) {
		for v, err := range List[thing](ctx, c, "/things") {
			if err != nil {
				t.Fatal(err)
			}
			if v.Name == "b" {
				return
			}
		}
	})
}

func TestListStopsAfterAnError(t *testing.T) {
	t.Parallel()
	perform(t, bap, Options{}, []answer{
		reply(200, `{"value":[{"name":"a"}],"nextLink":"https://api.bap.microsoft.com/2"}`),
		reply(403, `{"error":{"code":"Forbidden","message":"no"}}`),
	}, func(ctx context.Context, c *Client, _ *script) {
		var got []string
		for v, err := range List[thing](ctx, c, "/things") {
			if err != nil {
				got = append(got, "error")
				if !HasCode(err, "forbidden") || !strings.Contains(err.Error(), "GET https://api.bap.microsoft.com/2: 403 Forbidden") {
					t.Error(err)
				}
				continue
			}
			got = append(got, v.Name)
		}
		if !slices.Equal(got, []string{"a", "error"}) {
			t.Errorf("yielded %v", got)
		}
	})
}

func TestA404OfAListIsNoAbsence(t *testing.T) {
	t.Parallel()
	for _, many := range []bool{true, false} {
		perform(t, bap, Options{}, []answer{reply(404, "")}, func(ctx context.Context, c *Client, _ *script) {
			var opts []Option
			if many {
				opts = append(opts, Many)
			}
			for _, err := range List[thing](ctx, c, "/x", opts...) {
				if IsNotFound(err) == many {
					t.Errorf("many %t: %v", many, err)
				}
			}
		})
	}
}

func TestListKeepsRetryingOnLaterPages(t *testing.T) {
	t.Parallel()
	perform(t, bap, Options{}, []answer{
		reply(200, `{"value":[],"nextLink":"https://api.bap.microsoft.com/2"}`),
		reply(403, ``),
		reply(200, `{"value":[{"name":"a"}]}`),
	}, func(ctx context.Context, c *Client, _ *script) {
		grace := RetryOn(func(e *Error) bool { return e.Status == 403 })
		if got := names(ctx, t, c, "/things", grace); !slices.Equal(got, []string{"a"}) {
			t.Errorf("items %v", got)
		}
	})
}

func TestNoLinkLeadsATokenAway(t *testing.T) {
	t.Parallel()
	for _, link := range []string{
		"https://evil.example/things",
		"https://api.bap.microsoft.com.evil.example/things",
		"https://evilbap.microsoft.com/things",
		"https://api.bap.microsoft.com@evil.example/things",
		"http://api.bap.microsoft.com/things",
		"//evil.example/things",
		"ftp://api.bap.microsoft.com/things",
	} {
		t.Run(link, func(t *testing.T) {
			t.Parallel()
			cred := &credential{}
			answers := []answer{reply(200, `{"value":[{"name":"a"}],"nextLink":"`+link+`"}`)}
			if strings.HasPrefix(link, "//") { // a path of the endpoint's own host
				answers = append(answers, reply(404, ""))
			}
			perform(t, secured, Options{Credential: cred}, answers, func(ctx context.Context, c *Client, s *script) {
				var last error
				for _, err := range List[thing](ctx, c, "/things") {
					last = err
				}
				if last == nil {
					t.Error("no error")
				}
				for _, r := range s.seen {
					if !strings.HasPrefix(r.line, "GET https://api.bap.microsoft.com/") {
						t.Errorf("sent %s", r.line)
					}
				}
			})
		})
	}
}

func TestNoOperationLeadsATokenAway(t *testing.T) {
	t.Parallel()
	for _, dialect := range []Dialect{Lifecycle, ARM} {
		secured := Endpoint{Host: bap.Host, Scope: "scope", Operations: dialect}
		perform(t, secured, Options{Credential: &credential{}}, []answer{
			reply(202, "", "Location", "https://evil.example/op"),
		}, func(ctx context.Context, c *Client, _ *script) {
			_, err := Post[None](ctx, c, "/things", thing{})
			if err == nil || !strings.Contains(err.Error(), "outside its own domain") {
				t.Errorf("dialect %d: %v", dialect, err)
			}
			if !IsAmbiguous(err) {
				t.Error("the platform accepted the request: it may have taken effect")
			}
		})
	}
	perform(t, Endpoint{Host: bap.Host, Operations: ARM}, Options{}, []answer{
		reply(202, "", "Location", "http://api.bap.microsoft.com/op"),
	}, func(ctx context.Context, c *Client, _ *script) {
		if _, err := Post[None](ctx, c, "/things", thing{}); err == nil {
			t.Error("an operation is followed over clear HTTP")
		}
	})
}

func TestTrustReachesAsFarAsTheDomain(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		endpoint Endpoint
		link     string
		trusted  bool
	}{
		{Endpoint{Host: "api.bap.microsoft.com"}, "https://europe.API.bap.microsoft.com/x", true},
		{Endpoint{Host: "API.BAP.microsoft.com"}, "https://unitedstates.bap.microsoft.com/x", true},
		{Endpoint{Host: "api.bap.microsoft.com"}, "https://other.microsoft.com/x", false},
		{Endpoint{Host: "localhost"}, "https://localhost/x", true},
		{Endpoint{Host: "org.crm4.dynamics.com", Domain: "org.crm4.dynamics.com"}, "https://other.crm4.dynamics.com/x", false},
	} {
		answers := []answer{reply(200, `{"value":[],"nextLink":"`+tc.link+`"}`)}
		if tc.trusted {
			answers = append(answers, reply(200, `{"value":[]}`))
		}
		perform(t, tc.endpoint, Options{}, answers, func(ctx context.Context, c *Client, _ *script) {
			var last error
			for _, err := range List[thing](ctx, c, "/things") {
				last = err
			}
			if (last == nil) != tc.trusted {
				t.Errorf("%s to %s: %v", tc.endpoint.Host, tc.link, last)
			}
		})
	}
}
