package variable_test

import (
	"context"
	"maps"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/dataverse"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/graph"
)

const (
	kind = "powerplatform_environment_variable"
	addr = kind + ".it"

	testEnv = "aaaaaaaa-0000-4000-8000-0000000000e1"
	prodEnv = "aaaaaaaa-0000-4000-8000-0000000000e2"

	definitions = "environmentvariabledefinitions"
	values      = "environmentvariablevalues"

	opDefine   = "dataverse." + definitions + ".create"
	opRedefine = "dataverse." + definitions + ".update"
	opSet      = "dataverse." + values + ".create"
	opReset    = "dataverse." + values + ".update"
	opUnset    = "dataverse." + values + ".delete"

	unauthorized = "User is not authorized to read secrets from '/subscriptions/x' resource."
	unverified   = "Could not verify the user permission on '/subscriptions/x' resource. Make sure that Microsoft.PowerPlatform provider is registered in the Azure subscription."

	canary = "hush~test~case-api"
)

var secretID = mock.LandscapeKeyVaultID + "/secrets/case-api-client-secret-test"

// world is the landscape with two environments, test and prod.
func world(t *testing.T, switches map[string]string, rows ...mock.Doc) *acctest.World {
	t.Helper()
	seed := mock.Landscape()
	seed["environments"] = []mock.Doc{
		{"id": testEnv, "display_name": "test", "location": "unitedstates", "dataverse": mock.Doc{"domain": "test"}},
		{"id": prodEnv, "display_name": "prod", "location": "unitedstates", "dataverse": mock.Doc{"domain": "prod"}},
	}
	seed["dataverse_rows"] = rows
	return acctest.New(t, mock.TenantSeed{Switches: switches, Items: seed})
}

// block is a variable with further arguments, one a line; those given later replace earlier ones of the same name.
func block(lines ...string) string {
	all := []string{`environment_id = "` + testEnv + `"`, `schema_name = "contoso_It"`, `display_name = "It"`}
	return acctest.Block(kind, "it", append(all, lines...)...)
}

// secret is a variable of type Secret.
func secret(lines ...string) string {
	return block(append([]string{`type = "Secret"`, `key_vault_secret = { secret_id = "` + secretID + `" }`}, lines...)...)
}

// rows are the rows of an entity set in the environment of the tests.
func rows(w *acctest.World, set string) (out []mock.Doc) {
	w.Do(func() { out = dataverse.Rows(w.Platform, w.Tenant, testEnv, set) })
	return out
}

// effective is the value that applies to a variable in an environment.
func effective(w *acctest.World, environment, name string) (value string) {
	w.Do(func() { value, _, _ = dataverse.Variable(w.Platform, w.Tenant, environment, name) })
	return value
}

// calls counts the requests that are no sign-in.
func calls(w *acctest.World) (n int, list string) {
	for _, e := range w.Requests() {
		if !strings.HasPrefix(e.Operation, "login.") {
			n, list = n+1, list+"\n"+e.Method+" "+e.Host+e.Path
		}
	}
	return n, list
}

// refuse lets the platform refuse writes with one of its texts.
func refuse(w *acctest.World, operation, text string, status, times int) {
	w.Fault(mock.Fault{Operation: operation, Status: status, Times: times, Body: acctest.Refusal("0x80040265", text)})
}

// make creates a variable without a CLI and returns what state holds, and what the provider said.
func create(ctx context.Context, w *acctest.World, more acctest.Values) (acctest.Values, string, bool) {
	args := acctest.Values{"environment_id": acctest.Text(testEnv), "schema_name": acctest.Text("contoso_It"), "display_name": acctest.Text("It")}
	maps.Copy(args, more)
	state, said := w.Serve(nil).Create(ctx, kind, args)
	return state, acctest.Said(said), acctest.Failed(said)
}

// secretValue is key_vault_secret with the ID of a secret.
func secretValue(id string) acctest.Values {
	names := []string{"secret_id", "subscription_id", "resource_group_name", "key_vault_name", "secret_name"}
	types, all := map[string]tftypes.Type{}, acctest.Values{}
	for _, name := range names {
		types[name], all[name] = tftypes.String, tftypes.NewValue(tftypes.String, nil)
	}
	all["secret_id"] = acctest.Text(id)
	return acctest.Values{"type": acctest.Text("Secret"), "key_vault_secret": tftypes.NewValue(tftypes.Object{AttributeTypes: types}, all)}
}

// dataversePrincipal is the object ID of Dataverse in the tenant.
func dataversePrincipal(w *acctest.World) string {
	return graph.ObjectID(w.Tenant, graph.DataverseAppID)
}

// callerPrincipal is the object ID of the provider in the tenant.
func callerPrincipal(w *acctest.World) string {
	app, _ := w.Application(mock.DefaultClientID)
	return app.ObjectID
}

// revoke takes the roles of a principal away; it returns them.
func revoke(w *acctest.World, principal string) (taken []mock.Doc) {
	c := w.Collection(arm.RoleAssignments)
	for _, id := range c.IDs() {
		d, _ := c.Peek(id)
		if p, _ := d["properties"].(mock.Doc); p["principalId"] == principal {
			taken = append(taken, d)
			c.Delete(id)
		}
	}
	return taken
}

// vault changes the properties of the vault.
func vault(w *acctest.World, change func(properties mock.Doc)) {
	w.Change(arm.KeyVaults, mock.LandscapeKeyVaultID, func(d mock.Doc) { change(d["properties"].(mock.Doc)) })
}
