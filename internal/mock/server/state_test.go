package server_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/store"
)

func (f fixture) export() string {
	f.t.Helper()
	s, err := f.Export()
	if err != nil {
		f.t.Fatal(err)
	}
	raw, err := s.YAML()
	if err != nil {
		f.t.Fatal(err)
	}
	return string(raw)
}

// busy makes a tenant with something of everything.
func (f fixture) busy() mocktest.Client {
	f.t.Helper()
	tenant := f.tenant(server.TenantSeed{
		ID: "10000000-0000-4000-8000-000000000001", Domains: []string{"a.example", "b.example"}, Properties: server.Doc{"walkMeOptOut": true},
		Switches: map[string]string{"on": "off", "a": ""}, Users: []server.User{{UserPrincipalName: "ann@a.example", Admin: true}},
		Applications: []server.Application{{ClientID: clientID, ClientSecret: "s", Admin: true}, {ClientID: "b"}},
	})
	f.SetBaseline(server.Seed{Tenants: []server.TenantSeed{{ID: tenant.ID, Items: map[string][]server.Doc{"things": {{"id": "base"}}}}}})
	for _, id := range []string{"Zeta", "alpha", "long", "gone"} {
		tenant.Send("PUT", "/things/"+id, server.Doc{
			"name": id, "text": "line\n\nnext line\n", "odd": []any{nil, true, 1.5, "true", "12", "a: b", []any{[]any{}, server.Doc{}}, server.Doc{"k": "\u0085\x7f\ufeff\u2028"}},
			"<<": "x", strings.Repeat("k", 1500): 1,
		})
	}
	tenant.Lag(server.Lag{Collection: "things", Field: "name", Reads: 5})
	tenant.Lag(server.Lag{Collection: "things", ID: "gone", Reads: 3})
	tenant.Send("PUT", "/things/alpha", server.Doc{"name": "new"})
	tenant.Collection("things").Delete("gone")
	tenant.Script("thing.create", server.Script{Fail: []string{"one", "two"}, Code: "No", Duration: time.Hour})
	tenant.Send("POST", "/things/late", server.Doc{"name": "late"})
	f.Inject(server.Fault{Operation: "things.*", Path: "/nowhere", Skip: 2, Times: 3, Body: server.Doc{"a": 1}})
	tenant.Send("GET", "/elsewhere", nil) // what is done beside the requests is stored with the next one
	return tenant
}

func TestAnExportIsTheSameAfterAnImport(t *testing.T) {
	t.Parallel()
	one := newFixture(t, server.Options{})
	one.busy()
	want := one.export()
	s, err := one.Export()
	if err != nil {
		t.Fatal(err)
	}
	asJSON, err := s.JSON()
	if err != nil {
		t.Fatal(err)
	}
	for _, raw := range [][]byte{[]byte(want), asJSON} {
		parsed, err := store.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		other := newFixture(t, server.Options{})
		other.tenant(server.TenantSeed{})
		if err := other.Import(parsed); err != nil {
			t.Fatal(err)
		}
		if got := other.export(); got != want {
			t.Errorf("exported\n%s\nimported and exported again\n%s", want, got)
		}
		again, err := other.Export()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := again.JSON(); err != nil || !bytes.Equal(got, asJSON) {
			t.Errorf("the JSON differs: %v", err)
		}
	}
	if !strings.HasPrefix(want, "format: "+store.Format+"\n") {
		t.Errorf("begins with %.60s", want)
	}
}

func TestARealClockIsExportedAsWhatItIsAhead(t *testing.T) {
	t.Parallel()
	f := newFixture(t, server.Options{Latency: server.Real})
	tenant := f.tenant(server.TenantSeed{})
	tenant.Clock().Advance(90 * time.Minute)
	text := f.export()
	if !strings.Contains(text, `advanced: "1h30m0s"`) && !strings.Contains(text, "advanced: 1h30m0s") || f.export() != text {
		t.Errorf("exported %s", text)
	}
}

