package managedenvironment_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
)

func TestAccManagedEnvironment_basic(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{"202", "204"} {
		t.Run(answer, func(t *testing.T) {
			t.Parallel()
			w := world(t, nil, map[string]string{bap.SwitchGovernanceAnswer: answer})
			w.Run(
				resource.TestStep{Config: managed(), ConfigStateChecks: acctest.Shows(addr, defaults)},
				resource.TestStep{PreConfig: w.Forget, Config: managed(), ConfigPlanChecks: acctest.Will(addr, plancheck.ResourceActionNoop)},
			)
			// The second step plans and refreshes, each with one read; its apply has nothing to do. Then comes the destroy.
			posts := w.Requests(opGovern)
			if len(posts) != 1 || posts[0].Body["protectionLevel"] != "Basic" || sent(posts[0]) != nil {
				t.Errorf("requests of the destroy: %v", posts)
			}
			acctest.Same(t, "after the destroy", governance(w), mock.Doc{"protectionLevel": "Basic"})
		})
	}
}

// Everything that is written for microsoft/power-platform.
func TestAllArguments(t *testing.T) {
	t.Parallel()
	w := world(t, nil, nil)
	w.Run(
		resource.TestStep{
			Config: managed(
				`is_usage_insights_disabled = true`, `is_group_sharing_disabled = true`, `limit_sharing_mode = "ExcludeSharingToSecurityGroups"`,
				`max_limit_user_sharing = 10`, `solution_checker_mode = "Block"`, `suppress_validation_emails = true`,
				`solution_checker_rule_overrides = ["web-use-async", "web-avoid-eval"]`, `power_automate_is_sharing_disabled = true`,
				`copilot_allow_grant_editor_permissions_when_shared = false`, `copilot_limit_sharing_mode = "DisableSharing"`, `copilot_max_limit_user_sharing = 5`,
				`timeouts = { create = "30m", read = "5m", update = "30m", delete = "30m" }`,
			),
			ConfigStateChecks: acctest.Shows(addr, acctest.Attributes{
				"is_usage_insights_disabled": true, "limit_sharing_mode": "ExcludeSharingToSecurityGroups",
				"solution_checker_mode": "Block", "copilot_limit_sharing_mode": "DisableSharing",
				"solution_checker_rule_overrides":                    knownvalue.SetExact(acctest.Each("web-avoid-eval", "web-use-async")),
				"copilot_allow_grant_editor_permissions_when_shared": false,
			}),
		},
		resource.TestStep{ResourceName: addr, ImportState: true, ImportStateId: env, ImportStateVerify: true, ImportStateVerifyIdentifierAttribute: "id", ImportStateVerifyIgnore: []string{"timeouts"}},
	)
	acctest.Same(t, "sent", sent(w.Requests(opGovern)[0]), mock.Doc{
		"excludeEnvironmentFromAnalysis": "true", "isGroupSharingDisabled": "true", "limitSharingMode": "excludeSharingToSecurityGroups",
		"maxLimitUserSharing": "10", "solutionCheckerMode": "block", "suppressValidationEmails": "true",
		"solutionCheckerRuleOverrides": "web-avoid-eval,web-use-async", "solutionCloudFlows-limitSharingMode": "disableSharing",
		"solutionCloudFlows-maxLimitUserSharing": "-1", "bot-authoringSharingDisabled": "true", "bot-limitSharingMode": "disableSharing", "bot-maxLimitUserSharing": "5",
	})
}

// A change of one setting keeps all others, whether or not the platform merges, and whoever has set them.
func TestAChangeKeepsWhatNobodyConfigures(t *testing.T) {
	t.Parallel()
	for _, merge := range []string{"", "on"} {
		t.Run("merge "+merge, func(t *testing.T) {
			t.Parallel()
			w := world(t, nil, map[string]string{bap.SwitchGovernanceMerge: merge})
			w.Run(
				resource.TestStep{Config: managed(`is_group_sharing_disabled = true`)},
				resource.TestStep{
					PreConfig: change(w, func(p mock.Doc) {
						x := settingsIn(p)
						x["makerOnboardingMarkdown"], x["solutionCheckerMode"] = "Welcome", "warn"
					}),
					Config: managed(`is_group_sharing_disabled = true`, `max_limit_user_sharing = 7`), ConfigPlanChecks: acctest.Will(addr, plancheck.ResourceActionUpdate),
					ConfigStateChecks: acctest.Shows(addr, acctest.Attributes{"solution_checker_mode": "Warn", "max_limit_user_sharing": 7}),
				},
				resource.TestStep{ // what somebody else changed and the configuration says is put right
					PreConfig: change(w, func(p mock.Doc) {
						settingsIn(p)["maxLimitUserSharing"] = "99"
					}),
					Config: managed(`is_group_sharing_disabled = true`, `max_limit_user_sharing = 7`), ConfigPlanChecks: acctest.Will(addr, plancheck.ResourceActionUpdate),
				},
				resource.TestStep{PreConfig: func() {
					x := extended(w)
					for name, want := range map[string]string{"makerOnboardingMarkdown": "Welcome", "solutionCheckerMode": "warn", "isGroupSharingDisabled": "true", "maxLimitUserSharing": "7"} {
						acctest.Same(t, name, x[name], want)
					}
				}, Config: managed(), ConfigPlanChecks: acctest.Will(addr, plancheck.ResourceActionNoop)},
			)
		})
	}
}

