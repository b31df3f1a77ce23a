package mock_test

import (
	"strings"
	"testing"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/identity"
)

const (
	ours            = "50000000-0000-4000-8000-000000000005"
	theirs          = "60000000-0000-4000-8000-000000000006"
	subscription    = "70000000-0000-4000-8000-000000000007"
	allEnvironments = "https://api.bap.microsoft.com/providers/Microsoft.BusinessAppPlatform/scopes/admin/environments?api-version=2021-04-01"
)

// town is a platform with two tenants: ours with an administrator, a colleague and an organization, theirs with a
// subscription and a vault. Its client is not signed in.
func town(t *testing.T) mocktest.Client {
	t.Helper()
	c := mocktest.Alone(t, mock.TenantSeed{
		ID: ours, Users: []mock.User{{UserPrincipalName: "ann@contoso.com", DisplayName: "Ann Admin", Admin: true}, {UserPrincipalName: "bob@contoso.com"}},
		Items: map[string][]mock.Doc{"environments": {{"display_name": "A", "dataverse": mock.Doc{"domain": "ours"}}}},
	})
	c.Platform().AddTenant(mock.TenantSeed{ID: theirs, Items: map[string][]mock.Doc{
		"subscriptions": {{"id": subscription, "resource_groups": []any{mock.Doc{"name": "rg", "key_vaults": []any{mock.Doc{"name": "kv-theirs", "rbac": true}}}}}},
		"environments":  {{"display_name": "B", "dataverse": mock.Doc{"domain": "theirs"}}},
	}})
	return c.As("")
}

func TestPeopleAreCallersOfEveryFamily(t *testing.T) {
	t.Parallel()
	p := town(t)
	for name, c := range map[string]struct {
		who, at string
		status  int
		code    string
		want    mock.Doc
	}{
		"an administrator": {"ann@contoso.com", allEnvironments, 200, "", nil},
		"a colleague":      {"bob@contoso.com", allEnvironments, 403, "UnauthorizedOperation", nil},
		"Graph":            {"bob@contoso.com", "https://graph.microsoft.com/v1.0/me", 200, "", mock.Doc{"userPrincipalName": "bob@contoso.com"}},
		"Graph, by name":   {"bob@contoso.com", "https://graph.microsoft.com/v1.0/users/ann@contoso.com?$select=displayName", 200, "", mock.Doc{"displayName": "Ann Admin"}},
		"Graph, nobody":    {"bob@contoso.com", "https://graph.microsoft.com/v1.0/users/eve@contoso.com", 404, "Request_ResourceNotFound", nil},
		"Resource Manager": {"ann@contoso.com", "https://management.azure.com/subscriptions?api-version=2022-12-01", 200, "", nil},
		"billing policies": {"ann@contoso.com", "https://api.powerplatform.com/licensing/billingPolicies?api-version=2024-10-01", 200, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p.For(t).As(c.who).Send("GET", c.at, nil).Want(c.status, c.code).Has(c.want)
		})
	}
}

func TestPeopleAreUsersOfOrganizations(t *testing.T) {
	t.Parallel()
	p := town(t)
	const org = "https://ours.crm.dynamics.com"
	for who, role := range map[string]string{"ann@contoso.com": "System Administrator", "bob@contoso.com": "Basic User"} {
		c := p.As(who).At(org + "/api/data/v9.2/")
		me := c.Send("GET", "WhoAmI()", nil).Want(200)
		c.Send("GET", "systemusers("+me.Text("UserId")+")?$expand=systemuserroles_association($select=name)", nil).Want(200).Has(mock.Doc{
			"domainname": who, "applicationid": mocktest.Null, "systemuserroles_association.#.name": []string{role},
		})
	}
}

func TestEachHostRefusesTokensInItsOwnWords(t *testing.T) {
	t.Parallel()
	p := town(t)
	const (
		list  = "https://management.azure.com/subscriptions?api-version=2022-12-01"
		one   = "https://management.azure.com/subscriptions/" + subscription + "?api-version=2022-12-01"
		graph = "https://graph.microsoft.com/v1.0/me"
		org   = "https://theirs.crm.dynamics.com"
		vault = "https://kv-theirs.vault.azure.net"
	)
	for name, c := range map[string]struct{ who, audience, at, code, header string }{
		"Resource Manager, no token": {"", "", list, "AuthenticationFailed", `authorization_uri="https://login.windows.net/common", error="invalid_token"`},
		"Resource Manager, whose":    {"", "", one, "AuthenticationFailed", `authorization_uri="https://login.windows.net/` + theirs + `"`},
		"Resource Manager, audience": {"ann@contoso.com", "https://graph.microsoft.com", list, "InvalidAuthenticationTokenAudience", "invalid_token"},
		"Resource Manager, tenant":   {"ann@contoso.com", "https://management.azure.com", one, "InvalidAuthenticationTokenTenant", "https://login.windows.net/" + theirs},
		"Power Platform, no token":   {"", "", allEnvironments, "AuthenticationFailed", "Bearer authorization_uri="},
		"Power Platform, audience":   {"ann@contoso.com", "https://management.azure.com", allEnvironments, "InvalidAuthenticationAudience", ours},
		"Graph, no token":            {"", "", graph, "InvalidAuthenticationToken", `client_id="00000003-0000-0000-c000-000000000000"`},
		"Graph, audience":            {"ann@contoso.com", "https://management.azure.com", graph, "InvalidAuthenticationToken", `realm=""`},
		"Dataverse, no token":        {"", "", org + "/api/data/v9.2/WhoAmI", "", "authorization_uri=https://login.microsoftonline.com/" + theirs + "/oauth2/authorize, resource_id=" + org + "/"},
		"Dataverse, audience":        {"ann@contoso.com", "https://ours.crm.dynamics.com", org + "/api/data/v9.2/WhoAmI", "", "error=invalid_token"},
		"Dataverse, tenant":          {"ann@contoso.com", org, org + "/api/data/v9.2/WhoAmI", "0x80072560", "resource_id"},
		"Key Vault, no token":        {"", "", vault + "/secrets?api-version=7.4", "Unauthorized", `authorization="https://login.microsoftonline.com/` + theirs + `", resource="https://vault.azure.net"`},
		"Key Vault, tenant":          {"ann@contoso.com", "https://vault.azure.net", vault + "/secrets?api-version=7.4", "Unauthorized", theirs},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := p.For(t).As(c.who).Audience(c.audience).Send("GET", c.at, nil).Want(401, c.code)
			if header := a.Header.Get("WWW-Authenticate"); !strings.HasPrefix(header, "Bearer ") || !strings.Contains(header, c.header) {
				t.Error(header)
			}
		})
	}
}

func TestAnExpiredTokenIsRefused(t *testing.T) {
	t.Parallel()
	p := town(t)
	token, err := identity.Sign(map[string]any{"tid": ours, "oid": "o", "appid": "a", "aud": "https://management.azure.com", "exp": time.Now().Add(-time.Hour).Unix()})
	if err != nil {
		t.Fatal(err)
	}
	for at, code := range map[string]string{
		"https://management.azure.com/subscriptions?api-version=2022-12-01": "ExpiredAuthenticationToken",
		allEnvironments:                       "ExpiredAuthenticationToken",
		"https://graph.microsoft.com/v1.0/me": "InvalidAuthenticationToken",
	} {
		p.Bearing(token).Send("GET", at, nil).Want(401, code)
	}
}
