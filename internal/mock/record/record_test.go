package record_test

import (
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/record"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/schema"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

type doc = server.Doc

const (
	host     = "api.example"
	audience = "https://api.example"
)

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

func newClient(t *testing.T, k record.Kind, o server.Options, seeds ...doc) mocktest.Client {
	t.Helper()
	p := server.New(o)
	p.Audience(host, audience)
	k.On(server.Router{Platform: p, Host: host, Path: "/v1", Operation: "x."})
	k.Seeds(p)
	seed := server.TenantSeed{Items: map[string][]doc{k.Collection: seeds}}
	return mocktest.On(t, p, seed).At("https://" + host + "/v1").Audience(audience)
}

func is(t *testing.T, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestAKindIsDeclaredOnce(t *testing.T) {
	t.Parallel()
	c := newClient(t, rules(), server.Options{})
	made := c.Send("POST", "/rules", `{"name":"a","limit":3,"etag":"x","on":null,"inner":{"right":1,"stamp":2},"targets":[{"type":"t"}]}`).Want(200)
	id, want := made.Text("meta.id"), made.Body
	is(t, made.Body, doc{
		"name": "a", "limit": 3.0, "mode": "Audit", "inner": doc{"left": "default", "right": 1.0}, "targets": []any{doc{"type": "t"}},
		"meta": doc{"id": id}, "by": server.DefaultClientID,
	})
	is(t, c.Send("GET", "/rules/"+strings.ToUpper(id), nil).Want(200).Body, want)
	is(t, c.Send("GET", "/rules", nil).Want(200).Body, doc{"value": []any{want}})

	want["mode"], want["name"] = "Block", "b"
	is(t, c.Send("PATCH", "/rules/"+id, `{"name":"b","mode":"Block"}`).Want(200).Body, want)
	is(t, c.Send("GET", "/rules/"+id, nil).Want(200).Body, want)
	is(t, c.Send("DELETE", "/rules/"+id, nil).Want(204).Raw, "")
	for _, method := range []string{"GET", "PATCH", "DELETE"} {
		c.Send(method, "/rules/"+id, `{"name":"b"}`).Want(404, "RuleNotFound")
	}
	is(t, c.Requests()[0].Operation+" "+c.Last().Operation, "x.rules.create x.rules.delete")
}

func TestPutReplacesWhatABodyCanSay(t *testing.T) {
	t.Parallel()
	k := rules()
	k.Update.Method, k.Complete = "", nil
	c := newClient(t, k, server.Options{}, doc{"name": "a", "meta": doc{"id": "one"}, "of_words_many": doc{"list": []any{doc{"a_b": 1}}}})
	want := doc{
		"name": "a", "mode": "Audit", "inner": doc{"left": "default"}, "meta": doc{"id": "one"}, "ofWordsMany": doc{"list": []any{doc{"aB": 1.0}}},
	}
	is(t, c.Send("GET", "/rules/one", nil).Want(200).Body, want)
	c.Send("PUT", "/rules/one", `{"name":"b","mode":"Block","limit":1}`).Want(200)
	want["name"], want["inner"] = "c", doc{"left": "default", "right": 2.0}
	is(t, c.Send("PUT", "/rules/one", `{"name":"c","inner":{"right":2}}`).Want(200).Body, want)
}

func TestAChangeDoesNotMoveARecord(t *testing.T) {
	t.Parallel()
	k := rules()
	k.Key = "name"
	for _, method := range []string{http.MethodPatch, http.MethodPut} {
		k.Update.Method = method
		c := newClient(t, k, server.Options{}, doc{"name": "one"})
		is(t, c.Send(method, "/rules/one", `{"name":"two","limit":1}`).Want(200).Text("name"), "one")
		c.Send("GET", "/rules/two", nil).Want(404, "RuleNotFound")
		c.Send("POST", "/rules", `{"name":"two"}`).Want(200)
		c.Send("GET", "/rules/two", nil).Want(200)
	}
}

func TestRulesRefuseBeforeAnythingIsDone(t *testing.T) {
	t.Parallel()
	c := newClient(t, rules(), server.Options{}, doc{"name": "a", "meta": doc{"id": "one"}}, doc{"name": "frozen", "meta": doc{"id": "two"}})
	before := c.Send("GET", "/rules", nil).Want(200).Raw
	c.Send("POST", "/rules", `{"name":"frozen"}`).Want(409, "Frozen")
	c.Send("PATCH", "/rules/one", `{"name":"frozen"}`).Want(409, "Frozen")
	c.Send("DELETE", "/rules/two", nil).Want(409, "Frozen")
	is(t, c.Send("GET", "/rules", nil).Raw, before)
}

func TestBodiesThatDoNotFitAreRefused(t *testing.T) {
	t.Parallel()
	c := newClient(t, rules(), server.Options{})
	for body, says := range map[string]string{
		`{}`:                               "name is required",
		`{"name":null}`:                    "name is required",
		`{"name":"\t"}`:                    "name: must be a text that is not blank, not ",
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
		c.Send("POST", "/rules", body).Want(400, "BadRequest", `"message":"`+says)
	}
	lenient := newClient(t, rules(), server.Options{Lenient: true})
	lenient.Send("POST", "/rules", `{"name":"a","extra":1,"zeal":2}`).Want(200).Has(doc{"extra": 1})
	is(t, lenient.Last().Reason, "the mock does not know the member extra of the body; the mock does not know the member zeal of the body")
	lenient.Send("POST", "/rules", `{"extra":1}`).Want(400, "BadRequest", "name is required")
}

func TestListsComeInPages(t *testing.T) {
	t.Parallel()
	var seeds []doc
	for _, id := range []string{"a", "b", "c", "d", "e"} {
		seeds = append(seeds, doc{"name": id, "meta": doc{"id": id}})
	}
	c := newClient(t, rules(), server.Options{}, seeds...)
	c.SetSwitch("rules.page_size", "2")
	at := "/rules?$top=10&other=1"
	for _, names := range []string{"a b", "c d", "e"} {
		page := c.Send("GET", at, nil).Want(200)
		is(t, page.Names("value.#.name"), names)
		if at = page.Text("nextLink"); !strings.Contains(at, "other=1") && names != "e" {
			t.Errorf("the page after %s forgets the query: %s", names, at)
		}
	}
	is(t, at, "")
	c.Send("GET", "/rules?$top=1", nil).Want(200).Has(doc{"value.#": 1})
	c.Send("GET", "/rules?$skiptoken=-1", nil).Want(400, "BadRequest", "$skiptoken: must be a number that is not negative")
}

func TestWhatIsUsedStays(t *testing.T) {
	t.Parallel()
	k := rules()
	k.Key = ""
	k.Delete.Rules = []record.Rule{record.Unused("uses", "rule.id", func(id string) server.Reply {
		return server.Fail(http.StatusConflict, "Used", id)
	})}
	c := newClient(t, k, server.Options{})
	id := c.Send("POST", "/rules", `{"name":"a"}`).Text("id")
	c.Collection("uses").Put("one", doc{"rule": doc{"id": strings.ToUpper(id)}})
	c.Send("DELETE", "/rules/"+id, nil).Want(409, "Used", id)
	c.Collection("uses").Put("one", doc{"rule": doc{"id": "another"}})
	c.Send("DELETE", "/rules/"+id, nil).Want(204)
}
