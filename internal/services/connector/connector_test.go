package connector_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/config"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/powerapps"
)

// What a connector is made of reads back as it was written, whatever it is, in state and in an empty plan.
func TestConnectorsReadBackAsWritten(t *testing.T) {
	t.Parallel()
	for name, lines := range map[string][]string{
		"everything": {
			`description = "Cases of Contoso"`, `host = "other.contoso.example"`, `base_url = "/v2"`, `icon_brand_color = "#123456"`, `capabilities = ["gateway", "actions"]`,
			`custom_code = "public class Script : ScriptBase {}"`, `icon = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="`,
			`policies = [{ template_id = "setheader", title = "Stage", parameters = jsonencode({ b = [], a = "x" }) }]`,
			`authentication = { api_key = { name = "X-Key", in = "header", label = "Key", description = "From the portal" } }`,
		},
		"basic": {`authentication = { basic = { username_label = "Login" } }`},
		"generic": {
			`authentication = { oauth2_generic = { client_id = "c", authorization_url = "https://id.example/a", token_url = "https://id.example/t", scopes = ["read", "write"] } }`,
		},
		"entra": {entra(`tenant_id = "22222222-0000-4000-8000-000000000022"`, `scopes = [".default"]`, `on_behalf_of_enabled = true`, `service_principal_enabled = true`)},
		"several": {
			`authentications = [
    { name = "key", display_name = "A key", api_key = { name = "k", in = "query" } },
    { name = "entra", display_name = "Entra", description = "As yourself", oauth2_entra_id = { client_id = "c", resource = "r", service_principal_enabled = true } },
  ]`, `authentication = null`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := world(t, nil)
			text := block(lines...)
			w.Run(applied(text), resource.TestStep{
				Config:           strings.Replace(text, `"it"`, `"again"`, 1) + "removed {\n  from = " + it + "\n  lifecycle {\n    destroy = false\n  }\n}\nvariable \"id\" {}\nimport {\n  to = " + kind + ".again\n  id = var.id\n}\n",
				ConfigVariables:  config.Variables{"id": later(func() string { return env + "/" + rows(w)[0]["connectorid"].(string) })},
				ConfigPlanChecks: acctest.Will(kind+".again", plancheck.ResourceActionNoop),
			})
		})
	}
}

// later is a variable whose value is known once it is asked for.
type later func() string

// MarshalJSON is how Terraform gets the value.
func (l later) MarshalJSON() ([]byte, error) { return []byte(text(l())), nil }

