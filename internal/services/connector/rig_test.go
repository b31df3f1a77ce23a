package connector_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/dataverse"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/powerapps"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

const (
	env      = mock.LandscapeEnvironmentID
	kind     = "powerplatform_custom_connector"
	classic  = "powerplatform_classic_custom_connector"
	it       = kind + ".it"
	canary   = "canary~5ecret~canary"
	other    = "99999999-0000-4000-8000-000000000099" // an application
	plainEnv = "aaaaaaaa-0000-4000-8000-00000000a00b" // without Dataverse

	opFind    = "dataverse.connectors.list"
	opCreate  = "dataverse.connectors.create"
	opGet     = "dataverse.connectors.get"
	opUpdate  = "dataverse.connectors.update"
	opHubGet  = "powerapps.apis.get"
	opHubSave = "powerapps.apis.update"
)

// world is the landscape with a second environment, which has no Dataverse.
func world(t *testing.T, switches map[string]string) *acctest.World {
	t.Helper()
	seed := mock.Landscape()
	seed["environments"] = append(seed["environments"], mock.Doc{"id": plainEnv, "display_name": "plain", "location": "unitedstates"})
	return acctest.New(t, mock.TenantSeed{Switches: switches, Items: seed, Applications: []server.Application{
		{ClientID: mock.DefaultClientID, ClientSecret: mock.DefaultClientSecret, DisplayName: "Terraform", Admin: true},
		{ClientID: other, DisplayName: "Case portal"},
	}})
}

const swagger = `{"swagger":"2.0","info":{"title":"Cases","version":"1.0"},"host":"api.contoso.example","basePath":"/v1","schemes":["https"],` +
	`"paths":{"/cases":{"get":{"operationId":"ListCases","summary":"List cases","responses":{"200":{"description":"OK"}}}}}}`

// block is a connector with further arguments, one a line; those given later replace earlier ones of the same name.
func block(lines ...string) string {
	return named(kind, "it", append([]string{`name = "contoso_it"`}, lines...)...)
}

func named(kind, name string, lines ...string) string {
	all := []string{
		`environment_id = "` + env + `"`, `display_name = "It"`, fmt.Sprintf("openapi_definition = %s", heredoc(swagger)), `authentication = { none = true }`,
	}
	return acctest.Block(kind, name, append(all, lines...)...)
}

// heredoc writes a text so that HCL takes nothing in it for a template.
func heredoc(text string) string {
	return "<<-EOT\n" + strings.NewReplacer("${", "$${", "%{", "%%{").Replace(text) + "\nEOT\n"
}

// entra signs in with Entra; lines are further arguments.
func entra(lines ...string) string {
	all := append([]string{`resource = "api://cases"`}, lines...)
	if !slices.ContainsFunc(all, func(l string) bool { return strings.HasPrefix(l, "client_id ") }) {
		all = append(all, `client_id = "11111111-0000-4000-8000-000000000011"`)
	}
	return "authentication = { oauth2_entra_id = {\n    " + strings.Join(all, "\n    ") + "\n  } }"
}

// secretly is the variable that brings a client secret, which no plan shows.
const secretly = `
variable "secret" {
  type      = string
  ephemeral = true
}
`

func applied(config string) resource.TestStep { return resource.TestStep{Config: config} }

func empty(config string) resource.TestStep {
	return resource.TestStep{Config: config, ConfigPlanChecks: acctest.WillNothing()}
}

// rows are the connectors in Dataverse.
func rows(w *acctest.World) (all []mock.Doc) {
	w.Do(func() { all = dataverse.Rows(w.Platform, w.Tenant, env, "connectors") })
	return all
}

// hub is the connector with that runtime name.
func hub(w *acctest.World, name string) mock.Doc {
	d, _ := w.Collection(powerapps.Connectors).Peek(env + "/" + name)
	p, _ := d["properties"].(mock.Doc)
	return p
}

// internal is the runtime name of the connector of a row.
func internal(w *acctest.World) string {
	name, _ := rows(w)[0]["connectorinternalid"].(string)
	return name
}

// secret is the client secret that the hub has for the first connector.
func secret(w *acctest.World) string {
	name := internal(w)
	var s string
	w.Do(func() { s = powerapps.Secret(w.Tenant, env, name, "token") })
	return s
}

// sent are the top-level keys of the bodies of requests of one operation, sorted.
func sent(w *acctest.World, operation string) (out []string) {
	for _, e := range w.Requests(operation) {
		out = append(out, strings.Join(slices.Sorted(maps.Keys(e.Body)), ","))
	}
	return out
}

func text(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(raw)
}
