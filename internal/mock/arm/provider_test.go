package arm_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

const providerVersion = "?api-version=2021-04-01"

func TestProviderIsRegisteredInTime(t *testing.T) {
	t.Parallel()
	l := newLab(t, nil)
	at := labSandbox + "/providers/microsoft.powerplatform"
	state := func(method, at string) string {
		t.Helper()
		return server.Text(l.must(l.send(method, at+providerVersion, nil), 200, ""), "registrationState")
	}
	if s := state("GET", at); s != "NotRegistered" {
		t.Error(s)
	}
	if s := state("POST", at+"/register"); s != "Registering" {
		t.Error(s)
	}
	policy := strings.Replace(labPolicies, labSub, labSandbox, 1) + "/i" + labVersion
	body := server.Doc{"location": "uk", "kind": "Identity", "identity": server.Doc{"type": "SystemAssigned"}}
	l.must(l.send("PUT", policy, body), 409, "MissingSubscriptionRegistration")
	seen := 0
	for state("GET", at) == "Registering" {
		if seen++; seen > 50 {
			t.Fatal("it is never registered")
		}
	}
	if s := state("POST", at+"/register"); s != "Registered" {
		t.Errorf("registering again: %s", s)
	}
	l.must(l.send("PUT", policy, body), 201, "")
	if s := state("GET", labForeign+"/providers/Microsoft.PowerPlatform"); s != "NotRegistered" {
		t.Errorf("in another subscription: %s", s)
	}
	l.must(l.send("GET", labSub+"/providers/Contoso.Things"+providerVersion, nil), 404, "InvalidResourceNamespace")
	d := l.must(l.send("GET", labSub+"/providers/Microsoft.PowerPlatform"+providerVersion, nil), 200, "")
	types, _ := d["resourceTypes"].([]any)
	i := slices.IndexFunc(types, func(v any) bool {
		d, _ := v.(server.Doc)
		return d["resourceType"] == "enterprisePolicies"
	})
	if i < 0 {
		t.Fatal(d)
	}
	first, _ := types[i].(server.Doc)
	locations, _ := first["locations"].([]any)
	if !slices.Contains(locations, any("uk")) || slices.Contains(locations, any("eastus")) {
		t.Error(locations)
	}
	all, _ := l.must(l.send("GET", labSandbox+"/providers"+providerVersion, nil), 200, "")["value"].([]any)
	if len(all) != 6 {
		t.Errorf("%d providers", len(all))
	}
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
		return server.Text(l.must(l.send(method, at+version, nil), 200, ""), "properties.state")
	}
	if s := state("GET", of(labSub)); s != "NotRegistered" {
		t.Error(s)
	}
	if s := state("POST", of(labSandbox)+"/register"); s != "Pending" {
		t.Error(s)
	}
	l.tenant.SetSwitch(arm.SwitchFeaturePending, "")
	if s := state("POST", of(labSub)+"/register"); s != "Registering" {
		t.Error(s)
	}
	l.must(l.put("p", onSubnets("brazil", "brazilsouth/pp")), 400, "SubscriptionNotRegisteredForFeature")
	for i := 0; state("GET", of(labSub)) == "Registering"; i++ {
		if i > 50 {
			t.Fatal("it is never registered")
		}
	}
	l.must(l.put("p", onSubnets("brazil", "brazilsouth/pp")), 201, "")
	l.must(l.send("GET", labSub+"/providers/Microsoft.Features/providers/Microsoft.Network/features/x"+version, nil), 404, "FeatureNotFound")
}

func TestSeedsOfPoliciesAndVaults(t *testing.T) {
	t.Parallel()
	l := newLab(t, nil)
	seed := func(group server.Doc, more server.Doc) error {
		group["name"] = "rg"
		s := server.Doc{"id": labSandbox[15:], "resource_groups": []any{group}}
		maps.Copy(s, more)
		return l.platform.Seed(server.Seed{Tenants: []server.TenantSeed{{ID: l.tenant.ID, Items: map[string][]server.Doc{"subscriptions": {s}}}}})
	}
	policies := func(p server.Doc) server.Doc { return server.Doc{"enterprise_policies": []any{p}} }
	subnets := []any{labNetworks + "vnet-eastus/subnets/pp", labNetworks + "vnet-westus/subnets/pp"}
	err := seed(server.Doc{
		"enterprise_policies": []any{
			server.Doc{"name": "n", "location": "unitedstates", "subnet_ids": subnets, "tags": server.Doc{"a": "b"}},
			server.Doc{"name": "e", "kind": "Encryption", "location": "uk", "system_id": "/regions/uk/x", "principal_id": someone, "key_vault_id": labVaults + "/kv-contoso", "key_name": "cmk", "key_version": "1"},
		},
		"key_vaults": []any{server.Doc{"name": "kv-two", "access_policies": []any{server.Doc{"object_id": someone, "keys": []any{"get"}}}}},
	}, server.Doc{"registered": []any{"microsoft.keyvault"}, "features": []any{"Microsoft.PowerPlatform/enterprisePoliciesPreview"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := l.links("westus/pp"); !strings.HasSuffix(got, "enterprisePolicies/n") {
		t.Error(got)
	}
	d, _ := l.tenant.Collection(bap.EnterprisePolicies).Peek(strings.Replace(labPolicies, labSub, labSandbox, 1) + "/e")
	if server.Text(d, "properties.systemId") != "/regions/uk/x" || server.Text(d, "identity.principalId") != someone || server.Text(d, "properties.encryption.keyVault.key.version") != "1" {
		t.Error(d)
	}
	for name, err := range map[string]error{
		"unknown key":       seed(policies(server.Doc{"name": "x", "location": "uk", "vault": "y"}), nil),
		"no location":       seed(policies(server.Doc{"name": "x"}), nil),
		"no such subnet":    seed(policies(server.Doc{"name": "x", "location": "uk", "subnet_ids": []any{"/a"}}), nil),
		"unknown vault key": seed(server.Doc{"key_vaults": []any{server.Doc{"name": "kv-x", "secrets": "y"}}}, nil),
		"vault name":        seed(server.Doc{"key_vaults": []any{server.Doc{"name": "x"}}}, nil),
		"unknown key's key": seed(server.Doc{"key_vaults": []any{server.Doc{"name": "kv-x", "keys": []any{server.Doc{"curve": "y"}}}}}, nil),
		"unknown namespace": seed(server.Doc{}, server.Doc{"registered": []any{"Contoso.Things"}}),
		"unknown feature":   seed(server.Doc{}, server.Doc{"features": []any{"Microsoft.Network/x"}}),
	} {
		if err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
