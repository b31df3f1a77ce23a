package powerapps_test

import (
	"encoding/json"
	"maps"
	"net/url"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/dataverse"
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
		if name := server.Text(r.dataverse("GET", "connectors("+id+")", nil, 200).body, "connectorinternalid"); name != "" {
			return name
		}
	}
	return ""
}

// pass lets what was saved reach the hub.
func (r rig) pass() {
	r.Helper()
	for range 30 {
		r.dataverse("GET", "WhoAmI", nil, 200)
	}
}

func (r rig) variable(name string, kind int, value string) {
	r.Helper()
	r.dataverse("POST", "environmentvariabledefinitions", doc{"schemaname": name, "displayname": name, "type": kind, "defaultvalue": value}, 204)
}

func TestSolutionAwareConnectorReachesTheHub(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil, nil)
	r.dataverse("POST", "connectors", row(connectorID, "new_5Fmy-20cases", swagger(), oauth("canary", nil)), 204)
	if n := r.count(powerapps.Connectors); n != 0 {
		t.Error("the hub has it at once")
	}
	name := r.internal(connectorID)
	if !strings.HasPrefix(name, "shared_new-5fmy-20cases-5f") || len(name) != len("shared_new-5fmy-20cases-5f")+16 {
		t.Errorf("runtime name %q", name)
	}
	d := r.read(env, name)
	if server.Text(d, "properties.xrmConnectorId") != connectorID || server.Text(d, "properties.metadata.xrmConnectorId") != connectorID {
		t.Errorf("%v", d["properties"])
	}
	if powerapps.Secret(r.tenant, env, name, "token") != "" {
		t.Error("Dataverse passes secrets on")
	}

	// A secret that the hub is given stays when the row is saved again.
	r.want(r.hub("PATCH", "/apis/"+name+in(env), body(env, doc{"connectionParameters": oauth("canary", nil)})), 204, "")
	r.dataverse("PATCH", "connectors("+connectorID+")", doc{"description": "New"}, 204)
	r.pass()
	if d := r.read(env, name); server.Text(d, "properties.description") != "New" || powerapps.Secret(r.tenant, env, name, "token") != "canary" {
		t.Errorf("after a save: %v", d["properties"])
	}

	r.want(r.hub("DELETE", "/apis/"+name+in(env), nil), 400, "ApiBelongsToSolution")
	r.want(r.hub("POST", "/apis/"+name+"/modifyPermissions"+in(env), give(user, "", "CanView")), 400, "ApiBelongsToSolution")
	r.dataverse("DELETE", "connectors("+connectorID+")", nil, 204)
	r.want(r.hub("GET", "/apis/"+name+in(env), nil), 404, "ApiResourceNotFound")
}

func TestAdministratorsSeeSolutionConnectorsOnceTheyAreShared(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil, nil)
	r.dataverse("POST", "connectors", row(connectorID, "new_5Fcases", swagger(), doc{}), 204)
	name := r.internal(connectorID)
	listed := func() int {
		all, _ := r.want(r.hub("GET", "/scopes/admin/environments/"+env+"/apis?api-version=2017-05-01", nil), 200, "").body["value"].([]any)
		return len(all)
	}
	if listed() != 0 {
		t.Error("it is listed before it is shared")
	}
	users, _ := r.dataverse("GET", "systemusers?$filter="+url.QueryEscape("azureactivedirectoryobjectid eq "+server.ObjectID(other)), nil, 200).body["value"].([]any)
	if len(users) != 1 {
		t.Fatalf("users: %v", users)
	}
	who, _ := users[0].(doc)
	r.dataverse("POST", "GrantAccess", doc{
		"Target": doc{"@odata.type": "Microsoft.Dynamics.CRM.connector", "connectorid": connectorID},
		"PrincipalAccess": doc{
			"Principal": doc{"@odata.type": "Microsoft.Dynamics.CRM.systemuser", "systemuserid": who["systemuserid"]}, "AccessMask": "ReadAccess,WriteAccess",
		},
	}, 204)
	want := map[string]string{"ServicePrincipal " + server.ObjectID(other): "CanEdit"}
	if got := r.roles("/apis/" + name + "/permissions" + in(env)); listed() != 1 || !maps.Equal(got, want) {
		t.Errorf("roles %v, listed %d", got, listed())
	}
}

