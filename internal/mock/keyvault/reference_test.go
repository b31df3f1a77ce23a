package keyvault_test

import (
	"strings"
	"testing"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/graph"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/keyvault"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

const (
	reference    = vaultID + "/secrets/s"
	unauthorized = "User is not authorized to read secrets from"
	unverified   = "Could not verify the user permission on"
)

// ready is a rig in which everything is as it should be, apart from the seed of the vault.
func ready(t *testing.T, vault doc) rig {
	t.Helper()
	return newRig(t, vault).grant("terraform", user, vaultID).grant("dataverse", user, vaultID)
}

// org calls Dataverse as the application of the tenant.
func (r rig) org(path string, body any) mocktest.Answer {
	r.Helper()
	return r.Send("POST", "https://"+bap.Host(r.Stored(bap.Organizations, environment))+"/api/data/v9.2/"+path, body)
}

var names = strings.Split("abcdefghijklmnopqrstuvwxyz", "")

// save saves a variable with a reference and returns what the platform says, "" if it takes it.
func (r rig) save(n int, reference string) string {
	r.Helper()
	a := r.org("environmentvariabledefinitions", doc{"schemaname": "new_" + names[n], "displayname": "x", "type": 100000005, "defaultvalue": reference})
	if a.Status/100 != 2 && a.Status != 400 {
		r.Error(a)
	}
	return a.Text("error.message")
}

func TestAReferenceIsTakenWhereEverybodyMayReadIt(t *testing.T) {
	t.Parallel()
	r := ready(t, nil)
	for i, text := range []string{reference, strings.ToLower(reference), base + "/secrets/s"} {
		if got := r.save(i, text); got != "" {
			t.Errorf("%s: %s", text, got)
		}
	}
	read := func() mocktest.Answer {
		return r.org("RetrieveEnvironmentVariableSecretValue", doc{"EnvironmentVariableName": "new_a"})
	}
	read().Want(200).Has(doc{"EnvironmentVariableSecretValue": hush})
	r.Do(func() { arm.AddSecretVersion(r.Tenant, vaultID, "s", "rotated", nil) })
	read().Want(200).Has(doc{"EnvironmentVariableSecretValue": "rotated"})
	r.Collection(arm.RoleAssignments).Delete(r.Collection(arm.RoleAssignments).IDs()[0])
	read().Want(400, "0x80040265", unauthorized)
}

func TestEveryCauseHasItsAmbiguousText(t *testing.T) {
	t.Parallel()
	const unlisted = "22222222-2222-4222-8222-222222222222"
	plain := func(t *testing.T) rig { t.Helper(); return ready(t, nil) }
	for name, c := range map[string]struct {
		rig       func(t *testing.T) rig
		reference string
		want      string
	}{
		"provider not registered": {func(t *testing.T) rig {
			t.Helper()
			r := ready(t, nil)
			r.Collection("resource_providers").Delete("/subscriptions/" + guid + "/providers/Microsoft.PowerPlatform")
			return r
		}, reference, unverified},
		"unknown subscription": {plain, strings.Replace(reference, guid, unlisted, 1), unverified},
		"another tenant's subscription": {func(t *testing.T) rig {
			t.Helper()
			r := ready(t, nil)
			d := r.Stored(arm.Subscriptions, "/subscriptions/"+guid)
			d["tenantId"] = unlisted
			r.Collection(arm.Subscriptions).Put("/subscriptions/"+guid, d)
			return r
		}, reference, unverified},
		"no vault":        {plain, strings.Replace(reference, "kv-one", "kv-none", 1), unauthorized},
		"no vault by URI": {plain, "https://kv-none.vault.azure.net/secrets/s", unauthorized},
		"no secret":       {plain, vaultID + "/secrets/none", unauthorized},
		"disabled":        {plain, vaultID + "/secrets/off", unauthorized},
		"deleted": {func(t *testing.T) rig {
			t.Helper()
			r := ready(t, nil).grant("terraform", "Key Vault Secrets Officer", vaultID)
			r.Send("DELETE", "/secrets/s", nil).Want(200)
			return r
		}, reference, unauthorized},
		"caller without a role": {func(t *testing.T) rig {
			t.Helper()
			return newRig(t, nil).grant("dataverse", user, vaultID).grant("terraform", "Owner", vaultID)
		}, reference, unauthorized},
		"Dataverse without a role": {func(t *testing.T) rig {
			t.Helper()
			return newRig(t, nil).grant("terraform", user, vaultID).grant("dataverse", "Key Vault Reader", vaultID)
		}, reference, unverified},
		"firewall": {func(t *testing.T) rig {
			t.Helper()
			return ready(t, doc{"network_acls": doc{"default_action": "Deny"}})
		}, reference, unverified},
		"no network": {func(t *testing.T) rig { t.Helper(); return ready(t, doc{"public_network_access": "Disabled"}) }, reference, unverified},
		"policies alone": {func(t *testing.T) rig {
			t.Helper()
			all := []any{"all"}
			return newRig(t, doc{"rbac": false, "access_policies": []any{doc{"object_id": "terraform", "secrets": all}, doc{"object_id": "dataverse", "secrets": all}}})
		}, reference, unauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := c.rig(t)
			if got := r.save(0, c.reference); !strings.HasPrefix(got, c.want) || !strings.Contains(got, "'"+c.reference+"'") {
				t.Errorf("%q", got)
			}
			r.SetSwitch(keyvault.SwitchRefusal, "unverified")
			if got := r.save(1, c.reference); !strings.HasPrefix(got, unverified) || !strings.HasSuffix(got, "Make sure that Microsoft.PowerPlatform provider is registered in the Azure subscription.") {
				t.Errorf("%q", got)
			}
			r.SetSwitch(keyvault.SwitchRefusal, "unauthorized")
			if got := r.save(2, c.reference); !strings.HasPrefix(got, unauthorized) {
				t.Errorf("%q", got)
			}
		})
	}
}