// The definitions of the parser's tests come back as they were sent.
func TestDefinitionsRoundTrip(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../openapi/testdata/valid/*")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	w := world(t, nil)
	var all strings.Builder
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		base := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
		how := `authentication = { none = true }`
		definition := string(raw)
		if strings.Contains(definition, "@environmentVariables") {
			continue // without its variables the platform refuses it
		}
		all.WriteString(named(kind, base, `name = "contoso_`+base+`"`, `display_name = "`+base+`"`, "openapi_definition = "+heredoc(definition), how))
	}
	for _, operations := range []int{1, 2, 3, 5, 8, 13, 21, 34, 55, 144, 256} {
		base := fmt.Sprintf("generated%d", operations)
		all.WriteString(named(kind, base, `name = "contoso_`+base+`"`, `display_name = "`+base+`"`, "openapi_definition = "+heredoc(generated(operations)), `authentication = { none = true }`))
	}
	if n := strings.Count(all.String(), "openapi_definition"); n < 25 {
		t.Errorf("only %d definitions", n)
	}
	w.Run(applied(all.String()))
}

// generated is a definition with that many operations, which share what they take and what they answer.
func generated(operations int) string {
	methods := []string{"get", "put", "post", "patch", "delete"}
	var paths []string
	for first := 0; first < operations; first += len(methods) {
		var item []string
		for n := first; n < min(first+len(methods), operations); n++ {
			method := methods[n-first]
			parameters := `{"$ref":"#/parameters/id"}`
			if method == "put" || method == "post" || method == "patch" {
				parameters += fmt.Sprintf(`,{"name":"body","in":"body","required":%t,"schema":{"$ref":"#/definitions/Thing"}}`, n%2 == 0)
			}
			item = append(item, fmt.Sprintf(`"%s":{"operationId":"Operation%d","summary":"Operation %d","deprecated":%t,"parameters":[%s],"responses":{"200":{"description":"OK","schema":{"type":"array","items":{"$ref":"#/definitions/Thing"}}}}}`,
				method, n, n, n%7 == 3, parameters))
		}
		paths = append(paths, fmt.Sprintf(`"/things%d/{id}":{%s}`, first, strings.Join(item, ",")))
	}
	return `{"swagger":"2.0","info":{"title":"Generated","description":"Things","version":"1.0"},"host":"api.contoso.example","basePath":"/v1","schemes":["https"],` +
		`"parameters":{"id":{"name":"id","in":"path","required":true,"type":"integer","format":"int64","minimum":1,"maximum":9007199254740993}},` +
		`"definitions":{"Thing":{"type":"object","required":["name"],"properties":{"name":{"type":"string","default":"a","x-ms-summary":"Name"},"weight":{"type":"number","default":1.50},"part":{"$ref":"#/definitions/Part"}}},` +
		`"Part":{"type":"object","additionalProperties":{"type":"string"}}},"paths":{` + strings.Join(paths, ",") + `}}`
}

// A connector takes five requests beside those that wait, and a refresh takes two, however large it is.
func TestRequestsOfAConnector(t *testing.T) {
	t.Parallel()
	w := world(t, nil)
	var paths []string
	for n := range 256 {
		paths = append(paths, fmt.Sprintf(`"/%d":{"get":{"operationId":"Op%d","summary":"%s","responses":{"200":{"description":"OK"}}}}`, n, n, strings.Repeat("x", 3700)))
	}
	text := block("openapi_definition = " + heredoc(`{"swagger":"2.0","info":{"title":"Large","version":"1.0"},"host":"api.contoso.example","paths":{`+strings.Join(paths, ",")+`}}`))
	w.Run(
		resource.TestStep{Config: text, Check: acctest.Then(func() {
			acctest.Same(t, "asked whether the name is free", w.Count(opFind), 1)
			acctest.Same(t, "created", w.Count(opCreate), 1)
			acctest.Same(t, "saved", w.Count(opUpdate)+w.Count(opHubSave), 0)
		})},
		resource.TestStep{PreConfig: w.Forget, RefreshState: true, Check: acctest.Then(func() {
			var asked []string
			for _, e := range w.Requests() {
				if strings.HasPrefix(e.Operation, "dataverse.") || strings.HasPrefix(e.Operation, "powerapps.") {
					asked = append(asked, e.Operation)
				}
			}
			acctest.Same(t, "asked to refresh", asked, []string{opGet, opHubGet})
		})},
	)
}

// The API hub of a new environment may not know it yet.
func TestAccConnector_C01(t *testing.T) {
	t.Parallel()
	w := world(t, nil)
	w.Fault(mock.Fault{Operation: opHubGet, Times: 4, Status: 404, Body: acctest.Refusal("ServiceToServiceEnvironmentNotFound", "Not yet.")})
	w.Run(applied(block()), empty(block()))
}

// Only what changed is sent.
func TestAnUpdateSendsWhatChanged(t *testing.T) {
	t.Parallel()
	w := world(t, nil)
	w.Run(
		applied(block(entra())),
		resource.TestStep{
			PreConfig: w.Forget, Config: block(entra(), `description = "New"`), ConfigPlanChecks: acctest.Will(it, plancheck.ResourceActionUpdate),
			Check: acctest.Then(func() { acctest.Same(t, "sent", sent(w, opUpdate), "[description]") }),
		},
	)
}

// A create whose answer is lost is found by the ID that was chosen for it.
func TestALostCreateIsFound(t *testing.T) {
	t.Parallel()
	w := world(t, nil)
	w.Fault(mock.Fault{Operation: opCreate, Cut: true, Effect: true})
	w.Run(resource.TestStep{Config: block(), Check: acctest.Then(func() { acctest.Same(t, "connectors", len(rows(w)), 1) })})
}

// A name that is taken is refused with the way to import what has it.
func TestATakenNameTellsHowToImport(t *testing.T) {
	t.Parallel()
	w := world(t, nil)
	w.Run(applied(block()), resource.TestStep{
		Config:      block() + named(kind, "twin", `name = "contoso_it"`),
		ExpectError: acctest.Says("t exists already", "import {", "to = powerplatform_custom_connector.NAME", env+"/"),
	})
}

// What the API hub has lost is brought there again, and drift in Dataverse is healed.
func TestDriftIsHealed(t *testing.T) {
	t.Parallel()
	w := world(t, nil)
	text := block(entra())
	w.Run(
		applied(text),
		resource.TestStep{
			PreConfig: func() { w.Collection(powerapps.Connectors).Delete(env + "/" + internal(w)) }, Config: text,
			ConfigPlanChecks: acctest.Will(it, plancheck.ResourceActionUpdate), Check: acctest.Then(func() {
				if hub(w, internal(w)) == nil {
					t.Error("the hub does not have it")
				}
			}),
		},
		resource.TestStep{
			PreConfig: func() {
				key := env + "/" + rows(w)[0]["connectorid"].(string)
				d, _ := w.Collection("dataverse.connectors").Peek(key)
				d["connectionparameters"] = strings.ReplaceAll(d["connectionparameters"].(string), "api://cases", "api://other")
				w.Collection("dataverse.connectors").Put(key, d)
			},
			Config: text, ConfigPlanChecks: acctest.Will(it, plancheck.ResourceActionUpdate),
		},
	)
}

const variableBlock = `
resource "powerplatform_environment_variable" "client" {
  environment_id = "` + env + `"
  schema_name    = "contoso_Client"
  display_name   = "Client"
  type           = "String"
  value          = "%"
}
`

// A variable that changes lets the connector be saved once, in the same apply; a reference that changes is planned.
func TestAChangedVariableSavesTheConnectorOnce(t *testing.T) {
	t.Parallel()
	w := world(t, nil)
	reference := "powerplatform_environment_variable.client.reference"
	text := block(entra("client_id = "+reference, "client_secret = "+reference), `save_triggers = { client = powerplatform_environment_variable.client.revision }`)
	with := func(value string) string { return text + strings.Replace(variableBlock, "%", value, 1) }
	client := func() any {
		return hub(w, internal(w))["connectionParameters"].(mock.Doc)["token"].(mock.Doc)["oAuthSettings"].(mock.Doc)["clientId"]
	}
	w.Run(
		resource.TestStep{Config: with("one"), Check: acctest.Then(func() { acctest.Same(t, "client", client(), "one"); acctest.Same(t, "secret", secret(w), "one") })},
		resource.TestStep{PreConfig: w.Forget, Config: with("two"), Check: acctest.Then(func() {
			acctest.Same(t, "client", client(), "two")
			acctest.Same(t, "secret", secret(w), "two")
			acctest.Same(t, "saved", sent(w, opUpdate), "[connectionparameters]")
		})},
		resource.TestStep{
			Config:           strings.Replace(with("two"), "client_secret = "+reference, `client_secret = "@environmentVariables(\"contoso_Client\")"`, 1),
			ConfigPlanChecks: acctest.Will(it, plancheck.ResourceActionNoop),
		},
	)
}

// The second of two connectors that sign in on behalf of their users for one resource never reaches the API hub; the
// platform does not say so, but the provider does, and leaves nothing half done.
func TestAConflictThatThePlatformSwallowsIsReported(t *testing.T) {
	t.Parallel()
	w := world(t, nil)
	first := named(kind, "first", `name = "contoso_first"`, `display_name = "First"`, entra(`on_behalf_of_enabled = true`))
	other := func(lines ...string) string {
		return block(append([]string{"depends_on = [" + kind + ".first]"}, lines...)...)
	}
	w.Run(
		resource.TestStep{Config: first + other(entra(`on_behalf_of_enabled = true`)), ExpectError: acctest.Says(`cannot sign in on behalf of their users`, `"First" (shared_contoso-5ffirst`)},
		resource.TestStep{Config: first + other(entra()), Check: acctest.Then(func() { acctest.Same(t, "connectors", len(rows(w)), 2) })},
		resource.TestStep{Config: first + other(entra(`on_behalf_of_enabled = true`)), ExpectError: acctest.Says(`"First" (shared_contoso-5ffirst`)},
		empty(first+other(entra())),
	)
}

// Deleting waits until the API hub has forgotten the connector; what is gone already is no error.
func TestAConnectorThatIsGoneIsCreatedAgain(t *testing.T) {
	t.Parallel()
	w := world(t, nil)
	w.Run(applied(block()), resource.TestStep{
		PreConfig: func() {
			row := rows(w)[0]
			w.Collection(powerapps.Connectors).Delete(env + "/" + row["connectorinternalid"].(string))
			w.Collection("dataverse.connectors").Delete(env + "/" + row["connectorid"].(string))
		},
		Config: block(), ConfigPlanChecks: acctest.Will(it, plancheck.ResourceActionCreate),
	})
}
