package arm

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/graph"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/schema"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// SwitchRoleDelay is how many seconds a role takes to have an effect after it was assigned, on the clock of the tenant.
// Azure says up to ten minutes: https://learn.microsoft.com/azure/role-based-access-control/troubleshooting.
const SwitchRoleDelay = "arm.role_delay"

// role is what a role allows to do with resources (actions) and with what is in them (data).
type role struct {
	id, name      string
	actions, data []string
}

const vaultData = "Microsoft.KeyVault/vaults/"

// Built-in roles: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles.
var builtIn = []role{
	{"8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "Owner", []string{"*"}, nil},
	{"b24988ac-6180-42a0-ab88-20f7382dd24c", "Contributor", []string{"*"}, nil},
	{"acdd72a7-3385-48ef-bd42-f606fba81ae7", "Reader", []string{"*/read"}, nil},
	{"4d97b98b-1d4f-4787-a291-c67834d212e7", "Network Contributor", []string{"Microsoft.Network/*"}, nil},
	{"f25e0fa2-a7c4-4377-a976-54943a77a395", "Key Vault Contributor", []string{"Microsoft.KeyVault/*"}, nil},
	{"00482a5a-887f-4fb3-b363-3b7fe8e74483", "Key Vault Administrator", []string{vaultData + "*/read"}, []string{vaultData + "*"}},
	{"21090545-7ca7-4776-b22c-e363652d74d2", "Key Vault Reader", []string{vaultData + "*/read"}, []string{vaultData + "*/read", vaultData + "secrets/readMetadata/action"}},
	{"14b46e9e-c2b7-41b4-b07b-48a6ebf60603", "Key Vault Crypto Officer", []string{vaultData + "*/read"}, []string{vaultData + "keys/*", vaultData + "keyrotationpolicies/*"}},
	{"12338af0-0e69-4776-bea7-57ae8d297424", "Key Vault Crypto User", nil, keyData("read", "update/action", "backup/action", "encrypt/action", "decrypt/action", "wrap/action", "unwrap/action", "sign/action", "verify/action")},
	{"e147488a-f6f5-4113-8e2d-b22465e65bf6", "Key Vault Crypto Service Encryption User", nil, keyData("read", "wrap/action", "unwrap/action")},
	{"b86a8fe4-44ce-4948-aee5-eccb2c155cd7", "Key Vault Secrets Officer", []string{vaultData + "*/read"}, []string{vaultData + "secrets/*"}},
	{"4633458b-17de-408a-b874-0445c86b69e6", "Key Vault Secrets User", nil, []string{vaultData + "secrets/getSecret/action", vaultData + "secrets/readMetadata/action"}},
}

func keyData(verbs ...string) []string {
	var out []string
	for _, v := range verbs {
		out = append(out, vaultData+"keys/"+v)
	}
	return out
}

// Grant says whether a principal may do something.
type Grant int

// The grants.
const (
	// Denied is no role that allows it.
	Denied Grant = iota
	// Pending is a role that allows it and has no effect yet.
	Pending
	// Granted is a role that allows it.
	Granted
)

// Allowed says whether the roles of a principal at a scope and above it allow an action on data, such as
// Microsoft.KeyVault/vaults/secrets/getSecret/action. Call it with the tenant locked.
func Allowed(t *server.Tenant, principal, scope, action string) Grant {
	out := Denied
	for _, d := range t.Collection(RoleAssignments).PeekAll() {
		known, ok := roleOf(nameOf(server.Text(d, "properties.roleDefinitionId")))
		at := strings.TrimRight(server.Text(d, "properties.scope"), "/")
		switch {
		case !ok || principal == "" || !strings.EqualFold(server.Text(d, "properties.principalId"), principal):
		case !slices.ContainsFunc(known.data, func(pattern string) bool { return server.Glob(strings.ToLower(pattern), strings.ToLower(action)) }):
		case at != "" && !strings.EqualFold(at, scope) && !within(scope, at):
		case !effective(t, d):
			out = max(out, Pending)
		default:
			return Granted
		}
	}
	return out
}

// effective reports whether an assignment has been there long enough.
func effective(t *server.Tenant, assignment Doc) bool {
	seconds, err := strconv.Atoi(t.Switch(SwitchRoleDelay))
	since, bad := time.Parse(time.RFC3339Nano, server.Text(assignment, "properties.createdOn"))
	return err != nil || bad != nil || !t.Clock().Now().Before(since.Add(time.Duration(seconds)*time.Second))
}

// Registered reports whether a subscription (its GUID) of the tenant has registered a resource provider.
func Registered(t *server.Tenant, subscription, namespace string) bool {
	return registered(t, subscriptionID(subscription), namespace)
}

// principalID reads a principal of a seed: an object ID, the client ID of an application of the tenant, "terraform" for
// the application that signs in unless a tenant says otherwise, or "dataverse".
func principalID(t *server.Tenant, text string) (string, error) {
	switch strings.ToLower(text) {
	case "terraform":
		if app, ok := t.Application(server.DefaultClientID); ok {
			return app.ObjectID, nil
		}
		return server.ObjectID(server.DefaultClientID), nil
	case "dataverse":
		return graph.ObjectID(t, graph.DataverseAppID), nil
	}
	if app, ok := t.Application(text); ok {
		return app.ObjectID, nil
	}
	if !isGUID(text) {
		return "", fmt.Errorf("principal %q is no object ID, no client ID, and neither terraform nor dataverse", text)
	}
	return strings.ToLower(text), nil
}

// seedAssignments takes role_assignments: scope (an ID of what is there, "/" for everything), principal (see
// principalID) and role (name or ID of a built-in one). They are a day old, so they have an effect.
func seedAssignments(t *server.Tenant, list []Doc) error {
	return server.Each(list, func(a Doc) error {
		scope := strings.TrimRight(server.Text(a, "scope"), "/")
		principal, err := principalID(t, server.Text(a, "principal"))
		i := slices.IndexFunc(builtIn, func(r role) bool {
			return strings.EqualFold(r.name, server.Text(a, "role")) || strings.EqualFold(r.id, server.Text(a, "role"))
		})
		switch {
		case err != nil:
			return server.At("principal", err)
		case i < 0:
			return server.At("role", fmt.Errorf("unknown role %q%s", server.Text(a, "role"), schema.Hint(server.Text(a, "role"), roleNames())))
		case scope != "" && !scopeExists(t, scope):
			return server.At("scope", fmt.Errorf("there is no such scope: %q", scope))
		}
		id := scope + assignments + "/" + uuid.NewSHA1(uuid.NameSpaceOID, []byte(strings.ToLower(t.ID+scope+principal+builtIn[i].id))).String()
		made := stamp(t.Clock().Now().AddDate(0, 0, -1))
		definition := definitions + "/" + builtIn[i].id
		if parts := strings.Split(scope, "/"); len(parts) > 2 {
			definition = subscriptionID(parts[2]) + definition
		}
		t.Collection(RoleAssignments).Put(id, Doc{
			"id": id, "name": nameOf(id), "type": "Microsoft.Authorization/roleAssignments",
			"properties": Doc{
				"roleDefinitionId": definition, "principalId": principal, "principalType": "ServicePrincipal", "scope": scope,
				"createdOn": made, "updatedOn": made, "createdBy": "", "updatedBy": "",
			},
		})
		return nil
	})
}

func roleNames() []string {
	var names []string
	for _, r := range builtIn {
		names = append(names, r.name)
	}
	return names
}

// scopeExists reports whether something that roles can be assigned at is there.
func scopeExists(t *server.Tenant, scope string) bool {
	kinds := []string{Subscriptions, ResourceGroups, KeyVaults, Keys, Secrets, bap.EnterprisePolicies, VirtualNetworks, Subnets}
	return slices.ContainsFunc(kinds, func(collection string) bool {
		return t.Collection(collection).Has(scope)
	})
}
