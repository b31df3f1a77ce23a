package record_test

import (
	"encoding/json"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/record"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/schema"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

type doc = server.Doc

const host = "api.example"

// rules are a kind that uses what a kind can say: a key inside, defaults, a change by PATCH, a rule, a page size, seeds.
func rules() record.Kind {
	body := record.Object("Rule", record.Members{
		"name":    record.Required(record.Name),
		"mode":    record.OneOf("Audit", "Block"),
		"limit":   record.Whole,
		"owner":   record.GUID,
		"on":      record.Flag,
		"targets": record.List(record.Object("Target", record.Members{"type": record.Required(record.Text), "etag": record.Ignored})),
		"inner":   record.Object("Inner", record.Members{"left": record.Any, "right": record.Any, "stamp": record.Ignored}),
		"etag":    record.Ignored,
	})
	frozen := func(_ *server.Call, d doc) (server.Reply, bool) {
		return server.Fail(http.StatusConflict, "Frozen", "no"), d["name"] == "frozen"
	}
	return record.Kind{
		Collection: "rules", Path: "/rules", Operation: "rules", Key: "meta.id", PageSize: "rules.page_size",
		Missing: func(id string) server.Reply { return server.Fail(http.StatusNotFound, "RuleNotFound", id) },
		Misfit: func(p schema.Problem) server.Reply {
			return server.Fail(http.StatusBadRequest, "BadRequest", p.Error())
		},
		Defaults: doc{"mode": "Audit", "inner": doc{"left": "default"}},
		Complete: func(c *server.Call, d doc) { d["by"] = c.Caller.AppID },
		Create:   &record.Write{Body: body, Status: http.StatusOK, Rules: []record.Rule{frozen}},
		Update:   &record.Write{Body: body, Method: http.MethodPatch, Rules: []record.Rule{frozen}},
		Delete:   &record.Write{Rules: []record.Rule{frozen}},
		Seed:     schema.Objects("rules", "Rules.", schema.Text("name", ""), schema.Free("meta", ""), schema.Free("of_words_many", "")),
	}
}

type rig struct {
	*testing.T
	platform *server.Platform
	tenant   *server.Tenant
}

func newRig(t *testing.T, k record.Kind, o server.Options, seeds ...doc) rig {
	t.Helper()
	p := server.New(o)
	p.Audience(host, "https://api.example")
	k.On(server.Router{Platform: p, Host: host, Path: "/v1", Operation: "x."})
	k.Seeds(p)
	return rig{t, p, p.AddTenant(server.TenantSeed{Items: map[string][]doc{k.Collection: seeds}})}
}

// send asks below the path of the router, and fails the test unless the answer has the status.
func (r rig) send(method, path, body string, status int) doc {
	r.Helper()
	if !strings.HasPrefix(path, "https:") {
		path = "https://" + host + "/v1" + path
	}
	req, err := http.NewRequestWithContext(r.Context(), method, path, strings.NewReader(body))
	if err != nil {
		r.Fatal(err)
	}
	token, err := r.tenant.Token(server.DefaultClientID, "https://api.example")
	if err != nil {
		r.Fatal(err)
	}
	req.Header = http.Header{"Authorization": {"Bearer " + token}, "Content-Type": {"application/json"}}
	res, err := r.platform.Do(req)
	if err != nil {
		r.Fatal(err)
	}
	raw, err := io.ReadAll(res.Body)
	if err != nil || res.Body.Close() != nil {
		r.Fatal(err)
	}
	if res.StatusCode != status {
		r.Fatalf("%s %s %s: %d, want %d: %s", method, path, body, res.StatusCode, status, raw)
	}
	out := doc{}
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &out); err != nil {
			r.Fatal(err)
		}
	}
	return out
}

func (r rig) is(got, want any) {
	r.Helper()
	if !reflect.DeepEqual(got, want) {
		r.Errorf("%v, want %v", got, want)
	}
}

func TestAKindIsDeclaredOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, rules(), server.Options{})
	made := r.send("POST", "/rules", `{"name":"a","limit":3,"etag":"x","on":null,"inner":{"right":1,"stamp":2},"targets":[{"type":"t"}]}`, 200)
	id := server.Text(made, "meta.id")
	r.is(made, doc{
		"name": "a", "limit": 3.0, "mode": "Audit", "inner": doc{"left": "default", "right": 1.0}, "targets": []any{doc{"type": "t"}},
		"meta": doc{"id": id}, "by": server.DefaultClientID,
	})
	r.is(r.send("GET", "/rules/"+strings.ToUpper(id), "", 200), made)
	r.is(r.send("GET", "/rules", "", 200), doc{"value": []any{made}})

	made["mode"], made["name"] = "Block", "b"
	r.is(r.send("PATCH", "/rules/"+id, `{"name":"b","mode":"Block"}`, 200), made)
	r.is(r.send("GET", "/rules/"+id, "", 200), made)
	r.is(r.send("DELETE", "/rules/"+id, "", 204), doc{})
	r.is(server.Text(r.send("GET", "/rules/"+id, "", 404), "error.code"), "RuleNotFound")
	r.send("PATCH", "/rules/"+id, `{"name":"b"}`, 404)
	r.send("DELETE", "/rules/"+id, "", 404)
	if e := r.platform.Journal(r.tenant.ID); e[0].Operation != "x.rules.create" || e[len(e)-1].Operation != "x.rules.delete" {
		t.Errorf("operations: %v", e)
	}
}

func TestPutReplacesWhatABodyCanSay(t *testing.T) {
	t.Parallel()
	k := rules()
	k.Update.Method, k.Complete = "", nil
	r := newRig(t, k, server.Options{}, doc{"name": "a", "meta": doc{"id": "one"}, "of_words_many": doc{"list": []any{doc{"a_b": 1}}}})
	r.is(r.send("GET", "/rules/one", "", 200), doc{
		"name": "a", "mode": "Audit", "inner": doc{"left": "default"}, "meta": doc{"id": "one"}, "ofWordsMany": doc{"list": []any{doc{"aB": 1.0}}},
	})
	r.send("PUT", "/rules/one", `{"name":"b","mode":"Block","limit":1}`, 200)
	r.is(r.send("PUT", "/rules/one", `{"name":"c","inner":{"right":2}}`, 200), doc{
		"name": "c", "mode": "Audit", "inner": doc{"left": "default", "right": 2.0}, "meta": doc{"id": "one"}, "ofWordsMany": doc{"list": []any{doc{"aB": 1.0}}},
	})
}

func TestAChangeDoesNotMoveARecord(t *testing.T) {
	t.Parallel()
	k := rules()
	k.Key = "name"
	for _, method := range []string{http.MethodPatch, http.MethodPut} {
		k.Update.Method = method
		r := newRig(t, k, server.Options{}, doc{"name": "one"})
		r.is(r.send(method, "/rules/one", `{"name":"two","limit":1}`, 200)["name"], "one")
		r.send("GET", "/rules/two", "", 404)
		r.is(r.send("POST", "/rules", `{"name":"two"}`, 200)["name"], "two")
		r.send("GET", "/rules/two", "", 200)
	}
}

func TestRulesRefuseBeforeAnythingIsDone(t *testing.T) {
	t.Parallel()
	r := newRig(t, rules(), server.Options{}, doc{"name": "a", "meta": doc{"id": "one"}}, doc{"name": "frozen", "meta": doc{"id": "two"}})
	before := r.send("GET", "/rules", "", 200)
	r.send("POST", "/rules", `{"name":"frozen"}`, 409)
	r.send("PATCH", "/rules/one", `{"name":"frozen"}`, 409)
	r.is(server.Text(r.send("DELETE", "/rules/two", "", 409), "error.code"), "Frozen")
	r.is(r.send("GET", "/rules", "", 200), before)
}

func TestBodiesThatDoNotFitAreRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t, rules(), server.Options{})
	for body, says := range map[string]string{
		`{}`:                               "name is required",
		`{"name":null}`:                    "name is required",
		`{"name":"\t"}`:                    `name: must be a text that is not blank, not "\t"`,
		`{"name":"a","zeal":1,"extra":1}`:  "extra: unknown key",
		`{"name":"a","mode":"Ask"}`:        "mode: must be one of Audit, Block",
		`{"name":"a","limit":1.5}`:         "limit: must be a whole number",
		`{"name":"a","on":"true"}`:         "on: must be true or false",
		`{"name":"a","owner":"me"}`:        "owner: must be a GUID",
		`{"name":"a","inner":"text"}`:      "inner: must be an object",
		`{"name":"a","inner":{"up":1}}`:    "inner.up: unknown key",
		`{"name":"a","targets":{}}`:        "targets: must be a list",
		`{"name":"a","targets":[{}]}`:      "targets[0]: type is required",
		`{"name":"a","targets":[{"x":1}]}`: "targets[0].x: unknown key",
		`{"name":"a","targets":["A"]}`:     "targets[0]: must be an object",
	} {
		if got := server.Text(r.send("POST", "/rules", body, 400), "error.message"); !strings.HasPrefix(got, says) {
			t.Errorf("%s: %s, want %s", body, got, says)
		}
	}
	lenient := newRig(t, rules(), server.Options{Lenient: true})
	lenient.is(lenient.send("POST", "/rules", `{"name":"a","extra":1,"zeal":2}`, 200)["extra"], 1.0)
	lenient.send("POST", "/rules", `{"extra":1}`, 400)
	want := "the mock does not know the member extra of the body; the mock does not know the member zeal of the body"
	lenient.is(lenient.platform.Journal(lenient.tenant.ID)[0].Reason, want)
}

func TestListsComeInPages(t *testing.T) {
	t.Parallel()
	var seeds []doc
	for _, id := range []string{"a", "b", "c", "d", "e"} {
		seeds = append(seeds, doc{"name": id, "meta": doc{"id": id}})
	}
	r := newRig(t, rules(), server.Options{}, seeds...)
	r.tenant.SetSwitch("rules.page_size", "2")
	var seen []string
	pages, at := 0, "/rules?$top=10&other=1"
	for ; at != ""; pages++ {
		page := r.send("GET", at, "", 200)
		for _, d := range page["value"].([]any) { //nolint:forcetypeassert // a list has it
			seen = append(seen, server.Text(d.(doc), "name")) //nolint:forcetypeassert // so do its items
		}
		at = server.Text(page, "nextLink")
		if at != "" && !strings.Contains(at, "other=1") {
			t.Errorf("the next page forgets the query: %s", at)
		}
	}
	r.is(seen, []string{"a", "b", "c", "d", "e"})
	r.is(pages, 3)
	r.is(len(r.send("GET", "/rules?$top=1", "", 200)["value"].([]any)), 1) //nolint:forcetypeassert // a list has it
	r.is(server.Text(r.send("GET", "/rules?$skiptoken=-1", "", 400), "error.message"), "$skiptoken: must be a number that is not negative")
}

func TestWhatIsUsedStays(t *testing.T) {
	t.Parallel()
	k := rules()
	k.Key = ""
	k.Delete.Rules = []record.Rule{record.Unused("uses", "rule.id", func(id string) server.Reply {
		return server.Fail(http.StatusConflict, "Used", id)
	})}
	r := newRig(t, k, server.Options{})
	id := server.Text(r.send("POST", "/rules", `{"name":"a"}`, 200), "id")
	r.tenant.Collection("uses").Put("one", doc{"rule": doc{"id": strings.ToUpper(id)}})
	r.is(server.Text(r.send("DELETE", "/rules/"+id, "", 409), "error.message"), id)
	r.tenant.Collection("uses").Put("one", doc{"rule": doc{"id": "another"}})
	r.send("DELETE", "/rules/"+id, "", 204)
}
