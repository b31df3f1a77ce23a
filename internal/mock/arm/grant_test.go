package arm_test

import (
	"strings"
	"testing"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/graph"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

const (
	labVault   = labVaults + "/kv-contoso"
	readSecret = "Microsoft.KeyVault/vaults/secrets/getSecret/action"
	listSecret = "Microsoft.KeyVault/vaults/secrets/readMetadata/action"
)

// seeded adds to the tenant of a lab.
func (l lab) seeded(key string, items ...server.Doc) error {
	return l.platform.Seed(server.Seed{Tenants: []server.TenantSeed{{ID: l.tenant.ID, Items: map[string][]server.Doc{key: items}}}})
}

func TestARoleReachesDownAndNoFurtherThanItAllows(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		scope, role, at, action string
		want                    arm.Grant
	}{
		{labVault, "Key Vault Secrets User", labVault + "/secrets/s", readSecret, arm.Granted},
		{labVault, "4633458B-17de-408a-b874-0445c86b69e6", labVault, readSecret, arm.Granted},
		{labGroup, "Key Vault Secrets Officer", labVault + "/secrets/s", readSecret, arm.Granted},
		{labSub, "Key Vault Administrator", labVault + "/secrets/s", readSecret, arm.Granted},
		{"/", "Key Vault Secrets User", labVault + "/secrets/s", readSecret, arm.Granted},
		{labVault, "Key Vault Reader", labVault + "/secrets/s", listSecret, arm.Granted},
		{labVault, "Key Vault Reader", labVault + "/secrets/s", readSecret, arm.Denied},
		{labVault, "Key Vault Crypto Officer", labVault + "/secrets/s", readSecret, arm.Denied},
		{labVault, "Owner", labVault + "/secrets/s", readSecret, arm.Denied},
		{labVault + "/keys/cmk", "Key Vault Secrets User", labVault + "/secrets/s", readSecret, arm.Denied},
		{labVault, "Key Vault Secrets User", labVault + "-2/secrets/s", readSecret, arm.Denied},
		{labSandbox, "Key Vault Secrets User", labVault + "/secrets/s", readSecret, arm.Denied},
	} {
		t.Run(c.role+" at "+c.scope[strings.LastIndex(c.scope, "/")+1:], func(t *testing.T) {
			t.Parallel()
			l := newLab(t, nil)
			if err := l.seeded("role_assignments", server.Doc{"scope": c.scope, "principal": someone, "role": c.role}); err != nil {
				t.Fatal(err)
			}
			l.tenant.Do(func() {
				if got := arm.Allowed(l.tenant, strings.ToUpper(someone), c.at, c.action); got != c.want {
					t.Errorf("%d, want %d", got, c.want)
				}
				if got := arm.Allowed(l.tenant, "", c.at, c.action); got != arm.Denied {
					t.Errorf("nobody: %d", got)
				}
			})
		})
	}
}

func TestARoleTakesTime(t *testing.T) {
	t.Parallel()
	l := newLab(t, map[string]string{arm.SwitchRoleDelay: "300"})
	at := labVault + assignments + "/99999999-0000-4000-8000-000000000000" + roleVersion
	l.must(l.send("PUT", at, server.Doc{"properties": server.Doc{
		"roleDefinitionId": labSub + "/providers/Microsoft.Authorization/roleDefinitions/4633458b-17de-408a-b874-0445c86b69e6",
		"principalId":      someone, "principalType": "ServicePrincipal",
	}}), 201, "")
	allowed := func() (out arm.Grant) {
		l.tenant.Do(func() { out = arm.Allowed(l.tenant, someone, labVault, readSecret) })
		return out
	}
	if got := allowed(); got != arm.Pending {
		t.Errorf("at once: %d", got)
	}
	l.tenant.Clock().Advance(300 * time.Second)
	if got := allowed(); got != arm.Granted {
		t.Errorf("after the delay: %d", got)
	}
	if err := l.seeded("role_assignments", server.Doc{"scope": labVault, "principal": "dataverse", "role": "Key Vault Secrets User"}); err != nil {
		t.Fatal(err)
	}
	l.tenant.Do(func() {
		if got := arm.Allowed(l.tenant, graph.ObjectID(l.tenant, graph.DataverseAppID), labVault, readSecret); got != arm.Granted {
			t.Errorf("seeded: %d", got)
		}
	})
}

func TestRoleDefinitionsSayWhatTheyAllow(t *testing.T) {
	t.Parallel()
	l := newLab(t, nil)
	d := l.must(l.send("GET", "/providers/Microsoft.Authorization/roleDefinitions/4633458b-17de-408a-b874-0445c86b69e6"+roleVersion, nil), 200, "")
	permissions, _ := server.Lookup(d, "properties.permissions")
	list, _ := permissions.([]any)
	if len(list) != 1 {
		t.Fatal(d)
	}
	one, _ := list[0].(server.Doc)
	if data, _ := one["dataActions"].([]any); len(data) != 2 || data[0] != readSecret {
		t.Error(one)
	}
}

