package keyvault_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/keyvault"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

func TestACallWithoutATokenIsToldWhereToGetOne(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil).grant("terraform", user, vaultID)
	authorities := map[string]string{
		"public": "login.microsoftonline.com", "gcc": "login.microsoftonline.com", "gcchigh": "login.microsoftonline.us", "dod": "login.microsoftonline.us",
		"china": "login.chinacloudapi.cn", "ex": "login.microsoftonline.eaglex.ic.gov", "rx": "login.microsoftonline.microsoft.scloud",
	}
	for _, cloud := range bap.Clouds {
		r.host = "kv-one." + cloud.Vault
		a := r.do(r.request("GET", "/secrets/s", nil)).want(401, "Unauthorized")
		want := `Bearer authorization="https://` + authorities[cloud.Name] + "/" + r.tenant.ID + `", resource="https://` + cloud.Vault + `"`
		if got := a.header.Get("WWW-Authenticate"); got != want {
			t.Errorf("%s: %s", cloud.Name, got)
		}
		if a := r.send("GET", "/secrets/s", nil).want(200); a.text("value") != hush || !strings.HasPrefix(a.text("id"), "https://"+r.host+"/secrets/s/") {
			t.Errorf("%s: %v", cloud.Name, a.body)
		}
	}
	r.host = host
	req := r.request("GET", "/secrets/s", nil)
	token, err := r.tenant.Token(server.DefaultClientID, "https://management.azure.com")
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	if a := r.do(req).want(401, "Unauthorized"); !strings.Contains(a.text("error.message"), "audience") || a.header.Get("WWW-Authenticate") == "" {
		t.Error(a.body)
	}
}

func TestAVaultBelongsToATenant(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil).grant("terraform", user, vaultID)
	stranger := r
	stranger.tenant = r.platform.AddTenant(server.TenantSeed{})
	a := stranger.send("GET", "/secrets/s", nil).want(401, "Unauthorized")
	if !strings.Contains(a.text("error.message"), "AKV10032") || !strings.Contains(a.header.Get("WWW-Authenticate"), r.tenant.ID) {
		t.Error(a.body, a.header)
	}
	r.host = "kv-none.vault.azure.net"
	r.send("GET", "/secrets/s", nil).want(404, "VaultNotFound")
	r.do(r.request("GET", "/secrets/s", nil)).want(404, "VaultNotFound")
}

