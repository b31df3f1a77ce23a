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

const (
	vaultVersion = "?api-version=2023-07-01"
	roleVersion  = "?api-version=2022-04-01"
	assignments  = "/providers/Microsoft.Authorization/roleAssignments"
	someone      = "77777777-7777-4777-8777-777777777777"
	cryptoRole   = labSub + "/providers/Microsoft.Authorization/roleDefinitions/e147488a-f6f5-4113-8e2d-b22465e65bf6"
	readerRole   = "/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7"
)

func TestFamiliesAgreeOnNames(t *testing.T) {
	t.Parallel()
	if arm.KeyVaults != bap.KeyVaults || arm.Keys != bap.Keys || arm.RoleAssignments != bap.RoleAssignments {
		t.Error("what one family writes the other does not find")
	}
}

func TestVaultFollowsItsLife(t *testing.T) {
	t.Parallel()
	l := newLab(t, nil)
	at := labVaults + "/kv-new" + vaultVersion
	body := func(properties doc) doc {
		all := doc{"tenantId": l.ID, "sku": doc{"family": "A", "name": "standard"}}
		maps.Copy(all, properties)
		return doc{"location": "eastus", "properties": all}
	}
	l.Send("PUT", at, body(nil)).Want(201).Has(doc{
		"properties.enableSoftDelete": true, "properties.enablePurgeProtection": nil, "properties.vaultUri": "https://kv-new.vault.azure.net/",
	})
	l.Send("PUT", at, body(doc{"enableSoftDelete": false})).Want(400, "BadRequest")
	l.Send("PUT", at, body(doc{"enablePurgeProtection": true, "enableRbacAuthorization": true})).Want(200)
	l.Send("PUT", at, body(doc{"enablePurgeProtection": false})).Want(400, "BadRequest")
	l.Send("GET", at, nil).Want(200).Has(doc{"properties.enablePurgeProtection": true})
	l.Send("PUT", labVaults+"/1"+vaultVersion, body(nil)).Want(400, "VaultNameNotValid")
	l.Send("PUT", at, doc{"location": "westus", "properties": doc{}}).Want(409, "InvalidResourceLocation")
	l.Send("PUT", strings.Replace(at, labSub, labSandbox, 1), body(nil)).Want(409, "MissingSubscriptionRegistration")
	l.Send("GET", labVaults+"/none"+vaultVersion, nil).Want(404, "ResourceNotFound")
	for _, list := range []string{labVaults, labSub + "/providers/Microsoft.KeyVault/vaults"} {
		l.Send("GET", list+vaultVersion, nil).Want(200).Has(doc{"value.#": 2})
	}

	key := labVaults + "/kv-new/keys/k" + vaultVersion
	l.Send("GET", key, nil).Want(404, "KeyNotFound")
	l.Send("PUT", key, doc{"properties": doc{"kty": "oct"}}).Want(400, "BadRequest")
	l.Send("PUT", key, doc{"properties": doc{"kty": "RSA-HSM"}}).Want(400, "BadRequest")
	uri := l.Send("PUT", key, doc{"properties": doc{"kty": "RSA", "keySize": 3072}}).Want(200).Text("properties.keyUriWithVersion")
	l.Send("PUT", key, doc{"properties": doc{"kty": "RSA", "keySize": 4096}}).Want(200).Has(doc{
		"properties.keySize": 3072, "properties.keyUriWithVersion": uri,
	})
	version := uri[strings.LastIndex(uri, "/")+1:]
	l.Send("GET", labVaults+"/kv-new/keys/k/versions/"+version+vaultVersion, nil).Want(200)
	l.Send("DELETE", at, nil).Want(200)
	l.Send("DELETE", at, nil).Want(204)
	l.Send("GET", key, nil).Want(404, "ResourceNotFound")
}

func TestKeysAreSeeded(t *testing.T) {
	t.Parallel()
	l := newLab(t, nil)
	at := labVaults + "/kv-contoso/keys"
	l.Send("GET", at+vaultVersion, nil).Want(200).Has(doc{"value.#": 2})
	l.Send("GET", at+"/cmk/versions"+vaultVersion, nil).Want(200).Has(doc{"value.#": 2})
	d := l.Send("GET", at+"/cmk"+vaultVersion, nil).Want(200).Has(doc{"properties.kty": "RSA", "properties.keySize": 2048})
	if !strings.HasPrefix(d.Text("properties.keyUriWithVersion"), d.Text("properties.keyUri")+"/") {
		t.Error(d)
	}
	l.Send("GET", at+"/curve"+vaultVersion, nil).Want(200).Has(doc{
		"properties.attributes.exp": 1000, "properties.attributes.enabled": false, "properties.kty": "EC",
	})
}

