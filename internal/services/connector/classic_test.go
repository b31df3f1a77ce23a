package connector_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/powerapps"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// A classic connector needs no Dataverse and reads back as it was written; icon and code are brought to the storage once.
func TestAClassicConnectorReadsBackAsWritten(t *testing.T) {
	t.Parallel()
	w := world(t, nil)
	text := func(more string) string {
		return secretly + named(classic, "it", `environment_id = "`+plainEnv+`"`, `description = "`+more+`"`, `custom_code = "public class Script {}"`,
			`icon = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="`, entra(`client_secret = var.secret`))
	}
	classicSecret := func() (s string) {
		w.Do(func() {
			name, _ := w.Collection(powerapps.Connectors).All()[0]["name"].(string)
			s = powerapps.Secret(w.Tenant, plainEnv, name, "token")
		})
		return s
	}
	w.Run(
		resource.TestStep{Config: text("one"), ConfigVariables: given(canary), Check: acctest.Then(func() { acctest.Same(t, "secret", classicSecret(), canary) }), ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectKnownValue(classic+".it", tfjsonpath.New("redirect_url"), knownvalue.StringRegexp(regexp.MustCompile(`^https://global\.consent\.azure-apim\.net/redirect/it-5f`))),
			statecheck.ExpectKnownValue(classic+".it", tfjsonpath.New("internal_id"), knownvalue.StringRegexp(regexp.MustCompile(`^shared_it-5f`))),
		}},
		resource.TestStep{Config: text("one"), ConfigVariables: given(canary), ConfigPlanChecks: acctest.Will(classic+".it", plancheck.ResourceActionNoop)},
		resource.TestStep{PreConfig: w.Forget, Config: text("two"), ConfigVariables: given(canary), Check: acctest.Then(func() {
			acctest.Same(t, "uploads", w.Count("powerapps.storage.generate"), 0)
			acctest.Same(t, "secret", classicSecret(), canary)
			d := w.Collection(powerapps.Connectors).All()[0]
			acctest.Same(t, "code", d["~script"], "public class Script {}")
		})},
	)
}

// References to environment variables are refused with the reason, wherever they stand.
func TestAClassicConnectorRefusesVariables(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		`host = "@environmentVariables(\"contoso_Host\")"`:              "Only solution-aware connectors can",
		entra(`client_id = "@environmentVariables(\"contoso_Id\")"`):    "into solution-aware connectors only",
		entra(`client_secret = "@environmentVariables(\"contoso_S\")"`): "into solution-aware connectors only",
	} {
		w := world(t, nil)
		w.Run(resource.TestStep{Config: named(classic, "it", line), ExpectError: acctest.Says(want)})
		acctest.Same(t, "requests", w.Count(), 0)
	}
}

// What is wrong in a definition, or between it and the authentication, is said while planning, with the place.
func TestMistakesAreSaidAtOnce(t *testing.T) {
	t.Parallel()
	huge := strings.Replace(swagger, `"title":"Cases"`, `"title":"Cases","description":"`+strings.Repeat("x", 1_000_000)+`"`, 1)
	withKey := strings.Replace(swagger, `"paths"`, `"securityDefinitions":{"k":{"type":"apiKey","in":"header","name":"X-Key"}},"security":[{"k":[]}],"paths"`, 1)
	for name, c := range map[string]struct {
		lines []string
		want  []string
	}{
		"no operation ID": {[]string{"openapi_definition = " + heredoc(strings.Replace(swagger, `"operationId":"ListCases",`, "", 1))}, []string{"OperationIdRequired at paths./cases.get:"}},
		"OpenAPI 3":       {[]string{`openapi_definition = jsonencode({ openapi = "3.0.1" })`}, []string{"the platform takes Swagger 2.0 only"}},
		"another type":    {[]string{"openapi_definition = " + heredoc(withKey), `authentication = { basic = {} }`}, []string{`is of type apiKey; this authentication needs one of type basic`}},
		"another header":  {[]string{"openapi_definition = " + heredoc(withKey), `authentication = { api_key = { name = "Y-Key", in = "header" } }`}, []string{`says "X-Key"`}},
		"two at once":     {[]string{`authentication = { none = true, basic = {} }`}, []string{"exactly one of none, api_key"}},
		"none at all":     {[]string{`authentication = null`}, []string{"Give either authentication or authentications"}},
		"no icon":         {[]string{`icon = "aGVsbG8gd29ybGQ="`}, []string{"neither a PNG nor a JPEG"}},
		"a bad reference": {[]string{`host = "@environmentVariables('contoso_Host')"`}, []string{"double quotes"}},
		"C05 too large":   {[]string{"openapi_definition = " + heredoc(huge)}, []string{"the platform keeps 1000000 at most (0x80044331)"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := world(t, nil)
			w.Run(resource.TestStep{Config: block(c.lines...), ExpectError: acctest.Says(c.want...)})
			acctest.Same(t, "requests", w.Count(), 0)
		})
	}
}

