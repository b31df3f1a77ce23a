package server_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/schema"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/identity"
)

// thing describes the things of a seed.
var thing = schema.Objects("things", "Things.", schema.Text("id", "The ID.").Defines("things").Required(), schema.Text("name", "The name."),
	schema.Text("of", "Another thing.").Refers("things"), schema.Whole("size", "The size."), schema.GUID("owner", "The owner."))

const (
	host     = "api.things.example"
	audience = "https://service.things.example"
	clientID = "11111111-1111-4111-8111-111111111111"
)

// fixture is a platform with one small family on it: things that are created by an operation of a minute.
type fixture struct {
	*server.Platform
	t *testing.T
}

func newFixture(t *testing.T, o server.Options) fixture {
	t.Helper()
	p := server.New(o)
	p.Audience(host, audience)
	p.Audience("*."+host, audience)
	p.Route(host, http.MethodGet, "/things/{id}", "things.get", func(c *server.Call) server.Reply {
		d, ok := c.Tenant.Collection("things").Get(c.Params["id"])
		if !ok {
			return server.Fail(http.StatusNotFound, "ThingNotFound", "no thing "+c.Params["id"])
		}
		return server.JSON(http.StatusOK, d)
	})
	p.Route(host, http.MethodGet, "/things", "things.list", func(c *server.Call) server.Reply {
		return server.JSON(http.StatusOK, server.Doc{"value": c.Tenant.Collection("things").All()})
	})
	p.Route(host, http.MethodPut, "/things/{id}", "things.put", func(c *server.Call) server.Reply {
		c.Tenant.Collection("things").Put(c.Params["id"], c.Body)
		return server.JSON(http.StatusOK, c.Body)
	})
	p.Route(host, http.MethodPost, "/things/{id}", "things.create", func(c *server.Call) server.Reply {
		id, body := c.Params["id"], c.Body
		op := c.Tenant.Begin("thing.create", time.Minute, server.Doc{"id": id, "body": body})
		return server.Empty(http.StatusAccepted).With("Location", "https://europe."+host+"/operations/"+op.ID).With("Retry-After", "20")
	})
	p.Effect("thing.create", func(t *server.Tenant, o *server.Operation) {
		body, _ := o.Data["body"].(server.Doc)
		t.Collection("things").Put(server.Text(o.Data, "id"), body)
	})
	p.Route("*."+host, http.MethodGet, "/operations/{id}", "operations.get", func(c *server.Call) server.Reply {
		op, ok := c.Tenant.Operation(c.Params["id"])
		if !ok {
			return server.Fail(http.StatusNotFound, "OperationNotFound", "none")
		}
		return server.JSON(http.StatusOK, server.Doc{"state": op.State, "error": op.Error}).With("Retry-After", "20")
	})
	p.Seeder("things", thing, func(t *server.Tenant, items []server.Doc) error {
		for _, item := range items {
			t.Collection("things").Put(server.Text(item, "id"), item)
		}
		return nil
	})
	return fixture{p, t}
}

type answer struct {
	status int
	header http.Header
	body   server.Doc
	text   string
}

// request builds a request with a token of the tenant for the right audience.
func (f fixture) request(tenant *server.Tenant, method, url string, body any) *http.Request {
	f.t.Helper()
	var reader io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			f.t.Fatal(err)
		}
		reader = strings.NewReader(string(raw))
	}
	req, err := http.NewRequestWithContext(f.t.Context(), method, url, reader)
	if err != nil {
		f.t.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if tenant != nil {
		token, err := tenant.Token(clientID, audience)
		if err != nil {
			f.t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("Content-Type", "application/json")
	}
	return req
}

func (f fixture) send(req *http.Request) answer {
	f.t.Helper()
	res, err := f.Do(req)
	if err != nil {
		f.t.Fatal(err)
	}
	return read(f.t, res)
}

func (f fixture) call(tenant *server.Tenant, method, path string, body any) answer {
	f.t.Helper()
	return f.send(f.request(tenant, method, "https://"+host+path, body))
}

func read(t *testing.T, res *http.Response) answer {
	t.Helper()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil {
		t.Fatal(err)
	}
	a := answer{status: res.StatusCode, header: res.Header, text: string(raw)}
	if strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") {
		if err := json.Unmarshal(raw, &a.body); err != nil {
			t.Fatalf("%v: %s", err, raw)
		}
	}
	return a
}

