package arm

import (
	"context"
	"iter"
	"slices"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// Vault is a key vault: https://learn.microsoft.com/rest/api/keyvault/keyvault/vaults/get.
type Vault struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Location   string `json:"location"`
	Properties struct {
		TenantID                string         `json:"tenantId"`
		EnableSoftDelete        *bool          `json:"enableSoftDelete"` // on unless it says otherwise
		EnablePurgeProtection   *bool          `json:"enablePurgeProtection"`
		EnableRBACAuthorization *bool          `json:"enableRbacAuthorization"`
		AccessPolicies          []AccessPolicy `json:"accessPolicies"` // where RBAC is off
		VaultURI                string         `json:"vaultUri"`       // of the data plane
		PublicNetworkAccess     string         `json:"publicNetworkAccess"`
		NetworkACLs             *NetworkACLs   `json:"networkAcls"` // nil lets everybody in

		PrivateEndpointConnections []PrivateEndpointConnection `json:"privateEndpointConnections"`
	} `json:"properties"`
}

// NetworkACLs is the firewall of a vault.
type NetworkACLs struct {
	Bypass        string `json:"bypass"`        // AzureServices lets those that Azure trusts in, None nobody
	DefaultAction string `json:"defaultAction"` // Allow or Deny
	IPRules       []struct {
		Value string `json:"value"` // address or range
	} `json:"ipRules"`
	VirtualNetworkRules []struct {
		ID string `json:"id"` // of a subnet
	} `json:"virtualNetworkRules"`
}

// PrivateEndpointConnection is a private endpoint that leads to a vault.
type PrivateEndpointConnection struct {
	Properties struct {
		PrivateEndpoint struct {
			ID string `json:"id"`
		} `json:"privateEndpoint"`
		PrivateLinkServiceConnectionState struct {
			Status string `json:"status"` // Approved, Pending, Rejected, Disconnected
		} `json:"privateLinkServiceConnectionState"`
	} `json:"properties"`
}

// Public reports whether addresses outside of Azure's private networks may reach the vault at all.
func (v Vault) Public() bool { return !strings.EqualFold(v.Properties.PublicNetworkAccess, "Disabled") }

// Filtered reports whether the vault lets in only those that its rules name.
func (v Vault) Filtered() bool {
	return v.Properties.NetworkACLs != nil && strings.EqualFold(v.Properties.NetworkACLs.DefaultAction, "Deny")
}

// PrivateEndpoints are the IDs of the private endpoints that were approved.
func (v Vault) PrivateEndpoints() []string {
	var ids []string
	for _, c := range v.Properties.PrivateEndpointConnections {
		if strings.EqualFold(c.Properties.PrivateLinkServiceConnectionState.Status, "Approved") {
			ids = append(ids, c.Properties.PrivateEndpoint.ID)
		}
	}
	return ids
}

// AccessPolicy gives a principal rights in a vault.
type AccessPolicy struct {
	ObjectID    string `json:"objectId"`
	Permissions struct {
		Keys    []string `json:"keys"`    // get, wrapKey, unwrapKey, all, …
		Secrets []string `json:"secrets"` // get, list, set, all, …
	} `json:"permissions"`
}

// Key is a key of a vault, without its material: https://learn.microsoft.com/rest/api/keyvault/keyvault/keys/get.
type Key struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Properties struct {
		Kty               string `json:"kty"`     // RSA, RSA-HSM, EC, …
		KeySize           int    `json:"keySize"` // bits
		KeyURIWithVersion string `json:"keyUriWithVersion"`
		Attributes        struct {
			Enabled *bool `json:"enabled"`
			NBF     int64 `json:"nbf"` // Unix time, 0 for none
			Exp     int64 `json:"exp"` // Unix time, 0 for none
		} `json:"attributes"`
	} `json:"properties"`
}

