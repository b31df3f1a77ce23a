package managedenvironment_test

import (
	"fmt"
	"maps"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
)

const (
	addr  = "powerplatform_managed_environment.it"
	env   = "aaaaaaaa-0000-4000-8000-00000000000a"
	group = "bbbbbbbb-0000-4000-8000-00000000000b"

	opGovern = "bap.environments.govern"
	opGet    = "bap.environments.get"
)

// world has one environment, e.g. with "managed": true, and the group Finance.
func world(t *testing.T, more mock.Doc, switches map[string]string) *acctest.World {
	t.Helper()
	e := mock.Doc{"id": env, "display_name": "it", "dataverse": mock.Doc{"domain": "it"}}
	maps.Copy(e, more)
	return acctest.New(t, mock.TenantSeed{Switches: switches, Items: map[string][]mock.Doc{
		"environment_groups": {{"id": group, "display_name": "Finance"}}, "environments": {e},
	}})
}

// managed is a resource block for the environment with further arguments, one a line.
func managed(lines ...string) string {
	return fmt.Sprintf("resource \"powerplatform_managed_environment\" \"it\" {\n  environment_id = %q\n  %s\n}\n", env, strings.Join(lines, "\n  "))
}

func governance(w *acctest.World) mock.Doc {
	d, _ := w.Collection(bap.Environments).Peek(env)
	return d["properties"].(mock.Doc)["governanceConfiguration"].(mock.Doc)
}

// settingsIn are the extended settings among the properties of a managed environment.
func settingsIn(p mock.Doc) mock.Doc {
	return p["governanceConfiguration"].(mock.Doc)["settings"].(mock.Doc)["extendedSettings"].(mock.Doc)
}

func extended(w *acctest.World) mock.Doc {
	s, _ := governance(w)["settings"].(mock.Doc)
	e, _ := s["extendedSettings"].(mock.Doc)
	return e
}

// change changes the environment behind Terraform's back.
func change(w *acctest.World, f func(properties mock.Doc)) func() {
	return func() {
		d, _ := w.Collection(bap.Environments).Peek(env)
		f(d["properties"].(mock.Doc))
		w.Collection(bap.Environments).Put(env, d)
	}
}

func join(w *acctest.World) func() {
	return change(w, func(p mock.Doc) { p["parentEnvironmentGroup"] = mock.Doc{"id": group} })
}

func sent(e mock.Entry) mock.Doc {
	s, _ := e.Body["settings"].(mock.Doc)
	x, _ := s["extendedSettings"].(mock.Doc)
	return x
}

func values(all map[string]knownvalue.Check) []statecheck.StateCheck {
	var out []statecheck.StateCheck
	for name, v := range all {
		out = append(out, statecheck.ExpectKnownValue(addr, tfjsonpath.New(name), v))
	}
	return out
}

func will(a plancheck.ResourceActionType) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(addr, a)}}
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// says matches text however the CLI wraps and frames it.
func says(text string) *regexp.Regexp {
	return regexp.MustCompile(strings.ReplaceAll(regexp.QuoteMeta(text), " ", `[\s│]+`))
}

func text(s string) knownvalue.Check { return knownvalue.StringExact(s) }

var defaults = map[string]knownvalue.Check{
	"id": text(env), "environment_id": text(env), "protection_level": text("Standard"), "limit_sharing_mode": text("NoLimit"),
	"is_usage_insights_disabled": knownvalue.Bool(false), "is_group_sharing_disabled": knownvalue.Bool(false),
	"max_limit_user_sharing": knownvalue.Int64Exact(-1), "solution_checker_mode": text("None"), "suppress_validation_emails": knownvalue.Bool(false),
	"solution_checker_rule_overrides": knownvalue.SetSizeExact(0), "power_automate_is_sharing_disabled": knownvalue.Bool(false),
	"copilot_allow_grant_editor_permissions_when_shared": knownvalue.Bool(true), "copilot_limit_sharing_mode": text("NoLimit"),
	"copilot_max_limit_user_sharing": knownvalue.Int64Exact(-1),
}
