package bap

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/record"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// The members of a governance configuration are those observed in microsoft/terraform-provider-power-platform.
var governanceSettings = []string{
	"excludeEnvironmentFromAnalysis", "isGroupSharingDisabled", "maxLimitUserSharing", "disableAiGeneratedDescriptions",
	"includeOnHomepageInsights", "limitSharingMode", "solutionCheckerMode", "suppressValidationEmails", "solutionCheckerRuleOverrides",
	"solutionCloudFlows-limitSharingMode", "solutionCloudFlows-maxLimitUserSharing", "bot-authoringSharingDisabled",
	"bot-limitSharingMode", "bot-maxLimitUserSharing", "makerOnboardingMarkdown", "makerOnboardingUrl",
}

// usualSettings are those that a managed environment has unless it is told otherwise.
func usualSettings() Doc {
	return Doc{
		"excludeEnvironmentFromAnalysis": "false", "isGroupSharingDisabled": "false", "maxLimitUserSharing": "-1",
		"disableAiGeneratedDescriptions": "false", "includeOnHomepageInsights": "false", "limitSharingMode": "noLimit",
		"solutionCheckerMode": "none", "suppressValidationEmails": "false", "solutionCheckerRuleOverrides": "",
	}
}

const (
	level    = "properties.governanceConfiguration.protectionLevel"
	extended = "properties.governanceConfiguration.settings.extendedSettings"
)

func (r router) governance() {
	r.route("POST", "/environments/{id}/governanceConfiguration", "environments.govern", existing(configure))
}

// govern is a managed environment with these settings and the defaults of the rest. A group brings its own.
func govern(env, settings Doc) {
	server.Assign(env, level, "Standard")
	if grouped(env) {
		return
	}
	all := usualSettings()
	maps.Copy(all, settings)
	server.Assign(env, extended, all)
}

// grouped reports whether a group governs an environment. The zero UUID counts: it is what a create with it records.
func grouped(env Doc) bool { return server.Text(env, "properties.parentEnvironmentGroup.id") != "" }

// configure changes the governance configuration of an environment.
func configure(c call, env Doc) server.Reply {
	retired := strings.Split(c.Tenant.Switch(SwitchGovernanceRetired), ",")
	known := slices.DeleteFunc(slices.Clone(governanceSettings), func(s string) bool { return slices.Contains(retired, s) })
	body, reply, ok := c.read(record.Object("GovernanceConfiguration", record.Members{
		"protectionLevel": record.Any,
		"settings": record.Object("GovernanceConfigurationSettings", record.Members{
			"extendedSettings": record.Object("ExtendedSettings", record.Leaves(known...)),
		}),
	}))
	if !ok {
		return reply
	}
	sent := child(body, "settings.extendedSettings")
	for _, name := range slices.Sorted(maps.Keys(sent)) {
		if _, is := sent[name].(string); !is {
			return bad("InvalidRequestContent", "The request content was invalid and could not be deserialized: the value of '%s' is not a string. Path 'settings.extendedSettings.%s'.", name, name)
		}
	}
	name, wanted := server.Text(env, "name"), server.Text(body, "protectionLevel")
	if wanted != "Standard" && wanted != "Basic" {
		return bad("InvalidRequestContent", "The protection level '%s' is not valid.", wanted)
	}
	if grouped(env) {
		return refuse(http.StatusConflict, "GovernanceConfigurationChangeBlockedByGroup",
			"The governance configuration of the environment '%s' cannot be changed because it belongs to the environment group '%s'.",
			name, server.Text(env, "properties.parentEnvironmentGroup.id"))
	}
	if reply, is := busy(c, name); is {
		return reply
	}
	managed := server.Text(env, level) == "Standard"
	if wanted == "Basic" {
		if reply, is := c.disallowed(env, KindUngovern); is && managed {
			return reply
		}
		return c.regoverned(env, KindUngovern, managed, nil)
	}
	if !managed && c.Tenant.Switch(SwitchGovernanceDatabase) == "required" && child(env, "properties.linkedEnvironmentMetadata") == nil {
		return bad("InvalidLifecycleOperationRequest", "%s cannot be performed because there is no linked CDS instance or the CDS instance version is not supported.", KindGovern)
	}
	settings := sent
	if c.Tenant.Switch(SwitchGovernanceMerge) == "on" && managed {
		settings = server.Copy(child(env, extended))
		maps.Copy(settings, sent)
	}
	after := server.Copy(env)
	govern(after, settings)
	kind := KindGovern
	if managed {
		kind = KindRegovern
	}
	return c.regoverned(env, kind, fmt.Sprint(child(after, extended)) != fmt.Sprint(child(env, extended)) || !managed, settings)
}

// regoverned is the answer to a configuration: an operation, or 204 where there is nothing to do.
func (c call) regoverned(env Doc, kind string, changes bool, settings Doc) server.Reply {
	switch {
	case !changes:
		return server.Empty(http.StatusNoContent)
	case c.Tenant.Switch(SwitchGovernanceAnswer) == "204":
		regovern(c.Tenant, server.Text(env, "name"), kind, settings)
		return server.Empty(http.StatusNoContent)
	}
	return c.accepted("Location", c.begin(kind, env, governTime, Doc{"settings": settings}))
}

// configured is the effect of a configuration.
func configured(t *server.Tenant, name string, op *server.Operation) {
	regovern(t, name, op.Kind, child(op.Data, "settings"))
}

// regovern changes the governance configuration of an environment, as operations of a kind do.
func regovern(t *server.Tenant, name, kind string, settings Doc) {
	env, ok := t.Collection(Environments).Peek(name)
	if !ok {
		return
	}
	if kind == KindUngovern {
		server.Assign(env, "properties.governanceConfiguration", Doc{"protectionLevel": "Basic"})
	} else {
		govern(env, settings)
	}
	modified(t, env)
	t.Collection(Environments).Put(name, env)
}
