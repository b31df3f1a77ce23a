// Package licensing is the typed client of the licensing routes of the Power Platform API.
// https://learn.microsoft.com/rest/api/power-platform/licensing/billing-policy
package licensing

import (
	"context"
	"iter"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/cloud"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// Client groups the object kinds of the licensing API.
type Client struct{ rest *rest.Client }

// New returns the client of one cloud.
func New(c cloud.Cloud, o rest.Options) *Client {
	return &Client{rest.New(rest.Endpoint{Host: c.PowerPlatform, Scope: c.PowerPlatformScope, APIVersion: "2022-03-01-preview"}, o)}
}

// BillingPolicy is a pay-as-you-go plan: an Azure subscription that pays for environments.
type BillingPolicy struct {
	ID       string `json:"id,omitempty"`
	Name     string `json:"name,omitempty"`
	Location string `json:"location,omitempty"`
	Status   string `json:"status,omitempty"` // Enabled, Disabled, or another while the policy is being set up

	BillingInstrument *BillingInstrument `json:"billingInstrument,omitempty"`
}

// BillingInstrument is the Azure resource group that is billed.
type BillingInstrument struct {
	ID             string `json:"id,omitempty"` // Azure resource ID
	SubscriptionID string `json:"subscriptionId,omitempty"`
	ResourceGroup  string `json:"resourceGroup,omitempty"`
}

// BillingPolicyEnvironment is an environment that a billing policy pays for.
type BillingPolicyEnvironment struct {
	BillingPolicyID string `json:"billingPolicyId"`
	EnvironmentID   string `json:"environmentId"`
}

const policies = "/licensing/billingPolicies"

// BillingPolicies yields the billing policies of the tenant.
func (c *Client) BillingPolicies(ctx context.Context) iter.Seq2[BillingPolicy, error] {
	return rest.List[BillingPolicy](ctx, c.rest, policies)
}

// BillingPolicyEnvironments yields the environments that a billing policy pays for.
func (c *Client) BillingPolicyEnvironments(ctx context.Context, policy string) iter.Seq2[BillingPolicyEnvironment, error] {
	return rest.List[BillingPolicyEnvironment](ctx, c.rest, rest.Path(policies+"/", policy, "/environments"))
}

// Pays reports whether a billing policy pays for an environment.
func (c *Client) Pays(ctx context.Context, policy, environment string) (bool, error) {
	for e, err := range c.BillingPolicyEnvironments(ctx, policy) {
		if err != nil {
			return false, err
		}
		if strings.EqualFold(e.EnvironmentID, environment) {
			return true, nil
		}
	}
	return false, nil
}

// AddBillingPolicyEnvironment lets a billing policy pay for an environment.
func (c *Client) AddBillingPolicyEnvironment(ctx context.Context, policy, environment string) error {
	return c.change(ctx, policy, "/environments/add", environment)
}

// RemoveBillingPolicyEnvironment ends that a billing policy pays for an environment.
func (c *Client) RemoveBillingPolicyEnvironment(ctx context.Context, policy, environment string) error {
	return c.change(ctx, policy, "/environments/remove", environment)
}

func (c *Client) change(ctx context.Context, policy, verb, environment string) error {
	_, err := rest.Post[rest.None](ctx, c.rest, rest.Path(policies+"/", policy, verb),
		map[string][]string{"environmentIds": {strings.ToLower(environment)}})
	return err
}
