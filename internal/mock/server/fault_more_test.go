package server_test

import (
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/fault"
)

// faulty is a fixture with a thing in it and faults as a file says them.
func faulty(t *testing.T, faults string) (fixture, mocktest.Client) {
	t.Helper()
	f := newFixture(t, server.Options{})
	tenant := f.tenant(server.TenantSeed{Items: map[string][]server.Doc{"things": {{"id": "a", "name": "x"}}}})
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
	_, tenant := faulty(t, "answers:\n  - {status: 503, headers: {Retry-After: \"30\"}}\n  - {status: 502, body: \"\"}\n  - {}\n  - {status: 409, effect: true}")
	for i, want := range []int{503, 502, 200, 409, 200} {
		a := tenant.Send("GET", "/things/a", nil)
		if a.Status != want || want == 502 && a.Raw != "" {
			t.Errorf("answer %d: %d %s", i, a.Status, a.Raw)
		}
	}
}

func TestFaultsSpoilTheAnswerOfThePlatform(t *testing.T) {
	t.Parallel()
	_, tenant := faulty(t, "- {path: /things/a, times: -1, patch: {name: null, more: {b: 1, c: null}}}\n- {path: /things, times: -1, patch: {name: y}, drop: [X-Total], headers: {X-More: \"1\"}}")
	if a := tenant.Send("GET", "/things/a", nil); a.Raw != `{"id":"a","more":{"b":1}}` {
		t.Error(a.Raw)
	}
	a := tenant.Send("GET", "/things", nil)
	if a.Header.Get("X-More") != "1" || !strings.Contains(a.Raw, `"name":"y"`) {
		t.Error(a.Raw, a.Header)
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
		return tenant.Send("PUT", "/things/"+id, body).Status
	}
	get := func(path string) int { return tenant.Send("GET", path, nil).Status }
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
	late := f.tenant(server.TenantSeed{})
	if got := late.Send("GET", "/things", nil).Status; got != 200 {
		t.Error("the time of a tenant that came later begins with its first request:", got)
	}
}

func TestFaultsCountPerPathAndChooseByProbability(t *testing.T) {
	t.Parallel()
	_, tenant := faulty(t, "- {path: /things/*, per: path, times: 1, status: 500}\n- {path: /things, probability: 0.5, seed: 7, times: -1, status: 500}")
	for _, path := range []string{"/things/a", "/things/b"} {
		if got := tenant.Send("GET", path, nil).Status; got != 500 {
			t.Error(path, got)
		}
	}
	if got := tenant.Send("GET", "/things/a", nil).Status; got != 200 {
		t.Error("a second time:", got)
	}
	hits := 0
	for range 200 {
		if tenant.Send("GET", "/things", nil).Status == 500 {
			hits++
		}
	}
	if hits < 70 || hits > 130 {
		t.Errorf("%d of 200 were hit", hits)
	}
}

func TestDelaysPassOnTheClockOfTheTenant(t *testing.T) {
	t.Parallel()
	_, tenant := faulty(t, "delay: 1h")
	before := tenant.Clock().Now()
	if a := tenant.Send("GET", "/things/a", nil); a.Status != 200 {
		t.Error(a.Status)
	}
	if d := tenant.Clock().Now().Sub(before); d < time.Hour || d > time.Hour+time.Minute {
		t.Error(d)
	}
}

func TestConnectionsBreak(t *testing.T) {
	t.Parallel()
	f, tenant := faulty(t, "- {query: {x: r}, reset: true, times: -1}\n- {query: {x: d}, unresolved: true, times: -1}\n- {query: {x: t}, truncate: 5, times: -1}")
	for _, c := range []mocktest.Client{tenant, tenant.Through(through(t, f))} {
		if _, err := c.Try("GET", "/things/a?x=r", nil); !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, io.EOF) {
			t.Error(err)
		}
		if _, err := c.Try("GET", "/things/a?x=d", nil); err == nil {
			t.Error("the host has an address")
		}
		a, err := c.Try("GET", "/things/a?x=t", nil)
		if size, _ := strconv.Atoi(a.Header.Get("Content-Length")); len(a.Raw) != 5 || !errors.Is(err, io.ErrUnexpectedEOF) || size < 10 {
			t.Error(a, err)
		}
	}
	var unresolved *net.DNSError
	if _, err := tenant.Try("GET", "/things/a?x=d", nil); !errors.As(err, &unresolved) || !unresolved.IsNotFound {
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
