package arm_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

const providerVersion = "?api-version=2021-04-01"

func TestProviderIsRegisteredInTime(t *testing.T) {
	t.Parallel()
	l := newLab(t, nil)
	at := labSandbox + "/providers/microsoft.powerplatform"
	state := func(method, at string) string {
		t.Helper()
		return l.Send(method, at+providerVersion, nil).Want(200).Text("registrationState")
	}
	if s := state("GET", at); s != "NotRegistered" {
		t.Error(s)
	}
	if s := state("POST", at+"/register"); s != "Registering" {
		t.Error(s)
	}
	policy := strings.Replace(labPolicies, labSub, labSandbox, 1) + "/i" + labVersion
	body := doc{"location": "uk", "kind": "Identity", "identity": doc{"type": "SystemAssigned"}}
	l.Send("PUT", policy, body).Want(409, "MissingSubscriptionRegistration")
	seen := 0
	for state("GET", at) == "Registering" {
		if seen++; seen > 50 {
			t.Fatal("it is never registered")
		}
	}
	if s := state("POST", at+"/register"); s != "Registered" {
		t.Errorf("registering again: %s", s)
	}
	l.Send("PUT", policy, body).Want(201)
	if s := state("GET", labForeign+"/providers/Microsoft.PowerPlatform"); s != "NotRegistered" {
		t.Errorf("in another subscription: %s", s)
	}
	l.Send("GET", labSub+"/providers/Contoso.Things"+providerVersion, nil).Want(404, "InvalidResourceNamespace")
	types := l.Send("GET", labSub+"/providers/Microsoft.PowerPlatform"+providerVersion, nil).Want(200).List("resourceTypes")
	i := slices.IndexFunc(types, func(d doc) bool { return d["resourceType"] == "enterprisePolicies" })
	if i < 0 {
		t.Fatal(types)
	}
	if locations, _ := types[i]["locations"].([]any); !slices.Contains(locations, any("uk")) || slices.Contains(locations, any("eastus")) {
		t.Error(locations)
	}
	l.Send("GET", labSandbox+"/providers"+providerVersion, nil).Want(200).Has(doc{"value.#": 6})
}

func TestFeatureIsRegisteredInTime(t *testing.T) {
	t.Parallel()
	l := newLab(t, map[string]string{arm.SwitchPolicyFeature: "required", arm.SwitchFeaturePending: "on"})
	of := func(subscription string) string {
		return subscription + "/providers/Microsoft.Features/providers/Microsoft.PowerPlatform/features/enterprisePoliciesPreview"
	}
	const version = "?api-version=2021-07-01"
	state := func(method, at string) string {
		t.Helper()
		return l.Send(method, at+version, nil).Want(200).Text("properties.state")
	}
	if s := state("GET", of(labSub)); s != "NotRegistered" {
		t.Error(s)
	}
	if s := state("POST", of(labSandbox)+"/register"); s != "Pending" {
		t.Error(s)
	}
	l.SetSwitch(arm.SwitchFeaturePending, "")
	if s := state("POST", of(labSub)+"/register"); s != "Registering" {
		t.Error(s)
	}
	l.put("p", onSubnets("brazil", "brazilsouth/pp")).Want(400, "SubscriptionNotRegisteredForFeature")
	for i := 0; state("GET", of(labSub)) == "Registering"; i++ {
		if i > 50 {
			t.Fatal("it is never registered")
		}
	}
	l.put("p", onSubnets("brazil", "brazilsouth/pp")).Want(201)
	l.Send("GET", labSub+"/providers/Microsoft.Features/providers/Microsoft.Network/features/x"+version, nil).Want(404, "FeatureNotFound")
}

func TestSeedsOfPoliciesAndVaults(t *testing.T) {
	t.Parallel()
	l := newLab(t, nil)
	seed := func(group doc, more doc) error {
		group["name"] = "rg"
		s := doc{"id": labSandbox[15:], "resource_groups": []any{group}}
		maps.Copy(s, more)
		return l.Platform().Seed(server.Seed{Tenants: []server.TenantSeed{{ID: l.ID, Items: map[string][]doc{"subscriptions": {s}}}}})
	}
	policies := func(p doc) doc { return doc{"enterprise_policies": []any{p}} }
	subnets := []any{labNetworks + "vnet-eastus/subnets/pp", labNetworks + "vnet-westus/subnets/pp"}
	err := seed(doc{
		"enterprise_policies": []any{
			doc{"name": "n", "location": "unitedstates", "subnet_ids": subnets, "tags": doc{"a": "b"}},
			doc{"name": "e", "kind": "Encryption", "location": "uk", "system_id": "/regions/uk/x", "principal_id": someone, "key_vault_id": labVaults + "/kv-contoso", "key_name": "cmk", "key_version": "1"},
		},
		"key_vaults": []any{doc{"name": "kv-two", "access_policies": []any{doc{"object_id": someone, "keys": []any{"get"}}}}},
	}, doc{"registered": []any{"microsoft.keyvault"}, "features": []any{"Microsoft.PowerPlatform/enterprisePoliciesPreview"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := l.links("westus/pp"); !strings.HasSuffix(got, "enterprisePolicies/n") {
		t.Error(got)
	}
	mocktest.Has(t, l.Stored(bap.EnterprisePolicies, strings.Replace(labPolicies, labSub, labSandbox, 1)+"/e"), doc{
		"properties.systemId": "/regions/uk/x", "identity.principalId": someone, "properties.encryption.keyVault.key.version": "1",
	})
	for name, err := range map[string]error{
		"unknown key":       seed(policies(doc{"name": "x", "location": "uk", "vault": "y"}), nil),
		"no location":       seed(policies(doc{"name": "x"}), nil),
		"no such subnet":    seed(policies(doc{"name": "x", "location": "uk", "subnet_ids": []any{"/a"}}), nil),
		"unknown vault key": seed(doc{"key_vaults": []any{doc{"name": "kv-x", "secrets": "y"}}}, nil),
		"vault name":        seed(doc{"key_vaults": []any{doc{"name": "x"}}}, nil),
		"unknown key's key": seed(doc{"key_vaults": []any{doc{"name": "kv-x", "keys": []any{doc{"curve": "y"}}}}}, nil),
		"unknown namespace": seed(doc{}, doc{"registered": []any{"Contoso.Things"}}),
		"unknown feature":   seed(doc{}, doc{"features": []any{"Microsoft.Network/x"}}),
	} {
		if err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
