package environment_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

const (
	addr = "powerplatform_environment.it"
	zero = `"00000000-0000-0000-0000-000000000000"`

	metadata = "properties.linkedEnvironmentMetadata"

	opCreate    = "bap.environments.create"
	opProvision = "bap.environments.provision"
	opGet       = "bap.environments.get"
	opList      = "bap.environments.list"
	opPatch     = "bap.environments.patch"
	opDelete    = "bap.environments.delete"
	opPoll      = "bap.lifecycleoperations.get"
)

// args are HCL expressions by argument; "" leaves the argument out.
type args map[string]string

func (a args) with(more args) args {
	out := maps.Clone(a)
	maps.Copy(out, more)
	return out
}

func (a args) lines(indent string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(a)) {
		switch {
		case a[name] == "":
		case name == "lifecycle": // the only block
			fmt.Fprintf(&b, "%s%s %s\n", indent, name, a[name])
		default:
			fmt.Fprintf(&b, "%s%s = %s\n", indent, name, a[name])
		}
	}
	return b.String()
}

// environment is a resource block: a Sandbox in the United States that has its own name as display name, but for a.
func environment(name string, a args) string {
	all := args{"display_name": acctest.Quoted(name), "location": `"unitedstates"`, "environment_type": `"Sandbox"`}.with(a)
	return fmt.Sprintf("resource \"powerplatform_environment\" %q {\n%s}\n", name, all.lines("  "))
}

// dataverse is the value of that argument: English, in dollars, but for a.
func dataverse(a args) string {
	return "{\n" + args{"language_code": "1033", "currency_code": `"USD"`}.with(a).lines("    ") + "  }"
}

// imported is a block that imports an environment by the variable id.
func imported(name string) string {
	return "variable \"id\" { type = string }\nimport {\n  to = powerplatform_environment." + name + "\n  id = var.id\n}\n"
}

// planned are checks of the plan of a step that applies nothing.
func planned(checks ...plancheck.PlanCheck) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PostApplyPreRefresh: checks}
}

// record is what the platform holds of an environment, by its display name; nil if there is none.
func record(w *acctest.World, displayName string) mock.Doc {
	for _, d := range w.Collection(bap.Environments).PeekAll() {
		if field(d, "properties.displayName") == displayName {
			return d
		}
	}
	return nil
}

func idOf(w *acctest.World, displayName string) string {
	id, _ := record(w, displayName)["name"].(string)
	return id
}

// field is a member by its dotted path, nil if it is not there.
func field(d mock.Doc, path string) any {
	v, _ := server.Lookup(d, path)
	return v
}

// vanish deletes an environment behind Terraform's back.
func vanish(w *acctest.World, displayName string) {
	id := idOf(w, displayName)
	w.Collection(bap.Environments).Delete(id)
	w.Collection(bap.Organizations).Delete(id)
}

// of are the requests with an operation ID about one environment.
func of(w *acctest.World, id string, operations ...string) []mock.Entry {
	return slices.DeleteFunc(w.Requests(operations...), func(e mock.Entry) bool { return !strings.Contains(e.Path, id) })
}

// busy is the refusal of an environment that another operation works on.
var busy = acctest.Refusal("OperationNotStartable", "This operation cannot be performed because there is an active lifecycle operation on the environment.")