func (f fixture) expect(a answer, status int, path, want string) {
	f.t.Helper()
	if a.status != status {
		f.t.Fatalf("status %d, want %d: %s", a.status, status, a.text)
	}
	if path == "" {
		return
	}
	got, _ := server.Lookup(a.body, path)
	if text, _ := json.Marshal(got); strings.Trim(string(text), `"`) != want {
		f.t.Errorf("%s is %s, want %s", path, text, want)
	}
}

func TestTenantsAreKeptApartByTheirToken(t *testing.T) {
	t.Parallel()
	f := newFixture(t, server.Options{})
	one, two := f.AddTenant(server.TenantSeed{}), f.AddTenant(server.TenantSeed{})
	f.expect(f.call(one, http.MethodPut, "/things/a", server.Doc{"name": "x"}), 200, "name", "x")
	f.expect(f.call(one, http.MethodGet, "/things/A", nil), 200, "name", "x")
	f.expect(f.call(two, http.MethodGet, "/things/a", nil), 404, "error.code", "ThingNotFound")
}

func TestCallerIsTheOneInTheToken(t *testing.T) {
	t.Parallel()
	p := server.New(server.Options{})
	tenant := p.AddTenant(server.TenantSeed{Applications: []server.Application{{ClientID: clientID, ObjectID: "object-1"}}})
	var seen server.Caller
	p.Route(host, http.MethodGet, "/me", "me", func(c *server.Call) server.Reply {
		seen = c.Caller
		return server.Empty(http.StatusNoContent)
	})
	p.Audience(host, audience)
	f := fixture{p, t}
	f.expect(f.call(tenant, http.MethodGet, "/me", nil), 204, "", "")
	want := server.Caller{TenantID: tenant.ID, ObjectID: "object-1", AppID: clientID, Audience: audience}
	if seen != want {
		t.Errorf("caller %+v, want %+v", seen, want)
	}
}

func TestTokensAreRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t, server.Options{})
	tenant := f.AddTenant(server.TenantSeed{})
	sign := func(claims map[string]any) string {
		claims["oid"], claims["appid"] = "object-1", clientID
		token, err := identity.Sign(claims)
		if err != nil {
			t.Fatal(err)
		}
		return "Bearer " + token
	}
	hour := time.Now().Add(time.Hour).Unix()
	for name, c := range map[string]struct{ header, message string }{
		"none":           {"", "header is missing"},
		"other scheme":   {"Basic abc", "header is missing"},
		"garbage":        {"Bearer abc", "token is invalid"},
		"expired":        {sign(map[string]any{"tid": tenant.ID, "aud": audience, "exp": time.Now().Add(-time.Minute).Unix()}), "expiry"},
		"unknown tenant": {sign(map[string]any{"tid": "22222222-2222-4222-8222-222222222222", "aud": audience, "exp": hour}), "does not exist"},
		"wrong audience": {sign(map[string]any{"tid": tenant.ID, "aud": "https://management.azure.com", "exp": hour}), "wrong audience"},
		"no expiry":      {sign(map[string]any{"tid": tenant.ID, "aud": audience}), "token is invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := fixture{f.Platform, t}
			req := f.request(nil, http.MethodGet, "https://"+host+"/things", nil)
			req.Header.Set("Authorization", c.header)
			req.Header.Set("Content-Type", "application/json")
			a := f.send(req)
			f.expect(a, 401, "error.code", "InvalidAuthenticationToken")
			if !strings.Contains(server.Text(a.body, "error.message"), c.message) {
				t.Errorf("message %q does not say %q", server.Text(a.body, "error.message"), c.message)
			}
			if !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Bearer ") {
				t.Error("no WWW-Authenticate")
			}
		})
	}
}

