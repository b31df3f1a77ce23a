package managedenvironment

import (
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/boolplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/setplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
)

func yesNo(description string) schema.BoolAttribute {
	return schema.BoolAttribute{
		MarkdownDescription: description, Optional: true, Computed: true,
		PlanModifiers: []planmodifier.Bool{boolplanmodifier.UseStateForUnknown()},
	}
}

func limit(description string) schema.Int64Attribute {
	return schema.Int64Attribute{
		MarkdownDescription: description, Optional: true, Computed: true,
		PlanModifiers: []planmodifier.Int64{int64planmodifier.UseStateForUnknown()},
		Validators:    []validator.Int64{int64validator.AtLeast(-1)},
	}
}

func mode(description string, values ...string) schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: description, CustomType: customtype.FoldedType{}, Optional: true, Computed: true,
		PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown(), customtype.KeepCase()},
		Validators:    []validator.String{stringvalidator.LengthAtLeast(1), customtype.Known(values...)},
	}
}

// ruleCode is the form of a rule: the wire joins rules with commas.
var ruleCode = regexp.MustCompile(`^[^,\s]+$`)

var managedSchema = schema.Schema{
	MarkdownDescription: "Makes an environment a [managed environment](https://learn.microsoft.com/power-platform/admin/managed-environment-overview), which private networking, encryption with own keys and environment groups need. " +
		"The defaults are what an environment gets when it becomes managed; an argument that is left out keeps the value that a managed environment has already. A destroy makes the environment one that is not managed. " +
		"The members of an environment group are governed by the group and cannot have this resource.",
	Attributes: map[string]schema.Attribute{
		"id": schema.StringAttribute{
			MarkdownDescription: "The same as `environment_id`.", CustomType: customtype.FoldedType{}, Computed: true,
			PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
		},
		"environment_id": schema.StringAttribute{
			MarkdownDescription: "ID of the environment. A change replaces the resource.", CustomType: customtype.FoldedType{}, Required: true,
			PlanModifiers: []planmodifier.String{customtype.KeepCase(), stringplanmodifier.RequiresReplace()},
			Validators:    []validator.String{customtype.EnvironmentID()},
		},
		"protection_level": schema.StringAttribute{
			MarkdownDescription: "Protection level of the environment: `Standard` for a managed environment.", Computed: true,
			PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
		},
		"is_usage_insights_disabled": yesNo("Whether the environment is left out of the weekly digest with [usage insights](https://learn.microsoft.com/power-platform/admin/managed-environment-usage-insights). Default `false`."),
		"is_group_sharing_disabled":  yesNo("Whether canvas apps cannot be shared with security groups. Default `false`."),
		"limit_sharing_mode": mode("Who canvas apps may be [shared](https://learn.microsoft.com/power-platform/admin/managed-environment-sharing-limits) with: `NoLimit`, or `ExcludeSharingToSecurityGroups` for individuals only. Default `NoLimit`.",
			"NoLimit", "ExcludeSharingToSecurityGroups"),
		"max_limit_user_sharing": limit("How many individuals a canvas app may be shared with, `-1` for any number. A limit makes sense where sharing with security groups is disabled. Default `-1`."),
		"solution_checker_mode": mode("What the [solution checker](https://learn.microsoft.com/power-platform/admin/managed-environment-solution-checker) does when a solution with critical issues is imported: `None`, `Warn` or `Block`. Default `None`.",
			"None", "Warn", "Block"),
		"suppress_validation_emails": yesNo("Whether administrators get no mail about solutions that the solution checker blocks or warns of. Default `false`."),
		"solution_checker_rule_overrides": schema.SetAttribute{
			MarkdownDescription: "Codes of the rules that the solution checker leaves out, such as `web-avoid-eval`. `[]` leaves none out. Default `[]`.",
			ElementType:         types.StringType, Optional: true, Computed: true,
			PlanModifiers: []planmodifier.Set{setplanmodifier.UseStateForUnknown()},
			Validators:    []validator.Set{setvalidator.ValueStringsAre(stringvalidator.RegexMatches(ruleCode, "must be the code of a rule, without comma or space"))},
		},
		"power_automate_is_sharing_disabled":                 yesNo("Whether cloud flows in solutions cannot be shared. Default `false`."),
		"copilot_allow_grant_editor_permissions_when_shared": yesNo("Whether makers may grant editor permissions when they share agents. Default `true`."),
		"copilot_limit_sharing_mode": mode("Who agents may be shared with: `NoLimit`, `ExcludeSharingToSecurityGroups` for individuals only, or `DisableSharing`. Default `NoLimit`.",
			"NoLimit", "ExcludeSharingToSecurityGroups", "DisableSharing"),
		"copilot_max_limit_user_sharing": limit("How many individuals an agent may be shared with, `-1` for any number. Default `-1`."),
	},
}
