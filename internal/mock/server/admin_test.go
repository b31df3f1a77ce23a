package server_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/schema"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

const seeded = "55555555-5555-4555-8555-555555555555"

// admin asks the administration API.
func (f fixture) admin(method, path, body string) mocktest.Answer {
	f.t.Helper()
	return f.nobody().Send(method, "http://127.0.0.1:8787/_mock/"+path, body)
}

func TestJournalTellsWhatWasAskedWithoutSecrets(t *testing.T) {
	t.Parallel()
	f := newFixture(t, server.Options{})
	tenant := f.tenant(server.TenantSeed{})
	tenant.With("User-Agent", "tests/1").Send("PUT", "/things/a?api-version=1&sig=abc", server.Doc{
		"p": server.Doc{"client_secret": "hush", "list": []any{server.Doc{"userPassword": "hush"}}, "secretIds": []any{"x"}},
	}).Want(200)
	f.nobody().Send("GET", "/things", nil)
	all := f.Journal("")
	if len(all) != 2 || len(f.Journal(strings.ToUpper(tenant.ID))) != 1 || all[1].Tenant != "" || all[1].Status != 401 {
		t.Fatalf("journal: %+v", all)
	}
	e := all[0]
	if e.Tenant != tenant.ID || e.Operation != "things.put" || e.Method != "PUT" || e.Host != host || e.Path != "/things/a" || e.Status != 200 || e.Time.IsZero() || e.Duration <= 0 {
		t.Errorf("entry: %+v", e)
	}
	if e.Query.Get("api-version") != "1" || e.Query.Get("sig") == "abc" || e.Header.Get("User-Agent") != "tests/1" || e.Header.Get("Authorization") != "" {
		t.Errorf("query %v, header %v", e.Query, e.Header)
	}
	if want := []string{"p", "p.client_secret", "p.list", "p.list[].userPassword", "p.secretIds"}; !slices.Equal(e.Keys, want) {
		t.Errorf("keys: %v", e.Keys)
	}
	if text, _ := json.Marshal(e.Body); strings.Contains(string(text), "hush") || !strings.Contains(string(text), `"secretIds":["x"]`) {
		t.Errorf("body: %s", text)
	}
	if truth, _ := tenant.Collection("things").Peek("a"); server.Text(truth, "p.client_secret") != "hush" {
		t.Errorf("the state was redacted: %v", truth)
	}
	f.ClearJournal(tenant.ID)
	if left := f.Journal(""); len(left) != 1 {
		t.Errorf("left: %+v", left)
	}
}

func TestHandlersSeeTheQueryUnredacted(t *testing.T) {
	t.Parallel()
	p := server.New(server.Options{})
	var sig string
	p.Open(host, "GET", "/q", "q", func(c *server.Call) server.Reply {
		sig = c.Query.Get("sig")
		return server.Empty(204)
	})
	f := fixture{p, t}
	f.nobody().Send("GET", "/q?sig=abc", nil)
	if sig != "abc" {
		t.Errorf("sig is %q", sig)
	}
}

func TestSeedFillsTenantsAndSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	const app1 = "99999999-9999-4999-8999-99999999aaaa"
	f := newFixture(t, server.Options{})
	f.Seeder("broken", schema.Objects("", ""), func(*server.Tenant, []server.Doc) error { return errors.New("out of order") })
	f.admin("POST", "seed", `{"tenants":[{"id":"`+strings.ToUpper(seeded)+`","location":"europe","geography":"macro_region","country":"CH",
		"domains":["contoso.example"],"properties":{"a":{"b":1}},"switches":{"s":"on"},"things":[{"id":"a","name":"x"}],
		"applications":[{"client_id":"99999999-9999-4999-8999-99999999AAAA","client_secret":"s","admin":true}]}]}`).Want(200).Has(server.Doc{"tenants": 1})
	tenant := f.FindTenant("Contoso.example")
	if tenant == nil || tenant != f.Tenant(seeded) || tenant.ID != seeded {
		t.Fatalf("tenant: %+v", tenant)
	}
	tenant.Do(func() {
		if tenant.Location != "europe" || tenant.Geography != server.GeographyMacroRegion || tenant.Country != "CH" || tenant.DisplayName != "Contoso" || tenant.Switch("s") != "on" {
			t.Errorf("tenant: %+v", tenant)
		}
	})
	if app, ok := tenant.Application(app1); !ok || !app.Admin || app.ObjectID != server.ObjectID(app1) || app.DisplayName != app1 {
		t.Errorf("application: %+v", app)
	}
	f.tenant(server.TenantSeed{ID: seeded}).Send("GET", "/things/a", nil).Want(200).Has(server.Doc{"name": "x"})
	f.admin("POST", "seed", `{"tenants":[{"id":"`+seeded+`","things":{"id":"b"}}]}`).Want(200)
	tenant.Do(func() {
		if tenant.Location != "europe" || tenant.Collection("things").Len() != 2 || len(f.Tenants()) != 1 {
			t.Error("a second seed of the tenant did not add to it")
		}
	})
	for body, message := range map[string]string{
		`{"tenants":[{"id":"x"}]}`:                                                  "line 1: tenants[0].id: must be a GUID",
		`{"tenants":[{"geography":"moon"}]}`:                                        "line 1: tenants[0].geography: must be one of location, macro_region",
		`{"tenants":[{"thinks":[{}]}]}`:                                             "line 1: tenants[0].thinks: unknown key; did you mean things?",
		`{"tenants":[{"thinks":1}]}`:                                                "tenants[0].thinks: unknown key",
		`{"tenants":[{"applications":[{}]}]}`:                                       "line 1: tenants[0].applications[0]: client_id is required",
		`{"tenants":[{"id":"77777777-7777-4777-8777-777777777777","broken":[{}]}]}`: "line 1: tenants[0].broken: out of order",
		`{"tenant":[]}`:                                                             "line 1: tenant: unknown key; did you mean tenants?",
		`{`:                                                                         "invalid JSON",
		`{} {}`:                                                                     "more than one value",
		``:                                                                          "line 1: the file is empty",
		`{"tenants":[{"id":"` + seeded + `","things":[{"id":"c"}]},{"other":[{}]}]}`: "tenants[1].other: unknown key",
	} {
		f.admin("POST", "seed", body).Want(400, "BadRequest").Has(server.Doc{"error.message": mocktest.Like("*" + message + "*")})
	}
	if tenant.Collection("things").Len() != 2 {
		t.Error("a refused seed changed something")
	}
}

