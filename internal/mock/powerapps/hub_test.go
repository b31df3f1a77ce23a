package powerapps_test

import (
	"encoding/json"
	"maps"
	"net/url"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/dataverse"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/powerapps"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

const (
	connectorID = "55555555-5555-4555-8555-555555555555"
	secondID    = "66666666-6666-4666-8666-666666666666"
)

func text(v any) string {
	raw, _ := json.Marshal(v)
	return string(raw)
}

// row is a connector in Dataverse.
func row(id, name string, definition, parameters doc) doc {
	return doc{
		"connectorid": id, "name": name, "displayname": "Cases", "connectortype": 1,
		"openapidefinition": text(definition), "connectionparameters": text(parameters),
	}
}

// internal is the runtime name of a connector once it has one, "" if it gets none in time.
func (r rig) internal(id string) string {
	r.Helper()
	for range 60 {
		if name := r.dataverse("GET", "connectors("+id+")", nil).Want(200).Text("connectorinternalid"); name != "" {
			return name
		}
	}
	return ""
}

// pass lets what was saved reach the hub.
func (r rig) pass() {
	r.Helper()
	for range 30 {
		r.dataverse("GET", "WhoAmI", nil).Want(200)
	}
}

func (r rig) variable(name string, kind int, value string) {
	r.Helper()
	r.dataverse("POST", "environmentvariabledefinitions", doc{"schemaname": name, "displayname": name, "type": kind, "defaultvalue": value}).Want(204)
}

func TestSolutionAwareConnectorReachesTheHub(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil, nil)
	r.dataverse("POST", "connectors", row(connectorID, "new_5Fmy-20cases", swagger(), oauth("canary", nil))).Want(204)
	if n := r.Count(powerapps.Connectors); n != 0 {
		t.Error("the hub has it at once")
	}
	name := r.internal(connectorID)
	if !strings.HasPrefix(name, "shared_new-5fmy-20cases-5f") || len(name) != len("shared_new-5fmy-20cases-5f")+16 {
		t.Errorf("runtime name %q", name)
	}
	d := r.read(env, name)
	d.Has(doc{"properties.xrmConnectorId": connectorID, "properties.metadata.xrmConnectorId": connectorID})
	if powerapps.Secret(r.Tenant, env, name, "token") != "" {
		t.Error("Dataverse passes secrets on")
	}

	// A secret that the hub is given stays when the row is saved again.
	r.Send("PATCH", "/apis/"+name+in(env), body(env, doc{"connectionParameters": oauth("canary", nil)})).Want(204)
	r.dataverse("PATCH", "connectors("+connectorID+")", doc{"description": "New"}).Want(204)
	r.pass()
	r.read(env, name).Has(doc{"properties.description": "New"})
	if got := powerapps.Secret(r.Tenant, env, name, "token"); got != "canary" {
		t.Errorf("after a save the secret is %q", got)
	}

	r.Send("DELETE", "/apis/"+name+in(env), nil).Want(400, "ApiBelongsToSolution")
	r.Send("POST", "/apis/"+name+"/modifyPermissions"+in(env), give(user, "", "CanView")).Want(400, "ApiBelongsToSolution")
	r.dataverse("DELETE", "connectors("+connectorID+")", nil).Want(204)
	r.Send("GET", "/apis/"+name+in(env), nil).Want(404, "ApiResourceNotFound")
}

func TestAdministratorsSeeSolutionConnectorsOnceTheyAreShared(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil, nil)
	r.dataverse("POST", "connectors", row(connectorID, "new_5Fcases", swagger(), doc{})).Want(204)
	name := r.internal(connectorID)
	listed := func() int {
		return len(r.Send("GET", "/scopes/admin/environments/"+env+"/apis?api-version=2017-05-01", nil).Want(200).List("value"))
	}
	if listed() != 0 {
		t.Error("it is listed before it is shared")
	}
	users := r.dataverse("GET", "systemusers?$filter="+url.QueryEscape("azureactivedirectoryobjectid eq "+server.ObjectID(other)), nil).Want(200).Has(doc{"value.#": 1})
	r.dataverse("POST", "GrantAccess", doc{
		"Target": doc{"@odata.type": "Microsoft.Dynamics.CRM.connector", "connectorid": connectorID},
		"PrincipalAccess": doc{
			"Principal": doc{"@odata.type": "Microsoft.Dynamics.CRM.systemuser", "systemuserid": users.Text("value.0.systemuserid")}, "AccessMask": "ReadAccess,WriteAccess",
		},
	}).Want(204)
	want := map[string]string{"ServicePrincipal " + server.ObjectID(other): "CanEdit"}
	if got := r.roles("/apis/" + name + "/permissions" + in(env)); listed() != 1 || !maps.Equal(got, want) {
		t.Errorf("roles %v, listed %d", got, listed())
	}
}

