package mock_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/witness"
)

const (
	ours            = "50000000-0000-4000-8000-000000000005"
	theirs          = "60000000-0000-4000-8000-000000000006"
	subscription    = "70000000-0000-4000-8000-000000000007"
	azureCLI        = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
	allEnvironments = "https://api.bap.microsoft.com/providers/Microsoft.BusinessAppPlatform/scopes/admin/environments?api-version=2021-04-01"
)

// town is a platform with two tenants: ours with an administrator, a colleague and an organization, theirs with a
// subscription and a vault.
func town(t *testing.T) *mock.Platform {
	t.Helper()
	p := mock.New()
	witness.Record(t, p, "")
	p.AddTenant(mock.TenantSeed{
		ID: ours, Users: []mock.User{{UserPrincipalName: "ann@contoso.com", DisplayName: "Ann Admin", Admin: true}, {UserPrincipalName: "bob@contoso.com"}},
		Items: map[string][]mock.Doc{"environments": {{"display_name": "A", "dataverse": mock.Doc{"domain": "ours"}}}},
	})
	p.AddTenant(mock.TenantSeed{ID: theirs, Items: map[string][]mock.Doc{
		"subscriptions": {{"id": subscription, "resource_groups": []any{mock.Doc{"name": "rg", "key_vaults": []any{mock.Doc{"name": "kv-theirs", "rbac": true}}}}}},
		"environments":  {{"display_name": "B", "dataverse": mock.Doc{"domain": "theirs"}}},
	}})
	return p
}

// as sends a request with the token of a person; "" sends none.
// heard is an answer without its body.
type heard struct {
	StatusCode int
	Header     http.Header
}

func as(t *testing.T, p *mock.Platform, who, audience, at string) (heard, mock.Doc) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, at, nil)
	if err != nil {
		t.Fatal(err)
	}
	if who != "" {
		user, ok := p.Tenant(ours).User(who)
		if !ok {
			t.Fatal("nobody is " + who)
		}
		token, err := p.Tenant(ours).AccessToken(server.Grant{ClientID: azureCLI, Audience: audience, User: &user, Proof: "0"})
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return sent(t, p, req)
}

func sent(t *testing.T, p *mock.Platform, req *http.Request) (heard, mock.Doc) {
	t.Helper()
	res, err := p.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	var d mock.Doc
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &d); err != nil {
			t.Fatalf("%v in %s", err, raw)
		}
	}
	return heard{res.StatusCode, res.Header}, d
}

func TestPeopleAreCallersOfEveryFamily(t *testing.T) {
	t.Parallel()
	p := town(t)
	for name, c := range map[string]struct {
		who, audience, at string
		status            int
		key               string // of the answer
		want              any
	}{
		"an administrator": {"ann@contoso.com", "https://service.powerapps.com/", allEnvironments, 200, "", nil},
		"a colleague":      {"bob@contoso.com", "https://service.powerapps.com/", allEnvironments, 403, "error.code", "UnauthorizedOperation"},
		"Graph":            {"bob@contoso.com", "https://graph.microsoft.com", "https://graph.microsoft.com/v1.0/me", 200, "userPrincipalName", "bob@contoso.com"},
		"Graph, by name":   {"bob@contoso.com", "https://graph.microsoft.com", "https://graph.microsoft.com/v1.0/users/ann@contoso.com?$select=displayName", 200, "displayName", "Ann Admin"},
		"Graph, nobody":    {"bob@contoso.com", "https://graph.microsoft.com", "https://graph.microsoft.com/v1.0/users/eve@contoso.com", 404, "error.code", "Request_ResourceNotFound"},
		"Resource Manager": {"ann@contoso.com", "https://management.azure.com", "https://management.azure.com/subscriptions?api-version=2022-12-01", 200, "", nil},
		"billing policies": {"ann@contoso.com", "https://api.powerplatform.com", "https://api.powerplatform.com/licensing/billingPolicies?api-version=2024-10-01", 200, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			res, d := as(t, p, c.who, c.audience, c.at)
			if got, _ := server.Lookup(d, c.key); res.StatusCode != c.status || c.key != "" && got != c.want {
				t.Errorf("%d %v", res.StatusCode, d)
			}
		})
	}
}

func TestPeopleAreUsersOfOrganizations(t *testing.T) {
	t.Parallel()
	p := town(t)
	const org = "https://ours.crm.dynamics.com"
	for who, role := range map[string]string{"ann@contoso.com": "System Administrator", "bob@contoso.com": "Basic User"} {
		res, me := as(t, p, who, org, org+"/api/data/v9.2/WhoAmI()")
		if res.StatusCode != 200 {
			t.Fatalf("%d %v", res.StatusCode, me)
		}
		_, user := as(t, p, who, org, org+"/api/data/v9.2/systemusers("+server.Text(me, "UserId")+")?$expand=systemuserroles_association($select=name)")
		roles, _ := user["systemuserroles_association"].([]any)
		if user["domainname"] != who || user["applicationid"] != nil || len(roles) != 1 || roles[0].(mock.Doc)["name"] != role {
			t.Errorf("%s is %v", who, user)
		}
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
			res, d := as(t, p, c.who, c.audience, c.at)
			header := res.Header.Get("WWW-Authenticate")
			if res.StatusCode != http.StatusUnauthorized || server.Text(d, "error.code") != c.code || !strings.HasPrefix(header, "Bearer ") || !strings.Contains(header, c.header) {
				t.Errorf("%d %v %v", res.StatusCode, header, d)
			}
		})
	}
}

func TestAnExpiredTokenIsRefused(t *testing.T) {
	t.Parallel()
	p := town(t)
	token, err := server.Sign(map[string]any{"tid": ours, "oid": "o", "appid": "a", "aud": "https://management.azure.com", "exp": time.Now().Add(-time.Hour).Unix()})
	if err != nil {
		t.Fatal(err)
	}
	for at, code := range map[string]string{
		"https://management.azure.com/subscriptions?api-version=2022-12-01": "ExpiredAuthenticationToken",
		allEnvironments:                       "ExpiredAuthenticationToken",
		"https://graph.microsoft.com/v1.0/me": "InvalidAuthenticationToken",
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, at, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		if res, d := sent(t, p, req); res.StatusCode != http.StatusUnauthorized || server.Text(d, "error.code") != code {
			t.Errorf("%s: %d %v", at, res.StatusCode, d)
		}
	}
}
