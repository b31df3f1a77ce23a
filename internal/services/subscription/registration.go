// Package subscription prepares Azure subscriptions for the platform.
package subscription

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/geography"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

type registration struct {
	ID                    customtype.Folded `tfsdk:"id"`
	SubscriptionID        customtype.UUID   `tfsdk:"subscription_id"`
	PreviewFeatureEnabled types.Bool        `tfsdk:"preview_feature_enabled"`
	RegistrationState     types.String      `tfsdk:"registration_state"`
	PreviewFeatureState   types.String      `tfsdk:"preview_feature_state"`
	PolicyLocations       types.List        `tfsdk:"policy_locations"`
}

// Registration is powerplatform_resource_provider_registration.
func Registration() entity.Settings[registration] {
	return entity.Settings[registration]{
		Name: "resource_provider_registration", Key: []string{"subscription_id"}, Schema: registrationSchema,
		Apply: apply, Read: read, Release: release, Plan: plan, Ready: lacks,
		Parent: func(ctx context.Context, c *api.Client, m *registration) error {
			return c.ARM.Sees(ctx, "/subscriptions/"+m.SubscriptionID.ValueString())
		},
		Errors: []entity.Diagnosis{
			{
				Is: rest.IsNotFound, Says: "/features/", At: path.Root("preview_feature_enabled"),
				Remedy: "there is no such preview feature any more; leave preview_feature_enabled out",
			},
			{Is: rest.IsNotFound, At: subscriptionAt},
		},
	}
}

var registrationSchema = schema.Schema{
	MarkdownDescription: "Registers the resource provider `Microsoft.PowerPlatform` in an Azure subscription, which enterprise policies need; one that is registered already is left as it is. " +
		"A destroy leaves it registered, because policies that are not managed here may need it. See [resource providers](https://learn.microsoft.com/azure/azure-resource-manager/management/resource-providers-and-types).",
	Attributes: field.Attributes{
		"id":              field.Shown.Folded("Azure resource ID of the registration."),
		"subscription_id": field.FixedIfSet.UUID("ID of the subscription. Default: `subscription_id` of the provider."),
		"preview_feature_enabled": field.BoolOr(
			"Whether the preview feature `enterprisePoliciesPreview` is registered as well, which subscriptions "+
				"needed before enterprise policies were generally available. `false` leaves it as it is.", false),
		"registration_state": field.Shown.Text("State of the resource provider: `Registered`."),
		"preview_feature_state": field.Shown.Text(
			"State of the preview feature, such as `Registered`, `NotRegistered` or, while Microsoft has to " +
				"approve it, `Pending`; null if there is no such feature any more."),
		"policy_locations": field.Shown.List(
			"Locations in which the subscription can have enterprise policies, in the order of the alphabet."),
	},
}

var subscriptionAt = path.Root("subscription_id")

// plan chooses the subscription, and plans what is not registered any more.
func plan(_ context.Context, c *api.Client, change *entity.Change[registration]) error {
	m, prior := change.Plan, change.Prior
	usual := c.ARM.Subscription()
	switch {
	case !change.Config.SubscriptionID.IsNull():
	case prior == nil && usual == "":
		return errUnnamed
	case prior == nil:
		m.SubscriptionID = customtype.UUIDValue(usual)
	case usual != "" && !strings.EqualFold(usual, prior.SubscriptionID.ValueString()):
		m.SubscriptionID = customtype.UUIDValue(usual)
		change.Replace(subscriptionAt)
		return nil
	}
	if prior == nil {
		return nil
	}
	if !registered(prior.RegistrationState) {
		m.RegistrationState = types.StringValue(arm.Registered)
	}
	if m.PreviewFeatureEnabled.ValueBool() && !registered(prior.PreviewFeatureState) {
		m.PreviewFeatureState = types.StringValue(arm.Registered)
	}
	return nil
}

var errUnnamed = entity.At(subscriptionAt, errors.New("no subscription is named; give subscription_id here or to the provider"))

func registered(state types.String) bool {
	return strings.EqualFold(state.ValueString(), arm.Registered)
}

// registerEvery is the pause between looks at a registration where Azure names none.
const registerEvery = 10 * time.Second

