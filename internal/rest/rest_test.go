package rest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
)

func TestMethodsSendWhatTheyAreTold(t *testing.T) {
	t.Parallel()
	for method, call := range map[string]func(context.Context, *Client) error{
		http.MethodGet: func(ctx context.Context, c *Client) error { _, err := Get[thing](ctx, c, "/x"); return err },
		http.MethodPost: func(ctx context.Context, c *Client) error {
			_, err := Post[thing](ctx, c, "/x", thing{"b"})
			return err
		},
		http.MethodPut: func(ctx context.Context, c *Client) error { _, err := Put[thing](ctx, c, "/x", thing{"b"}); return err },
		http.MethodPatch: func(ctx context.Context, c *Client) error {
			_, err := Patch[thing](ctx, c, "/x", thing{"b"})
			return err
		},
		http.MethodDelete: func(ctx context.Context, c *Client) error { return Delete(ctx, c, "/x", thing{"b"}) },
	} {
		perform(t, bap, Options{}, []answer{reply(200, "{}")}, func(ctx context.Context, c *Client, s *script) {
			if err := call(ctx, c); err != nil {
				t.Errorf("%s: %v", method, err)
			}
			body, kind := `{"name":"b"}`, "application/json"
			if method == http.MethodGet {
				body, kind = "", ""
			}
			r := s.seen[0]
			if r.line != method+" https://api.bap.microsoft.com/x?api-version=2023-06-01" || r.body != body ||
				r.header.Get("Content-Type") != kind || r.header.Get("Accept") != "application/json" {
				t.Errorf("sent %s %q %v", r.line, r.body, r.header)
			}
		})
	}
	perform(t, bap, Options{}, []answer{reply(204, "")}, func(ctx context.Context, c *Client, s *script) {
		if err := Delete(ctx, c, "/x", nil); err != nil || s.seen[0].body != "" {
			t.Errorf("a DELETE without a body: %v, %q", err, s.seen[0].body)
		}
	})
}

func TestContentIsSentAsItIs(t *testing.T) {
	t.Parallel()
	var logged []string
	o := Options{Log: func(_ context.Context, _, _ string, fields map[string]any) {
		if text, ok := fields["body"].(fmt.Stringer); ok {
			logged = append(logged, text.String())
		}
	}}
	perform(t, bap, o, []answer{reply(503, ""), reply(201, "")}, func(ctx context.Context, c *Client, s *script) {
		if _, err := Put[None](ctx, c, "/x", Content{Type: "image/png", Data: []byte("\x89PNG")}); err != nil {
			t.Error(err)
		}
		for _, r := range s.seen {
			if r.body != "\x89PNG" || r.header.Get("Content-Type") != "image/png" {
				t.Errorf("sent %q as %s", r.body, r.header.Get("Content-Type"))
			}
		}
	})
	if !slices.Equal(logged, []string{"(not JSON)", "(not JSON)"}) {
		t.Errorf("logged %q", logged)
	}
}

func TestHeadersAreSentUnlessEmpty(t *testing.T) {
	t.Parallel()
	perform(t, bap, Options{}, []answer{reply(503, ""), reply(200, "{}")}, func(ctx context.Context, c *Client, s *script) {
		if _, err := Put[thing](ctx, c, "/x", thing{"b"}, Header("If-Match", "W/1"), Header("If-None-Match", "")); err != nil {
			t.Error(err)
		}
		for _, r := range s.seen {
			if _, has := r.header["If-None-Match"]; has || r.header.Get("If-Match") != "W/1" || r.header.Get("Accept") == "" {
				t.Errorf("headers %v", r.header)
			}
		}
	})
}

func TestQueriesAndVersions(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		path    string
		options []Option
		want    string
	}{
		{"/x", nil, "/x?api-version=2023-06-01"},
		{"/x", []Option{Version("2021-04-01")}, "/x?api-version=2021-04-01"},
		{"/x", []Option{Version("")}, "/x"},
		{"/x?api-version=1", nil, "/x?api-version=1"},
		{"/x", []Option{Query("api-version", "1")}, "/x?api-version=1"},
		{"/x", []Option{Version(""), Query("a", "1 2&3"), Query("a", "4", "odd")}, "/x?a=1+2%263&a=4"},
		{"/x?$filter=name eq 'a'", []Option{Version("")}, "/x?$filter=name%20eq%20'a'"},
		{"/x?$filter=a", []Option{Query("$top", "1")}, "/x?$filter=a&%24top=1&api-version=2023-06-01"},
	} {
		perform(t, bap, Options{}, []answer{reply(200, "{}")}, func(ctx context.Context, c *Client, s *script) {
			if _, err := Get[thing](ctx, c, tc.path, tc.options...); err != nil {
				t.Error(err)
			}
			if got := strings.TrimPrefix(s.seen[0].line, "GET https://api.bap.microsoft.com"); got != tc.want {
				t.Errorf("sent %s, want %s", got, tc.want)
			}
		})
	}
}