func TestAudienceWithASlashIsTheSameAndUnlistedHostsAcceptTheirOwnName(t *testing.T) {
	t.Parallel()
	f := newFixture(t, server.Options{})
	f.Route("org.crm.example", http.MethodGet, "/api", "org", func(*server.Call) server.Reply { return server.Empty(204) })
	tenant := f.AddTenant(server.TenantSeed{})
	for i, c := range []struct {
		url, audience string
		status        int
	}{
		{"https://" + host + "/things", audience + "/", 200},
		{"https://org.crm.example/api", "https://org.crm.example", 204},
		{"https://org.crm.example/api", "https://org.crm.example/", 204},
		{"https://org.crm.example/api", "https://other.crm.example", 401},
	} {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			t.Parallel()
			f := fixture{f.Platform, t}
			token, err := tenant.Token(clientID, c.audience)
			if err != nil {
				t.Fatal(err)
			}
			req := f.request(nil, http.MethodGet, c.url, nil)
			req.Header.Set("Authorization", "Bearer "+token)
			req.Header.Set("Content-Type", "application/json")
			f.expect(f.send(req), c.status, "", "")
		})
	}
}

func TestUnknownRouteIsLoudAndNamesTheNearest(t *testing.T) {
	t.Parallel()
	f := newFixture(t, server.Options{})
	tenant := f.AddTenant(server.TenantSeed{})
	a := f.call(tenant, http.MethodPatch, "/things/a", server.Doc{})
	f.expect(a, 501, "error.code", "UnknownRoute")
	f.expect(a, 501, "error.message", "the mock has no route for PATCH https://"+host+"/things/a")
	nearest, _ := server.Lookup(a.body, "error.nearest")
	if list, _ := nearest.([]any); len(list) == 0 || !strings.Contains(list[0].(string), "/things/{id}") {
		t.Errorf("nearest: %v", nearest)
	}
	f.expect(f.send(f.request(tenant, http.MethodGet, "https://elsewhere.example/things", nil)), 501, "error.code", "UnknownHost")
	f.Open("api.other.example", http.MethodGet, "/x", "x", func(*server.Call) server.Reply { return server.Empty(204) })
	a = f.send(f.request(tenant, http.MethodGet, "https://api2.other.example/x/y", nil))
	if list, _ := server.Lookup(a.body, "error.nearest"); list.([]any)[0] != "GET https://api.other.example/x" {
		t.Errorf("nearest: %v", list)
	}
	if entries := f.Journal(tenant.ID); len(entries) != 3 || entries[0].Status != 501 || entries[0].Operation != "" {
		t.Errorf("journal: %+v", entries)
	}
}

func TestEveryAnswerCarriesRequestIDs(t *testing.T) {
	t.Parallel()
	f := newFixture(t, server.Options{})
	req := f.request(f.AddTenant(server.TenantSeed{}), http.MethodGet, "https://"+host+"/things", nil)
	req.Header.Set("X-Correlation-Id", "corr-1")
	a := f.send(req)
	if a.header.Get("x-ms-correlation-request-id") != "corr-1" || a.header.Get("x-ms-request-id") == "" {
		t.Errorf("headers: %v", a.header)
	}
}

func TestMalformedJSONIsRefusedBeforeTheHandler(t *testing.T) {
	t.Parallel()
	f := newFixture(t, server.Options{})
	req := f.request(f.AddTenant(server.TenantSeed{}), http.MethodPut, "https://"+host+"/things/a", nil)
	req.Body = io.NopCloser(strings.NewReader(`{"a":`))
	f.expect(f.send(req), 400, "error.code", "InvalidRequestContent")
}

func TestCancelledRequestIsNotAnswered(t *testing.T) {
	t.Parallel()
	f := newFixture(t, server.Options{})
	tenant := f.AddTenant(server.TenantSeed{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	res, err := f.Do(f.request(tenant, http.MethodGet, "https://"+host+"/things", nil).WithContext(ctx))
	if err == nil {
		_ = res.Body.Close()
		t.Fatal("answered")
	}
	if len(f.Journal(tenant.ID)) != 0 {
		t.Error("the request reached the platform")
	}
}
