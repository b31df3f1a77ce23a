package enterprisepolicy_test

import (
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
)

// foretold is what a plan says of a new link.
func foretold(t *testing.T, w *acctest.World, name string) string {
	t.Helper()
	_, said := w.Serve(nil).Plan(t.Context(), "powerplatform_enterprise_policy", acctest.Values{
		"environment_id": acctest.Text(linkEnv), "policy_type": acctest.Text(linkPolicies[name][0]), "system_id": acctest.Text(system(name)),
	})
	if acctest.Failed(said) {
		t.Error("the plan fails")
	}
	return acctest.Said(said)
}

// What the same apply may put right is a warning of the plan.
func TestAPlanWarns(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		env    mock.Doc
		policy string
		before func(w *acctest.World)
		says   string // "" for nothing
	}{
		"nothing in the way": {nil, "a", nil, ""},
		"not managed":        {mock.Doc{"managed": false}, "a", nil, "powerplatform_managed_environment"},
		"without Dataverse":  {mock.Doc{"dataverse": nil}, "a", nil, "needs Dataverse"},
		"another geography":  {nil, "far", nil, "The enterprise policy is for the location europe"},
		"no environment":     {nil, "a", func(w *acctest.World) { w.Collection(bap.Environments).Delete(linkEnv) }, "The environment is not there"},
		"another policy":     {nil, "a", func(w *acctest.World) { linkedByHand(w, "b")() }, "import the link first"},
		"the same policy":    {mock.Doc{"managed": false}, "a", func(w *acctest.World) { linkedByHand(w, "a")() }, ""},
		"another name of it": {mock.Doc{"location": "unitedkingdom"}, "uk", nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := linkWorld(t, c.env, nil)
			if c.before != nil {
				c.before(w)
			}
			said := foretold(t, w, c.policy)
			if c.says == "" && said != "" || !strings.Contains(said, c.says) {
				t.Errorf("%q is not what it says: %s", c.says, said)
			}
		})
	}
}