// An environment that has not been updated takes less: what it says is shown at the definition.
func TestAccConnector_C05(t *testing.T) {
	t.Parallel()
	w := world(t, map[string]string{"dataverse.openapi_limit": "500000"})
	large := strings.Replace(swagger, `"title":"Cases"`, `"title":"Cases","description":"`+strings.Repeat("x", 600_000)+`"`, 1)
	w.Run(resource.TestStep{Config: block("openapi_definition = " + heredoc(large)), ExpectError: acctest.Says("0x80044331")})
}

func shareOf(connector, principal, kind, role string) string {
	return fmt.Sprintf("resource \"powerplatform_custom_connector_share\" \"it\" {\n  environment_id = %q\n  connector_id = %s\n  principal_id = %q\n  principal_type = %q\n  role = %q\n}\n", env, connector, principal, kind, role)
}

// listed reports a share that is not the only one which a query finds for its connector.
func listed(t *testing.T, w *acctest.World, share map[string]string) error {
	t.Helper()
	found, said := w.Serve(nil).Query(t.Context(), "powerplatform_custom_connector_share", acctest.Values{
		"environment_id": acctest.Text(share["environment_id"]), "connector_id": acctest.Text(share["connector_id"]),
	}, true, 100)
	if len(said) > 0 || len(found) != 1 {
		return fmt.Errorf("a query finds %d: %s", len(found), acctest.Said(said))
	}
	for name, want := range share {
		if got := found[0].Object[name]; name != "%" && !got.Equal(acctest.Text(want)) {
			return fmt.Errorf("%s is listed as %v, want %q", name, got, want)
		}
	}
	return nil
}

// A share that somebody took back is given again; one whose connector is gone is forgotten.
func TestAccConnector_C06(t *testing.T) {
	t.Parallel()
	const who = "dddddddd-0000-4000-8000-00000000d001"
	const at = "powerplatform_custom_connector_share.it"
	for _, c := range []struct{ kind, name, connector, principal, of string }{
		{classic, "", classic + ".it.internal_id", who, "group"},
		{kind, `name = "contoso_it"`, it + ".connector_id", "", "service_principal"},
	} {
		t.Run(c.kind, func(t *testing.T) {
			t.Parallel()
			w := world(t, nil)
			if c.principal == "" {
				c.principal = server.ObjectID(other)
			}
			text := func(role string) string {
				return named(c.kind, "it", c.name) + shareOf(c.connector, c.principal, c.of, role)
			}
			w.Run(
				applied(text("can_view")),
				resource.TestStep{Config: text("can_edit"), ConfigPlanChecks: acctest.Will(at, plancheck.ResourceActionUpdate), Check: func(s *terraform.State) error {
					return listed(t, w, s.RootModule().Resources[at].Primary.Attributes)
				}},
				resource.TestStep{ResourceName: at, ImportState: true, ImportStateVerify: true, ImportStateIdFunc: acctest.ImportID(at, "environment_id", "connector_id", "principal_id"), ImportStateVerifyIdentifierAttribute: "principal_id"},
				resource.TestStep{
					PreConfig: func() {
						for _, name := range []string{powerapps.ConnectorPermissions, "dataverse.shares"} {
							for _, id := range w.Collection(name).IDs() {
								if strings.HasSuffix(id, who) || name == "dataverse.shares" {
									w.Collection(name).Delete(id)
								}
							}
						}
					},
					Config: text("can_edit"), ConfigPlanChecks: acctest.Will(at, plancheck.ResourceActionCreate),
				},
				resource.TestStep{
					PreConfig: func() {
						for _, name := range []string{powerapps.Connectors, powerapps.ConnectorPermissions, "dataverse.connectors", "dataverse.shares"} {
							for _, id := range w.Collection(name).IDs() {
								w.Collection(name).Delete(id)
							}
						}
					},
					Config: text("can_edit"), ConfigPlanChecks: acctest.Will(at, plancheck.ResourceActionCreate),
				},
			)
		})
	}
}