func TestEncryptionNeedsARoleOnTheVault(t *testing.T) {
	t.Parallel()
	l := newLab(t, map[string]string{arm.SwitchPrincipalDelay: "3"})
	d := l.put("c", withKey(labVaults+"/kv-contoso", "cmk")).Want(201)
	systemID, principal := d.Text("properties.systemId"), d.Text("identity.principalId")
	at := labVaults + "/kv-contoso" + assignments + "/88888888-8888-4888-8888-888888888888" + roleVersion
	grant := doc{"properties": doc{"roleDefinitionId": cryptoRole, "principalId": principal}}
	l.Send("PUT", at, grant).Want(400, "PrincipalNotFound")
	l.link("Encryption", "link", systemID).Has(doc{"state.id": server.Failed}).Says(principal)
	l.Send("PUT", at, grant).Want(201)
	l.link("Encryption", "link", systemID).Has(doc{"state.id": server.Succeeded})
}

func TestRoleAssignmentsFollowTheirLife(t *testing.T) {
	t.Parallel()
	l := newLab(t, nil)
	assign := func(scope string, n int, role, principal string) mocktest.Answer {
		t.Helper()
		name := strings.Repeat(string(rune('0'+n)), 8) + "-0000-4000-8000-000000000000"
		return l.Send("PUT", scope+assignments+"/"+name+roleVersion, doc{"properties": doc{"roleDefinitionId": role, "principalId": principal, "principalType": "ServicePrincipal"}})
	}
	vault := labVaults + "/kv-contoso"
	assign(vault, 1, cryptoRole, someone).Want(201)
	assign(vault, 1, cryptoRole, someone).Want(200)
	assign(vault, 2, cryptoRole, someone).Want(409, "RoleAssignmentExists")
	assign(vault, 1, readerRole, someone).Want(400, "RoleAssignmentUpdateNotPermitted")
	assign(vault, 3, readerRole+"0", someone).Want(400, "RoleDefinitionDoesNotExist")
	assign(vault, 3, readerRole, "me").Want(400, "InvalidPrincipalId")
	l.Send("PUT", vault+assignments+"/name"+roleVersion, doc{"properties": doc{"roleDefinitionId": readerRole, "principalId": someone}}).Want(400, "InvalidRoleAssignmentId")
	assign(labVaults+"/none", 3, readerRole, someone).Want(404, "ResourceNotFound")
	assign("", 3, readerRole, someone).Want(201)
	assign(labSub, 4, readerRole, someone).Want(201)
	assign(labGroup, 5, readerRole, someone).Want(201)
	assign(vault+"/keys/cmk", 6, cryptoRole, someone).Want(201)
	assign(labGroup, 7, readerRole, "99999999-9999-4999-8999-999999999999").Want(201)
	for _, c := range []struct{ scope, filter, want string }{
		{vault, "", "134567"},
		{vault, "principalId eq '" + someone + "'", "13456"},
		{vault, "assignedTo('" + someone + "')", "13456"},
		{vault, "atScope() and assignedTo('" + someone + "')", "1345"},
		{labSub, "atScope()", "34"},
		{"", "atScope()", "3"},
		{labSandbox, "", "3"},
	} {
		at := c.scope + assignments + roleVersion
		if c.filter != "" {
			at += "&$filter=" + c.filter
		}
		var got []string
		for _, d := range l.Send("GET", at, nil).Want(200).List("value") {
			got = append(got, server.Text(d, "name")[:1])
		}
		slices.Sort(got)
		if strings.Join(got, "") != c.want {
			t.Errorf("%q %q: %v, want %s", c.scope, c.filter, got, c.want)
		}
	}
	l.Send("GET", vault+assignments+roleVersion+"&$filter=name eq 'x'", nil).Want(400, "InvalidFilter")
	one := vault + assignments + "/11111111-0000-4000-8000-000000000000" + roleVersion
	l.Send("GET", one, nil).Want(200)
	l.Send("DELETE", one, nil).Want(200)
	l.Send("DELETE", one, nil).Want(204)
	l.Send("GET", one, nil).Want(404, "RoleAssignmentNotFound")

	definitions := labSub + "/providers/Microsoft.Authorization/roleDefinitions"
	l.Send("GET", definitions+roleVersion+"&$filter=roleName eq 'Key Vault Crypto Service Encryption User'", nil).Want(200).Has(doc{
		"value.#": 1, "value.0.id": cryptoRole,
	})
	l.Send("GET", cryptoRole+roleVersion, nil).Want(200)
	l.Send("GET", definitions+"/x"+roleVersion, nil).Want(404, "RoleDefinitionDoesNotExist")
	l.Send("GET", definitions+roleVersion, nil).Want(200).Has(doc{"value.#": 12})
}