func TestAnImportedOperationGoesOn(t *testing.T) {
	t.Parallel()
	one := newFixture(t, server.Options{})
	tenant := one.tenant(server.TenantSeed{})
	started := tenant.Send("POST", "/things/a", server.Doc{"name": "x"})
	s, err := one.Export()
	if err != nil {
		t.Fatal(err)
	}
	other := newFixture(t, server.Options{})
	if err := other.Import(s); err != nil {
		t.Fatal(err)
	}
	tenant = other.tenant(server.TenantSeed{ID: tenant.ID})
	var states []string
	for range 3 {
		states = append(states, tenant.Send("GET", started.Header.Get("Location"), nil).Text("state"))
	}
	if got := strings.Join(states, " "); got != "Running Running Succeeded" {
		t.Errorf("states: %s", got)
	}
	tenant.Send("GET", "/things/a", nil).Want(200).Has(server.Doc{"name": "x"})
}

func TestAStateThatIsNotInOrderIsRefusedAndChangesNothing(t *testing.T) {
	t.Parallel()
	const id = "10000000-0000-4000-8000-000000000001"
	tenant := func(more string) string {
		return `{"format":"ppmock-state/1","baseline":{"tenants":[]},"tenants":[{"tenant":{"id":"` + id + `"},"clock":{}` + more + `}]}`
	}
	for name, c := range map[string]struct{ raw, want string }{
		"nothing":             {" ", "empty"},
		"no format":           {`{"tenants":[]}`, `no key "format"`},
		"a list":              {"- a", "no state of ppmock"},
		"other format":        {"format: docker/1", `the format "docker/1" is none of ppmock`},
		"later":               {"format: ppmock-state/99", "ppmock-state/99 of a later ppmock; this one knows ppmock-state/1"},
		"broken YAML":         {"format: [", "invalid YAML"},
		"unknown key":         {"format: ppmock-state/1\nnonsense: 1", `unknown field "nonsense"`},
		"no number":           {"format: ppmock-state/1\nx: .nan", "not what JSON can say"},
		"tenant without id":   {`{"format":"ppmock-state/1","tenants":[{"tenant":{},"clock":{}}]}`, "tenants[0]: tenant: it needs an id"},
		"tenant no GUID":      {strings.ReplaceAll(tenant(""), id, "x"), "tenants[0]"},
		"twice":               {strings.Replace(tenant(""), `"clock":{}}`, `"clock":{}},{"tenant":{"id":"`+id+`"},"clock":{}}`, 1), "there twice"},
		"document twice":      {tenant(`,"collections":{"c":[{"id":"A","document":{}},{"id":"a","document":{}}]}`), `collections.c[1]: the document "a" is there twice`},
		"document not there":  {tenant(`,"collections":{"c":[{"id":"A","document":null}]}`), "neither there nor seen"},
		"stale without reads": {tenant(`,"collections":{"c":[{"id":"A","document":{},"stale":{"x":{"reads":0}}}]}`), "reads must be positive"},
		"operation state":     {tenant(`,"operations":[{"id":"a","kind":"k","state":"Bored","started":"2020-01-01T00:00:00Z","ready":"2020-01-01T00:00:00Z"}]`), "operations[0]"},
		"operation time":      {tenant(`,"operations":[{"id":"a","kind":"k","state":"Running","started":"yesterday","ready":""}]`), "started"},
		"script":              {tenant(`,"scripts":{"k":{"times":1,"duration":"long"}}`), "scripts.k"},
		"clock":               {strings.Replace(tenant(""), `"clock":{}`, `"clock":{"now":"noon"}`, 1), "clock: now"},
		"items":               {strings.Replace(tenant(""), `"id":"`+id+`"`, `"id":"`+id+`","things":[{}]`, 1), "they are in its collections"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, server.Options{})
			f.tenant(server.TenantSeed{})
			before := f.export()
			s, err := store.Parse([]byte(c.raw))
			if err == nil {
				err = f.Import(s)
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v does not say %q", err, c.want)
			}
			if f.export() != before {
				t.Error("something has changed")
			}
		})
	}
}

