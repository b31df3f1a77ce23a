package server_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

func TestATenantWithoutUsersHasAnAdministrator(t *testing.T) {
	t.Parallel()
	p := server.New(server.Options{})
	tenant := p.AddTenant(server.TenantSeed{Domains: []string{"fabrikam.onmicrosoft.com"}})
	admin, ok := tenant.Administrator()
	if !ok || admin.UserPrincipalName != "admin@fabrikam.onmicrosoft.com" || admin.ID == "" || !admin.Administers() {
		t.Errorf("the administrator is %+v, %v", admin, ok)
	}
}

func TestUsersOfASeed(t *testing.T) {
	t.Parallel()
	var s server.TenantSeed
	err := json.Unmarshal([]byte(`{"users":[{"user_principal_name":"ann@contoso.com","password":"p"},
		{"id":"AAAAAAAA-0000-4000-8000-000000000001","user_principal_name":"Bob@contoso.com","roles":["Power Platform Administrator"]}]}`), &s)
	if err != nil {
		t.Fatal(err)
	}
	tenant := server.New(server.Options{}).AddTenant(s)
	if users := tenant.Users(); len(users) != 2 || users[0].DisplayName != "ann" {
		t.Fatalf("users are %+v", users)
	}
	if admin, ok := tenant.Administrator(); !ok || admin.UserPrincipalName != "Bob@contoso.com" {
		t.Errorf("the administrator is %+v", admin)
	}
	for _, name := range []string{"bob@contoso.com", "aaaaaaaa-0000-4000-8000-000000000001"} {
		if u, ok := tenant.User(name); !ok || u.UserPrincipalName != "Bob@contoso.com" {
			t.Errorf("%s is %+v", name, u)
		}
	}
	tenant.AddUser(server.User{UserPrincipalName: "BOB@contoso.com"})
	if _, ok := tenant.Administrator(); ok || len(tenant.Users()) != 2 {
		t.Errorf("a user added again did not replace the first: %+v", tenant.Users())
	}
}

func TestAUserOfASeedIsChecked(t *testing.T) {
	t.Parallel()
	for want, u := range map[string]server.User{
		"has no user_principal_name": {},
		"is no name@domain":          {UserPrincipalName: "ann"},
		"is not a GUID":              {UserPrincipalName: "ann@contoso.com", ID: "7"},
	} {
		err := server.New(server.Options{}).Seed(server.Seed{Tenants: []server.TenantSeed{{Users: []server.User{u}}}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v does not say %q", u, err, want)
		}
	}
}