func TestASecretFollowsItsLife(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil).grant("terraform", "Key Vault Secrets Officer", vaultID)
	r.send("GET", "/secrets/new", nil).want(404, "SecretNotFound")
	r.send("PUT", "/secrets/new", doc{}).want(400, "BadParameter")
	r.send("PUT", "/secrets/a_b", doc{"value": "x"}).want(400, "BadParameter")
	r.send("PUT", "/secrets/new", doc{"value": strings.Repeat("x", 25<<10+1)}).want(400, "BadParameter")
	first := r.send("PUT", "/secrets/new", doc{"value": "one", "tags": doc{"a": "b"}}).want(200).text("id")
	second := r.send("PUT", "/secrets/new", doc{"value": "two", "contentType": "text", "attributes": doc{"exp": 9e9}}).want(200).text("id")
	if a := r.send("GET", "/secrets/NEW", nil).want(200); a.text("value") != "two" || a.text("contentType") != "text" || a.body["tags"] != nil {
		t.Error(a.body)
	}
	if a := r.send("GET", first, nil).want(200); a.text("value") != "one" || a.text("tags.a") != "b" || a.text("id") != first {
		t.Error(a.body)
	}
	r.send("GET", "/secrets/new/00000000000000000000000000000000", nil).want(404, "SecretNotFound")
	all := r.send("GET", "/secrets/new/versions", nil).want(200).value()
	newest := doc{}
	for _, one := range all {
		d, _ := one.(doc)
		at, _ := server.Lookup(d, "attributes.created")
		before, _ := server.Lookup(newest, "attributes.created")
		then, _ := before.(float64)
		if created, _ := at.(float64); created > then {
			newest = d
		}
		if _, shown := d["value"]; shown {
			t.Error("a list shows values")
		}
	}
	if len(all) != 2 || newest["id"] != second {
		t.Error(all)
	}

	if a := r.send("PATCH", second, doc{"attributes": doc{"enabled": false}, "tags": doc{"c": "d"}}).want(200); a.text("tags.c") != "d" || a.body["value"] != nil {
		t.Error(a.body)
	}
	r.send("GET", "/secrets/new", nil).want(403, "Forbidden", "SecretDisabled")
	r.send("PATCH", "/secrets/new", doc{"attributes": doc{"enabled": true}}).want(200)
	r.send("GET", "/secrets/new", nil).want(200)
	r.send("PATCH", "/secrets/none", doc{}).want(404, "SecretNotFound")

	if a := r.send("DELETE", "/secrets/new", nil).want(200); a.text("recoveryId") != base+"/deletedsecrets/new" || a.body["scheduledPurgeDate"] == nil {
		t.Error(a.body)
	}
	r.send("DELETE", "/secrets/new", nil).want(404, "SecretNotFound")
	r.send("GET", "/secrets/new", nil).want(404, "SecretNotFound")
	r.send("PUT", "/secrets/new", doc{"value": "three"}).want(409, "Conflict", "ObjectIsDeletedButRecoverable")
	r.send("GET", "/deletedsecrets/new", nil).want(200)
	if got := len(r.send("GET", "/deletedsecrets", nil).want(200).value()); got != 1 {
		t.Errorf("%d deleted", got)
	}
	if got := len(r.send("GET", "/secrets", nil).want(200).value()); got != 2 {
		t.Errorf("%d left", got)
	}
	r.send("POST", "/deletedsecrets/new/recover", nil).want(200)
	r.send("GET", "/deletedsecrets/new", nil).want(404, "SecretNotFound")
	r.send("GET", "/secrets/new", nil).want(200)
	r.send("DELETE", "/secrets/new", nil).want(200)
	r.send("DELETE", "/deletedsecrets/new", nil).want(204)
	r.send("PUT", "/secrets/new", doc{"value": "three"}).want(200)

	kept := newRig(t, doc{"purge_protection": true}).grant("terraform", "Key Vault Administrator", "/")
	kept.send("DELETE", "/secrets/s", nil).want(200)
	kept.send("DELETE", "/deletedsecrets/s", nil).want(403, "Forbidden", "ForbiddenByPolicy")
}

func TestListsHavePages(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil).grant("terraform", "Key Vault Secrets Officer", vaultID)
	r.tenant.SetSwitch(keyvault.SwitchPageSize, "2")
	for _, value := range []string{"a", "b", "c", "d"} {
		r.send("PUT", "/secrets/s", doc{"value": value}).want(200)
	}
	for at, want := range map[string][]int{
		"/secrets": {2}, "/secrets/s/versions": {2, 2, 1}, "/secrets/none/versions": {0}, "/secrets/s/versions?api-version=7.4&maxresults=4": {4, 1},
	} {
		var got []int
		for next := at; next != ""; {
			a := r.send("GET", next, nil).want(200)
			got, next = append(got, len(a.value())), a.text("nextLink")
		}
		if len(got) != len(want) || got[0] != want[0] || got[len(got)-1] != want[len(want)-1] {
			t.Errorf("%s: pages of %v, want %v", at, got, want)
		}
	}
	r.tenant.SetSwitch(keyvault.SwitchVersions, "404")
	r.send("GET", "/secrets/none/versions", nil).want(404, "SecretNotFound")
}

func TestTimesAreARemarkUnlessEnforced(t *testing.T) {
	t.Parallel()
	now := time.Now()
	r := newRig(t, doc{"secrets": []any{
		doc{"name": "old", "value": hush, "expires": now.Add(-time.Hour).Unix()}, doc{"name": "young", "value": hush, "not_before": now.Add(time.Hour).Unix()},
	}}).grant("terraform", user, vaultID)
	r.send("GET", "/secrets/old", nil).want(200)
	r.send("GET", "/secrets/young", nil).want(200)
	r.tenant.SetSwitch(keyvault.SwitchValidity, "enforce")
	r.send("GET", "/secrets/old", nil).want(403, "Forbidden", "SecretExpired")
	r.send("GET", "/secrets/young", nil).want(403, "Forbidden", "SecretNotYetValid")
	r.tenant.Clock().Advance(2 * time.Hour)
	r.send("GET", "/secrets/young", nil).want(200)
}

