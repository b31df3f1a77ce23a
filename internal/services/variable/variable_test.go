package variable_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/arm"
)

func TestAccVariable_Life(t *testing.T) {
	t.Parallel()
	w := world(t, nil)
	same, other := statecheck.CompareValue(compare.ValuesSame()), statecheck.CompareValue(compare.ValuesDiffer())
	id, revision := tfjsonpath.New("id"), tfjsonpath.New("revision")
	w.Run(
		resource.TestStep{
			Config: block(`default_value = "a"`, `description = "what it is for"`),
			ConfigStateChecks: append(acctest.Shows(addr, acctest.Attributes{
				"type": "String", "reference": `@environmentVariables("contoso_It")`, "value_id": nil, "value": nil,
			}), same.AddStateValue(addr, id), other.AddStateValue(addr, revision)),
		},
		resource.TestStep{
			Config: block(`default_value = "a"`, `value = "b"`),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(addr, plancheck.ResourceActionUpdate), plancheck.ExpectUnknownValue(addr, revision), plancheck.ExpectKnownValue(addr, id, knownvalue.NotNull()),
			}},
			ConfigStateChecks: append(acctest.Shows(addr, acctest.Attributes{
				"value_id": knownvalue.NotNull(), "description": nil,
			}), same.AddStateValue(addr, id), other.AddStateValue(addr, revision)),
		},
		resource.TestStep{
			Config: block(`default_value = "c"`, `value = "b"`, `display_name = "Other"`),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectKnownValue(addr, revision, knownvalue.NotNull()), plancheck.ExpectKnownValue(addr, tfjsonpath.New("value_id"), knownvalue.NotNull()),
			}},
			ConfigStateChecks: acctest.Shows(addr, acctest.Attributes{"display_name": "Other"}),
		},
		resource.TestStep{
			PreConfig: func() { w.Forget() },
			Config:    block(`default_value = "c"`, `value = "d"`, `display_name = "Other"`),
			ConfigStateChecks: append(acctest.Shows(addr, acctest.Attributes{
				"value": "d",
			}), other.AddStateValue(addr, revision), same.AddStateValue(addr, id)),
		},
		resource.TestStep{ResourceName: addr, ImportState: true, ImportStateVerify: true, ImportStateId: testEnv + "/contoso_It"},
		resource.TestStep{
			PreConfig: func() {
				if w.Count(opReset) != 1 || w.Count(opRedefine) != 0 || w.Count(opSet) != 0 {
					t.Error("a new value changes more than the value")
				}
			},
			Config: block(`default_value = "c"`, `display_name = "Other"`),
			ConfigStateChecks: append(acctest.Shows(addr, acctest.Attributes{
				"value": nil, "value_id": nil,
			}), other.AddStateValue(addr, revision), same.AddStateValue(addr, id)),
		},
		resource.TestStep{
			PreConfig: func() {
				if n := len(rows(w, values)); n != 0 {
					t.Errorf("%d values are left", n)
				}
			},
			Config: block(), ConfigPlanChecks: acctest.Will(addr, plancheck.ResourceActionUpdate),
		},
		resource.TestStep{Config: block(`type = "Number"`, `value = 1.5`), ConfigPlanChecks: acctest.Will(addr, plancheck.ResourceActionReplace)},
		resource.TestStep{Config: block(`type = "Number"`, `value = 1.5`, `schema_name = "contoso_Else"`), ConfigPlanChecks: acctest.Will(addr, plancheck.ResourceActionReplace)},
	)
}

func TestAccVariable_ValuesAreTyped(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ kind, value, stored, again, change string }{
		{"Number", "12.50", "12.50", `"12.5"`, `"13"`},
		{"Boolean", `true`, "yes", `"YES"`, `"no"`},
		{"JSON", `jsonencode({ a = 1, b = [true, null] })`, `{"a":1,"b":[true,null]}`, `"{ \"b\": [true, null], \"a\": 1.0 }"`, `"[]"`},
		{"DataSource", `"https://contoso.example/site"`, "https://contoso.example/site", `"https://contoso.example/site"`, `"https://contoso.example/other"`},
	} {
		t.Run(c.kind, func(t *testing.T) {
			t.Parallel()
			w := world(t, nil)
			typed := `type = "` + c.kind + `"`
			stored := strings.Trim(c.stored, "")
			w.Run(
				resource.TestStep{Config: block(typed, "value = "+c.value, "default_value = "+c.value), Check: resource.TestCheckResourceAttrSet(addr, "revision")},
				resource.TestStep{
					PreConfig: func() {
						if got := effective(w, testEnv, "contoso_It"); c.kind != "Number" && got != stored {
							t.Errorf("stored %q, want %q", got, stored)
						}
					},
					Config: block(typed, "value = "+c.again, "default_value = "+c.again), ConfigPlanChecks: acctest.WillNothing(),
				},
				resource.TestStep{ResourceName: addr, ImportState: true, ImportStateId: testEnv + "/CONTOSO_it", ImportStateVerify: true, ImportStateVerifyIgnore: []string{"schema_name", "value", "default_value"}},
				resource.TestStep{Config: block(typed, "value = "+c.change, "default_value = "+c.again), ConfigPlanChecks: acctest.Will(addr, plancheck.ResourceActionUpdate)},
			)
		})
	}
}