func TestUnusableRequestsAreRefused(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"", "x", "ftp://api.bap.microsoft.com/x", "http://api.bap.microsoft.com/x", "/%zz", "https://"} {
		perform(t, bap, Options{}, nil, func(ctx context.Context, c *Client, _ *script) {
			if _, err := Get[thing](ctx, c, path); err == nil {
				t.Errorf("%q is sent", path)
			}
		})
	}
	perform(t, bap, Options{}, nil, func(ctx context.Context, c *Client, _ *script) {
		if _, err := Post[thing](ctx, c, "/x", make(chan int)); err == nil {
			t.Error("a body that is no JSON is sent")
		}
	})
}

func TestOneOperationHasOneCorrelationIDAndEveryExchangeItsOwnRequestID(t *testing.T) {
	t.Parallel()
	o := Options{UserAgent: "terraform-provider-powerplatform/1.0 pid-x", Credential: &credential{}}
	answers := []answer{reply(503, ""), reply(401, ""), reply(202, "", "Location", opURL), at("Running"), at("Succeeded"), reply(200, "{}")}
	perform(t, secured, o, answers, func(ctx context.Context, c *Client, s *script) {
		ctx = Begin(ctx)
		if _, err := Patch[thing](ctx, c, "/x", nil); err != nil {
			t.Error(err)
		}
		if _, err := Get[thing](ctx, c, "/x"); err != nil {
			t.Error(err)
		}
		requests, correlations := map[string]bool{}, map[string]bool{}
		for _, r := range s.seen {
			requests[r.header.Get("X-Ms-Client-Request-Id")] = true
			correlations[r.header.Get("X-Correlation-Id")] = true
			correlations[r.header.Get("X-Ms-Client-Session-Id")] = true
			if r.header.Get("User-Agent") != o.UserAgent || r.header.Get("X-Ms-Useragent") != "terraform-provider-powerplatform" {
				t.Errorf("headers %v", r.header)
			}
		}
		if len(requests) != len(answers) || len(correlations) != 1 {
			t.Errorf("%d request IDs, %d correlation IDs in %d exchanges", len(requests), len(correlations), len(answers))
		}
		for id := range maps.Keys(correlations) {
			if uuid.Validate(id) != nil || requests[id] {
				t.Errorf("correlation ID %q", id)
			}
		}
	})
}

func TestOperationsHaveCorrelationIDsOfTheirOwn(t *testing.T) {
	t.Parallel()
	perform(t, bap, Options{UserAgent: "u"}, repeat(2, reply(200, "{}")), func(ctx context.Context, c *Client, s *script) {
		for range 2 {
			if _, err := Get[thing](ctx, c, "/x"); err != nil {
				t.Error(err)
			}
		}
		if a, b := s.seen[0].header.Get("X-Correlation-Id"), s.seen[1].header.Get("X-Correlation-Id"); a == b || a == "" || b == "" {
			t.Errorf("correlation IDs %q and %q", a, b)
		}
	})
}

func TestTelemetryCanBeRefused(t *testing.T) {
	t.Parallel()
	perform(t, secured, Options{Credential: &credential{}}, []answer{reply(503, ""), reply(202, "", "Location", opURL), at("Succeeded")}, func(ctx context.Context, c *Client, s *script) {
		if _, err := Put[thing](ctx, c, "/x", thing{}); err != nil {
			t.Error(err)
		}
		for _, r := range s.seen {
			names := slices.Sorted(maps.Keys(r.header))
			names = slices.DeleteFunc(names, func(n string) bool { return n == "Content-Type" || n == "Content-Length" })
			if !slices.Equal(names, []string{"Accept", "Authorization"}) {
				t.Errorf("%s: sent %v", r.line, names)
			}
		}
	})
}

func TestTheRequestOfAnAnswerIsTheOneThatWasAsked(t *testing.T) {
	t.Parallel()
	elsewhere := func(*http.Request) (*http.Response, error) {
		other, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1:8787/y", nil)
		return &http.Response{StatusCode: 404, Body: http.NoBody, Request: other}, err
	}
	bare := func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 429, Body: http.NoBody}, nil
	}
	perform(t, bap, Options{}, []answer{bare, elsewhere}, func(ctx context.Context, c *Client, _ *script) {
		_, err := Post[thing](ctx, c, "/x", nil)
		if e, ok := errors.AsType[*Error](err); !ok || e.Route != "POST https://api.bap.microsoft.com/x" {
			t.Error(err)
		}
	})
}

func TestAClientServesManyAtOnce(t *testing.T) {
	t.Parallel()
	any3 := func(req *http.Request) (*http.Response, error) {
		if req.Method == http.MethodGet {
			return reply(200, `{"state":{"id":"Succeeded"}}`)(req)
		}
		return reply(202, "", "Location", opURL, "Retry-After", "1")(req)
	}
	perform(t, secured, Options{Credential: &credential{}, UserAgent: "u", Log: func(context.Context, string, string, map[string]any) {}}, repeat(80, any3), func(ctx context.Context, c *Client, _ *script) {
		ctx = Begin(ctx)
		var wg sync.WaitGroup
		for range 40 {
			wg.Go(func() {
				if _, err := Patch[thing](ctx, c, "/x", thing{}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if time.Since(epoch) != time.Second {
			t.Errorf("took %s", time.Since(epoch))
		}
	})
}
