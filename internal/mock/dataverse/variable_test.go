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
			r.Send("POST", definitions, doc{"schemaname": "NEW_A"}).Want(412, code)
			r.Send("POST", definitions, doc{"schemaname": "new_b", "environmentvariabledefinitionid": id}).Want(412, "0x80040237")
			r.Send("PATCH", definitions+"("+id+")", doc{"schemaname": "new_b"}).Want(400, "0x80040203")
			r.Send("PATCH", definitions+"("+id+")", doc{"schemaname": "new_a", "secretstore": 1}).Want(400, "0x80040203")
			r.Send("POST", "connectionreferences", doc{"connectionreferencelogicalname": "new_r"}).Want(204)
			r.Send("POST", "connectionreferences", doc{"connectionreferencelogicalname": "new_r"}).Want(412, "0x80060892")
		})
	}
}

func TestSchemaPrefixIsASwitch(t *testing.T) {
	t.Parallel()
	r := newRig(t, map[string]string{dataverse.SwitchSchemaPrefix: "enforce"})
	r.variable("new_a", nil)
	for _, name := range []string{"a", "con_a", "new_", "new_a b"} {
		r.Send("POST", definitions, doc{"schemaname": name}).Want(400, "0x80040203")
	}
	newRig(t, nil).variable("anything goes", nil)
}

func TestDefinitionHasOneValue(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	id := r.variable("new_a", doc{"defaultvalue": "d"})
	effective := func(want any) {
		t.Helper()
		r.row("RetrieveEnvironmentVariableValue(DefinitionSchemaName=@p1)?@p1='new_a'").Has(doc{"Value": want})
		var value string
		var ok bool
		environment := r.environment()
		r.Do(func() { value, _, ok = dataverse.Variable(r.Platform(), r.Tenant, environment, "NEW_a") })
		if !ok || value != want {
			t.Errorf("Variable: %q %v", value, ok)
		}
	}
	effective("d")
	value := r.made(values, bound(id, "x"))
	r.Send("POST", values, bound(id, "y")).Want(412, "0x80040237")
	r.Send("POST", values, doc{"value": "y"}).Want(400, "0x80040200")
	effective("x")
	if row := r.row(values + "(" + value + ")"); row.Get("schemaname") == nil || row.Get("_environmentvariabledefinitionid_value") != id {
		t.Error(row)
	}
	r.Send("PATCH", values+"("+value+")", doc{"value": strings.Repeat("x", 2001)}).Want(400, "0x80044331")
	r.Send("DELETE", values+"("+value+")", nil).Want(204)
	effective("d")
	r.made(values, bound(id, "z"))
	r.Send("DELETE", definitions+"("+id+")", nil).Want(204)
	if got := r.query(values); len(got) != 0 {
		t.Errorf("values outlive their definition: %v", got)
	}
	r.Send("GET", "RetrieveEnvironmentVariableValue(DefinitionSchemaName=@p1)?@p1='new_a'", nil).Want(404, "0x80040217")
	r.Send("GET", "RetrieveEnvironmentVariableValue(DefinitionSchemaName=@p1)", nil).Want(400, "0x80060888")
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
				found := r.rows("RetrieveDependenciesForDelete(ObjectId=@o,ComponentType=@t)?@o=" + id + "&@t=380")
				if len(found) != 1 || found[0]["dependentcomponentobjectid"] != connector || found[0]["dependentcomponenttype"] != 372.0 {
					t.Error(found)
				}
			}
			r.Send("DELETE", definitions+"("+id+")", nil).Want(c.status, code)
		})
	}
	r := newRig(t, nil)
	id := r.variable("new_a", nil)
	other := r.variable("new_b", nil)
	err := r.Platform().Seed(server.Seed{Tenants: []server.TenantSeed{{ID: r.ID, Items: map[string][]doc{"dataverse_rows": {{
		"environment": r.environment(), "table": "dependency",
		"row": doc{"requiredcomponentobjectid": id, "requiredcomponenttype": 380, "dependentcomponentobjectid": other, "dependentcomponenttype": 380},
	}}}}}})
	if err != nil {
		t.Fatal(err)
	}
	r.Send("DELETE", definitions+"("+id+")", nil).Want(400, "0x8004f01f")
	r.Send("DELETE", definitions+"("+other+")", nil).Want(204)
	r.Send("DELETE", definitions+"("+id+")", nil).Want(204)
	r.Send("GET", "RetrieveDependenciesForDelete(ObjectId="+id+",ComponentType=380)", nil).Want(404, "0x80040217")
	r.Send("GET", "RetrieveDependenciesForDelete(ObjectId="+id+",ComponentType=1)", nil).Want(400, "0x80040203")
}

