package variable_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/dataverse"
)

func TestAccVariable_D04(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		operation, text string
		status          int
	}{
		"the caller is not authorized": {opSet, unauthorized, 400},
		"in other words":               {opSet, "User isn't authorized to read secrets from '/subscriptions/x'", 403},
		"permission is not verified":   {opSet, unverified, 400},
		"as forbidden":                 {opSet, unverified, 403},
		"the default is refused":       {opDefine, unauthorized, 400},
		"the default is forbidden":     {opDefine, unauthorized, 403},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := world(t, nil)
			refuse(w, c.operation, c.text, c.status, 3)
			args := secretValue(secretID)
			if c.operation == opDefine {
				args["default_key_vault_secret"] = args["key_vault_secret"]
			}
			if _, said, _ := create(t.Context(), w, args); said != "" {
				t.Error(said)
			}
			if n := len(rows(w, definitions)); n != 1 {
				t.Errorf("%d definitions", n)
			}
			if got := effective(w, testEnv, "contoso_It"); got != secretID || w.Count(c.operation) != 4 {
				t.Errorf("value %q after %d requests", got, w.Count(c.operation))
			}
		})
	}
	t.Run("the value of a definition is refused when it changes", func(t *testing.T) {
		t.Parallel()
		w := world(t, nil)
		w.Run(
			resource.TestStep{Config: secret()},
			resource.TestStep{
				PreConfig: func() { refuse(w, opReset, unauthorized, 400, 3) },
				Config:    secret(`key_vault_secret = { secret_id = "` + mock.LandscapeKeyVaultID + `/secrets/case-api-client-id-test" }`), ConfigPlanChecks: acctest.Will(addr, plancheck.ResourceActionUpdate),
			},
		)
		if w.Count(opReset) != 4 {
			t.Errorf("%d requests", w.Count(opReset))
		}
	})
	t.Run("a role spreads", func(t *testing.T) {
		t.Parallel()
		for _, of := range []func(*acctest.World) string{callerPrincipal, dataversePrincipal} {
			w := world(t, map[string]string{arm.SwitchRoleDelay: "600"})
			now := w.Clock().Now().Format(time.RFC3339Nano)
			for _, d := range revoke(w, of(w)) {
				d["properties"].(mock.Doc)["createdOn"] = now
				w.Collection(arm.RoleAssignments).Put(d["id"].(string), d)
			}
			// Nothing else passes time on the clock of the tenant than what answers ask for.
			w.Fault(mock.Fault{
				Operation: opSet, Times: 3, Status: 400, Headers: map[string]string{"Retry-After": "250"},
				Body: acctest.Refusal("0x80040265", unverified),
			})
			if _, said, _ := create(t.Context(), w, secretValue(secretID)); said != "" {
				t.Error(said)
			}
			if got := effective(w, testEnv, "contoso_It"); got != secretID {
				t.Errorf("value %q", got)
			}
		}
	})
	t.Run("a new organisation does not explain what is said of a secret", func(t *testing.T) {
		t.Parallel()
		for text, operation := range map[string]string{unauthorized: opDefine, "Something else is wrong.": opSet} {
			w := world(t, nil)
			d, _ := w.Collection(bap.Environments).Peek(testEnv)
			d["properties"].(mock.Doc)["createdTime"] = time.Now().Format(time.RFC3339)
			w.Collection(bap.Environments).Put(testEnv, d)
			revoke(w, callerPrincipal(w))
			refuse(w, operation, text, 403, -1)
			args := secretValue(secretID)
			if operation == opDefine {
				args["default_key_vault_secret"] = args["key_vault_secret"]
			}
			if _, said, _ := create(t.Context(), w, args); !strings.Contains(said, text) || w.Count(operation) != 1 {
				t.Errorf("%d requests\n%s", w.Count(operation), said)
			}
		}
	})
	t.Run("other refusals are not waited out", func(t *testing.T) {
		t.Parallel()
		w := world(t, nil)
		refuse(w, opSet, "Something else is wrong.", 400, -1)
		_, said, failed := create(t.Context(), w, secretValue(secretID))
		if failed || !strings.Contains(said, "Something else is wrong") || w.Count(opSet) != 1 {
			t.Errorf("%d requests\n%s", w.Count(opSet), said)
		}
	})
}

