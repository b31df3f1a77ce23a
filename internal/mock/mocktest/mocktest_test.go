package mocktest_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"runtime"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

type doc = mock.Doc

// judge is a test that only writes down what it is told.
type judge struct {
	testing.TB
	said string
}

func (j *judge) Helper()                           {}
func (j *judge) Errorf(format string, args ...any) { j.said += fmt.Sprintf(format, args...) + "\n" }
func (j *judge) Fatal(args ...any)                 { j.Fatalf("%s", fmt.Sprint(args...)) }
func (j *judge) Fatalf(format string, args ...any) { j.Errorf(format, args...); runtime.Goexit() }

// complaint is what a test is told in f.
func complaint(t *testing.T, f func(testing.TB)) string {
	t.Helper()
	j := &judge{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(j)
	}()
	<-done
	return j.said
}

const things = "https://api.things.example"

// family is a small one: things, which are made by an operation of a minute.
var family = mocktest.Shared(func(p *mock.Platform) {
	reply := func(path, operation string, r func(c *server.Call) server.Reply) {
		p.Route("api.things.example", "GET", path, operation, r)
	}
	reply("/echo", "things.echo", func(c *server.Call) server.Reply {
		return server.JSON(200, doc{"who": c.Caller.AppID, "person": c.Caller.User, "audience": c.Audience, "query": c.Request.URL.RawQuery, "kind": c.Request.Header.Get("Content-Type")})
	})
	p.Route("api.things.example", "POST", "/echo", "things.said", func(c *server.Call) server.Reply {
		return server.JSON(200, doc{"raw": string(c.Raw), "kind": c.Request.Header.Get("Content-Type")})
	})
	reply("/things", "things.list", func(c *server.Call) server.Reply {
		if c.Query.Get("page") == "" {
			return server.JSON(200, doc{"value": []any{doc{"name": "a"}}, "@odata.nextLink": things + "/things?page=2"})
		}
		return server.JSON(200, doc{"value": []any{doc{"name": "b"}, doc{"name": "c", "size": nil}}})
	})
	p.Route("api.things.example", "PUT", "/things", "things.make", func(c *server.Call) server.Reply {
		op := c.Tenant.Begin("thing", 60e9, nil)
		return server.Empty(202).With("Location", things+"/operations/"+op.ID).With("Retry-After", "20")
	})
	reply("/operations/{id}", "things.operation", func(c *server.Call) server.Reply {
		op, _ := c.Tenant.Operation(c.Params["id"])
		return server.JSON(200, doc{"state": op.State}).With("Retry-After", "20")
	})
	reply("/gone", "things.gone", func(*server.Call) server.Reply { return server.Fail(410, "Gone", "it went away") })
})

func TestRequestsSayWhoAsksAndHow(t *testing.T) {
	t.Parallel()
	c := mocktest.On(t, family(), mock.TenantSeed{
		Applications: []mock.Application{{ClientID: "first"}, {ClientID: "second"}}, Users: []mock.User{{UserPrincipalName: "ann@contoso.com"}},
	}).At(things + "/echo?api-version=1&x=1")
	c.Send("GET", "", nil).Want(200).Has(doc{"who": "first", "audience": things, "query": "api-version=1&x=1", "kind": "application/json"})
	c.Send("GET", "?x=2", nil).Want(200).Has(doc{"query": "x=2&api-version=1"})
	c.Send("GET", things+"/echo?y=1", nil).Want(200).Has(doc{"query": "y=1"})
	c.As("second").Send("GET", "", nil).Want(200).Has(doc{"who": "second"})
	c.As("ann@contoso.com").Send("GET", "", nil).Want(200).Has(doc{"person": "ann@contoso.com"})
	c.As("").Send("GET", "", nil).Want(401, "InvalidAuthenticationToken")
	c.Bearing("x").Send("GET", "", nil).Want(401, "InvalidAuthenticationToken")
	c.Audience("https://other.example").Send("GET", "", nil).Want(401, "InvalidAuthenticationToken")
	c.With("Content-Type", "text/x").Send("GET", "", nil).Want(200).Has(doc{"kind": "text/x"})
	for want, body := range map[string]any{"": nil, `{ "as": "it is"}`: `{ "as": "it is"}`, "{}": []byte("{}"), `{"a":1}`: doc{"a": 1}} {
		c.Send("POST", "", body).Want(200).Has(doc{"raw": want, "kind": "application/json"})
	}
	form := c.Request("POST", "", url.Values{"a": {"b"}})
	if err := form.ParseForm(); err != nil || form.PostForm.Get("a") != "b" {
		t.Errorf("the form is %v, %v", form.PostForm, err)
	}
	if got := c.Requests("things.said"); len(got) != 4 || c.Last().Operation != "things.said" || len(c.Requests()) != 11 {
		t.Errorf("the journal has %v", got)
	}
}

func TestFaultsMeetTheTenantAlone(t *testing.T) {
	t.Parallel()
	c, other := mocktest.On(t, family(), mock.TenantSeed{}).At(things), mocktest.On(t, family(), mock.TenantSeed{}).At(things)
	c.Fault(mock.Fault{Operation: "things.echo", Status: 503})
	c.Fault(mock.Fault{Operation: "things.gone", Cut: true})
	other.Send("GET", "/echo", nil).Want(200)
	c.Send("GET", "/echo", nil).Want(503, "ServiceUnavailable")
	if _, err := c.Try("GET", "/gone", nil); err == nil {
		t.Error("a request that is cut has an answer")
	}
}

