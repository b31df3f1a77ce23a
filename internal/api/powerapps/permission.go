package powerapps

import (
	"context"
	"iter"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// The roles that a principal can have in a connector. The owner is who made it; the role can neither be given nor taken.
const (
	CanView          = "CanView"
	CanViewWithShare = "CanViewWithShare"
	CanEdit          = "CanEdit"
	Owner            = "Owner"
)

// The types of principals.
const (
	User             = "User"
	Group            = "Group"
	ServicePrincipal = "ServicePrincipal"
	Tenant           = "Tenant" // everybody in the tenant; its ID is that of the tenant
)

// Permission is a role assignment of a connector.
type Permission struct {
	Name       string `json:"name,omitempty"` // object ID of the principal
	ID         string `json:"id,omitempty"`
	Properties struct {
		RoleName  string    `json:"roleName"`
		Principal Principal `json:"principal"`
	} `json:"properties"`
}

// Principal is who has a role.
type Principal struct {
	ID          string `json:"id"` // object ID in Microsoft Entra ID
	DisplayName string `json:"displayName,omitempty"`
	Email       string `json:"email,omitempty"`
	Type        string `json:"type,omitempty"`
	TenantID    string `json:"tenantId,omitempty"`
}

// Grant gives a principal a role, in place of the one that it has.
type Grant struct {
	Principal Principal // ID, and Type where it is known
	Role      string
}

func admin(environment, name, end string) string {
	return rest.Path(root+"/scopes/admin/environments/", environment, "/apis/", name, end)
}

// Permissions yields the role assignments of a connector. Those of a solution-aware one are kept in Dataverse.
func (c *Client) Permissions(ctx context.Context, environment, name string) iter.Seq2[Permission, error] {
	return rest.List[Permission](ctx, c.rest, admin(environment, name, "/permissions"), rest.Version(adminRead))
}

// ModifyPermissions gives roles in a connector, and takes the roles of principals, named by their object IDs. A second
// time it changes nothing.
func (c *Client) ModifyPermissions(ctx context.Context, environment, name string, put []Grant, remove []string) error {
	type reference struct {
		ID string `json:"id"`
	}
	var body struct {
		Put    []Permission `json:"put,omitempty"`
		Delete []reference  `json:"delete,omitempty"`
	}
	for _, g := range put {
		var p Permission
		p.Properties.RoleName = g.Role
		p.Properties.Principal = Principal{ID: g.Principal.ID, Type: g.Principal.Type, TenantID: g.Principal.TenantID}
		if g.Principal.Type == Tenant {
			p.Properties.Principal = Principal{ID: g.Principal.ID, TenantID: g.Principal.ID}
		}
		body.Put = append(body.Put, p)
	}
	for _, id := range remove {
		body.Delete = append(body.Delete, reference{admin(environment, name, "/permissions/") + id})
	}
	_, err := rest.Post[rest.None](ctx, c.rest, admin(environment, name, "/modifyPermissions"), body, rest.Version(adminRead), again())
	return err
}