func TestCallersNeedARole(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		role, scope string
		get, list   int
	}{
		"none":              {"", "", 403, 403},
		"user of the vault": {user, vaultID, 200, 200},
		"user of the secret": {
			user, vaultID + "/secrets/s", 200, 200,
		},
		"user of another secret": {user, vaultID + "/secrets/off", 403, 403},
		"officer of the group":   {"Key Vault Secrets Officer", group, 200, 200},
		"admin of everything":    {"Key Vault Administrator", "/subscriptions/" + guid, 200, 200},
		"reader":                 {"Key Vault Reader", vaultID, 403, 200},
		"owner":                  {"Owner", vaultID, 403, 403},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			if c.role != "" {
				r.grant("terraform", c.role, c.scope)
			}
			get, list := r.send("GET", "/secrets/s", nil), r.send("GET", "/secrets/s/versions", nil)
			if get.status != c.get || list.status != c.list {
				t.Errorf("%d %d", get.status, list.status)
			}
			if c.get == 403 {
				get.want(403, "Forbidden", "ForbiddenByRbac")
			}
			if put := r.send("PUT", "/secrets/x", doc{"value": "x"}); (put.status == 200) != (strings.HasPrefix(name, "officer") || strings.HasPrefix(name, "admin")) {
				t.Errorf("PUT %d", put.status)
			}
		})
	}
}

func TestAccessPoliciesCountWhereRolesDoNot(t *testing.T) {
	t.Parallel()
	given := func(permissions ...any) doc {
		return doc{"rbac": false, "access_policies": []any{doc{"object_id": "terraform", "secrets": permissions}}}
	}
	r := newRig(t, given("Get")).grant("terraform", "Key Vault Administrator", vaultID)
	r.send("GET", "/secrets/s", nil).want(200)
	r.send("GET", "/secrets/s/versions", nil).want(403, "Forbidden", "AccessDenied")
	newRig(t, given("all")).send("PUT", "/secrets/s", doc{"value": "x"}).want(200)
	newRig(t, doc{"rbac": true, "access_policies": given("all")["access_policies"]}).send("GET", "/secrets/s", nil).want(403, "Forbidden", "ForbiddenByRbac")
}

func TestTheFirewallComesFirst(t *testing.T) {
	t.Parallel()
	acls := func(rules ...any) doc { return doc{"network_acls": doc{"default_action": "Deny", "ip_rules": rules}} }
	for name, c := range map[string]struct {
		vault  doc
		status int
		inner  string
	}{
		"denied":        {acls(), 403, "ForbiddenByFirewall"},
		"other address": {acls("192.0.2.1"), 403, "ForbiddenByFirewall"},
		"its address":   {acls("192.0.2.1", keyvault.ClientAddress), 200, ""},
		"its network":   {acls("203.0.113.0/24"), 200, ""},
		"no network":    {doc{"public_network_access": "Disabled"}, 403, "ForbiddenByConnection"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, c.vault)
			if c.status != 200 { // without a role, too
				r.send("GET", "/secrets/s", nil).want(403, "Forbidden", c.inner)
			}
			a := r.grant("terraform", user, vaultID).send("GET", "/secrets/s", nil)
			if a.status != c.status || a.text("error.innererror.code") != c.inner {
				t.Error(a.status, a.body)
			}
		})
	}
	r := newRig(t, acls("192.0.2.0/24")).grant("terraform", user, vaultID)
	r.tenant.SetSwitch(keyvault.SwitchClientAddress, "192.0.2.7")
	r.send("GET", "/secrets/s", nil).want(200)
}

func TestVersionsOfTheAPI(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil).grant("terraform", user, vaultID)
	r.send(http.MethodGet, "/secrets/s?api-version=2026-04-01", nil).want(200)
	r.send(http.MethodGet, "/secrets/s?api-version=1.0", nil).want(400, "BadParameter")
}
