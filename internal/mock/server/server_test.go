package server_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
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
	p.Route(host, "GET", "/things/{id}", "things.get", func(c *server.Call) server.Reply {
		d, ok := c.Tenant.Collection("things").Get(c.Params["id"])
		if !ok {
			return server.Fail(http.StatusNotFound, "ThingNotFound", "no thing "+c.Params["id"])
		}
		return server.JSON(http.StatusOK, d)
	})
	p.Route(host, "GET", "/things", "things.list", func(c *server.Call) server.Reply {
		return server.JSON(http.StatusOK, server.Doc{"value": c.Tenant.Collection("things").All()})
	})
	p.Route(host, "PUT", "/things/{id}", "things.put", func(c *server.Call) server.Reply {
		c.Tenant.Collection("things").Put(c.Params["id"], c.Body)
		return server.JSON(http.StatusOK, c.Body)
	})
	p.Route(host, "POST", "/things/{id}", "things.create", func(c *server.Call) server.Reply {
		id, body := c.Params["id"], c.Body
		op := c.Tenant.Begin("thing.create", time.Minute, server.Doc{"id": id, "body": body})
		return server.Empty(http.StatusAccepted).With("Location", "https://europe."+host+"/operations/"+op.ID).With("Retry-After", "20")
	})
	p.Effect("thing.create", func(t *server.Tenant, o *server.Operation) {
		body, _ := o.Data["body"].(server.Doc)
		t.Collection("things").Put(server.Text(o.Data, "id"), body)
	})
	p.Route("*."+host, "GET", "/operations/{id}", "operations.get", func(c *server.Call) server.Reply {
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

// tenant is a client of a tenant, a new one unless the seed names one that is there.
func (f fixture) tenant(seed server.TenantSeed) mocktest.Client {
	f.t.Helper()
	return mocktest.On(f.t, f.Platform, seed).At("https://" + host).As(clientID).Audience(audience)
}

// nobody is a client without a token.
func (f fixture) nobody() mocktest.Client {
	f.t.Helper()
	return mocktest.Stranger(f.t, f.Platform).At("https://"+host).With("Content-Type", "")
}

func TestTenantsAreKeptApartByTheirToken(t *testing.T) {
	t.Parallel()
	f := newFixture(t, server.Options{})
	one, two := f.tenant(server.TenantSeed{}), f.tenant(server.TenantSeed{})
	one.Send("PUT", "/things/a", server.Doc{"name": "x"}).Want(200).Has(server.Doc{"name": "x"})
	one.Send("GET", "/things/A", nil).Want(200).Has(server.Doc{"name": "x"})
	two.Send("GET", "/things/a", nil).Want(404, "ThingNotFound")
}

func TestCallerIsTheOneInTheToken(t *testing.T) {
	t.Parallel()
	p := server.New(server.Options{})
	tenant := fixture{p, t}.tenant(server.TenantSeed{Applications: []server.Application{{ClientID: clientID, ObjectID: "object-1"}}})
	var seen server.Caller
	p.Route(host, "GET", "/me", "me", func(c *server.Call) server.Reply {
		seen = c.Caller
		return server.Empty(http.StatusNoContent)
	})
	p.Audience(host, audience)
	tenant.Send("GET", "/me", nil).Want(204)
	want := server.Caller{TenantID: tenant.ID, ObjectID: "object-1", AppID: clientID, Audience: audience}
	if seen != want {
		t.Errorf("caller %+v, want %+v", seen, want)
	}
}

func TestTokensAreRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t, server.Options{})
	tenant := f.tenant(server.TenantSeed{})
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
			a := f.nobody().For(t).With("Authorization", c.header).Send("GET", "/things", nil).Want(401, "InvalidAuthenticationToken", c.message)
			if !strings.HasPrefix(a.Header.Get("WWW-Authenticate"), "Bearer ") {
				t.Error("no WWW-Authenticate")
			}
		})
	}
}

func TestAudienceWithASlashIsTheSameAndUnlistedHostsAcceptTheirOwnName(t *testing.T) {
	t.Parallel()
	f := newFixture(t, server.Options{})
	f.Route("org.crm.example", "GET", "/api", "org", func(*server.Call) server.Reply { return server.Empty(204) })
	tenant := f.tenant(server.TenantSeed{})
	for _, c := range []struct {
		url, audience string
		status        int
		code          string
	}{
		{"/things", audience + "/", 200, ""},
		{"https://org.crm.example/api", "https://org.crm.example", 204, ""},
		{"https://org.crm.example/api", "https://org.crm.example/", 204, ""},
		{"https://org.crm.example/api", "https://other.crm.example", 401, "InvalidAuthenticationToken"},
	} {
		tenant.Audience(c.audience).Send("GET", c.url, nil).Want(c.status, c.code)
	}
}

func TestUnknownRouteIsLoudAndNamesTheNearest(t *testing.T) {
	t.Parallel()
	f := newFixture(t, server.Options{})
	tenant := f.tenant(server.TenantSeed{})
	tenant.Send("PATCH", "/things/a", server.Doc{}).Want(501, "UnknownRoute").Has(server.Doc{
		"error.message": "the mock has no route for PATCH https://" + host + "/things/a", "error.nearest.0": mocktest.Like("*/things/{id}*"),
	})
	tenant.Send("GET", "https://elsewhere.example/things", nil).Want(501, "UnknownHost")
	f.Open("api.other.example", "GET", "/x", "x", func(*server.Call) server.Reply { return server.Empty(204) })
	tenant.Send("GET", "https://api2.other.example/x/y", nil).Has(server.Doc{"error.nearest.0": "GET https://api.other.example/x"})
	if entries := tenant.Requests(); len(entries) != 3 || entries[0].Status != 501 || entries[0].Operation != "" {
		t.Errorf("journal: %+v", entries)
	}
}

func TestEveryAnswerCarriesRequestIDs(t *testing.T) {
	t.Parallel()
	f := newFixture(t, server.Options{})
	a := f.tenant(server.TenantSeed{}).With("X-Correlation-Id", "corr-1").Send("GET", "/things", nil).Want(200)
	if a.Header.Get("x-ms-correlation-request-id") != "corr-1" || a.Header.Get("x-ms-request-id") == "" {
		t.Errorf("headers: %v", a.Header)
	}
}

func TestMalformedJSONIsRefusedBeforeTheHandler(t *testing.T) {
	t.Parallel()
	f := newFixture(t, server.Options{})
	f.tenant(server.TenantSeed{}).Send("PUT", "/things/a", `{"a":`).Want(400, "InvalidRequestContent")
}

func TestCancelledRequestIsNotAnswered(t *testing.T) {
	t.Parallel()
	f := newFixture(t, server.Options{})
	tenant := f.tenant(server.TenantSeed{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	res, err := f.Do(tenant.Request("GET", "/things", nil).WithContext(ctx))
	if err == nil {
		_ = res.Body.Close()
		t.Fatal("answered")
	}
	if len(tenant.Requests()) != 0 {
		t.Error("the request reached the platform")
	}
}