// apply registers what is not. A feature takes effect when the resource provider is registered once more:
// https://learn.microsoft.com/azure/azure-resource-manager/management/preview-features.
func apply(ctx context.Context, c *api.Client, m, prior *registration) error {
	if m.SubscriptionID.ValueString() == "" {
		if c.ARM.Subscription() == "" {
			return errUnnamed
		}
		m.SubscriptionID = customtype.UUIDValue(c.ARM.Subscription())
	}
	id := m.SubscriptionID.ValueString()
	p, err := c.ARM.Provider(ctx, id, arm.PowerPlatform)
	if err != nil {
		return err
	}
	again := m.PreviewFeatureEnabled.ValueBool() && !registered(prior.PreviewFeatureState)
	if m.PreviewFeatureEnabled.ValueBool() {
		if err := registerFeature(ctx, c, id); err != nil {
			return err
		}
	}
	if again || !is(p.RegistrationState, arm.Registered, arm.Registering) {
		_, err = c.ARM.RegisterProvider(ctx, id, arm.PowerPlatform)
	}
	return err
}

// registerFeature registers the preview feature and waits for it.
func registerFeature(ctx context.Context, c *api.Client, id string) error {
	f, err := c.ARM.Feature(ctx, id, arm.PowerPlatform, arm.PreviewFeature)
	if err != nil || is(f.Properties.State, arm.Registered) {
		return err
	}
	if !is(f.Properties.State, arm.Registering, "Pending") {
		if f, err = c.ARM.RegisterFeature(ctx, id, arm.PowerPlatform, arm.PreviewFeature); err != nil {
			return err
		}
	}
	state := f.Properties.State
	err = rest.Until(rest.Begin(ctx), registerEvery, func(ctx context.Context) (bool, error) {
		f, err := c.ARM.Feature(ctx, id, arm.PowerPlatform, arm.PreviewFeature)
		if err == nil {
			state = f.Properties.State
		}
		return is(state, arm.Registered), err
	})
	if rest.IsTimeout(err) {
		err = fmt.Errorf("the preview feature %s is %s; Microsoft may have to approve it: %w", arm.PreviewFeature, state, err)
	}
	return err
}

func is(state string, states ...string) bool {
	return slices.ContainsFunc(states, func(s string) bool { return strings.EqualFold(s, state) })
}

func read(ctx context.Context, c *api.Client, m *registration) error {
	id := m.SubscriptionID.ValueString()
	p, err := c.ARM.Provider(ctx, id, arm.PowerPlatform)
	if err != nil {
		return err
	}
	f, err := c.ARM.Feature(ctx, id, arm.PowerPlatform, arm.PreviewFeature)
	if err != nil && !rest.IsNotFound(err) {
		return err
	}
	m.flatten(p, f)
	return nil
}

// flatten fills the model. What is false leaves the feature alone, so it stays false.
func (m *registration) flatten(p arm.Provider, f arm.Feature) {
	m.ID = customtype.FoldedValue(p.ID)
	m.RegistrationState = types.StringValue(p.RegistrationState)
	approved := is(f.Properties.State, arm.Registered) && m.PreviewFeatureEnabled.ValueBool() && m.PreviewFeatureState.ValueString() != "" && !registered(m.PreviewFeatureState)
	switch {
	case approved: // since the last apply: it takes effect by the next one, so that must find something to do
	case f.Properties.State == "":
		m.PreviewFeatureState = types.StringNull()
	default:
		m.PreviewFeatureState = types.StringValue(f.Properties.State)
	}
	if m.PreviewFeatureEnabled.IsNull() || m.PreviewFeatureEnabled.ValueBool() {
		m.PreviewFeatureEnabled = types.BoolValue(is(f.Properties.State, arm.Registered, arm.Registering, "Pending"))
	}
	m.PolicyLocations = field.ListOf(locations(p))
}

// locations are those in which the subscription can have enterprise policies.
func locations(p arm.Provider) []string {
	var out []string
	for _, t := range p.ResourceTypes {
		if strings.EqualFold(t.ResourceType, "enterprisePolicies") {
			for _, l := range t.Locations {
				out = append(out, geography.Normal(l))
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// lacks is what is not registered yet.
func lacks(m *registration) string {
	if !registered(m.RegistrationState) {
		return "the resource provider " + arm.PowerPlatform + " is " + m.RegistrationState.ValueString()
	}
	return ""
}

func release(ctx context.Context, _ *api.Client, m *registration) error {
	entity.Warn(ctx, "Microsoft.PowerPlatform stays registered",
		"The resource provider stays registered in the subscription "+m.SubscriptionID.ValueString()+", because other policies may need it. It was removed from state only. "+
			"If nothing needs it any more: az provider unregister --namespace Microsoft.PowerPlatform --subscription "+m.SubscriptionID.ValueString())
	return nil
}