func TestAccVariable_PlanRefusesWhatCannotBe(t *testing.T) {
	t.Parallel()
	w := world(t, nil)
	var steps []resource.TestStep
	for _, c := range []struct{ config, says string }{
		{block(`type = "Number"`, `value = "1,5"`), "is no number"},
		{block(`type = "Boolean"`, `value = "maybe"`), "is no Boolean"},
		{block(`type = "JSON"`, `default_value = "{a}"`), "It is no JSON"},
		{block(`value = ""`), "It is empty"},
		{block(`value = "` + strings.Repeat("x", 2001) + `"`), "It has 2001 characters"},
		{block(`type = "Secret"`, `value = "hunter2"`), "give key_vault_secret instead"},
		{block(`type = "Secret"`, `default_value = "hunter2"`), "give default_key_vault_secret instead"},
		{secret(`type = "String"`), "Only a variable of type Secret refers to Azure Key Vault"},
		{block(`type = "Other"`), "value must be one of"},
		{secret(`key_vault_secret = { secret_id = "https://kv-contoso.vault.azure.net/secrets/a" }`), "does not begin with a slash"},
		{secret(`key_vault_secret = { secret_id = "` + secretID + `/0123456789abcdef0123456789abcdef" }`), "its parts are no pairs"},
		{secret(`key_vault_secret = { secret_id = "` + mock.LandscapeKeyVaultID + `/keys/cmk" }`), "is the ID of a"},
		{secret(`key_vault_secret = { secret_id = "` + secretID + `", secret_name = "a" }`), "Give secret_id, which names the secret alone"},
		{secret(`key_vault_secret = { secret_name = "a", key_vault_name = "kv-contoso" }`), "subscription_id and resource_group_name are missing"},
		{secret(`key_vault_secret = {}`), "Give secret_id"},
		{block(`schema_name = "with blank"`), "is no schema name"},
		{block(`environment_id = "x"`), "must be the ID of an environment"},
	} {
		steps = append(steps, resource.TestStep{Config: c.config, PlanOnly: true, ExpectError: acctest.Says(c.says)})
	}
	w.Run(append(steps, resource.TestStep{Config: block(`schema_name = "unusual"`)})...)
}

func TestAccVariable_Secret(t *testing.T) {
	t.Parallel()
	w := world(t, nil)
	parts := fmt.Sprintf("key_vault_secret = { subscription_id = %q, resource_group_name = \"RG-powerplatform\", key_vault_name = \"kv-contoso\", secret_name = \"case-api-client-secret-test\" }",
		strings.ToUpper(mock.LandscapeSubscriptionID))
	upper := strings.ToUpper(secretID)
	revisions := statecheck.CompareValue(compare.ValuesSame())
	later := fmt.Sprintf("resource \"terraform_data\" \"id\" { input = %q }\n", mock.LandscapeKeyVaultID+"/secrets/case-api-client-id-test")
	w.Run(
		resource.TestStep{
			Config: secret(`key_vault_secret = { secret_id = "` + strings.Replace(secretID, "resourceGroups", "resourcegroups", 1) + `" }`),
			ConfigStateChecks: append(acctest.Shows(addr, acctest.Attributes{
				"key_vault_secret": knownvalue.ObjectPartial(map[string]knownvalue.Check{
					"key_vault_name": knownvalue.StringExact("kv-contoso"), "secret_name": knownvalue.StringExact("case-api-client-secret-test"),
					"subscription_id": knownvalue.StringExact(mock.LandscapeSubscriptionID), "resource_group_name": knownvalue.StringExact("rg-powerplatform"),
				}),
			}), revisions.AddStateValue(addr, tfjsonpath.New("revision"))),
			Check: func(*terraform.State) error {
				if got := effective(w, testEnv, "contoso_It"); got != secretID {
					return fmt.Errorf("the platform keeps %q, want %q", got, secretID)
				}
				return nil
			},
		},
		resource.TestStep{Config: secret(parts), ConfigPlanChecks: acctest.WillNothing()},
		resource.TestStep{Config: secret(`key_vault_secret = { secret_id = "/subscriptions` + upper[len("/subscriptions"):] + `" }`), ConfigPlanChecks: acctest.WillNothing()},
		resource.TestStep{
			PreConfig: func() { // the secret is rotated
				w.Do(func() {
					arm.AddSecretVersion(w.Tenant, mock.LandscapeKeyVaultID, "case-api-client-secret-test", "hush~again", nil)
				})
			},
			Config: secret(), ConfigPlanChecks: acctest.WillNothing(),
			ConfigStateChecks: []statecheck.StateCheck{revisions.AddStateValue(addr, tfjsonpath.New("revision"))},
		},
		resource.TestStep{
			ResourceName: addr, ImportState: true, ImportStateVerify: true, ImportStateId: testEnv + "/contoso_It",
			ImportStateVerifyIgnore: []string{"key_vault_secret.secret_id"}, // as the platform spells it
		},
		resource.TestStep{
			Config:           later + secret(`key_vault_secret = { secret_id = terraform_data.id.output }`),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectUnknownValue(addr, tfjsonpath.New("revision")), plancheck.ExpectUnknownValue(addr, tfjsonpath.New("key_vault_secret").AtMapKey("secret_id"))}},
			ConfigStateChecks: acctest.Shows(addr, acctest.Attributes{
				"key_vault_secret": knownvalue.ObjectPartial(map[string]knownvalue.Check{"secret_name": knownvalue.StringExact("case-api-client-id-test")}),
			}),
		},
		resource.TestStep{
			Config: block(`type = "Secret"`, strings.Replace(parts, "key_vault", "default_key_vault", 1)),
			ConfigStateChecks: append(acctest.Shows(addr, acctest.Attributes{
				"key_vault_secret": nil, "value_id": nil,
			}), revisions.AddStateValue(addr, tfjsonpath.New("revision"))),
		},
	)
}

