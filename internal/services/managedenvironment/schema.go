package managedenvironment

import (
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
)

func limit(description string) schema.Int64Attribute {
	return field.Kept.Number(description, int64validator.AtLeast(-1))
}

func mode(description string, values ...string) schema.StringAttribute {
	return field.Kept.Folded(description, field.NotEmpty(), field.Known(values...))
}

// ruleCode is the form of a rule: the wire joins rules with commas.
var ruleCode = regexp.MustCompile(`^[^,\s]+$`)

var managedSchema = schema.Schema{
	MarkdownDescription: "Makes an environment a [managed environment](https://learn.microsoft.com/power-platform/admin/managed-environment-overview), which private networking, encryption with own keys and environment groups need. " +
		"The defaults are what an environment gets when it becomes managed; an argument that is left out keeps the value that a managed environment has already. A destroy makes the environment one that is not managed. " +
		"The members of an environment group are governed by the group and cannot have this resource.",
	Attributes: field.Attributes{
		"id":             field.Shown.Folded("The same as `environment_id`."),
		"environment_id": field.EnvironmentID(),
		"protection_level": field.Shown.Text(
			"Protection level of the environment: `Standard` for a managed environment."),
		"is_usage_insights_disabled": field.Kept.Bool(
			"Whether the environment is left out of the weekly digest with [usage insights]" +
				"(https://learn.microsoft.com/power-platform/admin/managed-environment-usage-insights). " +
				"Default `false`."),
		"is_group_sharing_disabled": field.Kept.Bool(
			"Whether canvas apps cannot be shared with security groups. Default `false`."),
		"limit_sharing_mode": mode(
			"Who canvas apps may be [shared]"+
				"(https://learn.microsoft.com/power-platform/admin/managed-environment-sharing-limits) with: "+
				"`NoLimit`, or `ExcludeSharingToSecurityGroups` for individuals only. Default `NoLimit`.",
			"NoLimit", "ExcludeSharingToSecurityGroups"),
		"max_limit_user_sharing": limit(
			"How many individuals a canvas app may be shared with, `-1` for any number. " +
				"A limit makes sense where sharing with security groups is disabled. Default `-1`."),
		"solution_checker_mode": mode(
			"What the [solution checker]"+
				"(https://learn.microsoft.com/power-platform/admin/managed-environment-solution-checker) does when a "+
				"solution with critical issues is imported: `None`, `Warn` or `Block`. Default `None`.",
			"None", "Warn", "Block"),
		"suppress_validation_emails": field.Kept.Bool(
			"Whether administrators get no mail about solutions that the solution checker blocks or warns of. " +
				"Default `false`."),
		"solution_checker_rule_overrides": field.Kept.Set(
			"Codes of the rules that the solution checker leaves out, such as `web-avoid-eval`. "+
				"`[]` leaves none out. Default `[]`.",
			setvalidator.ValueStringsAre(field.Matches(ruleCode, "must be the code of a rule, without comma or space"))),
		"power_automate_is_sharing_disabled": field.Kept.Bool(
			"Whether cloud flows in solutions cannot be shared. Default `false`."),
		"copilot_allow_grant_editor_permissions_when_shared": field.Kept.Bool(
			"Whether makers may grant editor permissions when they share agents. Default `true`."),
		"copilot_limit_sharing_mode": mode(
			"Who agents may be shared with: `NoLimit`, `ExcludeSharingToSecurityGroups` for individuals only, or "+
				"`DisableSharing`. Default `NoLimit`.",
			"NoLimit", "ExcludeSharingToSecurityGroups", "DisableSharing"),
		"copilot_max_limit_user_sharing": limit(
			"How many individuals an agent may be shared with, `-1` for any number. Default `-1`."),
	},
}
