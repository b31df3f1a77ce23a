package dataverse_test

import (
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/dataverse"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

const (
	values = "environmentvariablevalues"
	secret = "/subscriptions/33333333-3333-4333-8333-333333333333/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv/secrets/s"
)

func bound(id string, value any) doc {
	return doc{"value": value, "EnvironmentVariableDefinitionId@odata.bind": "/" + definitions + "(" + id + ")"}
}

func TestSchemaNamesAreUnique(t *testing.T) {
	t.Parallel()
	for code, switches := range map[string]map[string]string{
		"0x80040237": nil, "0x80060892": {dataverse.SwitchDuplicateSchema: "0x80060892"},
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, switches)
			id := r.variable("new_a", nil)
			r.send("POST", definitions, nil, doc{"schemaname": "NEW_A"}, 412, code)
			r.send("POST", definitions, nil, doc{"schemaname": "new_b", "environmentvariabledefinitionid": id}, 412, "0x80040237")
			r.send("PATCH", definitions+"("+id+")", nil, doc{"schemaname": "new_b"}, 400, "0x80040203")
			r.send("PATCH", definitions+"("+id+")", nil, doc{"schemaname": "new_a", "secretstore": 1}, 400, "0x80040203")
			r.send("POST", "connectionreferences", nil, doc{"connectionreferencelogicalname": "new_r"}, 204, "")
			r.send("POST", "connectionreferences", nil, doc{"connectionreferencelogicalname": "new_r"}, 412, "0x80060892")
		})
	}
}

func TestSchemaPrefixIsASwitch(t *testing.T) {
	t.Parallel()
	r := newRig(t, map[string]string{dataverse.SwitchSchemaPrefix: "enforce"})
	r.variable("new_a", nil)
	for _, name := range []string{"a", "con_a", "new_", "new_a b"} {
		r.send("POST", definitions, nil, doc{"schemaname": name}, 400, "0x80040203")
	}
	newRig(t, nil).variable("anything goes", nil)
}

func TestDefinitionHasOneValue(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	id := r.variable("new_a", doc{"defaultvalue": "d"})
	effective := func(want any) {
		t.Helper()
		if got := r.row("RetrieveEnvironmentVariableValue(DefinitionSchemaName=@p1)?@p1='new_a'")["Value"]; got != want {
			t.Errorf("value %v, want %v", got, want)
		}
		var value string
		var ok bool
		environment := r.environment()
		r.tenant.Do(func() { value, _, ok = dataverse.Variable(r.platform, r.tenant, environment, "NEW_a") })
		if !ok || value != want {
			t.Errorf("Variable: %q %v", value, ok)
		}
	}
	effective("d")
	value := r.made(values, bound(id, "x"))
	r.send("POST", values, nil, bound(id, "y"), 412, "0x80040237")
	r.send("POST", values, nil, doc{"value": "y"}, 400, "0x80040200")
	effective("x")
	if row := r.row(values + "(" + value + ")"); row["schemaname"] == nil || row["_environmentvariabledefinitionid_value"] != id {
		t.Error(row)
	}
	r.send("PATCH", values+"("+value+")", nil, doc{"value": strings.Repeat("x", 2001)}, 400, "0x80044331")
	r.send("DELETE", values+"("+value+")", nil, nil, 204, "")
	effective("d")
	r.made(values, bound(id, "z"))
	r.send("DELETE", definitions+"("+id+")", nil, nil, 204, "")
	if got := r.query(values); len(got) != 0 {
		t.Errorf("values outlive their definition: %v", got)
	}
	r.get(v+"RetrieveEnvironmentVariableValue(DefinitionSchemaName=@p1)?@p1='new_a'", 404, "0x80040217")
	r.get(v+"RetrieveEnvironmentVariableValue(DefinitionSchemaName=@p1)", 400, "0x80060888")
}

func TestWhatOthersDependOnStays(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		switches map[string]string
		status   int
	}{
		"as connectors are recorded": {map[string]string{dataverse.SwitchConnectorDependencies: "on"}, 400},
		"refused with 405":           {map[string]string{dataverse.SwitchConnectorDependencies: "on", dataverse.SwitchDependencyStatus: "405"}, 405},
		"as they are by default":     {nil, 204},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, c.switches)
			id := r.variable("new_a", nil)
			connector := r.made("connectors", doc{"name": "new_5Fc", "displayname": "C", "connectortype": 1, "openapidefinition": `{"host":"@environmentVariables(\"new_a\")"}`})
			code := "0x8004f01f"
			if c.status == 204 {
				code = ""
			} else {
				found := r.rows(v + "RetrieveDependenciesForDelete(ObjectId=@o,ComponentType=@t)?@o=" + id + "&@t=380")
				if len(found) != 1 || found[0]["dependentcomponentobjectid"] != connector || found[0]["dependentcomponenttype"] != 372.0 {
					t.Error(found)
				}
			}
			r.send("DELETE", definitions+"("+id+")", nil, nil, c.status, code)
		})
	}
	r := newRig(t, nil)
	id := r.variable("new_a", nil)
	other := r.variable("new_b", nil)
	err := r.platform.Seed(server.Seed{Tenants: []server.TenantSeed{{ID: r.tenant.ID, Items: map[string][]doc{"dataverse_rows": {{
		"environment": r.environment(), "table": "dependency",
		"row": doc{"requiredcomponentobjectid": id, "requiredcomponenttype": 380, "dependentcomponentobjectid": other, "dependentcomponenttype": 380},
	}}}}}})
	if err != nil {
		t.Fatal(err)
	}
	r.send("DELETE", definitions+"("+id+")", nil, nil, 400, "0x8004f01f")
	r.send("DELETE", definitions+"("+other+")", nil, nil, 204, "")
	r.send("DELETE", definitions+"("+id+")", nil, nil, 204, "")
	r.get(v+"RetrieveDependenciesForDelete(ObjectId="+id+",ComponentType=380)", 404, "0x80040217")
	r.get(v+"RetrieveDependenciesForDelete(ObjectId="+id+",ComponentType=1)", 400, "0x80040203")
}