func TestAccVariable_TwoEnvironmentsAndOneVault(t *testing.T) {
	t.Parallel()
	w := world(t, nil)
	both := secret() + strings.Replace(secret(`environment_id = "`+prodEnv+`"`), `"it"`, `"other"`, 1)
	w.Run(
		resource.TestStep{Config: both},
		resource.TestStep{
			PreConfig: func() {
				for _, env := range []string{testEnv, prodEnv} {
					if got := effective(w, env, "contoso_It"); got != secretID {
						t.Errorf("%s: %q", env, got)
					}
				}
			},
			Config: both, ConfigPlanChecks: acctest.WillNothing(),
		},
	)
}

func TestAccVariable_DriftIsSeenAndHealed(t *testing.T) {
	t.Parallel()
	w := world(t, nil)
	config := block(`value = "a"`, `default_value = "b"`, `description = "c"`)
	change := func(set string, f func(d mock.Doc)) func() {
		return func() {
			c := w.Collection("dataverse." + set)
			for _, id := range c.IDs() {
				if d, _ := c.Peek(id); strings.HasPrefix(id, testEnv) {
					f(d)
					c.Put(id, d)
				}
			}
		}
	}
	w.Run(
		resource.TestStep{Config: config},
		resource.TestStep{PreConfig: change(values, func(d mock.Doc) { d["value"] = "x" }), Config: config, ConfigPlanChecks: acctest.Will(addr, plancheck.ResourceActionUpdate)},
		resource.TestStep{
			PreConfig: change(definitions, func(d mock.Doc) { d["defaultvalue"], d["description"], d["displayname"] = nil, "x", "x" }),
			Config:    config, ConfigPlanChecks: acctest.Will(addr, plancheck.ResourceActionUpdate),
		},
		resource.TestStep{
			PreConfig: func() {
				for _, id := range w.Collection("dataverse." + values).IDs() {
					w.Collection("dataverse." + values).Delete(id)
				}
			},
			Config: config, ConfigPlanChecks: acctest.Will(addr, plancheck.ResourceActionUpdate),
		},
		resource.TestStep{
			PreConfig: func() {
				for _, set := range []string{values, definitions} {
					for _, id := range w.Collection("dataverse." + set).IDs() {
						w.Collection("dataverse." + set).Delete(id)
					}
				}
			},
			Config: config, ConfigPlanChecks: acctest.Will(addr, plancheck.ResourceActionCreate),
		},
		resource.TestStep{Config: config, ConfigPlanChecks: acctest.WillNothing()},
	)
}

func TestAccVariable_Requests(t *testing.T) {
	t.Parallel()
	w := world(t, nil)
	if _, said, _ := create(t.Context(), w, secretValue(secretID)); said != "" {
		t.Fatal(said)
	}
	if n, list := calls(w); n > 4 {
		t.Errorf("%d requests to create a variable with its value, want 4 at most:%s", n, list)
	}
	w = world(t, nil)
	config := block(`value = "a"`)
	w.Run(
		resource.TestStep{Config: config},
		resource.TestStep{PreConfig: func() { w.Forget() }, RefreshState: true},
		resource.TestStep{
			PreConfig: func() {
				refreshes := w.Count("bap.environments.get") // a run finds the organisation once
				if n, list := calls(w); n != 2*refreshes || w.Count("dataverse."+definitions+".list") != refreshes {
					t.Errorf("%d requests for %d refreshes:%s", n, refreshes, list)
				}
			},
			Config: config, ConfigPlanChecks: acctest.WillNothing(),
		},
	)
}