func TestSeedsOfRolesAndSecretsAreChecked(t *testing.T) {
	t.Parallel()
	l := newLab(t, nil)
	role := func(more server.Doc) error {
		d := server.Doc{"scope": labVault, "principal": "terraform", "role": "Reader"}
		server.Merge(d, more)
		return l.seeded("role_assignments", d)
	}
	vault := func(more server.Doc) error {
		d := server.Doc{"name": "kv-seeded"}
		server.Merge(d, more)
		return l.seeded("subscriptions", server.Doc{"id": labSub[15:], "resource_groups": []any{server.Doc{"name": "rg-more", "key_vaults": []any{d}}}})
	}
	secret := func(more server.Doc) error {
		d := server.Doc{"name": "s", "value": "v"}
		server.Merge(d, more)
		return vault(server.Doc{"secrets": []any{d}})
	}
	for want, err := range map[string]error{
		"":                                    role(nil),
		"unknown role":                        role(server.Doc{"role": "King"}),
		"no such scope":                       role(server.Doc{"scope": labVault + "x"}),
		"principal \"someone":                 role(server.Doc{"principal": "someone"}),
		"who: unknown key":                    role(server.Doc{"who": 1}),
		"a name of letters":                   secret(server.Doc{"name": "a b"}),
		"value: must be a text":               secret(server.Doc{"value": 1}),
		"expires":                             secret(server.Doc{"expires": "soon"}),
		"not_before":                          secret(server.Doc{"not_before": true}),
		"text: unknown key":                   secret(server.Doc{"text": 1}),
		"network_acls.rules: unknown":         vault(server.Doc{"network_acls": server.Doc{"rules": 1}}),
		"private_endpoints":                   vault(server.Doc{"private_endpoints": "one"}),
		"access_policies[0].object_id: princ": vault(server.Doc{"access_policies": []any{server.Doc{"object_id": "me"}}}),
	} {
		switch {
		case want == "" && err != nil:
			t.Error(err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%v does not say %q", err, want)
		}
	}
	if err := secret(server.Doc{"expires": "2030-01-01T00:00:00Z", "not_before": 1000}); err != nil {
		t.Error(err)
	}
}

func TestTheControlPlaneShowsSecretsWithoutTheirValue(t *testing.T) {
	t.Parallel()
	l := newLab(t, nil)
	const hush = "hush-hush"
	err := l.seeded("subscriptions", server.Doc{"id": labSub[15:], "resource_groups": []any{server.Doc{"name": "rg-more", "key_vaults": []any{server.Doc{
		"name": "kv-seeded", "purge_protection": true, "public_network_access": "Disabled", "private_endpoints": []any{"/pe"},
		"network_acls": server.Doc{"default_action": "Deny", "ip_rules": []any{"203.0.113.0/24"}},
		"secrets":      []any{server.Doc{"name": "s", "value": hush, "enabled": false, "content_type": "text", "tags": server.Doc{"a": "b"}}},
	}}}}})
	if err != nil {
		t.Fatal(err)
	}
	at := labSub + "/resourceGroups/rg-more/providers/Microsoft.KeyVault/vaults/kv-seeded"
	d := l.must(l.send("GET", at+vaultVersion, nil), 200, "")
	rules, _ := server.Lookup(d, "properties.networkAcls.ipRules")
	if list, _ := rules.([]any); len(list) != 1 || server.Text(d, "properties.publicNetworkAccess") != "Disabled" || server.Text(d, "properties.networkAcls.defaultAction") != "Deny" {
		t.Error(d)
	}
	d = l.must(l.send("GET", at+"/secrets/S"+vaultVersion, nil), 200, "")
	enabled, _ := server.Lookup(d, "properties.attributes.enabled")
	if enabled != false || server.Text(d, "properties.attributes.recoveryLevel") != "Recoverable" || server.Text(d, "properties.contentType") != "text" ||
		server.Text(d, "properties.secretUri") != "https://kv-seeded.vault.azure.net/secrets/s" || server.Text(d, "tags.a") != "b" {
		t.Error(d)
	}
	list, _ := l.must(l.send("GET", at+"/secrets"+vaultVersion, nil), 200, "")["value"].([]any)
	if len(list) != 1 {
		t.Error(list)
	}
	if _, shown := server.Lookup(d, "properties.value"); shown {
		t.Error("the value is shown")
	}
	l.must(l.send("GET", at+"/secrets/none"+vaultVersion, nil), 404, "SecretNotFound")
	l.must(l.send("GET", labVaults+"/none/secrets/none"+vaultVersion, nil), 404, "ResourceNotFound")
	l.must(l.send("DELETE", at+vaultVersion, nil), 200, "")
	if n := l.tenant.Collection(arm.Secrets).Len(); n != 0 {
		t.Errorf("%d secrets outlive their vault", n)
	}
}
