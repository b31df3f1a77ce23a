package enterprisepolicy

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// https://learn.microsoft.com/power-platform/admin/customer-managed-key#prerequisites
const (
	minKeySize = 2048 // bits
	keyRole    = "Key Vault Crypto Service Encryption User"
)

// keyRoles are the built-in roles that let an identity encrypt with a key:
// https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/security.
var keyRoles = []string{
	"e147488a-f6f5-4113-8e2d-b22465e65bf6", // Key Vault Crypto Service Encryption User
	"12338af0-0e69-4776-bea7-57ae8d297424", // Key Vault Crypto User
	"14b46e9e-c2b7-41b4-b07b-48a6ebf60603", // Key Vault Crypto Officer
	"00482a5a-887f-4fb3-b363-3b7fe8e74483", // Key Vault Administrator
}

// keyActions are what the identity does with a key: by a role, and by an access policy.
var (
	keyActions     = []string{"Microsoft.KeyVault/vaults/keys/read", "Microsoft.KeyVault/vaults/keys/wrap/action", "Microsoft.KeyVault/vaults/keys/unwrap/action"}
	keyPermissions = []string{"get", "wrapKey", "unwrapKey"}
)

// finding is something about a key vault that stands in the way of encryption.
type finding struct {
	argument string // of the policy, that is to blame
	text     string // what is wrong, or could not be found out
	doubt    bool   // it could not be found out
	absent   bool   // what the argument names is not there
}

// keyProblems says what still stands in the way of encrypting an environment with the key of a policy: what is missing,
// each with the command that puts it right, and what could not be found out.
func keyProblems(ctx context.Context, c *api.Client, p arm.Policy) (missing, unknown []string) {
	e := p.Properties.Encryption
	if e == nil {
		return []string{fmt.Sprintf("the policy %s names no key", p.Name)}, nil
	}
	vault, all := inspectKey(ctx, c, e.KeyVault.ID, e.KeyVault.Key.Name, e.KeyVault.Key.Version)
	if vault != nil {
		all = append(all, inspectRights(ctx, c, *vault, e.KeyVault.Key.Name, p.Principal())...)
	}
	for _, f := range all {
		if f.doubt {
			unknown = append(unknown, f.text)
		} else {
			missing = append(missing, f.text)
		}
	}
	return missing, unknown
}

// inspectKey looks at a key and its vault, which is nil if it cannot be read.
func inspectKey(ctx context.Context, c *api.Client, vaultID, name, version string) (*arm.Vault, []finding) {
	vault, err := c.ARM.Vault(ctx, vaultID)
	if err != nil {
		return nil, []finding{unread("key_vault_id", "the key vault "+vaultID, err)}
	}
	all := inspectVault(ctx, c, vault)
	key, err := c.ARM.Key(ctx, vaultID, name, version)
	argument, what := "key_name", fmt.Sprintf("the key %q of the vault %s", name, vault.Name)
	if version != "" {
		argument, what = "key_version", fmt.Sprintf("version %s of %s", version, what)
	}
	if err != nil {
		return &vault, append(all, unread(argument, what, err))
	}
	for _, text := range unfit(key, time.Now(), vault.Name, name) {
		all = append(all, finding{argument: argument, text: what + " " + text})
	}
	return &vault, all
}

// unread is what an error says about something that was to be read.
func unread(argument, what string, err error) finding {
	if rest.IsNotFound(err) {
		return finding{argument: argument, text: what + " is not there", absent: true}
	}
	return finding{argument: argument, text: what + " cannot be read: " + err.Error(), doubt: true}
}

func inspectVault(ctx context.Context, c *api.Client, vault arm.Vault) []finding {
	var all []finding
	report := func(format string, args ...any) {
		all = append(all, finding{argument: "key_vault_id", text: fmt.Sprintf("the key vault %s ", vault.Name) + fmt.Sprintf(format, args...)})
	}
	if on := vault.Properties.EnableSoftDelete; on != nil && !*on {
		report("has no soft delete: az keyvault update --name %s --enable-soft-delete true", vault.Name)
	}
	if on := vault.Properties.EnablePurgeProtection; on == nil || !*on {
		report("has no purge protection, which cannot be turned off again: az keyvault update --name %s --enable-purge-protection true", vault.Name)
	}
	if c.Caller == nil || vault.Properties.TenantID == "" {
		return all
	}
	switch caller, err := c.Caller(ctx); {
	case err != nil:
		all = append(all, finding{argument: "key_vault_id", text: "the tenant of the provider is not known: " + err.Error(), doubt: true})
	case !strings.EqualFold(caller.TenantID, vault.Properties.TenantID):
		report("belongs to the tenant %s, the environments to %s; they must be in one tenant", vault.Properties.TenantID, caller.TenantID)
	}
	return all
}