func TestNewTenantWithoutApplicationsHasTheDefaultOne(t *testing.T) {
	t.Parallel()
	p := server.New(server.Options{})
	tenant := p.AddTenant(server.TenantSeed{})
	app, ok := tenant.Application(server.DefaultClientID)
	if !ok || app.ClientSecret != server.DefaultClientSecret || !app.Admin || len(tenant.Applications()) != 1 {
		t.Errorf("application: %+v", app)
	}
	if other := p.AddTenant(server.TenantSeed{Applications: []server.Application{{ClientID: clientID}}}); len(other.Applications()) != 1 {
		t.Errorf("applications: %+v", other.Applications())
	}
}

func TestTenantSeedSurvivesJSON(t *testing.T) {
	t.Parallel()
	in := server.TenantSeed{ID: seeded, Items: map[string][]server.Doc{"things": {{"id": "a"}}}, Applications: []server.Application{{ClientID: "c"}}}
	raw, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	var out server.TenantSeed
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	if out.ID != seeded || out.Applications[0].ClientID != "c" || server.Text(out.Items["things"][0], "id") != "a" || len(out.Items) != 1 {
		t.Errorf("%s became %+v", raw, out)
	}
}

func TestResetReturnsToTheBaseline(t *testing.T) {
	t.Parallel()
	f := newFixture(t, server.Options{})
	f.SetBaseline(server.Seed{Tenants: []server.TenantSeed{{ID: seeded, Items: map[string][]server.Doc{"things": {{"id": "a"}}}}}})
	f.admin("POST", "reset", "").Want(204)
	tenant := f.tenant(server.TenantSeed{ID: seeded})
	f.tenant(server.TenantSeed{})
	tenant.Send("PUT", "/things/b", server.Doc{})
	f.Inject(server.Fault{Times: -1})
	f.admin("POST", "reset", "").Want(204)
	if len(f.Tenants()) != 1 || len(f.Faults()) != 0 || len(f.Journal("")) != 0 || !slices.Equal(f.Tenant(seeded).Collection("things").IDs(), []string{"a"}) {
		t.Error("something is left")
	}
}

