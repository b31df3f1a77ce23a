package server_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

func okay(*server.Call) server.Reply { return server.JSON(http.StatusOK, server.Doc{"ok": true}) }

func TestTheMostLiteralFactCounts(t *testing.T) {
	t.Parallel()
	p := server.New(server.Options{})
	p.Route("api.example", "GET", "/a", "x.a.get", okay)
	p.Route("b.example", "GET", "/a", "x.a.get", okay)
	p.Route("api.example", "GET", "/b", "x.b.get", okay)
	p.Know("x.", server.Facts{
		"* a.*": {Source: "https://one", Confidence: server.Inferred},
		"a.get": {Source: "https://two", Confidence: server.Documented, APIVersions: []string{"1"}},
	})
	p.Witnesses(map[string]string{"x.a.get": "server.TestX"})
	lines := p.Coverage()
	if len(lines) != 2 || lines[0].Source != "https://two" || lines[1].Source != "https://one" {
		t.Fatalf("coverage: %+v", lines)
	}
	if a := lines[0]; a.Host != "api.example" || a.Hosts != 2 || a.Witness != "server.TestX" || !a.Implemented {
		t.Errorf("the first line: %+v", a)
	}
	if lines[1].Witness != server.Unwitnessed {
		t.Errorf("nobody saw x.b.get, but the witness is %q", lines[1].Witness)
	}
}

func TestAbsentOperationsAreNamed(t *testing.T) {
	t.Parallel()
	p := server.New(server.Options{})
	tenant := mocktest.On(t, p, server.TenantSeed{}).At("https://api.example")
	p.Lack("api.example", "x.", server.Missing{"things.list": "GET /things | GET /scopes/{scope}/things", "things.get": "GET /things/{id}"})
	p.Route("api.example", "GET", "/things/{name}", "x.things.get", okay)
	p.Lack("api.example", "x.", server.Missing{"things.get": "GET /things/{other}"})

	a := tenant.Send("GET", "/scopes/a/things", nil)
	if a.Has(server.Doc{"error.operation": "x.things.list"}).Status != 501 || !strings.Contains(a.Header.Get(server.ReasonHeader), "x.things.list") {
		t.Error(a, a.Header)
	}
	tenant.Send("GET", "/things/a", nil).Want(200) // a route takes the place of an absent operation
	if routes := p.Routes(); len(routes) != 1 {
		t.Errorf("routes: %v", routes)
	}
	if a := tenant.Send("GET", "/nothing", nil); a.Status != 501 || !strings.Contains(a.Header.Get(server.ReasonHeader), "/things/{name}") {
		t.Errorf("an unknown route: %v %v", a.Header, a)
	}
}

func TestStrictPlatformsRefuseAndLenientOnesNote(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		path, kind string
		status     int
		reason     string
	}{
		"all is well":          {"?api-version=2", "application/json; charset=utf-8", 200, ""},
		"another JSON":         {"?api-version=1", "application/merge-patch+json", 200, ""},
		"no version":           {"", "application/json", 400, "api-version is missing; the mock takes 1, 2"},
		"an unknown version":   {"?api-version=3", "application/json", 400, "does not know api-version 3"},
		"a wrong content type": {"?api-version=1", "text/plain", 415, "declared as text/plain"},
		"no content type":      {"?api-version=1", "", 415, "declared as <null>"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, lenient := range []bool{false, true} {
				p := server.New(server.Options{Lenient: lenient})
				tenant := mocktest.On(t, p, server.TenantSeed{})
				p.Route("api.example", "POST", "/a", "x.a.get", func(c *server.Call) server.Reply {
					return server.JSON(http.StatusOK, server.Doc{"name": server.Text(c.Body, "name")})
				})
				p.Fact("x.*", server.Fact{Source: "https://one", Confidence: server.Inferred, APIVersions: []string{"1", "2"}})
				p.Versions("*.example", func(_ *server.Call, asked string, _ []string) server.Reply {
					return server.Fail(http.StatusBadRequest, "NoVersion", asked)
				})
				a := tenant.With("Content-Type", c.kind).Send("POST", "https://api.example/a"+c.path, `{"name":"n"}`)
				want := c.status
				if lenient {
					want = http.StatusOK
				}
				if a.Status != want || want == http.StatusOK && a.Text("name") != "n" {
					t.Errorf("lenient %v: %v", lenient, a)
				}
				if got := a.Header.Get(server.ReasonHeader); !lenient && !strings.Contains(got, c.reason) {
					t.Errorf("the reason is %q, want %q", got, c.reason)
				}
				if e := p.Journal("")[0]; !strings.Contains(e.Reason, c.reason) || (e.Reason == "") != (c.reason == "") {
					t.Errorf("lenient %v: the journal says %q, want %q", lenient, e.Reason, c.reason)
				}
			}
		})
	}
}

func TestLenientPlatformsNoteEveryReason(t *testing.T) {
	t.Parallel()
	p := server.New(server.Options{Lenient: true})
	tenant := mocktest.On(t, p, server.TenantSeed{})
	p.Route("api.example", "POST", "/a", "x.a.get", okay)
	p.Fact("x.*", server.Fact{Source: "https://one", Confidence: server.Inferred, APIVersions: []string{"1"}})
	p.Versions("*.example", func(*server.Call, string, []string) server.Reply { return server.Empty(http.StatusBadRequest) })
	tenant.With("Content-Type", "text/plain").Send("POST", "https://api.example/a?api-version=3", `{}`)
	if got := p.Journal("")[0].Reason; !strings.Contains(got, "api-version 3") || !strings.Contains(got, "text/plain") {
		t.Errorf("the journal says %q", got)
	}
}

func TestCoverageIsAsked(t *testing.T) {
	t.Parallel()
	p := server.New(server.Options{})
	p.Route("api.example", "GET", "/a", "x.a.get", okay)
	mocktest.Stranger(t, p).Send("GET", "https://api.example/_mock/coverage", nil).Want(200).Has(server.Doc{"operations.#": 1})
}