// Secret is the newest version of a secret of a vault, without its value. Reading it needs a role such as Reader and no
// way through the firewall: https://learn.microsoft.com/rest/api/keyvault/keyvault/secrets/get.
type Secret struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Properties struct {
		SecretURI  string `json:"secretUri"`
		Attributes struct {
			Enabled *bool `json:"enabled"` // on unless it says otherwise
			NBF     int64 `json:"nbf"`     // Unix time, 0 for none
			Exp     int64 `json:"exp"`     // Unix time, 0 for none
		} `json:"attributes"`
	} `json:"properties"`
}

// RoleAssignment gives a principal a role at a scope.
type RoleAssignment struct {
	Properties struct {
		PrincipalID      string `json:"principalId"`
		RoleDefinitionID string `json:"roleDefinitionId"`
		Scope            string `json:"scope"`
	} `json:"properties"`
}

// Role is the ID of the role alone: a UUID.
func (r RoleAssignment) Role() string {
	id := r.Properties.RoleDefinitionID
	return strings.ToLower(id[strings.LastIndex(id, "/")+1:])
}

// RoleDefinition is what a role allows: https://learn.microsoft.com/azure/role-based-access-control/role-definitions.
type RoleDefinition struct {
	Properties struct {
		RoleName    string `json:"roleName"`
		Permissions []struct {
			DataActions    []string `json:"dataActions"` // * stands for any text
			NotDataActions []string `json:"notDataActions"`
		} `json:"permissions"`
	} `json:"properties"`
}

// Grants reports whether the role allows all of these actions on data.
func (r RoleDefinition) Grants(actions ...string) bool {
	for _, action := range actions {
		granted := false
		for _, p := range r.Properties.Permissions {
			granted = granted || covers(p.DataActions, action) && !covers(p.NotDataActions, action)
		}
		if !granted {
			return false
		}
	}
	return true
}

// covers reports whether one of the patterns matches an action, in any case.
func covers(patterns []string, action string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		rest := strings.ToLower(action)
		parts := strings.Split(strings.ToLower(pattern), "*")
		for i, part := range parts {
			at := strings.Index(rest, part)
			if i > 0 && i == len(parts)-1 {
				at = len(rest) - len(part) // the last one ends the action
				if !strings.HasSuffix(rest, part) {
					at = -1
				}
			}
			if at < 0 || i == 0 && at > 0 {
				return false
			}
			rest = rest[at+len(part):]
		}
		return rest == ""
	})
}

// Vault reads a key vault.
func (c *Client) Vault(ctx context.Context, id string) (Vault, error) {
	return rest.Get[Vault](ctx, c.rest, at(id), rest.Version(vaultsVersion))
}

// Key reads a key of a vault; version "" is the newest.
func (c *Client) Key(ctx context.Context, vaultID, name, version string) (Key, error) {
	path := at(vaultID, "keys", name)
	if version != "" {
		path = at(vaultID, "keys", name, "versions", version)
	}
	return rest.Get[Key](ctx, c.rest, path, rest.Version(vaultsVersion))
}

// Secret reads what is known of a secret by its ID, without its value.
func (c *Client) Secret(ctx context.Context, id string) (Secret, error) {
	return rest.Get[Secret](ctx, c.rest, at(id), rest.Version(vaultsVersion))
}

// RoleAssignments iterates over the roles of a principal at a scope, inherited ones and those of its groups included:
// https://learn.microsoft.com/rest/api/authorization/role-assignments/list-for-scope.
func (c *Client) RoleAssignments(ctx context.Context, scopeID, principalID string) iter.Seq2[RoleAssignment, error] {
	return rest.List[RoleAssignment](ctx, c.rest, at(scopeID)+"/providers/Microsoft.Authorization/roleAssignments",
		rest.Version(rolesVersion), rest.Query("$filter", "assignedTo('"+principalID+"')"))
}

// RoleDefinition reads a role by its ID, which holds the scope where it is defined.
func (c *Client) RoleDefinition(ctx context.Context, id string) (RoleDefinition, error) {
	return rest.Get[RoleDefinition](ctx, c.rest, at(id), rest.Version(rolesVersion))
}