func TestAdminAPIDrivesThePlatform(t *testing.T) {
	t.Parallel()
	f := newFixture(t, server.Options{})
	tenant := f.tenant(server.TenantSeed{ID: seeded})
	f.admin("GET", "health", "").Want(200).Has(server.Doc{"status": "ok"})
	f.admin("GET", "nonsense", "").Want(404, "NotFound")

	f.admin("POST", "faults", `{"status":503,"times":-1,"tenant":"`+seeded+`"}`).Want(200).Has(server.Doc{"faults": 1})
	f.admin("POST", "faults", `[{"cut":true,"path":"/x"},{"hang":true,"path":"/x"}]`).Want(200).Has(server.Doc{"faults": 2})
	f.admin("POST", "faults", `{"faults":[{"status":418,"path":"/x"}]}`).Want(200).Has(server.Doc{"faults": 1})
	f.admin("GET", "health", "").Want(200)
	tenant.Send("GET", "/things", nil).Want(503, "ServiceUnavailable")
	a := f.admin("GET", "faults", "")
	list, _ := server.Lookup(a.Body, "faults")
	if all, _ := list.([]any); len(all) != 4 || server.Text(all[0].(server.Doc), "tenant") != seeded || all[0].(server.Doc)["hits"] != 1.0 {
		t.Errorf("faults: %s", a.Raw)
	}
	for body, message := range map[string]string{
		`{"stauts":503}`: "line 1: stauts: unknown key; did you mean status?", `{}`: "line 1: it needs a status", `{"status":99}`: "between 200 and 599", `{"status":600}`: "line 1: status: must be between 0 and 599, not 600", `{"cut":true,"hang":true}`: "exclude", `[{"path":"/x"}]`: "needs a status", `{"status":500,"times":-2}`: "times", `{"faults":[{}]}`: "line 1: faults[0]: it needs", `nonsense`: "line 1: must be an object",
	} {
		f.admin("POST", "faults", body).Want(400, "BadRequest").Has(server.Doc{"error.message": mocktest.Like("*" + message + "*")})
	}
	f.admin("DELETE", "faults?tenant="+seeded, "").Want(204)
	if len(f.Faults()) != 3 {
		t.Errorf("faults: %+v", f.Faults())
	}
	f.admin("DELETE", "faults", "").Want(204)

	tenant.Send("POST", "/things/a", server.Doc{"name": "x"}).Want(202)
	a = f.admin("GET", "state?tenant="+seeded, "")
	if running, _ := server.Lookup(a.Body, "operations"); len(running.([]any)) != 1 {
		t.Errorf("state: %s", a.Raw)
	}
	f.admin("POST", "clock", `{"tenant":"`+seeded+`","advance":"1h"}`).Want(200)
	f.admin("GET", "state?tenant="+seeded, "").Want(200).Has(server.Doc{"collections.things.a.name": "x"})
	f.admin("GET", "state?tenant=x", "").Want(404, "TenantNotFound")
	if text := f.admin("GET", "state", "").Raw; !strings.Contains(text, `"tenants":[{"collections":{"things":{"a":{"name":"x"}}}`) {
		t.Errorf("state: %s", text)
	}
	f.admin("POST", "clock", `{"tenant":"x","advance":"1h"}`).Want(404, "TenantNotFound")
	f.admin("POST", "clock", `{"advance":"soon"}`).Want(400, "BadRequest")

	a = f.admin("GET", "journal?tenant="+seeded, "")
	list, _ = server.Lookup(a.Body, "entries")
	if all, _ := list.([]any); len(all) != 2 || all[1].(server.Doc)["retry_after_s"] != 20.0 || strings.Contains(a.Raw, `"Body"`) {
		t.Errorf("journal: %s", a.Raw)
	}
	f.admin("DELETE", "journal", "").Want(204)
	if len(f.Journal("")) != 0 {
		t.Error("the journal is not empty")
	}
	if routes := f.Routes(); len(routes) != 5 || routes[0] != "operations.get GET https://*."+host+"/operations/{id}" {
		t.Errorf("routes: %v", routes)
	}
}

func TestOnePlatformServesManyTenantsAtOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t, server.Options{})
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			tenant := f.tenant(server.TenantSeed{})
			f.Inject(server.Fault{Tenant: tenant.ID, Method: "PUT", Status: 503})
			tenant.Lag(server.Lag{Collection: "things", Field: "n", Reads: 1})
			for i := range 3 {
				id := strconv.Itoa(i)
				tenant.Send("PUT", "/things/"+id, server.Doc{"n": i})
				tenant.Send("POST", "/things/op"+id, server.Doc{"n": i})
				tenant.Send("GET", "/things/"+id, nil)
			}
			if n := len(tenant.Requests()); n != 9 {
				t.Errorf("%d entries", n)
			}
			f.ClearFaults(tenant.ID)
			tenant.State()
		})
	}
	wg.Wait()
	if n := len(f.Journal("")); n != 180 {
		t.Errorf("%d entries", n)
	}
}

func TestAdminCallsAreRegisteredOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t, server.Options{})
	echo := func(r *http.Request) server.Reply {
		return server.JSON(http.StatusOK, server.Doc{"q": r.URL.Query().Get("q")})
	}
	f.Admin("POST", "echo/back", echo)
	for _, c := range []struct {
		method, path string
		want         int
	}{
		{"POST", "echo/back?q=1", http.StatusOK},
		{"GET", "echo/back", http.StatusMethodNotAllowed},
		{"POST", "echo", http.StatusNotFound},
		{"PUT", "reset", http.StatusMethodNotAllowed},
	} {
		got := f.admin(c.method, c.path, "")
		if got.Status != c.want || c.want == http.StatusMethodNotAllowed && got.Header.Get("Allow") != "POST" {
			t.Errorf("%s %s: %d %v", c.method, c.path, got.Status, got.Header)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("a second registration was taken")
		}
	}()
	f.Admin("POST", "echo/back", echo)
}
