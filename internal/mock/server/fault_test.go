package server_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

func TestFaultsHitWhatTheyMatchAfterSkippingAndAsOftenAsTheySay(t *testing.T) {
	t.Parallel()
	const own = "33333333-3333-4333-8333-333333333333"
	for name, c := range map[string]struct {
		fault server.Fault
		want  string // statuses of four reads of a thing that does not exist
	}{
		"everything once":   {server.Fault{Status: 503}, "503 404 404 404"},
		"default status":    {server.Fault{}, "500 404 404 404"},
		"skip and times":    {server.Fault{Status: 503, Skip: 1, Times: 2}, "404 503 503 404"},
		"always":            {server.Fault{Status: 429, Times: -1}, "429 429 429 429"},
		"operation":         {server.Fault{Status: 503, Operation: "things.get"}, "503 404 404 404"},
		"operation pattern": {server.Fault{Status: 503, Operation: "things.*"}, "503 404 404 404"},
		"other operation":   {server.Fault{Status: 503, Operation: "things.list"}, "404 404 404 404"},
		"method":            {server.Fault{Status: 503, Method: "get"}, "503 404 404 404"},
		"other method":      {server.Fault{Status: 503, Method: "PUT"}, "404 404 404 404"},
		"host and path":     {server.Fault{Status: 503, Host: "api.*", Path: "/Things/*"}, "503 404 404 404"},
		"other host":        {server.Fault{Status: 503, Host: "*.api.*"}, "404 404 404 404"},
		"other path":        {server.Fault{Status: 503, Path: "/things"}, "404 404 404 404"},
		"query":             {server.Fault{Status: 503, Query: map[string]string{"api-version": "2023-*"}}, "503 404 404 404"},
		"other query":       {server.Fault{Status: 503, Query: map[string]string{"$expand": "*"}}, "404 404 404 404"},
		"tenant":            {server.Fault{Status: 503, Tenant: own}, "503 404 404 404"},
		"other tenant":      {server.Fault{Status: 503, Tenant: "44444444-4444-4444-8444-444444444444"}, "404 404 404 404"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, server.Options{})
			tenant := f.tenant(server.TenantSeed{ID: own})
			f.Inject(c.fault)
			var got []string
			for range 4 {
				got = append(got, http.StatusText(tenant.Send("GET", "/things/a?api-version=2023-06-01", nil).Status))
			}
			var want []string
			for text := range strings.FieldsSeq(c.want) {
				want = append(want, http.StatusText(map[string]int{"404": 404, "429": 429, "500": 500, "503": 503}[text]))
			}
			if strings.Join(got, ",") != strings.Join(want, ",") {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

func TestFaultAnswersWhatItSays(t *testing.T) {
	t.Parallel()
	f := newFixture(t, server.Options{})
	tenant := f.tenant(server.TenantSeed{})
	f.Inject(server.Fault{Status: 429, Headers: map[string]string{"Retry-After": "30", "X-Custom": "1"}, Body: server.Doc{"message": "slow down"}})
	f.Inject(server.Fault{Status: 502, Body: "<html>bad gateway</html>"})
	f.Inject(server.Fault{Status: 503, Headers: map[string]string{"Retry-After": "1"}, Verbatim: true})
	before := tenant.Clock().Now()

	a := tenant.Send("GET", "/things", nil)
	a.Want(429).Has(server.Doc{"message": "slow down"})
	if a.Header.Get("X-Custom") != "1" || a.Header.Get("Retry-After") != "" || a.Header.Get("Retry-After-Ms") != "1" {
		t.Errorf("headers: %v", a.Header)
	}
	if moved := tenant.Clock().Now().Sub(before); moved != 30*time.Second {
		t.Errorf("the clock moved by %v", moved)
	}
	a = tenant.Send("GET", "/things", nil)
	if a.Raw != "<html>bad gateway</html>" || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
		t.Errorf("%s %v", a.Raw, a.Header)
	}
	a = tenant.Send("GET", "/things", nil)
	a.Want(503, "ServiceUnavailable")
	if a.Header.Get("Retry-After") != "1" || a.Header.Get("Retry-After-Ms") != "" {
		t.Errorf("headers: %v", a.Header)
	}
	if hits := f.Faults()[2].Hits; hits != 1 {
		t.Errorf("hits: %d", hits)
	}
}

func TestAnswerAndEffectOfAFaultAreSeparate(t *testing.T) {
	t.Parallel()
	f := newFixture(t, server.Options{})
	tenant := f.tenant(server.TenantSeed{})
	f.Inject(server.Fault{Method: "PUT", Status: 500})
	f.Inject(server.Fault{Method: "PUT", Status: 500, Effect: true})
	tenant.Send("PUT", "/things/a", server.Doc{}).Want(500, "InternalServerError")
	tenant.Send("GET", "/things/a", nil).Want(404, "ThingNotFound")
	tenant.Send("PUT", "/things/a", server.Doc{}).Want(500, "InternalServerError")
	tenant.Send("GET", "/things/a", nil).Want(200)
}

func TestCutBreaksTheConnectionInMemory(t *testing.T) {
	t.Parallel()
	f := newFixture(t, server.Options{})
	tenant := f.tenant(server.TenantSeed{})
	f.Inject(server.Fault{Method: "PUT", Cut: true, Effect: true})
	if _, err := tenant.Try("PUT", "/things/a", server.Doc{}); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("error: %v", err)
	}
	tenant.Send("GET", "/things/a", nil).Want(200)
	if e := tenant.Requests()[0]; e.Status != 0 || e.Operation != "things.put" {
		t.Errorf("journal: %+v", e)
	}
}

func TestHangLastsUntilTheClientGivesUp(t *testing.T) {
	t.Parallel()
	f := newFixture(t, server.Options{})
	tenant := f.tenant(server.TenantSeed{})
	f.Inject(server.Fault{Hang: true})
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		res, err := f.Do(tenant.Request("GET", "/things", nil).WithContext(ctx))
		if !errors.Is(err, context.Canceled) {
			if err == nil {
				_ = res.Body.Close()
			}
			t.Errorf("error: %v", err)
		}
	})
	for len(tenant.Requests()) == 0 {
		if t.Context().Err() != nil {
			t.Fatal("the request never arrived")
		}
		runtime.Gosched()
	}
	tenant.Send("GET", "/things", nil).Want(200)
	cancel()
	wg.Wait()
}

