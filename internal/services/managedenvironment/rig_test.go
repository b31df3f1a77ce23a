package managedenvironment_test

import (
	"maps"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"

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
	return acctest.Block("powerplatform_managed_environment", "it", append([]string{`environment_id = "` + env + `"`}, lines...)...)
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
	return func() { w.Change(bap.Environments, env, func(d mock.Doc) { f(d["properties"].(mock.Doc)) }) }
}

func join(w *acctest.World) func() {
	return change(w, func(p mock.Doc) { p["parentEnvironmentGroup"] = mock.Doc{"id": group} })
}

func sent(e mock.Entry) mock.Doc {
	s, _ := e.Body["settings"].(mock.Doc)
	x, _ := s["extendedSettings"].(mock.Doc)
	return x
}

var defaults = acctest.Attributes{
	"id": env, "environment_id": env, "protection_level": "Standard", "limit_sharing_mode": "NoLimit",
	"is_usage_insights_disabled": false, "is_group_sharing_disabled": false,
	"max_limit_user_sharing": -1, "solution_checker_mode": "None", "suppress_validation_emails": false,
	"solution_checker_rule_overrides": knownvalue.SetSizeExact(0), "power_automate_is_sharing_disabled": false,
	"copilot_allow_grant_editor_permissions_when_shared": true, "copilot_limit_sharing_mode": "NoLimit",
	"copilot_max_limit_user_sharing": -1,
}
