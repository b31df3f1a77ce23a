package enterprisepolicy_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/arm"
)

const (
	encryptionAddr = "powerplatform_encryption_policy.it"
	vaultID        = groupID + "/providers/Microsoft.KeyVault/vaults/kv-contoso"
)

func encryption(lines ...string) string {
	return block("encryption_policy", "it", append([]string{
		`name = "cmk"`, fmt.Sprintf("resource_group_id = %q", groupID), `location = "unitedstates"`, fmt.Sprintf("key_vault_id = %q", vaultID), `key_name = "cmk"`,
	}, lines...)...)
}

func TestAccEncryptionPolicy_basic(t *testing.T) {
	t.Parallel()
	w := policyWorld(t, nil)
	var version string
	for _, id := range w.Collection(arm.Keys).IDs() {
		if _, after, ok := strings.Cut(id, "/versions/"); ok {
			version = after
		}
	}
	w.Run(
		resource.TestStep{Config: encryption(), ConfigStateChecks: acctest.Shows(encryptionAddr, acctest.Attributes{
			"id": azure("cmk"), "key_vault_id": vaultID, "key_name": "cmk",
			"key_version": nil, "principal_id": knownvalue.NotNull(), "tenant_id": w.ID, "system_id": knownvalue.NotNull(),
			"linked_environment_ids": knownvalue.SetSizeExact(0),
		})},
		resource.TestStep{PreConfig: w.Forget, Config: encryption(`key_name = "CMK"`, fmt.Sprintf("key_vault_id = %q", strings.ToLower(vaultID))), ConfigPlanChecks: acctest.Will(encryptionAddr, plancheck.ResourceActionNoop)},
		resource.TestStep{
			PreConfig: func() { acctest.Same(t, "looks at the vault without a change", w.Count("arm.vaults.get"), 0) },
			Config:    encryption(fmt.Sprintf("key_version = %q", version)), ConfigPlanChecks: acctest.Will(encryptionAddr, plancheck.ResourceActionUpdate),
			ConfigStateChecks: acctest.Shows(encryptionAddr, acctest.Attributes{"key_version": version, "principal_id": knownvalue.NotNull()}),
		},
		resource.TestStep{ResourceName: encryptionAddr, ImportState: true, ImportStateId: azure("cmk"), ImportStateVerify: true},
		resource.TestStep{Config: encryption(), ConfigPlanChecks: acctest.Will(encryptionAddr, plancheck.ResourceActionUpdate), ConfigStateChecks: acctest.Shows(encryptionAddr, acctest.Attributes{"key_version": nil})},
	)
}

// What the key or its vault lacks is said by the plan, at the argument.
func TestKeysThatCannotEncrypt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		collection, id, property string
		value                    any
		says                     string
	}{
		"no purge protection": {arm.KeyVaults, vaultID, "enablePurgeProtection", false, "has no purge protection"},
		"no soft delete":      {arm.KeyVaults, vaultID, "enableSoftDelete", false, "has no soft delete"},
		"a short key":         {arm.Keys, vaultID + "/keys/cmk", "keySize", float64(1024), "1024 bits"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := policyWorld(t, nil)
			w.Change(c.collection, c.id, func(d mock.Doc) { d["properties"].(mock.Doc)[c.property] = c.value })
			w.Run(resource.TestStep{Config: encryption(), PlanOnly: true, ExpectError: acctest.Says(c.says)})
		})
	}
}

// What may be made by the same apply, or not be looked at, is a warning; the policy is only made of what is there.
func TestKeysThatAreNotSeen(t *testing.T) {
	t.Parallel()
	t.Run("not there", func(t *testing.T) {
		t.Parallel()
		w := policyWorld(t, nil)
		said := overhear(w, resource.TestStep{Config: encryption(`key_name = "other"`), ExpectError: acctest.Says(`The key "other" of the vault kv-contoso is not there`)})
		acctest.Tells(t, said, "The key is not there yet")
		acctest.Same(t, "puts", w.Count(opPut), 0)
	})
	t.Run("not allowed", func(t *testing.T) {
		t.Parallel()
		w := policyWorld(t, nil)
		w.Fault(mock.Fault{Operation: "arm.vaults.get", Status: http.StatusForbidden, Times: -1})
		acctest.Tells(t, overhear(w, resource.TestStep{Config: encryption()}), "Could not check the key")
	})
}

func TestAccEncryptionPolicy_P15(t *testing.T) {
	t.Parallel()
	w := policyWorld(t, nil)
	w.Run(
		resource.TestStep{Config: encryption()},
		resource.TestStep{
			PreConfig: bind(w, "customerManagedKeys", "cmk"), Config: encryption(`key_name = "next"`),
			ExpectError: acctest.Says("give the policy a new name and lifecycle { create_before_destroy = true }"),
		},
		resource.TestStep{PreConfig: bind(w, "customerManagedKeys", ""), Config: encryption()},
	)
}

// Neither policy is taken for another kind of policy.
func TestAPolicyOfAnotherKindIsNotImported(t *testing.T) {
	t.Parallel()
	w := policyWorld(t, nil)
	w.Run(
		resource.TestStep{Config: encryption()},
		resource.TestStep{
			Config: encryption() + block("identity_policy", "it", `name = "cmk"`, fmt.Sprintf("resource_group_id = %q", groupID), `location = "unitedstates"`) +
				fmt.Sprintf("import {\n  to = powerplatform_identity_policy.it\n  id = %q\n}\n", azure("cmk")),
			ExpectError: acctest.Says("The policy is of kind Encryption, not Identity"),
		},
	)
}
