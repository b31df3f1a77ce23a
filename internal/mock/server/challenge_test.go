package server_test

import (
	"net/http"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

func TestAHostRefusesTokensInItsOwnWords(t *testing.T) {
	t.Parallel()
	f := newFixture(t, server.Options{})
	tenant := f.tenant(server.TenantSeed{})
	f.Challenge(host, func(c *server.Call, why string) server.Reply {
		who := "nobody"
		if c.Tenant != nil {
			who = c.Tenant.ID
		}
		return server.Fail(http.StatusUnauthorized, "Mine", who+" "+why[:3]).With("WWW-Authenticate", "Bearer mine")
	})
	f.Route("other.example", "GET", "/things", "other", func(*server.Call) server.Reply { return server.Empty(http.StatusNoContent) })

	none := f.nobody().Send("GET", "/things", nil).Want(401, "Mine").Has(server.Doc{"error.message": "nobody Aut"})
	if got := none.Header.Get("WWW-Authenticate"); got != "Bearer mine" {
		t.Error(got)
	}
	tenant.Audience("https://elsewhere.example").Send("GET", "/things", nil).Want(401, "Mine").Has(server.Doc{"error.message": tenant.ID + " The"})
	tenant.Send("GET", "/things", nil).Want(http.StatusOK)
	f.nobody().Send("GET", "https://other.example/things", nil).Want(http.StatusUnauthorized, "InvalidAuthenticationToken")
}
