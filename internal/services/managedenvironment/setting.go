package managedenvironment

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
)

// setting is one of the extended settings, which are all strings on the wire.
type setting struct {
	attribute, wire string
	usual           string // what a managed environment has that shows none
	classic         bool   // sent whenever an environment becomes managed; the others only if they are configured
	companion       string // the setting without a limit that the platform wants beside this one

	text func(m *model) (v string, given bool) // as it goes over the wire
	put  func(m *model, v string)
}

var settings = []setting{
	toggle("is_usage_insights_disabled", "excludeEnvironmentFromAnalysis", "true", "false", func(m *model) *types.Bool { return &m.InsightsDisabled }).always(),
	toggle("is_group_sharing_disabled", "isGroupSharingDisabled", "true", "false", func(m *model) *types.Bool { return &m.GroupSharingDisabled }).always(),
	choice("limit_sharing_mode", "limitSharingMode", noLimit, func(m *model) *customtype.Folded { return &m.LimitSharingMode }).always(),
	number("max_limit_user_sharing", "maxLimitUserSharing", func(m *model) *types.Int64 { return &m.MaxLimitUserSharing }).always(),
	choice("solution_checker_mode", "solutionCheckerMode", "none", func(m *model) *customtype.Folded { return &m.CheckerMode }).always(),
	toggle("suppress_validation_emails", "suppressValidationEmails", "true", "false", func(m *model) *types.Bool { return &m.SuppressEmails }).always(),
	{attribute: "solution_checker_rule_overrides", wire: "solutionCheckerRuleOverrides", text: rules, put: putRules},
	toggle("power_automate_is_sharing_disabled", "solutionCloudFlows-limitSharingMode", "disableSharing", noLimit, func(m *model) *types.Bool { return &m.FlowSharingDisabled }).
		beside("solutionCloudFlows-maxLimitUserSharing"),
	toggle("copilot_allow_grant_editor_permissions_when_shared", "bot-authoringSharingDisabled", "false", "true", func(m *model) *types.Bool { return &m.CopilotEditors }).usually("false"),
	choice("copilot_limit_sharing_mode", "bot-limitSharingMode", noLimit, func(m *model) *customtype.Folded { return &m.CopilotSharingMode }),
	number("copilot_max_limit_user_sharing", "bot-maxLimitUserSharing", func(m *model) *types.Int64 { return &m.CopilotMaxLimit }),
}

const (
	noLimit   = "noLimit"
	unlimited = "-1"
)

func (s setting) always() setting                 { s.classic = true; return s }
func (s setting) usually(usual string) setting    { s.usual = usual; return s }
func (s setting) beside(companion string) setting { s.companion = companion; return s }

// toggle is a setting that has one word for true and one, which is usual, for false.
func toggle(attribute, wire, yes, no string, at func(*model) *types.Bool) setting {
	return setting{
		attribute: attribute, wire: wire, usual: no,
		text: func(m *model) (string, bool) {
			v := at(m)
			if v.ValueBool() {
				return yes, field.Given(v)
			}
			return no, field.Given(v)
		},
		put: func(m *model, v string) { *at(m) = types.BoolValue(strings.EqualFold(v, yes)) },
	}
}

// choice is a setting that the platform spells with a small first letter.
func choice(attribute, wire, usual string, at func(*model) *customtype.Folded) setting {
	first := func(s string, to func(string) string) string { return to(s[:min(len(s), 1)]) + s[min(len(s), 1):] }
	return setting{
		attribute: attribute, wire: wire, usual: usual,
		text: func(m *model) (string, bool) { return first(at(m).ValueString(), strings.ToLower), field.Given(at(m)) },
		put:  func(m *model, v string) { *at(m) = customtype.FoldedValue(first(v, strings.ToUpper)) },
	}
}

// number is a limit; what is none counts as no limit.
func number(attribute, wire string, at func(*model) *types.Int64) setting {
	return setting{
		attribute: attribute, wire: wire, usual: unlimited,
		text: func(m *model) (string, bool) { return strconv.FormatInt(at(m).ValueInt64(), 10), field.Given(at(m)) },
		put: func(m *model, v string) {
			n, err := strconv.ParseInt(v, 10, 64)
			if err != nil {
				n = -1
			}
			*at(m) = types.Int64Value(n)
		},
	}
}

func rules(m *model) (string, bool) {
	codes := slices.Sorted(slices.Values(field.Strings(m.RuleOverrides)))
	return strings.Join(codes, ","), field.Given(m.RuleOverrides) && !slices.Contains(codes, "")
}

func putRules(m *model, v string) {
	var codes []string
	for code := range strings.SplitSeq(v, ",") {
		if code = strings.TrimSpace(code); code != "" {
			codes = append(codes, code)
		}
	}
	m.RuleOverrides = field.SetOf(codes)
}

// shown is a setting among those that the platform shows.
func (s setting) shown(extended map[string]any) string {
	switch v := extended[s.wire].(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return s.usual
}

// has reports whether the platform shows the value.
func (s setting) has(extended map[string]any, value string) bool {
	shown := s.shown(extended)
	if s.attribute == "solution_checker_rule_overrides" {
		var m model
		putRules(&m, shown)
		shown, _ = rules(&m)
	}
	return strings.EqualFold(shown, value)
}

// changed are the settings that m has and prior has not, with their values.
func (m *model) changed(prior *model) map[string]string {
	out := map[string]string{}
	for _, s := range settings {
		now, ok := s.text(m)
		before, had := s.text(prior)
		if ok && (!had || !strings.EqualFold(now, before)) {
			out[s.wire] = now
		}
	}
	return out
}

// wanted are the settings to ask of an environment that is managed, or not yet: those that changed and those that a
// managed environment always has.
func (m *model) wanted(prior *model, managed bool) map[string]string {
	if managed {
		return m.changed(prior)
	}
	out := m.changed(new(model))
	for _, s := range settings {
		if _, ok := out[s.wire]; !ok && s.classic {
			out[s.wire] = s.usual
		}
	}
	return out
}

// shows reports whether the platform shows all that is wanted.
func shows(extended map[string]any, wanted map[string]string) bool {
	return !slices.ContainsFunc(settings, func(s setting) bool {
		v, ok := wanted[s.wire]
		return ok && !s.has(extended, v)
	})
}

// expand is the whole of the settings: what is wanted over what there is, known to this provider or not. Whether the
// platform keeps what a request leaves out is not documented.
func expand(extended map[string]any, wanted map[string]string, refused map[string]bool) map[string]any {
	out := map[string]any{}
	maps.Copy(out, extended)
	for _, s := range settings {
		if v, ok := wanted[s.wire]; ok {
			out[s.wire] = v
			if _, has := out[s.companion]; s.companion != "" && !has {
				out[s.companion] = unlimited
			}
		}
	}
	maps.DeleteFunc(out, func(name string, v any) bool { return refused[name] || v == nil })
	return out
}
