package bap

import (
	"slices"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// Built-in roles of Azure that let an identity get, wrap and unwrap with the keys of a vault:
// https://learn.microsoft.com/azure/key-vault/general/rbac-guide.
var keyRoles = []string{
	"e147488a-f6f5-4113-8e2d-b22465e65bf6", // Key Vault Crypto Service Encryption User
	"00482a5a-887f-4fb3-b363-3b7fe8e74483", // Key Vault Administrator
	"14b46e9e-c2b7-41b4-b07b-48a6ebf60603", // Key Vault Crypto Officer
	"12338af0-0e69-4776-bea7-57ae8d297424", // Key Vault Crypto User
}

// locked is why the platform cannot encrypt with the key of a policy, "" if it can:
// https://learn.microsoft.com/power-platform/admin/customer-managed-key.
func locked(t *server.Tenant, policy Doc) string {
	const vaultField = "properties.encryption.keyVault."
	vaultID := server.Text(policy, vaultField+"id")
	if vaultID == "" {
		return ""
	}
	vault, ok := t.Collection(KeyVaults).Peek(vaultID)
	if !ok {
		return "The key vault '" + vaultID + "' could not be found."
	}
	if on, _ := server.Lookup(vault, "properties.enableSoftDelete"); on != true {
		return "Soft delete is not enabled on the key vault '" + vaultID + "'."
	}
	if on, _ := server.Lookup(vault, "properties.enablePurgeProtection"); on != true {
		return "Purge protection is not enabled on the key vault '" + vaultID + "'."
	}
	name, version := server.Text(policy, vaultField+"key.name"), server.Text(policy, vaultField+"key.version")
	keyID := vaultID + "/keys/" + name
	at := keyID
	if version != "" {
		at += "/versions/" + version
	}
	key, ok := t.Collection(Keys).Peek(at)
	if !ok {
		return "The key '" + name + "' could not be found in the key vault '" + vaultID + "'."
	}
	if why := useless(t, key); why != "" {
		return "The key '" + name + "' in the key vault '" + vaultID + "' " + why + "."
	}
	principal := server.Text(policy, "identity.principalId")
	if !mayWrap(t, vault, keyID, principal) {
		return "The identity '" + principal + "' of the enterprise policy '" + server.Text(policy, "name") +
			"' does not have the permissions get, wrapKey and unwrapKey on the key vault '" + vaultID + "'."
	}
	return ""
}

// useless is what is wrong with a key, "" if nothing is.
func useless(t *server.Tenant, key Doc) string {
	now := float64(t.Clock().Now().Unix())
	attribute := func(name string) any {
		v, _ := server.Lookup(key, "properties.attributes."+name)
		return v
	}
	size, sized := server.Lookup(key, "properties.keySize")
	if on := attribute("enabled"); on == false {
		return "is disabled"
	}
	if at, ok := attribute("nbf").(float64); ok && at > now {
		return "is not active yet"
	}
	if at, ok := attribute("exp").(float64); ok && at <= now {
		return "has expired"
	}
	if !slices.Contains([]string{"RSA", "RSA-HSM"}, server.Text(key, "properties.kty")) {
		return "is not an RSA key"
	}
	if sized && !slices.Contains([]any{2048.0, 3072.0, 4096.0}, size) {
		return "has a size that is not supported"
	}
	return ""
}

// mayWrap reports whether an identity may use a key: by a role on the key or on what contains it, or, in a vault that
// does not go by roles, by an access policy.
func mayWrap(t *server.Tenant, vault Doc, keyID, principal string) bool {
	if on, _ := server.Lookup(vault, "properties.enableRbacAuthorization"); on != true {
		policies, _ := server.Lookup(vault, "properties.accessPolicies")
		list, _ := policies.([]any)
		return slices.ContainsFunc(list, func(p any) bool {
			entry, _ := p.(Doc)
			return principal != "" && strings.EqualFold(server.Text(entry, "objectId"), principal) && grants(entry)
		})
	}
	return slices.ContainsFunc(t.Collection(RoleAssignments).PeekAll(), func(a Doc) bool {
		role := server.Text(a, "properties.roleDefinitionId")
		scope := strings.TrimSuffix(server.Text(a, "properties.scope"), "/")
		return principal != "" && strings.EqualFold(server.Text(a, "properties.principalId"), principal) &&
			slices.Contains(keyRoles, strings.ToLower(role[strings.LastIndex(role, "/")+1:])) &&
			strings.HasPrefix(strings.ToLower(keyID)+"/", strings.ToLower(scope)+"/")
	})
}

// grants reports whether an access policy has the permissions on keys that encryption needs.
func grants(entry Doc) bool {
	value, _ := server.Lookup(entry, "permissions.keys")
	list, _ := value.([]any)
	has := func(name string) bool {
		return slices.ContainsFunc(list, func(v any) bool { return strings.EqualFold(text(v), name) })
	}
	return has("all") || has("get") && has("wrapKey") && has("unwrapKey")
}
