package keyvault_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/keyvault"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

func TestACallWithoutATokenIsToldWhereToGetOne(t *testing.T) {
	t.Parallel()
	r := rig{mocktest.Alone(t, landscape(nil)).At(base + version)}.grant("terraform", user, vaultID)
	authorities := map[string]string{
		"public": "login.microsoftonline.com", "gcc": "login.microsoftonline.com", "gcchigh": "login.microsoftonline.us", "dod": "login.microsoftonline.us",
		"china": "login.chinacloudapi.cn", "ex": "login.microsoftonline.eaglex.ic.gov", "rx": "login.microsoftonline.microsoft.scloud",
	}
	nobody := r.As("")
	for _, cloud := range bap.Clouds {
		at := "https://kv-one." + cloud.Vault
		a := nobody.Send("GET", at+"/secrets/s"+version, nil).Want(401, "Unauthorized")
		want := `Bearer authorization="https://` + authorities[cloud.Name] + "/" + r.ID + `", resource="https://` + cloud.Vault + `"`
		if got := a.Header.Get("WWW-Authenticate"); got != want {
			t.Errorf("%s: %s", cloud.Name, got)
		}
		if a := r.Send("GET", at+"/secrets/s"+version, nil).Want(200).Has(doc{"value": hush}); !strings.HasPrefix(a.Text("id"), at+"/secrets/s/") {
			t.Error(cloud.Name, a)
		}
	}
	a := r.Audience("https://management.azure.com").Send("GET", "/secrets/s", nil).Want(401, "Unauthorized", "audience")
	if a.Header.Get("WWW-Authenticate") == "" {
		t.Error(a.Header)
	}
}

func TestAVaultBelongsToATenant(t *testing.T) {
	t.Parallel()
	owner := mocktest.Alone(t, landscape(nil))
	c := mocktest.On(t, owner.Platform(), server.TenantSeed{})
	a := c.Send("GET", base+"/secrets/s"+version, nil).Want(401, "Unauthorized", "AKV10032")
	if !strings.Contains(a.Header.Get("WWW-Authenticate"), owner.ID) {
		t.Error(a.Header)
	}
	for _, who := range []string{server.DefaultClientID, ""} {
		c.As(who).Send("GET", "https://kv-none.vault.azure.net/secrets/s"+version, nil).Want(404, "VaultNotFound")
	}
}

func TestASecretFollowsItsLife(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil).grant("terraform", "Key Vault Secrets Officer", vaultID)
	r.Send("GET", "/secrets/new", nil).Want(404, "SecretNotFound")
	r.Send("PUT", "/secrets/new", doc{}).Want(400, "BadParameter")
	r.Send("PUT", "/secrets/a_b", doc{"value": "x"}).Want(400, "BadParameter")
	r.Send("PUT", "/secrets/new", doc{"value": strings.Repeat("x", 25<<10+1)}).Want(400, "BadParameter")
	first := r.Send("PUT", "/secrets/new", doc{"value": "one", "tags": doc{"a": "b"}}).Want(200).Text("id")
	second := r.Send("PUT", "/secrets/new", doc{"value": "two", "contentType": "text", "attributes": doc{"exp": 9e9}}).Want(200).Text("id")
	r.Send("GET", "/secrets/NEW", nil).Want(200).Has(doc{"value": "two", "contentType": "text", "tags": nil})
	r.Send("GET", first+version, nil).Want(200).Has(doc{"value": "one", "tags.a": "b", "id": first})
	r.Send("GET", "/secrets/new/00000000000000000000000000000000", nil).Want(404, "SecretNotFound")
	newest, latest := doc{}, 0.0
	for _, d := range r.Send("GET", "/secrets/new/versions", nil).Want(200).Has(doc{"value.#": 2}).List("value") {
		mocktest.Has(t, d, doc{"value": nil}) // a list shows no values
		at, _ := server.Lookup(d, "attributes.created")
		if created, _ := at.(float64); created > latest {
			newest, latest = d, created
		}
	}
	mocktest.Has(t, newest, doc{"id": second})
	r.Send("PATCH", second+version, doc{"attributes": doc{"enabled": false}, "tags": doc{"c": "d"}}).Want(200).Has(doc{"tags.c": "d", "value": nil})
	r.Send("GET", "/secrets/new", nil).Want(403, "Forbidden", "SecretDisabled")
	r.Send("PATCH", "/secrets/new", doc{"attributes": doc{"enabled": true}}).Want(200)
	r.Send("GET", "/secrets/new", nil).Want(200)
	r.Send("PATCH", "/secrets/none", doc{}).Want(404, "SecretNotFound")

	gone := r.Send("DELETE", "/secrets/new", nil).Want(200).Has(doc{"recoveryId": base + "/deletedsecrets/new"})
	if gone.Get("scheduledPurgeDate") == nil {
		t.Error(gone)
	}
	r.Send("DELETE", "/secrets/new", nil).Want(404, "SecretNotFound")
	r.Send("GET", "/secrets/new", nil).Want(404, "SecretNotFound")
	r.Send("PUT", "/secrets/new", doc{"value": "three"}).Want(409, "Conflict", "ObjectIsDeletedButRecoverable")
	r.Send("GET", "/deletedsecrets/new", nil).Want(200)
	r.Send("GET", "/deletedsecrets", nil).Want(200).Has(doc{"value.#": 1})
	r.Send("GET", "/secrets", nil).Want(200).Has(doc{"value.#": 2})
	r.Send("POST", "/deletedsecrets/new/recover", nil).Want(200)
	r.Send("GET", "/deletedsecrets/new", nil).Want(404, "SecretNotFound")
	r.Send("GET", "/secrets/new", nil).Want(200)
	r.Send("DELETE", "/secrets/new", nil).Want(200)
	r.Send("DELETE", "/deletedsecrets/new", nil).Want(204)
	r.Send("PUT", "/secrets/new", doc{"value": "three"}).Want(200)

	kept := newRig(t, doc{"purge_protection": true}).grant("terraform", "Key Vault Administrator", "/")
	kept.Send("DELETE", "/secrets/s", nil).Want(200)
	kept.Send("DELETE", "/deletedsecrets/s", nil).Want(403, "Forbidden", "ForbiddenByPolicy")
}