func TestAManagedEnvironmentIsAdoptedAsItIs(t *testing.T) {
	t.Parallel()
	w := world(t, mock.Doc{"managed": true}, nil)
	change(w, func(p mock.Doc) {
		x := settingsIn(p)
		x["solutionCheckerMode"], x["limitSharingMode"], x["someNewSetting"] = "block", "excludeSharingToSecurityGroups", "7"
	})()
	config := managed(`solution_checker_mode = "block"`)
	w.Run(
		resource.TestStep{Config: config, ConfigStateChecks: acctest.Shows(addr, acctest.Attributes{"limit_sharing_mode": "ExcludeSharingToSecurityGroups"})},
		resource.TestStep{PreConfig: func() { acctest.Same(t, "requests", w.Count(opGovern), 0) }, Config: config, ConfigPlanChecks: acctest.Will(addr, plancheck.ResourceActionNoop)},
	)
}

func TestAnImportChangesNothing(t *testing.T) {
	t.Parallel()
	w := world(t, mock.Doc{"managed": true}, nil)
	change(w, func(p mock.Doc) {
		x := settingsIn(p)
		x["solutionCheckerMode"], x["excludeEnvironmentFromAnalysis"], x["solutionCheckerRuleOverrides"] = "block", "true", "b,a"
	})()
	w.Run(resource.TestStep{
		Config:           managed() + fmt.Sprintf("import {\n  to = %s\n  id = %q\n}\n", addr, env),
		ConfigPlanChecks: acctest.Will(addr, plancheck.ResourceActionNoop),
		ConfigStateChecks: acctest.Shows(addr, acctest.Attributes{
			"solution_checker_mode": "Block", "is_usage_insights_disabled": true,
			"solution_checker_rule_overrides": knownvalue.SetExact(acctest.Each("a", "b")),
		}),
	})
	acctest.Same(t, "requests", w.Count(opGovern), 1) // the destroy
}

// Nothing to change: a refresh is one request, and the plan adds none.
func TestAPlanWithoutChangesReadsOnce(t *testing.T) {
	t.Parallel()
	w := world(t, nil, nil)
	w.Run(
		resource.TestStep{Config: managed()},
		resource.TestStep{PreConfig: w.Forget, Config: managed(), PlanOnly: true},
		resource.TestStep{PreConfig: func() { acctest.Same(t, "reads in runs", w.Count(opGet), w.Count("login.token")) }, Config: managed()},
	)
}

func TestAccManagedEnvironment_G01(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"OperationNotStartable", "Conflict", ""} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			w := world(t, nil, nil)
			f := mock.Fault{Operation: opGovern, Times: 3, Status: http.StatusConflict}
			if code != "" {
				f.Body = acctest.Refusal(code, "Not now.")
			}
			w.Fault(f)
			w.Run(resource.TestStep{Config: managed(), ConfigStateChecks: acctest.Shows(addr, defaults)})
			if n := w.Count(opGovern); n != 5 { // the last is the destroy's
				t.Errorf("%d requests", n)
			}
		})
	}
}

func TestAccManagedEnvironment_G02(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer string
		fault  mock.Fault
	}{
		"refused and done":   {"204", mock.Fault{Status: http.StatusConflict, Effect: true, Body: mock.Doc{"error": mock.Doc{"code": "OperationNotStartable"}}}},
		"refused and going":  {"202", mock.Fault{Status: http.StatusConflict, Effect: true}},
		"lost and done":      {"204", mock.Fault{Cut: true, Effect: true}},
		"failed and ongoing": {"202", mock.Fault{Status: http.StatusBadGateway, Effect: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := world(t, nil, map[string]string{bap.SwitchGovernanceAnswer: c.answer})
			c.fault.Operation = opGovern
			w.Fault(c.fault)
			w.Run(
				resource.TestStep{Config: managed(`solution_checker_mode = "Warn"`), ConfigStateChecks: acctest.Shows(addr, acctest.Attributes{"solution_checker_mode": "Warn"})},
				resource.TestStep{PreConfig: func() { acctest.Same(t, "requests", w.Count(opGovern), 1) }, Config: managed()},
			)
		})
	}
}