func TestReferencesAreResolvedWhenTheConnectorIsSaved(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil, nil)
	const secret = "/subscriptions/77777777-7777-4777-8777-777777777777/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv/secrets/client"
	dataverse.UseVault(r.platform, dataverse.Vault{
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
	r.dataverse("POST", "connectors", row(connectorID, "new_5Fcases", definition, parameters), 204)
	name := r.internal(connectorID)
	check := func(host, client string) {
		t.Helper()
		d := r.read(env, name)
		original := r.want(r.ask("GET", server.Text(d, "properties.apiDefinitions.originalSwaggerUrl"), "", nil, nil), 200, "").raw
		if !strings.Contains(original, `"host":"`+host+`"`) || server.Text(d, "properties.backendService.serviceUrl") != "https://"+host+"/v1" {
			t.Errorf("host: %s, %v", original, server.Text(d, "properties.backendService.serviceUrl"))
		}
		if got := server.Text(d, "properties.connectionParameters.token.oAuthSettings.clientId"); got != client {
			t.Errorf("client %s, want %s", got, client)
		}
		if got := powerapps.Secret(r.tenant, env, name, "token"); got != "canary" {
			t.Errorf("secret %q", got)
		}
	}
	check("one.contoso.com", "client-one")

	// A variable that changes is not noticed until the connector is saved again.
	for i, value := range map[string]string{"new_Host": "two.contoso.com", "new_Client": "client-two"} {
		rows, _ := r.dataverse("GET", "environmentvariabledefinitions?$filter="+url.QueryEscape("schemaname eq '"+i+"'"), nil, 200).body["value"].([]any)
		d, _ := rows[0].(doc)
		r.dataverse("POST", "environmentvariablevalues", doc{
			"value": value, "EnvironmentVariableDefinitionId@odata.bind": "/environmentvariabledefinitions(" + server.Text(d, "environmentvariabledefinitionid") + ")",
		}, 204)
	}
	r.pass()
	check("one.contoso.com", "client-one")
	r.dataverse("PATCH", "connectors("+connectorID+")", doc{"displayname": "Cases"}, 204)
	r.pass()
	check("two.contoso.com", "client-two")
}

func TestConnectorThatCannotBeResolvedIsNotSaved(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil, nil)
	r.variable("new_Empty", 100000000, "")
	token, err := r.tenant.Token(app, org)
	if err != nil {
		t.Fatal(err)
	}
	definition := swagger()
	definition["host"] = "https://x"
	for title, c := range map[string]struct {
		row  doc
		want string
	}{
		"unknown variable": {row(connectorID, "new_a", swagger(), oauth(nil, doc{"clientId": `@environmentVariables("new_None")`})), "'new_None' could not be found"},
		"empty variable":   {row(connectorID, "new_a", swagger(), oauth(nil, doc{"clientId": `@environmentVariables("new_Empty")`})), "'new_Empty' has no value"},
		"invalid":          {row(connectorID, "new_a", definition, doc{}), "Definition is not valid"},
		"no object":        {doc{"connectorid": connectorID, "name": "new_a", "displayname": "A", "connectortype": 1, "openapidefinition": "[]"}, "not a JSON object"},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			a := r.ask("POST", org+"/api/data/v9.2/connectors", token, map[string]string{"Content-Type": "application/json"}, []byte(text(c.row)))
			if a.status != 400 || !strings.Contains(server.Text(a.body, "error.message"), c.want) {
				t.Errorf("got %d %s", a.status, a.raw)
			}
		})
	}
}

func TestSecondConnectorOnBehalfOfUsersIsSwallowed(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil, nil)
	behalf := doc{"customParameters.enableOnbehalfOfLogin.value": "true"}
	r.dataverse("POST", "connectors", row(connectorID, "new_one", swagger(), oauth(nil, behalf)), 204)
	r.dataverse("POST", "connectors", row(secondID, "new_two", swagger(), oauth(nil, nil)), 204)
	name := r.internal(secondID)
	before := server.Text(r.read(env, name), "properties.changedTime")
	r.dataverse("PATCH", "connectors("+secondID+")", doc{"connectionparameters": text(oauth(nil, behalf)), "description": "New"}, 204)
	r.pass()
	d := r.read(env, name)
	if server.Text(d, "properties.changedTime") != before || server.Text(d, "properties.description") != "" {
		t.Errorf("the hub took it: %v", d["properties"])
	}
	if got := server.Text(r.dataverse("GET", "connectors("+secondID+")", nil, 200).body, "description"); got != "New" {
		t.Errorf("Dataverse has %q", got)
	}
	r.dataverse("PATCH", "connectors("+secondID+")", doc{"connectionparameters": text(oauth(nil, nil))}, 204)
	r.pass()
	if server.Text(r.read(env, name), "properties.changedTime") == before {
		t.Error("the hub does not take it without the conflict")
	}
}