func TestOperationsAndPagesAreFollowed(t *testing.T) {
	t.Parallel()
	c := mocktest.On(t, family(), mock.TenantSeed{}).At(things)
	c.Send("PUT", "/things", nil).Want(202).Empty().Follow("Location").Has(doc{"state": "Succeeded"})
	c.Script("thing", server.Script{Fail: []string{"no"}})
	c.Send("PUT", "/things", nil).Follow().Has(doc{"state": "Failed"})
	pages := c.Send("GET", "/things", nil).Pages()
	if len(pages) != 2 || pages[1].Names("value.#.name") != "b c" {
		t.Errorf("pages: %v", pages)
	}
}

func TestTestsAreToldWhatCame(t *testing.T) {
	t.Parallel()
	c := mocktest.On(t, family(), mock.TenantSeed{}).At(things)
	list := c.Send("GET", "/things?page=2", nil)
	for want, f := range map[string]func(c mocktest.Client){
		"GET /gone: 410 Gone, want 200 : {":                  func(c mocktest.Client) { c.Send("GET", "/gone", nil).Want(200) },
		"GET /gone: 410 Gone, want 410 Away: {":              func(c mocktest.Client) { c.Send("GET", "/gone", nil).Want(410, "Away") },
		"GET /gone: 410 Gone, want 410 : {":                  func(c mocktest.Client) { c.Send("GET", "/gone", nil).Want(410) },
		`GET /gone: "stays" is not in 410 {`:                 func(c mocktest.Client) { c.Send("GET", "/gone", nil).Want(410, "Gone", "stays", "went") },
		"GET /gone: 410 with a body: {":                      func(c mocktest.Client) { c.Send("GET", "/gone", nil).Empty() },
		"GET /gone: nothing to follow at [Location]: 410":    func(c mocktest.Client) { c.Send("GET", "/gone", nil).Follow("Location") },
		"GET /things: error.code is no list: {":              func(c mocktest.Client) { c.Send("GET", "/things", nil).List("error.code") },
		"nobody is eve@contoso.com":                          func(c mocktest.Client) { c.As("eve@contoso.com").Send("GET", "/echo", nil) },
		"no things x; there are []":                          func(c mocktest.Client) { c.Stored("things", "x") },
		`value.#.name is ["b","c"], want ["c","b"]`:          func(c mocktest.Client) { mocktest.Has(c, list.Body, doc{"value.#.name": []string{"c", "b"}}) },
		"value.# is 2, want 3":                               func(c mocktest.Client) { mocktest.Has(c, list.Body, doc{"value.#": 3}) },
		`value.0.name is b, want it absent`:                  func(c mocktest.Client) { mocktest.Has(c, list.Body, doc{"value.0.name": nil}) },
		"value.0.size is absent, want null: {":               func(c mocktest.Client) { mocktest.Has(c, list.Body, doc{"value.0.size": mocktest.Null}) },
		"value.1.size is <nil>, want it absent":              func(c mocktest.Client) { mocktest.Has(c, list.Body, doc{"value.1.size": nil}) },
		`value.0.name is "b", want "?*x"`:                    func(c mocktest.Client) { mocktest.Has(c, list.Body, doc{"value.0.name": mocktest.Like("?*x")}) },
		`value.1.size is null, want "?*"`:                    func(c mocktest.Client) { mocktest.Has(c, list.Body, doc{"value.1.size": mocktest.Some}) },
		"the operation at https://api.things.example/operat": func(c mocktest.Client) { c.Send("PUT", "/things", nil).Follow() },
	} {
		if strings.HasPrefix(want, "the operation") {
			c.Script("thing", server.Script{Stuck: true})
		}
		if got := complaint(t, func(t testing.TB) { f(c.For(t)) }); !strings.Contains(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := complaint(t, func(t testing.TB) {
		c := c.For(t)
		c.Fault(mock.Fault{Operation: "things.operation", Status: 500})
		c.Send("PUT", "/things", nil).Follow()
	}); !strings.Contains(got, "PUT /things: poll of GET https://api.things.example/operations/") {
		t.Errorf("a poll that is refused: %q", got)
	}
}

func TestPathsLeadThroughLists(t *testing.T) {
	t.Parallel()
	var d doc
	if err := json.Unmarshal([]byte(`{"a":[{"b":{"c.d":1}},{"b":[2]}],"x.y":3,"n":null,"t":"/a/b.b/cd"}`), &d); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]any{"#": 4, "t": mocktest.Like("/a*/c?"), "a.1.b": mocktest.Some, "a.0.b.c.d": 1, "a.1.b.0": 2, "a.#": 2, "a.#.b.#": []any{1, 1}, "x.y": 3, "n": mocktest.Null, "a.2": nil, "a.x": nil, "a.0.b.c": nil, "n.x": nil} {
		mocktest.Has(t, d, doc{path: want})
	}
}

func TestEveryFamilyHasItsAudience(t *testing.T) {
	t.Parallel()
	c := mocktest.New(t, mock.TenantSeed{Items: map[string][]mock.Doc{"environments": {{"display_name": "A", "dataverse": doc{"domain": "a"}}}}})
	for _, at := range []string{
		"https://api.bap.microsoft.com/providers/Microsoft.BusinessAppPlatform/tenant?api-version=2021-04-01",
		"https://gov.api.bap.microsoft.us/providers/Microsoft.BusinessAppPlatform/tenant?api-version=2021-04-01",
		"https://api.powerplatform.com/licensing/billingPolicies?api-version=2022-03-01-preview",
		"https://management.azure.com/subscriptions?api-version=2022-12-01",
		"https://graph.microsoft.com/v1.0/servicePrincipals",
		"https://a.crm.dynamics.com/api/data/v9.2/WhoAmI",
	} {
		c.Send("GET", at, nil).Want(200)
	}
}