func TestListsHavePages(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil).grant("terraform", "Key Vault Secrets Officer", vaultID)
	r.SetSwitch(keyvault.SwitchPageSize, "2")
	for _, value := range []string{"a", "b", "c", "d"} {
		r.Send("PUT", "/secrets/s", doc{"value": value}).Want(200)
	}
	for at, want := range map[string][]int{
		"/secrets": {2}, "/secrets/s/versions": {2, 2, 1}, "/secrets/none/versions": {0}, "/secrets/s/versions?api-version=7.4&maxresults=4": {4, 1},
	} {
		var got []int
		for _, page := range r.Send("GET", at, nil).Pages() {
			got = append(got, len(page.List("value")))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: pages of %v, want %v", at, got, want)
		}
	}
	r.SetSwitch(keyvault.SwitchVersions, "404")
	r.Send("GET", "/secrets/none/versions", nil).Want(404, "SecretNotFound")
}

func TestTimesAreARemarkUnlessEnforced(t *testing.T) {
	t.Parallel()
	now := time.Now()
	r := newRig(t, doc{"secrets": []any{
		doc{"name": "old", "value": hush, "expires": now.Add(-time.Hour).Unix()}, doc{"name": "young", "value": hush, "not_before": now.Add(time.Hour).Unix()},
	}}).grant("terraform", user, vaultID)
	r.Send("GET", "/secrets/old", nil).Want(200)
	r.Send("GET", "/secrets/young", nil).Want(200)
	r.SetSwitch(keyvault.SwitchValidity, "enforce")
	r.Send("GET", "/secrets/old", nil).Want(403, "Forbidden", "SecretExpired")
	r.Send("GET", "/secrets/young", nil).Want(403, "Forbidden", "SecretNotYetValid")
	r.Clock().Advance(2 * time.Hour)
	r.Send("GET", "/secrets/young", nil).Want(200)
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
			get, list := r.Send("GET", "/secrets/s", nil), r.Send("GET", "/secrets/s/versions", nil)
			if get.Status != c.get || list.Status != c.list {
				t.Errorf("%d %d", get.Status, list.Status)
			}
			if c.get == 403 {
				get.Want(403, "Forbidden", "ForbiddenByRbac")
			}
			if put := r.Send("PUT", "/secrets/x", doc{"value": "x"}); (put.Status == 200) != (strings.HasPrefix(name, "officer") || strings.HasPrefix(name, "admin")) {
				t.Errorf("PUT %d", put.Status)
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
	r.Send("GET", "/secrets/s", nil).Want(200)
	r.Send("GET", "/secrets/s/versions", nil).Want(403, "Forbidden", "AccessDenied")
	newRig(t, given("all")).Send("PUT", "/secrets/s", doc{"value": "x"}).Want(200)
	newRig(t, doc{"rbac": true, "access_policies": given("all")["access_policies"]}).Send("GET", "/secrets/s", nil).Want(403, "Forbidden", "ForbiddenByRbac")
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
				r.Send("GET", "/secrets/s", nil).Want(403, "Forbidden", c.inner)
			}
			a := r.grant("terraform", user, vaultID).Send("GET", "/secrets/s", nil)
			if a.Status != c.status || a.Text("error.innererror.code") != c.inner {
				t.Error(a)
			}
		})
	}
	r := newRig(t, acls("192.0.2.0/24")).grant("terraform", user, vaultID)
	r.SetSwitch(keyvault.SwitchClientAddress, "192.0.2.7")
	r.Send("GET", "/secrets/s", nil).Want(200)
}

func TestVersionsOfTheAPI(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil).grant("terraform", user, vaultID)
	r.Send("GET", "/secrets/s?api-version=2026-04-01", nil).Want(200)
	r.Send("GET", "/secrets/s?api-version=1.0", nil).Want(400, "BadParameter")
}
