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
	body := func(properties server.Doc) server.Doc {
		all := server.Doc{"tenantId": l.tenant.ID, "sku": server.Doc{"family": "A", "name": "standard"}}
		maps.Copy(all, properties)
		return server.Doc{"location": "eastus", "properties": all}
	}
	d := l.must(l.send("PUT", at, body(nil)), 201, "")
	soft, _ := server.Lookup(d, "properties.enableSoftDelete")
	_, purge := server.Lookup(d, "properties.enablePurgeProtection")
	if soft != true || purge || server.Text(d, "properties.vaultUri") != "https://kv-new.vault.azure.net/" {
		t.Error(d)
	}
	l.must(l.send("PUT", at, body(server.Doc{"enableSoftDelete": false})), 400, "BadRequest")
	l.must(l.send("PUT", at, body(server.Doc{"enablePurgeProtection": true, "enableRbacAuthorization": true})), 200, "")
	l.must(l.send("PUT", at, body(server.Doc{"enablePurgeProtection": false})), 400, "BadRequest")
	d = l.must(l.send("GET", at, nil), 200, "")
	if purge, _ := server.Lookup(d, "properties.enablePurgeProtection"); purge != true {
		t.Error(d)
	}
	l.must(l.send("PUT", labVaults+"/1"+vaultVersion, body(nil)), 400, "VaultNameNotValid")
	l.must(l.send("PUT", at, server.Doc{"location": "westus", "properties": server.Doc{}}), 409, "InvalidResourceLocation")
	l.must(l.send("PUT", strings.Replace(at, labSub, labSandbox, 1), body(nil)), 409, "MissingSubscriptionRegistration")
	l.must(l.send("GET", labVaults+"/none"+vaultVersion, nil), 404, "ResourceNotFound")
	for _, list := range []string{labVaults, labSub + "/providers/Microsoft.KeyVault/vaults"} {
		if value, _ := l.must(l.send("GET", list+vaultVersion, nil), 200, "")["value"].([]any); len(value) != 2 {
			t.Errorf("%s: %v", list, value)
		}
	}

	key := labVaults + "/kv-new/keys/k" + vaultVersion
	l.must(l.send("GET", key, nil), 404, "KeyNotFound")
	l.must(l.send("PUT", key, server.Doc{"properties": server.Doc{"kty": "oct"}}), 400, "BadRequest")
	l.must(l.send("PUT", key, server.Doc{"properties": server.Doc{"kty": "RSA-HSM"}}), 400, "BadRequest")
	d = l.must(l.send("PUT", key, server.Doc{"properties": server.Doc{"kty": "RSA", "keySize": 3072}}), 200, "")
	again := l.must(l.send("PUT", key, server.Doc{"properties": server.Doc{"kty": "RSA", "keySize": 4096}}), 200, "")
	uri := server.Text(d, "properties.keyUriWithVersion")
	if size, _ := server.Lookup(again, "properties.keySize"); size != 3072.0 || server.Text(again, "properties.keyUriWithVersion") != uri {
		t.Error(again)
	}
	version := uri[strings.LastIndex(uri, "/")+1:]
	l.must(l.send("GET", labVaults+"/kv-new/keys/k/versions/"+version+vaultVersion, nil), 200, "")
	l.must(l.send("DELETE", at, nil), 200, "")
	l.must(l.send("DELETE", at, nil), 204, "")
	l.must(l.send("GET", key, nil), 404, "ResourceNotFound")
}

func TestKeysAreSeeded(t *testing.T) {
	t.Parallel()
	l := newLab(t, nil)
	at := labVaults + "/kv-contoso/keys"
	if value, _ := l.must(l.send("GET", at+vaultVersion, nil), 200, "")["value"].([]any); len(value) != 2 {
		t.Error(value)
	}
	if value, _ := l.must(l.send("GET", at+"/cmk/versions"+vaultVersion, nil), 200, "")["value"].([]any); len(value) != 2 {
		t.Error(value)
	}
	d := l.must(l.send("GET", at+"/cmk"+vaultVersion, nil), 200, "")
	size, _ := server.Lookup(d, "properties.keySize")
	if server.Text(d, "properties.kty") != "RSA" || size != 2048.0 || !strings.HasPrefix(server.Text(d, "properties.keyUriWithVersion"), server.Text(d, "properties.keyUri")+"/") {
		t.Error(d)
	}
	d = l.must(l.send("GET", at+"/curve"+vaultVersion, nil), 200, "")
	exp, _ := server.Lookup(d, "properties.attributes.exp")
	if enabled, _ := server.Lookup(d, "properties.attributes.enabled"); enabled != false || exp != 1000.0 || server.Text(d, "properties.kty") != "EC" {
		t.Error(d)
	}
}