// unfit says why a key cannot encrypt environments.
func unfit(key arm.Key, now time.Time, vault, name string) []string {
	set := ": az keyvault key set-attributes --vault-name " + vault + " --name " + name + " "
	var all []string
	p := key.Properties
	if kty := strings.ToUpper(p.Kty); kty != "RSA" && kty != "RSA-HSM" || p.KeySize < minKeySize {
		all = append(all, fmt.Sprintf("is of type %s with %d bits; it must be RSA or RSA-HSM with at least %d: az keyvault key create --vault-name %s --name %s --kty RSA --size 3072",
			cmp.Or(p.Kty, "unknown"), p.KeySize, minKeySize, vault, name))
	}
	if on := p.Attributes.Enabled; on != nil && !*on {
		all = append(all, "is disabled"+set+"--enabled true")
	}
	if at := time.Unix(p.Attributes.NBF, 0).UTC(); p.Attributes.NBF > 0 && at.After(now) {
		all = append(all, "cannot be used before "+at.Format(time.RFC3339)+set+"--not-before "+now.UTC().Format("2006-01-02"))
	}
	if at := time.Unix(p.Attributes.Exp, 0).UTC(); p.Attributes.Exp > 0 && !at.After(now) {
		all = append(all, "expired at "+at.Format(time.RFC3339)+set+"--expires "+now.UTC().AddDate(2, 0, 0).Format("2006-01-02"))
	}
	return all
}

// inspectRights looks whether the identity of a policy may use a key of the vault.
func inspectRights(ctx context.Context, c *api.Client, vault arm.Vault, key, principal string) []finding {
	if principal == "" {
		return []finding{{text: "the identity of the policy does not show yet, so its rights are not known", doubt: true}}
	}
	if on := vault.Properties.EnableRBACAuthorization; on == nil || !*on {
		return inspectAccess(vault, principal)
	}
	lacks := finding{text: fmt.Sprintf("the identity %s of the policy may not use the keys of the vault %s: "+
		"az role assignment create --role %q --assignee-object-id %s --assignee-principal-type ServicePrincipal --scope %s",
		principal, vault.Name, keyRole, principal, vault.ID)}
	for r, err := range c.ARM.RoleAssignments(ctx, vault.ID, principal) {
		if err == nil && reaches(r.Properties.Scope, vault.ID, key) {
			var granted bool
			if granted, err = grants(ctx, c, r); granted {
				return nil
			}
		}
		if err != nil {
			return []finding{{text: fmt.Sprintf("the rights of the identity %s of the policy in the vault %s cannot be read: %s", principal, vault.Name, err), doubt: true}}
		}
	}
	return []finding{lacks}
}

// reaches reports whether a scope holds a key of a vault.
func reaches(scope, vaultID, key string) bool {
	scope = strings.TrimSuffix(scope, "/")
	id := vaultID + "/keys/" + key
	return len(scope) <= len(id) && strings.EqualFold(id[:len(scope)], scope) && (len(id) == len(scope) || id[len(scope)] == '/')
}

// grants reports whether a role lets its holder encrypt with keys. What a custom role allows is looked up.
func grants(ctx context.Context, c *api.Client, r arm.RoleAssignment) (bool, error) {
	if slices.Contains(keyRoles, r.Role()) {
		return true, nil
	}
	role, err := c.ARM.RoleDefinition(ctx, r.Properties.RoleDefinitionID)
	if rest.IsNotFound(err) {
		return false, nil
	}
	return role.Grants(keyActions...), err
}

// inspectAccess looks at the access policies of a vault that does not use roles.
func inspectAccess(vault arm.Vault, principal string) []finding {
	lacks := slices.Clone(keyPermissions)
	for _, p := range vault.Properties.AccessPolicies {
		if strings.EqualFold(p.ObjectID, principal) {
			lacks = slices.DeleteFunc(lacks, func(wanted string) bool {
				return slices.ContainsFunc(p.Permissions.Keys, func(has string) bool { return strings.EqualFold(has, wanted) || strings.EqualFold(has, "all") })
			})
		}
	}
	if len(lacks) == 0 {
		return nil
	}
	return []finding{{text: fmt.Sprintf("the access policy of the identity %s of the policy in the vault %s lacks %s on keys: "+
		"az keyvault set-policy --name %s --object-id %s --key-permissions %s",
		principal, vault.Name, strings.Join(lacks, ", "), vault.Name, principal, strings.Join(keyPermissions, " "))}}
}