func TestSecretsAreReferences(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	id := r.variable("new_s", doc{"type": 100000005, "defaultvalue": secret})
	for _, bad := range []string{"hunter2", "/subscriptions/1/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv/secrets/s", strings.TrimSuffix(secret, "s"), "http://kv.vault.azure.net/secrets/s"} {
		r.Send("POST", values, bound(id, bad)).Want(400, "0x80040265")
		r.Send("PATCH", definitions+"("+id+")", doc{"defaultvalue": bad}).Want(400, "0x80040265")
	}
	r.Send("PATCH", definitions+"("+id+")", doc{"defaultvalue": "https://kv.vault.azure.net/secrets/s/0123456789abcdef0123456789abcdef"}).Want(204)
	value := r.made(values, bound(id, strings.ToUpper(secret)))
	r.Send("PATCH", values+"("+value+")", doc{"value": "plain"}).Want(400, "0x80040265")
	text := r.variable("new_t", doc{"defaultvalue": "plain"})
	r.Send("PATCH", definitions+"("+text+")", doc{"type": 100000005}).Want(400, "0x80040265")
	strict := newRig(t, map[string]string{dataverse.SwitchSecretURI: "refuse"})
	strict.Send("POST", definitions, doc{"schemaname": "new_s", "type": 100000005, "defaultvalue": "https://kv.vault.azure.net/secrets/s"}).Want(400, "0x80040265")
}

func TestVaultDecidesWhoMayUseASecret(t *testing.T) {
	t.Parallel()
	const denied = "User is not authorized to read secrets from '" + secret + "' resource."
	for status, switches := range map[int]map[string]string{400: nil, 403: {dataverse.SwitchSecretStatus: "403"}} {
		r := alone(t, switches)
		open := false
		var asked []dataverse.SecretUse
		dataverse.UseVault(r.Platform(), dataverse.Vault{
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
		r.Send("POST", values, bound(id, secret)).Want(status, "0x80040265").Has(doc{"error.message": denied})
		a := application(t, r)
		if len(asked) != 1 || asked[0] != (dataverse.SecretUse{Environment: r.environment(), Reference: secret, Caller: a}) {
			t.Error(asked)
		}
		if got := r.query(values); len(got) != 0 {
			t.Error("a refused value is there")
		}
		open = true
		value := r.made(values, bound(id, secret))
		r.Send("PATCH", values+"("+value+")", doc{"importsequencenumber": 1}).Want(204)
		if len(asked) != 2 {
			t.Errorf("a save that leaves the value alone was checked: %d", len(asked))
		}
		body := doc{"EnvironmentVariableName": "new_s"}
		r.Send("POST", "RetrieveEnvironmentVariableSecretValue", body).Want(200).Has(doc{"EnvironmentVariableSecretValue": "canary"})
		open = false
		r.Send("POST", "RetrieveEnvironmentVariableSecretValue", body).Want(403, "0x80040220")
	}
	r := newRig(t, nil)
	r.variable("new_text", doc{"defaultvalue": "x"})
	r.variable("new_empty", doc{"type": 100000005})
	r.variable("new_s", doc{"type": 100000005, "defaultvalue": secret})
	for name, code := range map[string]string{"new_text": "0x80040203", "new_empty": "0x80040203", "new_s": "0x80040265"} {
		r.Send("POST", "RetrieveEnvironmentVariableSecretValue", doc{"EnvironmentVariableName": name}).Want(400, code)
	}
	r.Send("POST", "RetrieveEnvironmentVariableSecretValue", doc{}).Want(404, "0x80040217")
}

func application(t *testing.T, r rig) string {
	t.Helper()
	row := r.row("systemusers(" + r.row("WhoAmI").Text("UserId") + ")")
	return row.Text("azureactivedirectoryobjectid")
}
