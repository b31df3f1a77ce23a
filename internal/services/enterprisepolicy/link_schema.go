package enterprisepolicy

import (
	"context"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
)

var systemID = regexp.MustCompile(`^(?i)/regions/[^/\s]+/providers/Microsoft\.PowerPlatform/enterprisePolicies/[^/\s]+$`)

var linkSchema = schema.Schema{
	MarkdownDescription: "Links an environment to an [enterprise policy](https://learn.microsoft.com/power-platform/admin/vnet-support-overview): to the delegated subnets of a network, to a customer-managed key, or to a managed identity. " +
		"An environment has at most one policy of each type. Another policy is swapped in place, so that the environment is never without one; a key is rotated like that. " +
		"A link that is there already is adopted if it is to the same policy; one to another policy is left alone until it is imported.\n\n" +
		"The environment must have Dataverse, and be managed (`powerplatform_managed_environment`) for the types `NetworkInjection` and `Encryption`. Environment and policy belong to the same geography and tenant.\n\n" +
		"An environment that is being encrypted is not available meanwhile, for up to four days. The default of its timeouts is therefore 96 hours; a link that takes longer stays in state with the `link_status` that it has, and the next apply goes on waiting without starting over.",
	Attributes: field.Attributes{
		"id": field.Shown.Folded("`environment_id/policy_type`."),
		"environment_id": field.EnvironmentID(
			". Take it from `powerplatform_managed_environment`, so that the environment is managed first"),
		"policy_type": field.Fixed.Text("Type of the policy: `NetworkInjection`, `Encryption` or `Identity`.",
			field.OneOf(bap.NetworkInjection, bap.Encryption, bap.Identity)),
		"system_id": field.With(field.Filled.Folded(
			"ID of the policy on the platform, of the form "+
				"`/regions/europe/providers/Microsoft.PowerPlatform/enterprisePolicies/00000000-0000-0000-0000-000000000000`. "+
				"Give this or `policy_id`. A change swaps the policy in place.",
			field.Matches(systemID, "must be the system ID of an enterprise policy, "+
				"/regions/{location}/providers/Microsoft.PowerPlatform/enterprisePolicies/{id}; "+
				"the ID of the Azure resource belongs into policy_id")), follows{atPolicyID}),
		"policy_id": field.With(field.Filled.Folded(
			"ID of the policy in Azure, which the identity of the provider must be allowed to read: of a "+
				"`powerplatform_network_injection_policy`, `powerplatform_encryption_policy` or "+
				"`powerplatform_identity_policy`, or made by other means. Give this or `system_id`. "+
				"A change swaps the policy in place.", field.ResourceID(arm.ServiceName)), follows{atSystemID}),
		"link_status": field.With(field.Computed.Text("Status of the link: `Linked` once it is in effect."), untilLinked{}),
	},
}

// follows keeps the one ID of a policy in state as long as the other, which is configured, is what it was.
type follows struct{ other path.Path }

func (f follows) Description(context.Context) string {
	return "Known as long as " + f.other.String() + " does not change."
}

func (f follows) MarkdownDescription(ctx context.Context) string { return f.Description(ctx) }

// PlanModifyString plans an ID that is not configured.
func (f follows) PlanModifyString(ctx context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	if !req.ConfigValue.IsNull() || req.State.Raw.IsNull() {
		return
	}
	var given, before customtype.Folded
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, f.other, &given)...)
	resp.Diagnostics.Append(req.State.GetAttribute(ctx, f.other, &before)...)
	resp.PlanValue = req.StateValue
	if changes(given, before) {
		resp.PlanValue = types.StringUnknown()
	}
}

// changes reports whether an ID that is configured is not the one in state.
func changes(given, before customtype.Folded) bool {
	return !given.IsNull() && (given.IsUnknown() || !strings.EqualFold(given.ValueString(), before.ValueString()))
}

// untilLinked plans a link status to become known while the link is not in effect or its policy changes: the update that
// comes of it waits.
type untilLinked struct{}

func (untilLinked) Description(context.Context) string {
	return "Known as long as the environment stays linked to the same policy."
}

func (u untilLinked) MarkdownDescription(ctx context.Context) string { return u.Description(ctx) }

// PlanModifyString plans the status.
func (untilLinked) PlanModifyString(ctx context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	if req.State.Raw.IsNull() {
		return
	}
	resp.PlanValue = req.StateValue
	if linkLacks(&link{LinkStatus: req.StateValue}) != "" {
		resp.PlanValue = types.StringUnknown()
	}
	for _, at := range []path.Path{atSystemID, atPolicyID} {
		var given, before customtype.Folded
		resp.Diagnostics.Append(req.Config.GetAttribute(ctx, at, &given)...)
		resp.Diagnostics.Append(req.State.GetAttribute(ctx, at, &before)...)
		if changes(given, before) {
			resp.PlanValue = types.StringUnknown()
		}
	}
}