func TestClearFaultsMayKeepThoseOfOtherTenants(t *testing.T) {
	t.Parallel()
	p := server.New(server.Options{})
	p.Inject(server.Fault{Tenant: "a"})
	p.Inject(server.Fault{Tenant: "b"})
	p.ClearFaults("A")
	if left := p.Faults(); len(left) != 1 || left[0].Tenant != "b" {
		t.Errorf("left: %+v", left)
	}
	p.ClearFaults()
	if left := p.Faults(); len(left) != 0 {
		t.Errorf("left: %+v", left)
	}
}

// through is a way to a real socket whatever host is asked for.
func through(t *testing.T, f fixture) http.RoundTripper {
	t.Helper()
	s := httptest.NewServer(f.Platform)
	t.Cleanup(s.Close)
	return redirect{s.Listener.Addr().String(), s.Client().Transport}
}

type redirect struct {
	addr string
	next http.RoundTripper
}

func (r redirect) RoundTrip(req *http.Request) (*http.Response, error) {
	out := req.Clone(req.Context())
	out.Host, out.URL.Scheme, out.URL.Host = req.URL.Host, "http", r.addr
	return r.next.RoundTrip(out)
}

func TestSocketAnswersAsMemoryDoesAndBreaksWhenCut(t *testing.T) {
	t.Parallel()
	f := newFixture(t, server.Options{})
	tenant := f.tenant(server.TenantSeed{})
	client := tenant.Through(through(t, f))
	client.Send("GET", "/things", nil).Want(200).Has(server.Doc{"value": []any{}})

	f.Inject(server.Fault{Cut: true})
	if _, err := client.Try("GET", "/things", nil); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("cut: %v", err)
	}
	if n := len(tenant.Requests()); n != 2 {
		t.Errorf("%d requests: the transport replayed the one that was cut", n)
	}
	f.Inject(server.Fault{Hang: true})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	res, err := through(t, f).RoundTrip(tenant.Request("GET", "/things", nil).WithContext(ctx))
	if !errors.Is(err, context.DeadlineExceeded) {
		if err == nil {
			_ = res.Body.Close()
		}
		t.Errorf("hang: %v", err)
	}
}