func TestAccVariable_D05(t *testing.T) {
	t.Parallel()
	t.Run("the second apply continues", func(t *testing.T) {
		t.Parallel()
		w := world(t, nil)
		same := statecheck.CompareValue(compare.ValuesSame())
		id := func() []statecheck.StateCheck {
			return []statecheck.StateCheck{same.AddStateValue(addr, tfjsonpath.New("id"))}
		}
		refuse(w, opSet, unauthorized, 400, 80) // both times as long as it is asked
		w.Run(
			resource.TestStep{Config: secret(), ConfigStateChecks: id(), ExpectNonEmptyPlan: true}, // with a warning
			resource.TestStep{Config: secret(), ExpectError: acctest.Says("Could not update environment variable", "Nothing that can be looked at stands in its way", unauthorized)},
			resource.TestStep{
				Config: secret(), ConfigPlanChecks: acctest.Will(addr, plancheck.ResourceActionUpdate), ConfigStateChecks: id(),
			},
			resource.TestStep{Config: secret(), ConfigPlanChecks: acctest.WillNothing()},
		)
		if w.Count(opDefine) != 1 || w.Count("dataverse."+definitions+".delete") != 1 {
			t.Errorf("%d definitions were made", w.Count(opDefine))
		}
	})
	for _, code := range []string{"0x80040237", "0x80060892"} {
		t.Run("state was lost, "+code, func(t *testing.T) {
			t.Parallel()
			w := world(t, map[string]string{dataverse.SwitchDuplicateSchema: code})
			refuse(w, opSet, unauthorized, 400, 40)
			if _, said, failed := create(t.Context(), w, secretValue(secretID)); failed || !strings.Contains(said, "but a later step failed") {
				t.Fatal(said)
			}
			made := rows(w, definitions)
			more := secretValue(secretID)
			more["description"] = acctest.Text("new")
			state, said, failed := create(t.Context(), w, more)
			if failed || !strings.Contains(said, "Took over environment variable") {
				t.Fatal(said)
			}
			now := rows(w, definitions)
			if len(now) != 1 || now[0]["environmentvariabledefinitionid"] != made[0]["environmentvariabledefinitionid"] || now[0]["description"] != "new" {
				t.Errorf("it was not taken over: %v", now)
			}
			if got := effective(w, testEnv, "contoso_It"); got != secretID || len(state) == 0 {
				t.Errorf("value %q", got)
			}
		})
	}
	const id = "eeeeeeee-0000-4000-8000-00000000e001"
	row := func(more mock.Doc) mock.Doc {
		d := mock.Doc{"environmentvariabledefinitionid": id, "schemaname": "contoso_It", "displayname": "Theirs", "type": 100000000}
		maps.Copy(d, more)
		return mock.Doc{"environment": testEnv, "table": "environmentvariabledefinition", "row": d}
	}
	value := mock.Doc{"environment": testEnv, "table": "environmentvariablevalue", "row": mock.Doc{"environmentvariabledefinitionid": id, "value": "theirs"}}
	for name, c := range map[string]struct {
		rows []mock.Doc
		says []string
	}{
		"somebody else made it": {[]mock.Doc{row(nil)}, []string{"it exists already", "import {", testEnv + "/contoso_It"}},
		"it has a value":        {[]mock.Doc{row(nil), value}, []string{"it exists already"}},
		"of another type":       {[]mock.Doc{row(mock.Doc{"type": 100000001})}, []string{"it exists already"}},
		"a solution brought it": {[]mock.Doc{row(mock.Doc{"ismanaged": true})}, []string{"managed solution", "powerplatform_environment_variable_value"}},
	} {
		t.Run("not taken over: "+name, func(t *testing.T) {
			t.Parallel()
			w := world(t, nil, c.rows...)
			state, said, failed := create(t.Context(), w, acctest.Values{"value": acctest.Text("mine")})
			if !failed || len(state) != 0 {
				t.Errorf("it was made: %v", state)
			}
			for _, text := range c.says {
				if !strings.Contains(strings.ToLower(said), strings.ToLower(text)) {
					t.Errorf("%q is missing in\n%s", text, said)
				}
			}
			if w.Count(opSet, opRedefine) != 0 {
				t.Error("what is somebody else's was changed")
			}
		})
	}
	t.Run("not taken over: nothing tells that it is half made", func(t *testing.T) {
		t.Parallel()
		w := world(t, nil)
		if _, said, _ := create(t.Context(), w, nil); said != "" {
			t.Fatal(said)
		}
		if _, said, failed := create(t.Context(), w, nil); !failed || !strings.Contains(said, "import {") {
			t.Error(said)
		}
	})
}

