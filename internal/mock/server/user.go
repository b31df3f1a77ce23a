package server

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

// check says what is wrong with a user of a seed.
func (u User) check() error {
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

// Users returns the people of the tenant in the order in which they were added.
func (t *Tenant) Users() []User {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := slices.Clone(t.users)
	for i := range out {
		out[i].Roles = slices.Clone(out[i].Roles)
	}
	return out
}

// User returns a person by object ID or user principal name.
func (t *Tenant) User(name string) (User, bool) {
	users := t.Users()
	i := slices.IndexFunc(users, func(u User) bool {
		return strings.EqualFold(u.ID, name) || strings.EqualFold(u.UserPrincipalName, name)
	})
	if i < 0 {
		return User{}, false
	}
	return users[i], true
}

// Administrator returns the person who answers device codes and interactive sign-ins: the first who administers the
// Power Platform.
func (t *Tenant) Administrator() (User, bool) {
	users := t.Users()
	i := slices.IndexFunc(users, User.Administers)
	if i < 0 {
		return User{}, false
	}
	return users[i], true
}

// AddUser adds a person to the tenant, or replaces the one with the same user principal name.
func (t *Tenant) AddUser(u User) {
	if u.ID == "" {
		u.ID = uuid.NewSHA1(uuid.NameSpaceOID, []byte(t.ID+"/"+strings.ToLower(u.UserPrincipalName))).String()
	}
	u.ID = strings.ToLower(u.ID)
	if u.DisplayName == "" {
		u.DisplayName, _, _ = strings.Cut(u.UserPrincipalName, "@")
	}
	u.Roles = slices.Clone(u.Roles)
	t.mu.Lock()
	defer t.mu.Unlock()
	i := slices.IndexFunc(t.users, func(other User) bool { return strings.EqualFold(other.UserPrincipalName, u.UserPrincipalName) })
	t.ledger.fact()
	if i >= 0 {
		t.users[i] = u
		return
	}
	t.users = append(t.users, u)
}

// defaultUser is the administrator of a tenant whose seed names no users.
func (t *Tenant) defaultUser() User {
	domain := DefaultDomain
	if domains := t.Domains(); len(domains) > 0 {
		domain = domains[0]
	}
	return User{UserPrincipalName: DefaultUserName + "@" + domain, DisplayName: "Administrator", Admin: true}
}
