package keyvault_test

import (
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

const (
	guid        = "00000000-0000-4000-8000-00000000cccc"
	group       = "/subscriptions/" + guid + "/resourceGroups/rg"
	vaultID     = group + "/providers/Microsoft.KeyVault/vaults/kv-one"
	environment = "aaaaaaaa-0000-4000-8000-00000000a001"
	base        = "https://kv-one.vault.azure.net"
	version     = "?api-version=7.4"
	hush        = "hush-hush"
	user        = "Key Vault Secrets User"
)

type doc = server.Doc

// rig is a client of a vault with one secret, in a tenant that has an environment with Dataverse.
type rig struct{ mocktest.Client }

// newRig makes a vault whose seed is changed by vault, without anybody's role.
func newRig(t *testing.T, vault doc) rig {
	t.Helper()
	return rig{mocktest.New(t, landscape(vault)).At(base + version)}
}

func landscape(vault doc) server.TenantSeed {
	all := doc{"name": "kv-one", "rbac": true, "secrets": []any{
		doc{"name": "s", "value": hush, "content_type": "text/plain", "tags": doc{"stage": "dev"}}, doc{"name": "off", "value": hush, "enabled": false},
	}}
	server.Merge(all, vault)
	return server.TenantSeed{Items: map[string][]doc{
		"subscriptions": {{"id": guid, "registered": []any{"Microsoft.KeyVault", "Microsoft.PowerPlatform"}, "resource_groups": []any{doc{"name": "rg", "key_vaults": []any{all}}}}},
		"environments":  {{"id": environment, "display_name": "one", "location": "unitedstates", "managed": true, "dataverse": doc{}}},
	}}
}

// grant seeds a role.
func (r rig) grant(principal, role, scope string) rig {
	r.Helper()
	r.Fill(map[string][]doc{"role_assignments": {{"scope": scope, "principal": principal, "role": role}}})
	return r
}
