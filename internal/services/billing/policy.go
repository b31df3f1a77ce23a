// Package billing looks up who pays for environments.
package billing

import (
	"context"
	"iter"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/licensing"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
)

var policySchema = schema.Schema{
	MarkdownDescription: "The [billing policies](https://learn.microsoft.com/power-platform/admin/pay-as-you-go-overview) of the tenant: Azure subscriptions that pay for environments as they go.",
	Attributes: field.Attributes{
		"id":       field.ID("ID of the policy, as `powerplatform_environment` takes it."),
		"name":     field.Shown.Text("Name of the policy."),
		"location": field.Shown.Text("Location whose environments the policy can pay for."),
		"status":   field.Shown.Text("`Enabled` or `Disabled`, or another word while the platform sets the policy up."),
		"billing_instrument": field.Shown.Object("The Azure resource group that is billed.", field.Attributes{
			"id":              field.Shown.Text("Azure resource ID of the billing account."),
			"subscription_id": field.Shown.Text("ID of the Azure subscription."),
			"resource_group":  field.Shown.Text("Name of the resource group."),
		}),
	},
}

// Policies is data.powerplatform_billing_policies.
func Policies() entity.List[policy, struct{}] {
	return entity.List[policy, struct{}]{Name: "billing_policies", Schema: policySchema, Each: each}
}

type policy struct {
	ID                customtype.UUID `tfsdk:"id"`
	Name              types.String    `tfsdk:"name"`
	Location          types.String    `tfsdk:"location"`
	Status            types.String    `tfsdk:"status"`
	BillingInstrument *instrument     `tfsdk:"billing_instrument"`
}

type instrument struct {
	ID             types.String `tfsdk:"id"`
	SubscriptionID types.String `tfsdk:"subscription_id"`
	ResourceGroup  types.String `tfsdk:"resource_group"`
}

func (m *policy) flatten(p licensing.BillingPolicy) {
	m.ID = customtype.UUIDValue(p.ID)
	m.Name = types.StringValue(p.Name)
	m.Location = types.StringValue(p.Location)
	m.Status = types.StringValue(p.Status)
	if i := p.BillingInstrument; i != nil {
		m.BillingInstrument = &instrument{types.StringValue(i.ID), types.StringValue(i.SubscriptionID), types.StringValue(i.ResourceGroup)}
	}
}

func each(ctx context.Context, c *api.Client, _ *struct{}) iter.Seq2[policy, error] {
	return entity.Models(c.Licensing.BillingPolicies(ctx), (*policy).flatten)
}
