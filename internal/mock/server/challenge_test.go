package server_test

import (
	"net/http"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

func TestAHostRefusesTokensInItsOwnWords(t *testing.T) {
	t.Parallel()
	f := newFixture(t, server.Options{})
	tenant := f.AddTenant(server.TenantSeed{})
	f.Challenge(host, func(c *server.Call, why string) server.Reply {
		who := "nobody"
		if c.Tenant != nil {
			who = c.Tenant.ID
		}
		return server.Fail(http.StatusUnauthorized, "Mine", who+" "+why[:3]).With("WWW-Authenticate", "Bearer mine")
	})
	f.Route("other.example", http.MethodGet, "/things", "other", func(*server.Call) server.Reply { return server.Empty(http.StatusNoContent) })

	none := f.send(f.request(nil, http.MethodGet, "https://"+host+"/things", nil))
	f.expect(none, http.StatusUnauthorized, "error.message", "nobody Aut")
	if got := none.header.Get("WWW-Authenticate"); got != "Bearer mine" {
		t.Error(got)
	}
	wrong := f.request(nil, http.MethodGet, "https://"+host+"/things", nil)
	token, err := tenant.Token(clientID, "https://elsewhere.example")
	if err != nil {
		t.Fatal(err)
	}
	wrong.Header.Set("Authorization", "Bearer "+token)
	f.expect(f.send(wrong), http.StatusUnauthorized, "error.message", tenant.ID+" The")
	f.expect(f.send(f.request(tenant, http.MethodGet, "https://"+host+"/things", nil)), http.StatusOK, "", "")
	f.expect(f.send(f.request(nil, http.MethodGet, "https://other.example/things", nil)), http.StatusUnauthorized, "error.code", "InvalidAuthenticationToken")
}
