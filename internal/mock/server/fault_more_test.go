package server_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/fault"
)

// faulty is a fixture with a thing in it and faults as a file says them.
func faulty(t *testing.T, faults string) (fixture, *server.Tenant) {
	t.Helper()
	f := newFixture(t, server.Options{})
	tenant := f.AddTenant(server.TenantSeed{Items: map[string][]server.Doc{"things": {{"id": "a", "name": "x"}}}})
	all, err := fault.Parse([]byte(faults))
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range all {
		f.Inject(one)
	}
	return f, tenant
}

func TestFaultsAnswerInSequence(t *testing.T) {
	t.Parallel()
	f, tenant := faulty(t, "answers:\n  - {status: 503, headers: {Retry-After: \"30\"}}\n  - {status: 502, body: \"\"}\n  - {}\n  - {status: 409, effect: true}")
	for i, want := range []int{503, 502, 200, 409, 200} {
		a := f.call(tenant, http.MethodGet, "/things/a", nil)
		if a.status != want || want == 502 && a.text != "" {
			t.Errorf("answer %d: %d %s", i, a.status, a.text)
		}
	}
}

func TestFaultsSpoilTheAnswerOfThePlatform(t *testing.T) {
	t.Parallel()
	f, tenant := faulty(t, "- {path: /things/a, times: -1, patch: {name: null, more: {b: 1, c: null}}}\n- {path: /things, times: -1, patch: {name: y}, drop: [X-Total], headers: {X-More: \"1\"}}")
	if a := f.call(tenant, http.MethodGet, "/things/a", nil); a.text != `{"id":"a","more":{"b":1}}` {
		t.Error(a.text)
	}
	a := f.call(tenant, http.MethodGet, "/things", nil)
	if a.header.Get("X-More") != "1" || !strings.Contains(a.text, `"name":"y"`) {
		t.Error(a.text, a.header)
	}
	if d, _ := tenant.Collection("things").Peek("a"); d["name"] != "x" {
		t.Errorf("the thing itself was changed: %v", d)
	}
}

func TestFaultsDependOnTheBodyOnTheStateAndOnTime(t *testing.T) {
	t.Parallel()
	f, tenant := faulty(t, `
- {method: PUT, keys: [secret.*], status: 400, times: -1}
- {method: PUT, without: [name], status: 422, times: -1}
- {method: GET, path: /things/*, when: [{collection: things, id: "{id}", field: name, equals: old}], status: 410, times: -1}
- {method: GET, path: /things/*, when: [{collection: things, where: {id: "{id}"}, field: made, younger: 1h}], status: 425, times: -1}
- {path: /things, after: 1m, until: 1h, status: 423, times: -1}`)
	put := func(id string, body server.Doc) int {
		return f.call(tenant, http.MethodPut, "/things/"+id, body).status
	}
	get := func(path string) int { return f.call(tenant, http.MethodGet, path, nil).status }
	if got := put("b", server.Doc{"name": "n", "secret": server.Doc{"x": 1}}); got != 400 {
		t.Error("a key of the body:", got)
	}
	if got := put("b", server.Doc{"x": 1}); got != 422 {
		t.Error("a missing key of the body:", got)
	}
	tenant.Collection("things").Put("old", server.Doc{"id": "old", "name": "old"})
	tenant.Collection("things").Put("new", server.Doc{"id": "new", "made": tenant.Clock().Now().Format(time.RFC3339)})
	for path, want := range map[string]int{"/things/old": 410, "/things/new": 425, "/things/a": 200} {
		if got := get(path); got != want {
			t.Errorf("%s: %d, want %d", path, got, want)
		}
	}
	if got := get("/things"); got != 200 {
		t.Error("too early:", got)
	}
	tenant.Clock().Advance(2 * time.Minute)
	if got := get("/things"); got != 423 {
		t.Error("in time:", got)
	}
	tenant.Clock().Advance(2 * time.Hour)
	if got := get("/things"); got != 200 {
		t.Error("too late:", got)
	}
	if got := get("/things/new"); got != 200 {
		t.Error("it is no longer new:", got)
	}
	late := f.AddTenant(server.TenantSeed{})
	if got := f.call(late, http.MethodGet, "/things", nil).status; got != 200 {
		t.Error("the time of a tenant that came later begins with its first request:", got)
	}
}

