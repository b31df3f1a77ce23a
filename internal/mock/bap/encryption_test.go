package bap_test

import (
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

func TestEncryptionNeedsAKeyThatThePolicyMayUse(t *testing.T) {
	t.Parallel()
	const (
		vaultID = armGroup + "/providers/Microsoft.KeyVault/vaults/kv"
		roles   = "/subscriptions/00000000-0000-4000-8000-00000000cccc/providers/Microsoft.Authorization/roleDefinitions/"
		crypto  = roles + "e147488a-f6f5-4113-8e2d-b22465e65bf6"
		reader  = roles + "acdd72a7-3385-48ef-bd42-f606fba81ae7"
	)
	access := func(keys ...any) doc {
		return doc{"enableSoftDelete": true, "enablePurgeProtection": true, "accessPolicies": []any{doc{"objectId": user, "permissions": doc{"keys": keys}}}}
	}
	for name, c := range map[string]struct {
		vault, key  doc
		role, scope string
		says        string // "": it succeeds
	}{
		"role on the vault":          {role: crypto, scope: vaultID},
		"role on the resource group": {role: crypto, scope: strings.ToUpper(armGroup)},
		"role on the key":            {role: crypto, scope: vaultID + "/keys/cmk"},
		"role on another key":        {role: crypto, scope: vaultID + "/keys/cm", says: "does not have the permissions"},
		"another role":               {role: reader, scope: vaultID, says: "does not have the permissions"},
		"no role":                    {says: "does not have the permissions"},
		"access policy":              {vault: access("Get", "WrapKey", "UnwrapKey")},
		"access policy, too little":  {vault: access("get", "wrapKey"), says: "does not have the permissions"},
		"no purge protection":        {vault: doc{"enableSoftDelete": true}, says: "Purge protection"},
		"no soft delete":             {vault: doc{"enablePurgeProtection": true}, says: "Soft delete"},
		"disabled":                   {role: crypto, scope: vaultID, key: doc{"kty": "RSA", "attributes": doc{"enabled": false}}, says: "is disabled"},
		"expired":                    {role: crypto, scope: vaultID, key: doc{"kty": "RSA", "attributes": doc{"exp": 1000}}, says: "has expired"},
		"not active":                 {role: crypto, scope: vaultID, key: doc{"kty": "RSA", "attributes": doc{"nbf": 99999999999}}, says: "is not active"},
		"elliptic":                   {role: crypto, scope: vaultID, key: doc{"kty": "EC"}, says: "is not an RSA key"},
		"too short":                  {role: crypto, scope: vaultID, key: doc{"kty": "RSA", "keySize": 1024}, says: "size"},
		"no key":                     {role: crypto, scope: vaultID, key: doc{}, says: "could not be found"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newLinkRig(t, nil)
			r.put("k", "Encryption", "europe", doc{"encryption": doc{"state": "Enabled", "keyVault": doc{"id": vaultID, "key": doc{"name": "cmk"}}}})
			if c.vault == nil {
				c.vault = doc{"enableSoftDelete": true, "enablePurgeProtection": true, "enableRbacAuthorization": true}
			}
			r.Collection(bap.KeyVaults).Put(vaultID, doc{"id": vaultID, "properties": c.vault})
			if c.key == nil {
				c.key = doc{"kty": "RSA", "keySize": 2048, "attributes": doc{"enabled": true}}
			}
			if len(c.key) > 0 {
				r.Collection(bap.Keys).Put(vaultID+"/keys/cmk", doc{"properties": c.key})
			}
			if c.role != "" {
				r.Collection(bap.RoleAssignments).Put(c.scope+"/x", doc{"properties": doc{"roleDefinitionId": c.role, "principalId": user, "scope": c.scope}})
			}
			state := server.Succeeded
			if c.says != "" {
				state = server.Failed
			}
			ends(r.post("one", "/enterprisePolicies/Encryption/link", "k"), "NewCustomerManagedKey", state).Says(c.says)
			if status := r.links("one").Text("properties.enterprisePolicies.customerManagedKeys.linkStatus"); (status == "Linked") != (c.says == "") {
				t.Errorf("it is %q", status)
			}
		})
	}
}