func TestAccVariable_ImportByID(t *testing.T) {
	t.Parallel()
	w := world(t, nil)
	var id string
	w.Run(
		resource.TestStep{Config: block(`value = "a"`), Check: resource.TestCheckResourceAttrWith(addr, "id", func(v string) error { id = v; return nil })},
		resource.TestStep{
			ResourceName: addr, ImportState: true, ImportStateVerify: true,
			ImportStateIdFunc: func(*terraform.State) (string, error) { return testEnv + "/" + id, nil },
		},
	)
}

func TestAccVariable_DeleteSaysWhoUsesIt(t *testing.T) {
	t.Parallel()
	w := world(t, map[string]string{"dataverse.connector_dependencies": "on"})
	use := func(on bool) func() {
		return func() {
			c := w.Collection("dataverse.connectors")
			if !on {
				for _, id := range c.IDs() {
					c.Delete(id)
				}
				return
			}
			err := w.Platform.Seed(mock.Seed{Tenants: []mock.TenantSeed{{ID: w.ID, Items: map[string][]mock.Doc{"dataverse_rows": {{
				"environment": testEnv, "table": "connector",
				"row": mock.Doc{"name": "contoso_5Fcase", "displayname": "Case API", "connectortype": 1, "openapidefinition": `{"host":"@environmentVariables(\"contoso_It\")"}`},
			}}}}}})
			if err != nil {
				t.Error(err)
			}
		}
	}
	w.Run(
		resource.TestStep{Config: block(`value = "a"`)},
		resource.TestStep{PreConfig: use(true), Config: block(`value = "a"`), Destroy: true, ExpectError: acctest.Says("Others use the variable", `connector "Case API"`)},
		resource.TestStep{PreConfig: use(false), Config: block(`value = "a"`), ConfigPlanChecks: acctest.WillNothing()},
	)
}

func TestAccVariable_Solution(t *testing.T) {
	t.Parallel()
	w := world(t, nil)
	solutions := fmt.Sprintf(`
resource "powerplatform_publisher" "it" {
  environment_id       = %q
  uniquename           = "contoso"
  friendly_name        = "Contoso"
  customization_prefix = "contoso"
}
resource "powerplatform_unmanaged_solution" "cases" {
  environment_id = powerplatform_publisher.it.environment_id
  unique_name    = "Cases"
  display_name   = "Cases"
  publisher_id   = powerplatform_publisher.it.id
}
resource "powerplatform_unmanaged_solution" "reports" {
  environment_id = powerplatform_publisher.it.environment_id
  unique_name    = "Reports"
  display_name   = "Reports"
  publisher_id   = powerplatform_publisher.it.id
}
`, testEnv)
	in := func(name string) string {
		return solutions + block(`solution_unique_name = powerplatform_unmanaged_solution.`+name+`.unique_name`)
	}
	holds := func(names ...string) resource.TestCheckFunc {
		return func(*terraform.State) error {
			held := []string{}
			for _, part := range rows(w, "solutioncomponents") {
				for _, s := range rows(w, "solutions") {
					if name := fmt.Sprint(s["uniquename"]); s["solutionid"] == part["_solutionid_value"] && part["componenttype"] == 380.0 && (name == "Cases" || name == "Reports") {
						held = append(held, name)
					}
				}
			}
			if fmt.Sprint(held) != fmt.Sprint(names) {
				return fmt.Errorf("it is in %v, want %v", held, names)
			}
			return nil
		}
	}
	w.Run(
		resource.TestStep{Config: in("cases"), Check: holds("Cases")},
		resource.TestStep{Config: in("reports"), Check: holds("Reports"), ConfigPlanChecks: acctest.Will(addr, plancheck.ResourceActionUpdate)},
		resource.TestStep{Config: solutions + block(`value = "a"`), Check: holds("Reports")},
		resource.TestStep{Config: in("cases"), Check: holds("Reports", "Cases")},
		resource.TestStep{Config: solutions + block(`solution_unique_name = "Nowhere"`), ExpectError: acctest.Says("Nowhere")},
	)
}

func TestAccVariable_EnvironmentWithoutDataverse(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{Items: map[string][]mock.Doc{"environments": {{"id": testEnv, "display_name": "test", "location": "unitedstates"}}}})
	w.Run(
		resource.TestStep{Config: block(), ExpectError: acctest.Says("has no Dataverse")},
		resource.TestStep{Config: block(`environment_id = "` + prodEnv + `"`), ExpectError: acctest.Says("Could not create environment variable")},
	)
}