// A conflict is no success: the environment is managed already, but not as it should be.
func TestAConflictOfAnUpdateIsNoSuccess(t *testing.T) {
	t.Parallel()
	w := world(t, mock.Doc{"managed": true}, nil)
	w.Fault(mock.Fault{Operation: opGovern, Times: 2, Status: http.StatusConflict})
	w.Run(resource.TestStep{Config: managed(`max_limit_user_sharing = 3`), ConfigStateChecks: acctest.Shows(addr, acctest.Attributes{"max_limit_user_sharing": 3})})
	if n := w.Count(opGovern); n != 4 {
		t.Errorf("%d requests", n)
	}
}

func TestAccManagedEnvironment_G03(t *testing.T) {
	t.Parallel()
	named := acctest.Says(`belongs to the environment group "Finance" (` + group + ")")
	t.Run("plan", func(t *testing.T) {
		t.Parallel()
		w := world(t, mock.Doc{"managed": true, "environment_group_id": group}, nil)
		w.Run(resource.TestStep{Config: managed(), PlanOnly: true, ExpectError: named})
		acctest.Same(t, "requests", w.Count(opGovern), 0)
	})
	t.Run("later", func(t *testing.T) {
		t.Parallel()
		w := world(t, nil, nil)
		w.Run(
			resource.TestStep{Config: managed()},
			resource.TestStep{PreConfig: join(w), Config: managed(), ConfigPlanChecks: acctest.Will(addr, plancheck.ResourceActionNoop)},
			resource.TestStep{PreConfig: w.Forget, Config: managed(`solution_checker_mode = "Warn"`), PlanOnly: true, ExpectError: named},
			resource.TestStep{ // the settings are not shown any more; what is known stays
				PreConfig: change(w, func(p mock.Doc) { delete(p["governanceConfiguration"].(mock.Doc), "settings") }),
				Config:    managed(), ConfigPlanChecks: acctest.Will(addr, plancheck.ResourceActionNoop),
			},
		)
		acctest.Same(t, "requests, the destroy included", w.Count(opGovern), 0)
		acctest.Same(t, "level", governance(w)["protectionLevel"], "Standard")
	})
	t.Run("apply", func(t *testing.T) {
		t.Parallel()
		w := acctest.New(t, mock.TenantSeed{Items: map[string][]mock.Doc{"environment_groups": {{"id": group, "display_name": "Finance"}}}})
		w.Run(resource.TestStep{
			Config: fmt.Sprintf(`
resource "powerplatform_environment" "it" {
  display_name         = "it"
  location             = "europe"
  environment_type     = "Sandbox"
  environment_group_id = %q
  dataverse            = { language_code = 1033, currency_code = "EUR" }
}
resource "powerplatform_managed_environment" "it" {
  environment_id = powerplatform_environment.it.id
}
`, group), ExpectError: named,
		})
		acctest.Same(t, "requests", w.Count(opGovern), 0)
	})
	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		w := world(t, nil, nil)
		w.Fault(mock.Fault{Operation: opGovern, Status: http.StatusConflict, Body: mock.Doc{"error": mock.Doc{
			"code": "GovernanceConfigurationChangeBlockedByGroup", "message": "Blocked by the group " + group + ".",
		}}})
		w.Run(resource.TestStep{Config: managed(), ExpectError: acctest.Says("Blocked by the group " + group)})
		acctest.Same(t, "requests", w.Count(opGovern), 1)
	})
}

func TestAccManagedEnvironment_G05(t *testing.T) {
	t.Parallel()
	retired := map[string]string{bap.SwitchGovernanceRetired: "suppressValidationEmails,disableAiGeneratedDescriptions"}
	t.Run("configured", func(t *testing.T) {
		t.Parallel()
		w := world(t, nil, nil)
		w.Run(
			resource.TestStep{Config: managed()},
			resource.TestStep{
				PreConfig: func() { w.SetSwitch(bap.SwitchGovernanceRetired, retired[bap.SwitchGovernanceRetired]) },
				Config:    managed(`suppress_validation_emails = true`), ExpectError: acctest.Says("The platform no longer knows the setting suppressValidationEmails; leave suppress_validation_emails out"),
			},
			resource.TestStep{Config: managed(), ConfigPlanChecks: acctest.Will(addr, plancheck.ResourceActionNoop), ConfigStateChecks: acctest.Shows(addr, defaults)},
		)
	})
	t.Run("not configured", func(t *testing.T) {
		t.Parallel()
		w := world(t, nil, retired)
		w.Run(
			resource.TestStep{Config: managed(`solution_checker_mode = "Warn"`)},
			resource.TestStep{Config: managed(`solution_checker_mode = "Block"`), ConfigStateChecks: acctest.Shows(addr, acctest.Attributes{"solution_checker_mode": "Block"})},
		)
	})
}