func TestSnapshotsBringBackWhatWasSaved(t *testing.T) {
	t.Parallel()
	m := newMemory()
	f := newFixture(t, server.Options{})
	f.attach(m)
	tenant := f.busy()
	want := f.export()
	admin := func(method, path string, body []byte) mocktest.Answer {
		t.Helper()
		return f.nobody().Send(method, "/_mock/"+path, body)
	}
	admin("POST", "snapshots/save?name=before", nil).Want(204)
	admin("POST", "snapshots/save?name=../x", nil).Want(400, "BadRequest")
	tenant.Send("PUT", "/things/more", server.Doc{})
	admin("POST", "snapshots/load?name=before", nil).Want(204)
	if got := admin("GET", "export", nil); got.Raw != want || got.Header.Get("Content-Type") != "application/yaml; charset=utf-8" {
		t.Errorf("loaded\n%s\nwant\n%s", got.Raw, want)
	}
	admin("POST", "snapshots/load?name=other", nil).Want(400, "BadRequest", "there are before")
	if err := f.Reset(); err != nil {
		t.Fatal(err)
	}
	admin("POST", "import", []byte(want)).Want(200)
	var list struct{ Snapshots []string }
	if err := json.Unmarshal([]byte(admin("GET", "export?format=json", nil).Raw), &server.State{}); err != nil {
		t.Error(err)
	}
	if err := json.Unmarshal([]byte(admin("GET", "snapshots", nil).Raw), &list); err != nil || !slices.Equal(list.Snapshots, []string{"before"}) {
		t.Errorf("snapshots %v, %v", list, err)
	}
	other := newFixture(t, server.Options{})
	other.attach(m)
	if err := other.LoadSnapshot("before"); err != nil || other.export() != want {
		t.Errorf("the store did not keep the snapshot: %v", err)
	}
	admin("DELETE", "snapshots?name=before", nil).Want(204)
	admin("DELETE", "snapshots?name=before", nil).Want(404, "SnapshotNotFound")
	admin("POST", "import", []byte("format: x")).Want(400, "BadRequest")
	admin("GET", "export?format=xml", nil).Want(400, "BadRequest")
}

func FuzzParseState(f *testing.F) {
	f.Add([]byte("format: ppmock-state/1\ntenants: []\n"))
	f.Add([]byte(`{"format":"ppmock-state/1","tenants":[{"tenant":{"id":"10000000-0000-4000-8000-000000000001"},"clock":{"now":"2020-01-01T00:00:00Z"},"collections":{"c":[{"id":"a","document":{"k":["x\ny",1e30,null,"no"]},"stale":{"k":{"value":1,"reads":2}}}]},"operations":[{"id":"a","kind":"k","state":"Running","started":"2020-01-01T00:00:00Z","ready":"2020-01-01T00:00:00Z"}]}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		s, err := store.Parse(raw)
		if err != nil {
			return
		}
		p := server.New(server.Options{})
		if p.Import(s) != nil {
			return
		}
		one, err := p.Export()
		if err != nil {
			t.Fatal(err)
		}
		text, err := one.YAML()
		if err != nil {
			t.Fatal(err)
		}
		again, err := store.Parse(text)
		if err != nil {
			t.Fatalf("%v in what was exported:\n%s", err, text)
		}
		if err := p.Import(again); err != nil {
			t.Fatal(err)
		}
		two, err := p.Export()
		if err != nil {
			t.Fatal(err)
		}
		if other, err := two.YAML(); err != nil || !bytes.Equal(other, text) {
			t.Fatalf("%v: exported\n%s\nthen\n%s", err, text, other)
		}
	})
}