func TestEncryptionNeedsARoleOnTheVault(t *testing.T) {
	t.Parallel()
	l := newLab(t, map[string]string{arm.SwitchPrincipalDelay: "3"})
	d := l.must(l.put("c", withKey(labVaults+"/kv-contoso", "cmk")), 201, "")
	systemID, principal := server.Text(d, "properties.systemId"), server.Text(d, "identity.principalId")
	at := labVaults + "/kv-contoso" + assignments + "/88888888-8888-4888-8888-888888888888" + roleVersion
	grant := server.Doc{"properties": server.Doc{"roleDefinitionId": cryptoRole, "principalId": principal}}
	l.must(l.send("PUT", at, grant), 400, "PrincipalNotFound")
	if op := l.link("Encryption", "link", systemID); server.Text(op, "state.id") != server.Failed || !strings.Contains(server.Text(op, "error.message"), principal) {
		t.Error(op)
	}
	l.must(l.send("PUT", at, grant), 201, "")
	if op := l.link("Encryption", "link", systemID); server.Text(op, "state.id") != server.Succeeded {
		t.Error(op)
	}
}

func TestRoleAssignmentsFollowTheirLife(t *testing.T) {
	t.Parallel()
	l := newLab(t, nil)
	assign := func(scope string, n int, role, principal string) labReply {
		t.Helper()
		name := strings.Repeat(string(rune('0'+n)), 8) + "-0000-4000-8000-000000000000"
		return l.send("PUT", scope+assignments+"/"+name+roleVersion, server.Doc{"properties": server.Doc{"roleDefinitionId": role, "principalId": principal, "principalType": "ServicePrincipal"}})
	}
	vault := labVaults + "/kv-contoso"
	l.must(assign(vault, 1, cryptoRole, someone), 201, "")
	l.must(assign(vault, 1, cryptoRole, someone), 200, "")
	l.must(assign(vault, 2, cryptoRole, someone), 409, "RoleAssignmentExists")
	l.must(assign(vault, 1, readerRole, someone), 400, "RoleAssignmentUpdateNotPermitted")
	l.must(assign(vault, 3, readerRole+"0", someone), 400, "RoleDefinitionDoesNotExist")
	l.must(assign(vault, 3, readerRole, "me"), 400, "InvalidPrincipalId")
	l.must(l.send("PUT", vault+assignments+"/name"+roleVersion, server.Doc{"properties": server.Doc{"roleDefinitionId": readerRole, "principalId": someone}}), 400, "InvalidRoleAssignmentId")
	l.must(assign(labVaults+"/none", 3, readerRole, someone), 404, "ResourceNotFound")
	l.must(assign("", 3, readerRole, someone), 201, "")
	l.must(assign(labSub, 4, readerRole, someone), 201, "")
	l.must(assign(labGroup, 5, readerRole, someone), 201, "")
	l.must(assign(vault+"/keys/cmk", 6, cryptoRole, someone), 201, "")
	l.must(assign(labGroup, 7, readerRole, "99999999-9999-4999-8999-999999999999"), 201, "")
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
		value, _ := l.must(l.send("GET", at, nil), 200, "")["value"].([]any)
		var got []string
		for _, v := range value {
			d, _ := v.(server.Doc)
			got = append(got, server.Text(d, "name")[:1])
		}
		slices.Sort(got)
		if strings.Join(got, "") != c.want {
			t.Errorf("%q %q: %v, want %s", c.scope, c.filter, got, c.want)
		}
	}
	l.must(l.send("GET", vault+assignments+roleVersion+"&$filter=name eq 'x'", nil), 400, "InvalidFilter")
	one := vault + assignments + "/11111111-0000-4000-8000-000000000000" + roleVersion
	l.must(l.send("GET", one, nil), 200, "")
	l.must(l.send("DELETE", one, nil), 200, "")
	l.must(l.send("DELETE", one, nil), 204, "")
	l.must(l.send("GET", one, nil), 404, "RoleAssignmentNotFound")

	definitions := labSub + "/providers/Microsoft.Authorization/roleDefinitions"
	value, _ := l.must(l.send("GET", definitions+roleVersion+"&$filter=roleName eq 'Key Vault Crypto Service Encryption User'", nil), 200, "")["value"].([]any)
	if len(value) != 1 {
		t.Fatal(value)
	}
	if d, _ := value[0].(server.Doc); server.Text(d, "id") != cryptoRole {
		t.Error(d)
	}
	l.must(l.send("GET", cryptoRole+roleVersion, nil), 200, "")
	l.must(l.send("GET", definitions+"/x"+roleVersion, nil), 404, "RoleDefinitionDoesNotExist")
	if value, _ := l.must(l.send("GET", definitions+roleVersion, nil), 200, "")["value"].([]any); len(value) != 12 {
		t.Errorf("%d roles", len(value))
	}
}