func TestReferencesAreResolvedWhenTheConnectorIsSaved(t *testing.T) {
	t.Parallel()
	r := rig{mocktest.On(t, mocktest.Shared(bap.Register, dataverse.Register, powerapps.Register)(), seed(nil, nil))}.in(bap.Clouds[0])
	const secret = "/subscriptions/77777777-7777-4777-8777-777777777777/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv/secrets/client"
	dataverse.UseVault(r.Platform(), dataverse.Vault{
		Check: func(*server.Tenant, dataverse.SecretUse) *dataverse.Refusal { return nil },
		Secret: func(_ *server.Tenant, use dataverse.SecretUse) (string, *dataverse.Refusal) {
			if use.Caller != server.ObjectID(app) || use.Reference != secret || use.Environment != env {
				t.Errorf("secret asked for by %+v", use)
			}
			return "canary", nil
		},
	})
	r.variable("new_Host", 100000000, "one.contoso.com")
	r.variable("new_Client", 100000000, "client-one")
	r.variable("new_Secret", 100000005, secret)
	definition := swagger()
	definition["host"] = `@environmentVariables("new_Host")`
	parameters := oauth(`@environmentVariables("new_Secret")`, doc{"clientId": `@environmentVariables("new_Client")`})
	r.dataverse("POST", "connectors", row(connectorID, "new_5Fcases", definition, parameters)).Want(204)
	name := r.internal(connectorID)
	check := func(host, client string) {
		t.Helper()
		d := r.read(env, name).Has(doc{
			"properties.backendService.serviceUrl": "https://" + host + "/v1", "properties.connectionParameters.token.oAuthSettings.clientId": client,
		})
		r.As("").Send("GET", d.Text("properties.apiDefinitions.originalSwaggerUrl"), nil).Want(200).Says(`"host":"` + host + `"`)
		if got := powerapps.Secret(r.Tenant, env, name, "token"); got != "canary" {
			t.Errorf("secret %q", got)
		}
	}
	check("one.contoso.com", "client-one")

	// A variable that changes is not noticed until the connector is saved again.
	for i, value := range map[string]string{"new_Host": "two.contoso.com", "new_Client": "client-two"} {
		id := r.dataverse("GET", "environmentvariabledefinitions?$filter="+url.QueryEscape("schemaname eq '"+i+"'"), nil).Want(200).Text("value.0.environmentvariabledefinitionid")
		r.dataverse("POST", "environmentvariablevalues", doc{
			"value": value, "EnvironmentVariableDefinitionId@odata.bind": "/environmentvariabledefinitions(" + id + ")",
		}).Want(204)
	}
	r.pass()
	check("one.contoso.com", "client-one")
	r.dataverse("PATCH", "connectors("+connectorID+")", doc{"displayname": "Cases"}).Want(204)
	r.pass()
	check("two.contoso.com", "client-two")
}

func TestConnectorThatCannotBeResolvedIsNotSaved(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil, nil)
	r.variable("new_Empty", 100000000, "")
	definition := swagger()
	definition["host"] = "https://x"
	for title, c := range map[string]struct {
		row        doc
		code, want string
	}{
		"unknown variable": {row(connectorID, "new_a", swagger(), oauth(nil, doc{"clientId": `@environmentVariables("new_None")`})), "0x80040203", "'new_None' could not be found"},
		"empty variable":   {row(connectorID, "new_a", swagger(), oauth(nil, doc{"clientId": `@environmentVariables("new_Empty")`})), "0x80040203", "'new_Empty' has no value"},
		"invalid":          {row(connectorID, "new_a", definition, doc{}), "0x80040265", "Definition is not valid"},
		"no object":        {doc{"connectorid": connectorID, "name": "new_a", "displayname": "A", "connectortype": 1, "openapidefinition": "[]"}, "0x80040265", "not a JSON object"},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			rig{r.For(t)}.dataverse("POST", "connectors", c.row).Want(400, c.code, c.want)
		})
	}
}

func TestSecondConnectorOnBehalfOfUsersIsSwallowed(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil, nil)
	behalf := doc{"customParameters.enableOnbehalfOfLogin.value": "true"}
	r.dataverse("POST", "connectors", row(connectorID, "new_one", swagger(), oauth(nil, behalf))).Want(204)
	r.dataverse("POST", "connectors", row(secondID, "new_two", swagger(), oauth(nil, nil))).Want(204)
	name := r.internal(secondID)
	before := r.read(env, name).Text("properties.changedTime")
	r.dataverse("PATCH", "connectors("+secondID+")", doc{"connectionparameters": text(oauth(nil, behalf)), "description": "New"}).Want(204)
	r.pass()
	r.read(env, name).Has(doc{"properties.changedTime": before, "properties.description": ""})
	r.dataverse("GET", "connectors("+secondID+")", nil).Want(200).Has(doc{"description": "New"})
	r.dataverse("PATCH", "connectors("+secondID+")", doc{"connectionparameters": text(oauth(nil, nil))}).Want(204)
	r.pass()
	if r.read(env, name).Text("properties.changedTime") == before {
		t.Error("the hub does not take it without the conflict")
	}
}