func TestAccVariable_D07(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]mock.Fault{
		"no ID in the answer":             {Operation: opDefine, Effect: true, Status: http.StatusNoContent, Body: ""},
		"no answer for the definition":    {Operation: opDefine, Effect: true, Cut: true},
		"no answer for the value":         {Operation: opSet, Effect: true, Cut: true},
		"the gateway gave up on a value":  {Operation: opSet, Effect: true, Status: http.StatusBadGateway},
		"no ID in the answer for a value": {Operation: opSet, Effect: true, Status: http.StatusNoContent, Body: ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := world(t, nil)
			w.Fault(f)
			state, said, failed := create(t.Context(), w, acctest.Values{"value": acctest.Text("a")})
			if failed || strings.Contains(said, "later step") {
				t.Fatal(said)
			}
			all := rows(w, definitions)
			var id string
			if err := state["id"].As(&id); err != nil || len(all) != 1 || id != fmt.Sprint(all[0]["environmentvariabledefinitionid"]) {
				t.Errorf("state has %q, the platform %v", id, all)
			}
			if got := effective(w, testEnv, "contoso_It"); got != "a" || len(rows(w, values)) != 1 {
				t.Errorf("value %q", got)
			}
		})
	}
	t.Run("nothing was made", func(t *testing.T) {
		t.Parallel()
		w := world(t, nil)
		w.Fault(mock.Fault{Operation: opDefine, Cut: true})
		state, _, failed := create(t.Context(), w, acctest.Values{"value": acctest.Text("a")})
		if !failed || len(state) != 0 {
			t.Errorf("state %v", state)
		}
	})
}

func TestAccVariable_Interrupted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault mock.Fault
		kept  bool
		says  string
	}{
		"while the definition is made":  {mock.Fault{Operation: opDefine, Hang: true, Effect: true}, true, "but a later step failed"},
		"before the definition is made": {mock.Fault{Operation: opDefine, Hang: true}, false, "Could not create environment variable"},
		"while the value is made":       {mock.Fault{Operation: opSet, Hang: true, Effect: true}, true, "but a later step failed"},
		"before the value is made":      {mock.Fault{Operation: opSet, Hang: true}, true, "but a later step failed"},
		"while a role spreads": {mock.Fault{
			Operation: opSet, Times: -1, Status: 400, Headers: map[string]string{"Retry-After": "3600"}, Verbatim: true, Body: acctest.Refusal("0x80040265", unverified),
		}, true, "The time allowed was over while the platform still refused"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := world(t, nil)
			w.Fault(c.fault)
			ctx, done := context.WithTimeout(t.Context(), time.Second)
			defer done()
			state, said, failed := create(ctx, w, secretValue(secretID))
			if failed == c.kept || (len(state) > 0) != c.kept || !strings.Contains(said, c.says) {
				t.Errorf("state %v\n%s", state, said)
			}
			var id string
			if all := rows(w, definitions); c.kept && (len(all) != 1 || state["id"].As(&id) != nil || id != all[0]["environmentvariabledefinitionid"]) {
				t.Errorf("state has %q, the platform %v", id, all)
			}
			if c.fault.Times < 0 && !strings.Contains(said, "role of Dataverse (passed)") {
				t.Error(said)
			}
		})
	}
}