func TestSecretsAreReferences(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	id := r.variable("new_s", doc{"type": 100000005, "defaultvalue": secret})
	for _, bad := range []string{"hunter2", "/subscriptions/1/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv/secrets/s", strings.TrimSuffix(secret, "s"), "http://kv.vault.azure.net/secrets/s"} {
		r.send("POST", values, nil, bound(id, bad), 400, "0x80040265")
		r.send("PATCH", definitions+"("+id+")", nil, doc{"defaultvalue": bad}, 400, "0x80040265")
	}
	r.send("PATCH", definitions+"("+id+")", nil, doc{"defaultvalue": "https://kv.vault.azure.net/secrets/s/0123456789abcdef0123456789abcdef"}, 204, "")
	value := r.made(values, bound(id, strings.ToUpper(secret)))
	r.send("PATCH", values+"("+value+")", nil, doc{"value": "plain"}, 400, "0x80040265")
	text := r.variable("new_t", doc{"defaultvalue": "plain"})
	r.send("PATCH", definitions+"("+text+")", nil, doc{"type": 100000005}, 400, "0x80040265")
	strict := newRig(t, map[string]string{dataverse.SwitchSecretURI: "refuse"})
	strict.send("POST", definitions, nil, doc{"schemaname": "new_s", "type": 100000005, "defaultvalue": "https://kv.vault.azure.net/secrets/s"}, 400, "0x80040265")
}

func TestVaultDecidesWhoMayUseASecret(t *testing.T) {
	t.Parallel()
	const denied = "User is not authorized to read secrets from '" + secret + "' resource."
	for status, switches := range map[int]map[string]string{400: nil, 403: {dataverse.SwitchSecretStatus: "403"}} {
		r := newRig(t, switches)
		open := false
		var asked []dataverse.SecretUse
		dataverse.UseVault(r.platform, dataverse.Vault{
			Check: func(_ *server.Tenant, use dataverse.SecretUse) *dataverse.Refusal {
				asked = append(asked, use)
				if open {
					return nil
				}
				return &dataverse.Refusal{Message: denied}
			},
			Secret: func(*server.Tenant, dataverse.SecretUse) (string, *dataverse.Refusal) {
				if open {
					return "canary", nil
				}
				return "", &dataverse.Refusal{Status: 403, Code: "0x80040220", Message: denied}
			},
		})
		id := r.variable("new_s", doc{"type": 100000005})
		if len(asked) != 0 {
			t.Error("asked for nothing")
		}
		if a := r.send("POST", values, nil, bound(id, secret), status, "0x80040265"); server.Text(a.body, "error.message") != denied {
			t.Error(a.body)
		}
		a := application(t, r)
		if len(asked) != 1 || asked[0] != (dataverse.SecretUse{Environment: r.environment(), Reference: secret, Caller: a}) {
			t.Error(asked)
		}
		if got := r.query(values); len(got) != 0 {
			t.Error("a refused value is there")
		}
		open = true
		value := r.made(values, bound(id, secret))
		r.send("PATCH", values+"("+value+")", nil, doc{"importsequencenumber": 1}, 204, "")
		if len(asked) != 2 {
			t.Errorf("a save that leaves the value alone was checked: %d", len(asked))
		}
		body := doc{"EnvironmentVariableName": "new_s"}
		if got := r.send("POST", "RetrieveEnvironmentVariableSecretValue", nil, body, 200, "").body; got["EnvironmentVariableSecretValue"] != "canary" {
			t.Error(got)
		}
		open = false
		r.send("POST", "RetrieveEnvironmentVariableSecretValue", nil, body, 403, "0x80040220")
	}
	r := newRig(t, nil)
	r.variable("new_text", doc{"defaultvalue": "x"})
	r.variable("new_empty", doc{"type": 100000005})
	r.variable("new_s", doc{"type": 100000005, "defaultvalue": secret})
	for name, code := range map[string]string{"new_text": "0x80040203", "new_empty": "0x80040203", "new_s": "0x80040265"} {
		r.send("POST", "RetrieveEnvironmentVariableSecretValue", nil, doc{"EnvironmentVariableName": name}, 400, code)
	}
	r.send("POST", "RetrieveEnvironmentVariableSecretValue", nil, doc{}, 404, "0x80040217")
}

func application(t *testing.T, r rig) string {
	t.Helper()
	row := r.row("systemusers(" + server.Text(r.row("WhoAmI"), "UserId") + ")")
	return server.Text(row, "azureactivedirectoryobjectid")
}
