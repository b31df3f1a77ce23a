package bap

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// TenantSettings holds the settings of a tenant that were changed: one document, under the ID "settings".
const TenantSettings = "tenant_settings"

const settingsID = "settings"

// defaultSettings are the settings of a tenant in which nobody has changed one:
// https://learn.microsoft.com/power-platform/admin/list-tenantsettings, and those of them that the page does not show but
// microsoft/terraform-provider-power-platform was seen to read. A setting that is null has no value yet.
func defaultSettings() Doc {
	return Doc{
		"walkMeOptOut": false, "disableNPSCommentsReachout": false, "disableNewsletterSendout": false,
		"disableEnvironmentCreationByNonAdminUsers": false, "disablePortalsCreationByNonAdminUsers": false, "disableSurveyFeedback": false,
		"disableTrialEnvironmentCreationByNonAdminUsers": false, "disableCapacityAllocationByEnvironmentAdmins": false,
		"disableSupportTicketsVisibleByAllUsers": false,
		"powerPlatform": Doc{
			"search":           Doc{"disableDocsSearch": false, "disableCommunitySearch": false, "disableBingVideoSearch": false},
			"teamsIntegration": Doc{"shareWithColleaguesUserLimit": float64(10000)},
			"powerApps": Doc{
				"disableShareWithEveryone": false, "enableGuestsToMake": false, "disableMembersIndicator": false, "disableMakerMatch": false,
				"disableUnusedLicenseAssignment": false, "disableCreateFromImage": false, "disableCreateFromFigma": false,
				"disableConnectionSharingWithEveryone": false,
			},
			"powerAutomate": Doc{"disableCopilot": false, "disableCopilotWithBing": false},
			"environments":  Doc{"disablePreferredDataLocationForTeamsEnvironment": false},
			"governance": Doc{
				"disableAdminDigest": false, "disableDeveloperEnvironmentCreationByNonAdminUsers": false, "enableDefaultEnvironmentRouting": false,
				"environmentRoutingAllMakers": false, "environmentRoutingTargetEnvironmentGroupId": nil, "environmentRoutingTargetSecurityGroupId": nil,
				"policy": Doc{"enableDesktopFlowDataPolicyManagement": false},
			},
			"licensing": Doc{
				"disableBillingPolicyCreationByNonAdminUsers": false, "enableTenantCapacityReportForEnvironmentAdmins": false,
				"enableTenantLicensingReportForEnvironmentAdmins": false, "disableUseOfUnassignedAIBuilderCredits": false,
				"storageCapacityConsumptionWarningThreshold": float64(85), "applyAutoClaimToOnlyManagedEnvironments": false,
			},
			"powerPages":             Doc{},
			"champions":              Doc{"disableChampionsInvitationReachout": false, "disableSkillsMatchInvitationReachout": false},
			"intelligence":           Doc{"disableCopilot": false, "enableOpenAiBotPublishing": false, "disableCopilotFeedback": false, "disableCopilotFeedbackMetadata": false},
			"modelExperimentation":   Doc{"enableModelDataSharing": false, "disableDataLogging": false},
			"catalogSettings":        Doc{"powerCatalogAudienceSetting": "SpecificAdmins"},
			"userManagementSettings": Doc{"enableDeleteDisabledUserinAllEnvironments": false},
		},
	}
}

// settings adds the routes of tenant settings. Reading is a POST.
func (r router) settings() {
	r.route("POST", "/listTenantSettings", "settings.list", func(c call) server.Reply {
		return server.JSON(http.StatusOK, c.settings())
	})
	r.route("POST", "/scopes/admin/updateTenantSettings", "settings.update", updateSettings)
}

func (c call) settings() Doc {
	out := defaultSettings()
	if changed, ok := c.Tenant.Collection(TenantSettings).Get(settingsID); ok {
		overlay(out, changed)
	}
	return out
}

// updateSettings changes the settings that are sent and answers with all.
func updateSettings(c call) server.Reply {
	body := server.Prune(c.Body)
	if path, why := odd(body, defaultSettings(), ""); path != "" {
		if reply, refused := c.Object(path+" "+why, bad("InvalidRequestContent",
			"The request content was invalid and could not be deserialized: the property '%s' %s.", path, why)); refused {
			return reply
		}
	}
	changed, ok := c.Tenant.Collection(TenantSettings).Peek(settingsID)
	if !ok {
		changed = Doc{}
	}
	overlay(changed, body)
	c.Tenant.Collection(TenantSettings).Put(settingsID, changed)
	return server.JSON(http.StatusOK, c.settings())
}

// overlay writes one tree over another. The zero GUID takes an ID away, which is then null: observed in
// microsoft/terraform-provider-power-platform.
func overlay(under, over Doc) {
	for name, value := range over {
		inner, is := value.(Doc)
		below, has := under[name].(Doc)
		switch {
		case is && has:
			overlay(below, inner)
		case is:
			below = Doc{}
			overlay(below, inner)
			under[name] = below
		case value == zero:
			under[name] = nil
		default:
			under[name] = value
		}
	}
}

// odd finds the first setting that is none, or whose value is of another type, in order of names.
func odd(d, known Doc, at string) (path, why string) {
	for _, name := range slices.Sorted(maps.Keys(d)) {
		path := strings.TrimPrefix(at+"."+name, ".")
		like, has := known[name]
		if !has {
			return path, "is no setting of the tenant"
		}
		switch like := like.(type) {
		case Doc:
			inner, is := d[name].(Doc)
			if !is {
				return path, "must be an object"
			}
			if path, why := odd(inner, like, path); path != "" {
				return path, why
			}
		case bool:
			if _, is := d[name].(bool); !is {
				return path, "must be true or false"
			}
		case float64:
			if n, is := whole(d[name]); !is || n < 0 {
				return path, "must be a whole number"
			}
		default:
			if _, is := d[name].(string); !is {
				return path, "must be text"
			}
		}
	}
	return "", ""
}
