package state

import (
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/identity"
)

// Application returns a registered application by its client ID.
func (t *Tenant) Application(clientID string) (identity.Application, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	a, ok := t.applications[strings.ToLower(clientID)]
	return a, ok
}

// Applications returns the registered applications, sorted by client ID.
func (t *Tenant) Applications() []identity.Application {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []identity.Application
	for _, id := range slices.Sorted(maps.Keys(t.applications)) {
		out = append(out, t.applications[id])
	}
	return out
}

// Register adds an application to the tenant, or replaces the one with the same client ID. A missing object ID is
// derived from the client ID.
func (t *Tenant) Register(a identity.Application) {
	a.ClientID = strings.ToLower(a.ClientID)
	if a.ObjectID == "" {
		a.ObjectID = identity.ObjectID(a.ClientID)
	}
	if a.DisplayName == "" {
		a.DisplayName = a.ClientID
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.applications[a.ClientID] = a
	t.ledger.fact()
}

// Users returns the people of the tenant in the order in which they were added.
func (t *Tenant) Users() []identity.User {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := slices.Clone(t.users)
	for i := range out {
		out[i].Roles = slices.Clone(out[i].Roles)
	}
	return out
}

// User returns a person by object ID or user principal name.
func (t *Tenant) User(name string) (identity.User, bool) {
	users := t.Users()
	i := slices.IndexFunc(users, func(u identity.User) bool {
		return strings.EqualFold(u.ID, name) || strings.EqualFold(u.UserPrincipalName, name)
	})
	if i < 0 {
		return identity.User{}, false
	}
	return users[i], true
}

// Administrator returns the person who answers device codes and interactive sign-ins: the first who administers the
// Power Platform.
func (t *Tenant) Administrator() (identity.User, bool) {
	users := t.Users()
	i := slices.IndexFunc(users, identity.User.Administers)
	if i < 0 {
		return identity.User{}, false
	}
	return users[i], true
}

// AddUser adds a person to the tenant, or replaces the one with the same user principal name.
func (t *Tenant) AddUser(u identity.User) {
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
	i := slices.IndexFunc(t.users, func(other identity.User) bool { return strings.EqualFold(other.UserPrincipalName, u.UserPrincipalName) })
	t.ledger.fact()
	if i >= 0 {
		t.users[i] = u
		return
	}
	t.users = append(t.users, u)
}

// DefaultUser is the administrator of a tenant whose seed names no users.
func (t *Tenant) DefaultUser() identity.User {
	domain := identity.DefaultDomain
	if domains := t.Domains(); len(domains) > 0 {
		domain = domains[0]
	}
	return identity.User{UserPrincipalName: identity.DefaultUserName + "@" + domain, DisplayName: "Administrator", Admin: true}
}
