package keyvault

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/dataverse"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/graph"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

var (
	referenceID  = regexp.MustCompile(`(?i)^/subscriptions/([0-9a-f-]{36})/resourcegroups/[^/]+/providers/Microsoft\.KeyVault/vaults/[^/]+/secrets/[^/]+`)
	referenceURI = regexp.MustCompile(`(?i)^https://([a-z0-9-]+)\.([a-z.]+)/secrets/([0-9a-z-]+)(?:/([0-9a-f]{32}))?$`)
)

// The two texts by which Dataverse refuses a reference. Which cause gives which is not documented, and while a role
// spreads they alternate: https://github.com/microsoft/coe-starter-kit/issues/8378.
func unauthorized(reference string) *dataverse.Refusal {
	return &dataverse.Refusal{Message: "User is not authorized to read secrets from '" + reference + "' resource."}
}

func unverified(reference string) *dataverse.Refusal {
	return &dataverse.Refusal{Message: "Could not verify the user permission on '" + reference + "' resource. Make sure that Microsoft.PowerPlatform provider is registered in the Azure subscription."}
}

// attempts counts the references that were refused because a role had no effect yet.
const attempts = "keyvault_attempts"

// check is what Dataverse makes sure of when a reference is saved:
// https://learn.microsoft.com/power-apps/maker/data-platform/environmentvariables-azure-key-vault-secrets
func check(t *server.Tenant, use dataverse.SecretUse) *dataverse.Refusal {
	_, refusal := resolve(t, use)
	if refusal == nil {
		return nil
	}
	switch t.Switch(SwitchRefusal) {
	case "unauthorized":
		return unauthorized(use.Reference)
	case "unverified":
		return unverified(use.Reference)
	}
	return refusal
}

// secret reads the newest version of the secret behind a reference, or the one that it names.
func secret(t *server.Tenant, use dataverse.SecretUse) (string, *dataverse.Refusal) {
	v, _ := resolve(t, use)
	if refusal := check(t, use); refusal != nil {
		return "", refusal
	}
	return server.Text(v, "value"), nil
}

// resolve finds the version that a reference means, or why the reference cannot be used.
func resolve(t *server.Tenant, use dataverse.SecretUse) (Doc, *dataverse.Refusal) {
	id, wanted, ok := locate(t, use.Reference)
	if !ok {
		return nil, unauthorized(use.Reference)
	}
	subscription := referenceID.FindStringSubmatch(id)[1]
	d, known := t.Collection(arm.Subscriptions).Peek("/subscriptions/" + subscription)
	if !known || !strings.EqualFold(server.Text(d, "tenantId"), t.ID) || !arm.Registered(t, subscription, "Microsoft.PowerPlatform") {
		return nil, unverified(use.Reference)
	}
	vault, exists := t.Collection(arm.KeyVaults).Peek(id[:strings.LastIndex(strings.ToLower(id), "/secrets/")])
	stored, there := t.Collection(arm.Secrets).Peek(id)
	v, has := version(stored, wanted)
	if !exists || !there || stored["deleted"] != nil || !has || unreadable(t, v) != "" {
		return nil, unauthorized(use.Reference)
	}
	platform := graph.ObjectID(t, graph.DataverseAppID)
	if found, ok := graph.Find(t, graph.DataverseAppID); ok {
		platform = found.ID
	}
	mine, its := mayRead(t, vault, use.Caller, id), mayRead(t, vault, platform, id)
	switch {
	case mine == arm.Denied:
		return nil, unauthorized(use.Reference)
	case its == arm.Denied:
		return nil, unverified(use.Reference)
	case mine == arm.Pending || its == arm.Pending:
		return nil, alternate(t, use.Reference)
	case !reaches(t, vault, use.Environment):
		return nil, unverified(use.Reference)
	}
	return v, nil
}

// locate is the ID in Resource Manager of the secret that a reference means, and its version, "" for the newest.
func locate(t *server.Tenant, reference string) (id, version string, ok bool) {
	if at := referenceID.FindString(reference); at != "" {
		return at, strings.TrimPrefix(reference[len(at):], "/"), true
	}
	m := referenceURI.FindStringSubmatch(reference)
	if m == nil {
		return "", "", false
	}
	vault, ok := arm.Vault(t, m[1])
	return server.Text(vault, "id") + "/secrets/" + m[3], m[4], ok
}

// mayRead says whether a principal may read a secret as Dataverse sees it: it asks for roles even where a vault goes by
// access policies.
func mayRead(t *server.Tenant, vault Doc, principal, id string) arm.Grant {
	data, permission, _ := strings.Cut(actionGet, " ")
	if !byRole(vault) && t.Switch(SwitchPolicies) == "accept" && policy(vault, principal, permission) {
		return arm.Granted
	}
	return arm.Allowed(t, principal, id, prefix+data)
}

// alternate refuses with the one text and then with the other.
func alternate(t *server.Tenant, reference string) *dataverse.Refusal {
	d, _ := t.Collection(attempts).Peek(reference)
	n, _ := strconv.Atoi(server.Text(d, "count"))
	t.Collection(attempts).Put(reference, Doc{"count": strconv.Itoa(n + 1)})
	if n%2 == 0 {
		return unauthorized(reference)
	}
	return unverified(reference)
}

// reaches reports whether Dataverse gets through the firewall of a vault. It is no trusted service of Azure; with a
// network of its own an environment reaches a vault that has a private endpoint:
// https://learn.microsoft.com/power-platform/admin/vnet-support-overview
func reaches(t *server.Tenant, vault Doc, environment string) bool {
	address := t.Switch(SwitchPlatformAddress)
	if address == "" {
		address = PlatformAddress
	}
	if admits(vault, address) == open {
		return true
	}
	env, _ := t.Collection(bap.Environments).Peek(environment)
	connections, _ := server.Lookup(vault, "properties.privateEndpointConnections")
	linked := server.Text(env, "properties.enterprisePolicies.vNets.linkStatus") == "Linked"
	return linked && t.Switch(SwitchPrivate) != "refuse" && len(list(connections)) > 0
}
