package variable_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
)

const valueAddr = "powerplatform_environment_variable_value.it"

func given(name, value string) string {
	return acctest.Block("powerplatform_environment_variable_value", "it",
		fmt.Sprintf("environment_id = %q", testEnv), fmt.Sprintf("schema_name = %q", name), "value = "+value)
}

// brought are definitions that a solution brought: one of each type, named after it.
func brought() (out []mock.Doc) {
	for i, name := range []string{"String", "Number", "Boolean", "JSON", "DataSource", "Secret"} {
		out = append(out, mock.Doc{"environment": testEnv, "table": "environmentvariabledefinition", "row": mock.Doc{
			"schemaname": "contoso_" + name, "displayname": "The " + name, "description": "Brought", "type": 100000000 + i, "ismanaged": true, "defaultvalue": nil,
		}})
	}
	return out
}

func TestAccVariableValue_Life(t *testing.T) {
	t.Parallel()
	w := world(t, nil, brought()...)
	w.Run(
		resource.TestStep{Config: given("contoso_Nothing", `"a"`), ExpectError: acctest.Says("has no definition of a variable", "contoso_Nothing")},
		resource.TestStep{Config: given("contoso_Number", `"a"`), ExpectError: acctest.Says("is no number")},
		resource.TestStep{
			Config: given("contoso_Number", `"1.50"`),
			ConfigStateChecks: append(acctest.Shows(valueAddr, acctest.Attributes{
				"id": testEnv + "/contoso_Number", "type": "Number", "display_name": "The Number",
				"description": "Brought", "secret_store": "Azure Key Vault", "value_schema": nil,
			}), statecheck.ExpectSensitiveValue(valueAddr, tfjsonpath.New("value"))),
		},
		resource.TestStep{Config: given("contoso_Number", `"1.5"`), ConfigPlanChecks: acctest.WillNothing()},
		resource.TestStep{ResourceName: valueAddr, ImportState: true, ImportStateVerify: true},
		resource.TestStep{Config: given("contoso_Number", `"x"`), PlanOnly: true, ExpectError: acctest.Says("is no number")},
		resource.TestStep{Config: given("contoso_Number", `"2"`), ConfigPlanChecks: acctest.Will(valueAddr, plancheck.ResourceActionUpdate)},
		resource.TestStep{
			PreConfig: func() {
				for _, id := range w.Collection("dataverse." + values).IDs() {
					w.Collection("dataverse." + values).Delete(id)
				}
			},
			Config: given("contoso_Number", `"2"`), ConfigPlanChecks: acctest.Will(valueAddr, plancheck.ResourceActionCreate),
		},
		resource.TestStep{Config: given("contoso_Secret", `"hunter2"`), ExpectError: acctest.Says("The variable is of type Secret")},
		resource.TestStep{Config: given("contoso_Secret", `"`+strings.ToUpper(secretID[:20])+secretID[20:]+`"`), Check: resource.TestCheckResourceAttr(valueAddr, "type", "Secret")},
		resource.TestStep{Config: given("contoso_Secret", `"`+secretID+`"`), ConfigPlanChecks: acctest.WillNothing()},
		resource.TestStep{Config: given("contoso_Boolean", `true`)},
		resource.TestStep{
			PreConfig: func() {
				if got := effective(w, testEnv, "contoso_Boolean"); got != "yes" {
					t.Errorf("value %q", got)
				}
			},
			Config: given("contoso_Boolean", `"yes"`), ConfigPlanChecks: acctest.WillNothing(),
		},
	)
}

func TestAccVariableValue_RefusedSecret(t *testing.T) {
	t.Parallel()
	w := world(t, nil, brought()...)
	roles := revoke(w, dataversePrincipal(w))
	w.Run(
		resource.TestStep{Config: given("contoso_Secret", `"`+secretID+`"`), ExpectError: acctest.Says("The cause: Dataverse", "lacks the role Key Vault Secrets User")},
		resource.TestStep{
			PreConfig: func() {
				for _, d := range roles {
					w.Collection("role_assignments").Put(d["id"].(string), d)
				}
			},
			Config: given("contoso_Secret", `"`+secretID+`"`),
		},
	)
}

func TestAccVariableValue_ExistingValueIsToBeImported(t *testing.T) {
	t.Parallel()
	const id = "eeeeeeee-0000-4000-8000-00000000e001"
	w := world(t, nil,
		mock.Doc{"environment": testEnv, "table": "environmentvariabledefinition", "row": mock.Doc{"environmentvariabledefinitionid": id, "schemaname": "contoso_It", "displayname": "It"}},
		mock.Doc{"environment": testEnv, "table": "environmentvariablevalue", "row": mock.Doc{"environmentvariabledefinitionid": id, "value": "theirs"}},
	)
	w.Run(
		resource.TestStep{Config: given("contoso_It", `"mine"`), ExpectError: acctest.Says("import {", testEnv+"/contoso_It")},
		resource.TestStep{
			Config: given("contoso_It", `"mine"`) + "import {\n  to = " + valueAddr + "\n  id = \"" + testEnv + "/contoso_It\"\n}\n",
			Check:  resource.TestCheckResourceAttr(valueAddr, "value", "mine"),
		},
	)
}

// A query lists the variables that can be managed, whoever made them, and the values of all.
func TestQueriesOfVariablesAndTheirValues(t *testing.T) {
	t.Parallel()
	row := func(table string, row mock.Doc) mock.Doc {
		return mock.Doc{"environment": testEnv, "table": table, "row": row}
	}
	definition := func(name string, managed bool, id string) mock.Doc {
		return row("environmentvariabledefinition", mock.Doc{
			"environmentvariabledefinitionid": id, "schemaname": name, "displayname": name, "type": 100000000, "ismanaged": managed,
		})
	}
	const mine, theirs = "eeeeeeee-0000-4000-8000-00000000e101", "eeeeeeee-0000-4000-8000-00000000e102"
	value := func(of string) mock.Doc {
		return row("environmentvariablevalue", mock.Doc{"environmentvariabledefinitionid": of, "value": canary})
	}
	w := world(t, nil, definition("contoso_Mine", false, mine), definition("contoso_Theirs", true, theirs),
		definition("contoso_Empty", false, "eeeeeeee-0000-4000-8000-00000000e103"), value(mine), value(theirs))
	for name, want := range map[string]string{
		kind: "contoso_Empty contoso_Mine", kind + "_value": "contoso_Mine contoso_Theirs",
	} {
		w.Forget()
		all, said := w.Serve(nil).Query(t.Context(), name, acctest.Values{"environment_id": acctest.Text(testEnv)}, true, 100)
		var names []string
		for _, one := range all {
			names = append(names, one.Name)
			if strings.Contains(fmt.Sprint(one.Object), canary) != (name == kind && one.Name == "contoso_Mine") {
				t.Errorf("%s is listed as %v", one.Name, one.Object)
			}
		}
		if got := strings.Join(names, " "); got != want || len(said) > 0 || w.Count("dataverse."+definitions+".list") != 1 {
			t.Errorf("%s: %s after %d requests: %s", name, got, w.Count(), acctest.Said(said))
		}
	}
}