func TestFaultsCountPerPathAndChooseByProbability(t *testing.T) {
	t.Parallel()
	f, tenant := faulty(t, "- {path: /things/*, per: path, times: 1, status: 500}\n- {path: /things, probability: 0.5, seed: 7, times: -1, status: 500}")
	for _, path := range []string{"/things/a", "/things/b"} {
		if got := f.call(tenant, http.MethodGet, path, nil).status; got != 500 {
			t.Error(path, got)
		}
	}
	if got := f.call(tenant, http.MethodGet, "/things/a", nil).status; got != 200 {
		t.Error("a second time:", got)
	}
	hits := 0
	for range 200 {
		if f.call(tenant, http.MethodGet, "/things", nil).status == 500 {
			hits++
		}
	}
	if hits < 70 || hits > 130 {
		t.Errorf("%d of 200 were hit", hits)
	}
}

func TestDelaysPassOnTheClockOfTheTenant(t *testing.T) {
	t.Parallel()
	f, tenant := faulty(t, "delay: 1h")
	before := tenant.Clock().Now()
	if a := f.call(tenant, http.MethodGet, "/things/a", nil); a.status != 200 {
		t.Error(a.status)
	}
	if d := tenant.Clock().Now().Sub(before); d < time.Hour || d > time.Hour+time.Minute {
		t.Error(d)
	}
}

func TestConnectionsBreak(t *testing.T) {
	t.Parallel()
	f, tenant := faulty(t, "- {query: {x: r}, reset: true, times: -1}\n- {query: {x: d}, unresolved: true, times: -1}\n- {query: {x: t}, truncate: 5, times: -1}")
	s := httptest.NewServer(f.Platform)
	defer s.Close()
	for _, do := range map[string]func(*http.Request) (*http.Response, error){
		"in memory": f.Do,
		"socket": func(r *http.Request) (*http.Response, error) {
			r.Host, r.URL.Scheme, r.URL.Host = r.URL.Host, "http", s.Listener.Addr().String()
			return s.Client().Do(r)
		},
	} {
		req := func(x string) *http.Request {
			return f.request(tenant, http.MethodGet, "https://"+host+"/things/a?x="+x, nil)
		}
		res, err := do(req("r"))
		if err == nil {
			_ = res.Body.Close()
		}
		if !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, io.EOF) {
			t.Error(err)
		}
		if res, err = do(req("d")); err == nil {
			_ = res.Body.Close()
			t.Error("the host has an address")
		}
		res, err = do(req("t"))
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if len(raw) != 5 || !errors.Is(err, io.ErrUnexpectedEOF) || res.ContentLength < 10 {
			t.Errorf("%q %v", raw, err)
		}
	}
	var unresolved *net.DNSError
	if _, err := f.Do(f.request(tenant, http.MethodGet, "https://"+host+"/things/a?x=d", nil)); !errors.As(err, &unresolved) || !unresolved.IsNotFound { //nolint:bodyclose // there is none
		t.Error(err)
	}
}

func TestFaultsThatMakeNoSenseAreRefusedWithTheirLine(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"status: 500\nreset: true\ncut: true":                    "line 1: hang, cut, reset and unresolved exclude one another",
		"- status: 500\n- answers: [{status: 500}]\n  cut: true": "line 2: [1]: answers exclude status",
		"faults:\n- status: 500\n- stat: 1":                      "line 3: faults[1].stat: unknown key",
		"status: 500\npatch: {a: 1}":                             "line 1: patch and omit change the answer of the platform",
		"status: 500\nafter: 2m\nuntil: 1m":                      "line 1: until must be later than after",
		"status: 500\nwhen: [{field: x}]":                        "line 2: when[0]: collection is required",
		"status: 500\nwhen: [{collection: x, equals: 1}]":        "line 1: when[0]: equals, younger and older need a field",
		"answers: [{status: 100}]":                               "line 1: answers[0]: status 100 is no HTTP status",
		"delay: soon":                                            "line 1: delay: must be a duration",
		"status: 500\nper: moon":                                 "line 2: per: must be one of path, host, environment",
		"status: 500\nprobability: 2":                            "line 2: probability: must be between 0 and 1, not 2",
	} {
		if _, err := fault.Parse([]byte(text)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}