func TestTextsAlternateWhileARoleSpreads(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil).grant("dataverse", user, vaultID)
	r.SetSwitch(arm.SwitchRoleDelay, "300")
	id := vaultID + "/providers/Microsoft.Authorization/roleAssignments/99999999-0000-4000-8000-000000000000"
	r.Do(func() {
		app, _ := r.Application(server.DefaultClientID)
		r.Collection(arm.RoleAssignments).Put(id, doc{"id": id, "properties": doc{
			"scope": vaultID, "principalId": app.ObjectID, "createdOn": r.Clock().Now().Format(time.RFC3339Nano),
			"roleDefinitionId": "/providers/Microsoft.Authorization/roleDefinitions/4633458b-17de-408a-b874-0445c86b69e6",
		}})
	})
	r.Send("GET", "/secrets/s", nil).Want(403, "Forbidden", "ForbiddenByRbac")
	for i, want := range []string{unauthorized, unverified, unauthorized} {
		if got := r.save(0, reference); !strings.HasPrefix(got, want) {
			t.Errorf("%d: %q", i, got)
		}
	}
	r.Clock().Advance(5 * time.Minute)
	if got := r.save(0, reference); got != "" {
		t.Error(got)
	}
	r.Send("GET", "/secrets/s", nil).Want(200)
}

func TestWaysThroughTheFirewall(t *testing.T) {
	t.Parallel()
	if got := ready(t, doc{"network_acls": doc{"default_action": "Deny", "ip_rules": []any{"198.51.100.0/24"}}}).save(0, reference); got != "" {
		t.Errorf("a rule for the platform: %s", got)
	}
	r := ready(t, doc{"public_network_access": "Disabled", "private_endpoints": []any{group + "/providers/Microsoft.Network/privateEndpoints/pe"}})
	if got := r.save(0, reference); !strings.HasPrefix(got, unverified) {
		t.Errorf("an environment without a network: %q", got)
	}
	d := r.Stored(bap.Environments, environment)
	server.Assign(d, "properties.enterprisePolicies.vNets", doc{"linkStatus": "Linked"})
	r.Collection(bap.Environments).Put(environment, d)
	r.SetSwitch(keyvault.SwitchPrivate, "refuse")
	if got := r.save(0, reference); !strings.HasPrefix(got, unverified) {
		t.Errorf("refused by the switch: %q", got)
	}
	r.SetSwitch(keyvault.SwitchPrivate, "")
	if got := r.save(0, reference); got != "" {
		t.Errorf("a linked environment: %s", got)
	}
}

func TestPoliciesMayCount(t *testing.T) {
	t.Parallel()
	get := []any{"get"}
	r := newRig(t, doc{"rbac": false, "access_policies": []any{doc{"object_id": "terraform", "secrets": get}, doc{"object_id": "dataverse", "secrets": get}}})
	r.SetSwitch(keyvault.SwitchPolicies, "accept")
	if got := r.save(0, reference); got != "" {
		t.Error(got)
	}
}

func TestDataverseIsWhoTheTenantSaysItIs(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil).grant("terraform", user, vaultID)
	const object = "77777777-7777-4777-8777-777777777777"
	r.Register(server.Application{ClientID: graph.DataverseAppID, ObjectID: object})
	r.grant(object, user, vaultID)
	if got := r.save(0, reference); got != "" {
		t.Error(got)
	}
}
