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
func (l lab) seeded(key string, items ...doc) error {
	return l.Platform().Seed(server.Seed{Tenants: []server.TenantSeed{{ID: l.ID, Items: map[string][]doc{key: items}}}})
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
			l.Fill(map[string][]doc{"role_assignments": {{"scope": c.scope, "principal": someone, "role": c.role}}})
			l.Do(func() {
				if got := arm.Allowed(l.Tenant, strings.ToUpper(someone), c.at, c.action); got != c.want {
					t.Errorf("%d, want %d", got, c.want)
				}
				if got := arm.Allowed(l.Tenant, "", c.at, c.action); got != arm.Denied {
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
	l.Send("PUT", at, doc{"properties": doc{
		"roleDefinitionId": labSub + "/providers/Microsoft.Authorization/roleDefinitions/4633458b-17de-408a-b874-0445c86b69e6",
		"principalId":      someone, "principalType": "ServicePrincipal",
	}}).Want(201)
	allowed := func() (out arm.Grant) {
		l.Do(func() { out = arm.Allowed(l.Tenant, someone, labVault, readSecret) })
		return out
	}
	if got := allowed(); got != arm.Pending {
		t.Errorf("at once: %d", got)
	}
	l.Clock().Advance(300 * time.Second)
	if got := allowed(); got != arm.Granted {
		t.Errorf("after the delay: %d", got)
	}
	l.Fill(map[string][]doc{"role_assignments": {{"scope": labVault, "principal": "dataverse", "role": "Key Vault Secrets User"}}})
	l.Do(func() {
		if got := arm.Allowed(l.Tenant, graph.ObjectID(l.Tenant, graph.DataverseAppID), labVault, readSecret); got != arm.Granted {
			t.Errorf("seeded: %d", got)
		}
	})
}

func TestRoleDefinitionsSayWhatTheyAllow(t *testing.T) {
	t.Parallel()
	l := newLab(t, nil)
	l.Send("GET", "/providers/Microsoft.Authorization/roleDefinitions/4633458b-17de-408a-b874-0445c86b69e6"+roleVersion, nil).Want(200).Has(doc{
		"properties.permissions.#": 1, "properties.permissions.0.dataActions.#": 2, "properties.permissions.0.dataActions.0": readSecret,
	})
}

func TestSeedsOfRolesAndSecretsAreChecked(t *testing.T) {
	t.Parallel()
	l := newLab(t, nil)
	role := func(more doc) error {
		d := doc{"scope": labVault, "principal": "terraform", "role": "Reader"}
		server.Merge(d, more)
		return l.seeded("role_assignments", d)
	}
	vault := func(more doc) error {
		d := doc{"name": "kv-seeded"}
		server.Merge(d, more)
		return l.seeded("subscriptions", doc{"id": labSub[15:], "resource_groups": []any{doc{"name": "rg-more", "key_vaults": []any{d}}}})
	}
	secret := func(more doc) error {
		d := doc{"name": "s", "value": "v"}
		server.Merge(d, more)
		return vault(doc{"secrets": []any{d}})
	}
	for want, err := range map[string]error{
		"":                                    role(nil),
		"unknown role":                        role(doc{"role": "King"}),
		"no such scope":                       role(doc{"scope": labVault + "x"}),
		"principal \"someone":                 role(doc{"principal": "someone"}),
		"who: unknown key":                    role(doc{"who": 1}),
		"a name of letters":                   secret(doc{"name": "a b"}),
		"value: must be a text":               secret(doc{"value": 1}),
		"expires":                             secret(doc{"expires": "soon"}),
		"not_before":                          secret(doc{"not_before": true}),
		"text: unknown key":                   secret(doc{"text": 1}),
		"network_acls.rules: unknown":         vault(doc{"network_acls": doc{"rules": 1}}),
		"private_endpoints":                   vault(doc{"private_endpoints": "one"}),
		"access_policies[0].object_id: princ": vault(doc{"access_policies": []any{doc{"object_id": "me"}}}),
	} {
		switch {
		case want == "" && err != nil:
			t.Error(err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%v does not say %q", err, want)
		}
	}
	if err := secret(doc{"expires": "2030-01-01T00:00:00Z", "not_before": 1000}); err != nil {
		t.Error(err)
	}
}

func TestTheControlPlaneShowsSecretsWithoutTheirValue(t *testing.T) {
	t.Parallel()
	l := newLab(t, nil)
	const hush = "hush-hush"
	l.Fill(map[string][]doc{"subscriptions": {{"id": labSub[15:], "resource_groups": []any{doc{"name": "rg-more", "key_vaults": []any{doc{
		"name": "kv-seeded", "purge_protection": true, "public_network_access": "Disabled", "private_endpoints": []any{"/pe"},
		"network_acls": doc{"default_action": "Deny", "ip_rules": []any{"203.0.113.0/24"}},
		"secrets":      []any{doc{"name": "s", "value": hush, "enabled": false, "content_type": "text", "tags": doc{"a": "b"}}},
	}}}}}}})
	at := labSub + "/resourceGroups/rg-more/providers/Microsoft.KeyVault/vaults/kv-seeded"
	l.Send("GET", at+vaultVersion, nil).Want(200).Has(doc{
		"properties.networkAcls.ipRules.#": 1, "properties.publicNetworkAccess": "Disabled", "properties.networkAcls.defaultAction": "Deny",
	})
	l.Send("GET", at+"/secrets/S"+vaultVersion, nil).Want(200).Has(doc{
		"properties.attributes.enabled": false, "properties.attributes.recoveryLevel": "Recoverable", "properties.contentType": "text",
		"properties.secretUri": "https://kv-seeded.vault.azure.net/secrets/s", "tags.a": "b", "properties.value": nil,
	})
	l.Send("GET", at+"/secrets"+vaultVersion, nil).Want(200).Has(doc{"value.#": 1})
	l.Send("GET", at+"/secrets/none"+vaultVersion, nil).Want(404, "SecretNotFound")
	l.Send("GET", labVaults+"/none/secrets/none"+vaultVersion, nil).Want(404, "ResourceNotFound")
	l.Send("DELETE", at+vaultVersion, nil).Want(200)
	if n := l.Count(arm.Secrets); n != 0 {
		t.Errorf("%d secrets outlive their vault", n)
	}
}
