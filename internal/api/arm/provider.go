package arm

import (
	"context"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// PowerPlatform is the namespace of the resource provider of the platform, and PreviewFeature its feature for enterprise
// policies.
const (
	PowerPlatform  = "Microsoft.PowerPlatform"
	PreviewFeature = "enterprisePoliciesPreview"
)

// States of a resource provider or feature: one that can be used, and one that soon can be.
const (
	Registered  = "Registered"
	Registering = "Registering"
)

// Provider is a resource provider in a subscription: https://learn.microsoft.com/rest/api/resources/providers/get.
type Provider struct {
	ID                string         `json:"id"`
	Namespace         string         `json:"namespace"`
	RegistrationState string         `json:"registrationState"` // NotRegistered, Registering, Registered, Unregistering
	ResourceTypes     []ResourceType `json:"resourceTypes"`
}

// ResourceType is a kind of resource of a provider.
type ResourceType struct {
	ResourceType string   `json:"resourceType"`
	Locations    []string `json:"locations"` // names, or display names with blanks
}

// Feature is a preview feature of a resource provider in a subscription.
type Feature struct {
	Name       string `json:"name"`
	Properties struct {
		State string `json:"state"` // NotRegistered, Pending, Registering, Registered, Unregistering, Unregistered
	} `json:"properties"`
}

// Provider reads the registration of a resource provider.
func (c *Client) Provider(ctx context.Context, subscriptionID, namespace string) (Provider, error) {
	return rest.Get[Provider](ctx, c.rest, provider(subscriptionID, namespace), rest.Version(providersVersion))
}

// RegisterProvider asks for the registration of a resource provider. It takes effect later; registering again is no
// error, so a lost answer is asked for again.
func (c *Client) RegisterProvider(ctx context.Context, subscriptionID, namespace string) (Provider, error) {
	return rest.Post[Provider](ctx, c.rest, provider(subscriptionID, namespace)+"/register", nil, rest.Version(providersVersion), rest.RetryOn(ambiguous))
}

// Feature reads the registration of a preview feature.
func (c *Client) Feature(ctx context.Context, subscriptionID, namespace, name string) (Feature, error) {
	return rest.Get[Feature](ctx, c.rest, feature(subscriptionID, namespace, name), rest.Version(featuresVersion))
}

// RegisterFeature asks for the registration of a preview feature, as RegisterProvider does.
func (c *Client) RegisterFeature(ctx context.Context, subscriptionID, namespace, name string) (Feature, error) {
	return rest.Post[Feature](ctx, c.rest, feature(subscriptionID, namespace, name)+"/register", nil, rest.Version(featuresVersion), rest.RetryOn(ambiguous))
}

func provider(subscriptionID, namespace string) string {
	return rest.Path("/subscriptions/", subscriptionID, "/providers/", namespace)
}

func feature(subscriptionID, namespace, name string) string {
	return rest.Path("/subscriptions/", subscriptionID, "/providers/Microsoft.Features/providers/", namespace, "/features/", name)
}

func ambiguous(e *rest.Error) bool { return rest.IsAmbiguous(e) }
