package enterprisepolicy

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
)

// item is a policy of any kind in a list.
type item struct {
	ID              customtype.Folded `tfsdk:"id"`
	Name            customtype.Folded `tfsdk:"name"`
	ResourceGroupID customtype.Folded `tfsdk:"resource_group_id"`
	Location        customtype.Folded `tfsdk:"location"`
	Kind            types.String      `tfsdk:"kind"`
	Tags            types.Map         `tfsdk:"tags"`
	SystemID        customtype.Folded `tfsdk:"system_id"`
	PolicyID        customtype.UUID   `tfsdk:"policy_id"`
	HealthStatus    types.String      `tfsdk:"health_status"`
	SubnetIDs       types.List        `tfsdk:"subnet_ids"`
	identified
	key
}

// chosen says which policies are listed.
type chosen struct {
	ResourceGroupID types.String    `tfsdk:"resource_group_id"`
	SubscriptionID  customtype.UUID `tfsdk:"subscription_id"`
	Kind            types.String    `tfsdk:"kind"`
}

// List is data.powerplatform_enterprise_policies.
func List() entity.List[item, chosen] {
	return entity.List[item, chosen]{
		Name: "enterprise_policies",
		Args: field.Attributes{
			"resource_group_id": field.Optional.Text(
				"Only the policies of this resource group, by its Azure resource ID.",
				field.ResourceID("Microsoft.Resources/resourceGroups"), stringvalidator.ConflictsWith(path.MatchRoot("subscription_id"))),
			"subscription_id": field.Optional.UUID(
				"ID of the subscription whose policies are listed. Default: `subscription_id` of the provider."),
			"kind": field.Optional.Text(
				"Only the policies of this kind: `NetworkInjection`, `Encryption` or `Identity`.",
				stringvalidator.OneOfCaseInsensitive(arm.NetworkInjection, arm.Encryption, arm.Identity)),
		},
		Schema: itemSchema,
		Each:   eachPolicy,
	}
}

var itemSchema = schema.Schema{
	MarkdownDescription: "The enterprise policies of a subscription or a resource group. Which environments are linked to one tells `linked_environment_ids` of the resources.",
	Attributes: field.Attributes{
		"id": field.Shown.Folded(
			"Azure resource ID of the policy, as `powerplatform_enterprise_policy` takes it."),
		"name":              field.Shown.Folded("Name of the policy."),
		"resource_group_id": field.Shown.Folded("Azure resource ID of the resource group."),
		"location":          field.Shown.Folded("Location of the environments that the policy is for."),
		"kind": field.Shown.Text(
			"`NetworkInjection`, `Encryption`, `Identity`, or a kind that this provider does not manage."),
		"tags":          field.Shown.Map("Tags of the Azure resource."),
		"system_id":     field.Shown.Folded("ID by which the platform knows the policy."),
		"policy_id":     field.Shown.UUID("The UUID at the end of `system_id`."),
		"health_status": field.Shown.Text("Health as the platform sees it."),
		"subnet_ids": field.Shown.TypedList(
			"Azure resource IDs of the subnets of a network injection policy; else null.", customtype.FoldedType{}),

		"key_vault_id": field.Shown.Folded("Azure resource ID of the key vault of an encryption policy; else null."),
		"key_name":     field.Shown.Folded("Name of the key of an encryption policy; else null."),
		"key_version": field.Shown.Folded(
			"Version of the key; null for the newest at the time when an environment is linked."),
		"principal_id": field.Shown.UUID("Object ID of the policy's managed identity in Entra; null if it has none."),
		"tenant_id":    field.Shown.UUID("Entra tenant of the identity."),
	},
}

var errUnnamed = errors.New(
	"no subscription is named; give resource_group_id here, or subscription_id to the provider")

// policies yields the policies of a resource group or, without one, of a subscription: that of the provider if none is
// named.
func policies(ctx context.Context, c *api.Client, groupID, subscription string) iter.Seq2[arm.Policy, error] {
	scope := groupID
	if subscription = cmp.Or(subscription, c.ARM.Subscription()); scope == "" && subscription != "" {
		scope = "/subscriptions/" + subscription
	}
	if scope != "" {
		return c.ARM.Policies(ctx, scope)
	}
	return func(yield func(arm.Policy, error) bool) {
		yield(arm.Policy{}, errUnnamed)
	}
}

func eachPolicy(ctx context.Context, c *api.Client, args *chosen) iter.Seq2[item, error] {
	return func(yield func(item, error) bool) {
		for p, err := range policies(ctx, c, args.ResourceGroupID.ValueString(), args.SubscriptionID.ValueString()) {
			if errors.Is(err, errUnnamed) {
				err = entity.Atf(path.Root("subscription_id"), "no subscription is named; "+
					"give subscription_id or resource_group_id here, or subscription_id to the provider")
			}
			if kind := args.Kind.ValueString(); err == nil && kind != "" && !strings.EqualFold(kind, p.Kind) {
				continue
			}
			var m item
			if err == nil {
				m.flatten(p)
			}
			if !yield(m, err) {
				return
			}
		}
	}
}

func (m *item) flatten(p arm.Policy) {
	var b common
	b.flatten(p)
	m.ID, m.Name, m.ResourceGroupID, m.Location, m.Tags = b.ID, b.Name, b.ResourceGroupID, b.Location, b.Tags
	m.SystemID, m.PolicyID, m.HealthStatus = b.SystemID, b.PolicyID, b.HealthStatus
	m.Kind = types.StringValue(p.Kind)
	m.SubnetIDs = types.ListNull(customtype.FoldedType{})
	if p.Properties.NetworkInjection != nil {
		m.SubnetIDs = subnetList(p.SubnetIDs())
	}
	m.identified.flatten(p)
	m.key.flatten(p)
}