func TestWhatIsGoneIsMadeAgain(t *testing.T) {
	t.Parallel()
	w := world(t, nil, nil)
	w.Run(
		resource.TestStep{Config: managed()},
		resource.TestStep{
			PreConfig: change(w, func(p mock.Doc) { p["governanceConfiguration"] = mock.Doc{"protectionLevel": "Basic"} }),
			Config:    managed(), ConfigPlanChecks: acctest.Will(addr, plancheck.ResourceActionCreate), ConfigStateChecks: acctest.Shows(addr, defaults),
		},
		resource.TestStep{
			PreConfig: func() { w.Collection(bap.Environments).Delete(env) },
			Config:    managed(), ExpectError: acctest.Says("could not be found in the tenant"),
		},
		resource.TestStep{Config: managed(), Destroy: true}, // plans the resource anew before it destroys
	)
}

// The record shows the old configuration for some reads.
func TestAStaleRecordIsReadAgain(t *testing.T) {
	t.Parallel()
	w := world(t, nil, nil)
	w.Run(
		resource.TestStep{
			PreConfig: func() {
				w.Lag(mock.Lag{Collection: bap.Environments, Field: "properties.governanceConfiguration", Reads: 4})
			},
			Config: managed(), ConfigStateChecks: acctest.Shows(addr, defaults),
		},
		resource.TestStep{Config: managed(`max_limit_user_sharing = 3`), ConfigStateChecks: acctest.Shows(addr, acctest.Attributes{"max_limit_user_sharing": 3})},
	)
}

func TestAnOperationThatFailsIsSentAgain(t *testing.T) {
	t.Parallel()
	for fails, ok := range map[int]bool{2: true, 3: false} {
		t.Run(fmt.Sprint(fails), func(t *testing.T) {
			t.Parallel()
			w := world(t, nil, nil)
			w.Script(bap.KindGovern, mock.Script{Fail: slices.Repeat([]string{"The backend is not well."}, fails)})
			step := resource.TestStep{Config: managed()}
			if !ok {
				step.ExpectError = acctest.Says("The backend is not well")
			}
			w.Run(step)
		})
	}
}

func TestInput(t *testing.T) {
	t.Parallel()
	w := world(t, nil, nil)
	w.Run(
		resource.TestStep{Config: managed(`max_limit_user_sharing = -2`), PlanOnly: true, ExpectError: acctest.Says("must be at least -1")},
		resource.TestStep{Config: managed(`solution_checker_rule_overrides = ["a,b"]`), PlanOnly: true, ExpectError: acctest.Says("must be the code of a rule")},
		resource.TestStep{Config: strings.Replace(managed(), env, "it", 1), PlanOnly: true, ExpectError: acctest.Says("must be the ID of an environment")},
		// values that the platform may know one day
		resource.TestStep{Config: managed(`solution_checker_mode = "Ask"`), ConfigStateChecks: acctest.Shows(addr, acctest.Attributes{"solution_checker_mode": "Ask"})},
		resource.TestStep{Config: strings.Replace(managed(`solution_checker_mode = "ask"`), env, strings.ToUpper(env), 1), ConfigPlanChecks: acctest.Will(addr, plancheck.ResourceActionNoop)},
	)
}

func TestAnEnvironmentWithoutDatabase(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{
		Switches: map[string]string{bap.SwitchGovernanceDatabase: "required"},
		Items:    map[string][]mock.Doc{"environments": {{"id": env, "display_name": "it"}}},
	})
	w.Run(resource.TestStep{Config: managed(), ExpectError: acctest.Says("there is no linked CDS instance")})
}

// One 404 proves nothing: the environment is looked for once more.
func TestAccManagedEnvironment_strayAnswer(t *testing.T) {
	t.Parallel()
	w := world(t, nil, nil)
	w.Run(
		resource.TestStep{Config: managed()},
		resource.TestStep{
			PreConfig: func() { w.Fault(mock.Fault{Operation: opGet, Status: http.StatusNotFound}) }, Config: managed(), PlanOnly: true,
			ExpectError: regexp.MustCompile(`(?s)that\s+is\s+not\s+certain.*it\s+is\s+managed`),
		},
	)
}
