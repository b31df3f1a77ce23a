package identity

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// DefaultUserName is the local part of the administrator that a tenant gets whose seed names no users; the domain is the
// first of the tenant's, or DefaultDomain.
const DefaultUserName = "admin"

// DefaultDomain is the domain of that administrator in a tenant without domains.
const DefaultDomain = "contoso.onmicrosoft.com"

// User is a person in the directory of a tenant.
type User struct {
	// ID is the object ID; derived from the tenant and UserPrincipalName when empty.
	ID string `json:"id,omitempty"`
	// UserPrincipalName is the name to sign in with, "admin@contoso.onmicrosoft.com".
	UserPrincipalName string `json:"user_principal_name"`
	// DisplayName is the name to show; the local part of UserPrincipalName when empty.
	DisplayName string `json:"display_name,omitempty"`
	// Password is the password; "" means that the user cannot sign in with one.
	Password string `json:"password,omitempty"`
	// Admin says that the user administers the Power Platform.
	Admin bool `json:"admin,omitempty"`
	// Roles are the names of further directory roles; those in AdminRoles make the user an administrator too.
	Roles []string `json:"roles,omitempty"`
}

// AdminRoles are the template IDs of the directory roles that administer the Power Platform, by name:
// https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference
var AdminRoles = map[string]string{
	"Global Administrator":         "62e90394-69f5-4237-9190-012177145e10",
	"Power Platform Administrator": "11648597-926c-4cf3-9c36-bcebb0ba8dcc",
	"Dynamics 365 Administrator":   "44367163-eba1-44c3-98af-f5787879f96a",
}

// Administers reports whether the user administers the Power Platform.
func (u User) Administers() bool {
	return u.Admin || slices.ContainsFunc(u.Roles, func(role string) bool { return AdminRoles[role] != "" })
}

// Check says what is wrong with a user of a seed.
func (u User) Check() error {
	local, domain, ok := strings.Cut(u.UserPrincipalName, "@")
	switch {
	case u.UserPrincipalName == "":
		return errors.New("a user has no user_principal_name")
	case !ok || local == "" || domain == "":
		return fmt.Errorf("user_principal_name %q is no name@domain", u.UserPrincipalName)
	}
	if u.ID != "" {
		if _, err := uuid.Parse(u.ID); err != nil {
			return fmt.Errorf("user %s: the id %q is not a GUID", u.UserPrincipalName, u.ID)
		}
	}
	return nil
}

// templates are the template IDs of the user's directory roles.
func (u User) templates() []string {
	var out []string
	for _, name := range u.Roles {
		if id := AdminRoles[name]; id != "" {
			out = append(out, id)
		}
	}
	if u.Admin && len(out) == 0 {
		out = append(out, AdminRoles["Power Platform Administrator"])
	}
	slices.Sort(out)
	return out
}
