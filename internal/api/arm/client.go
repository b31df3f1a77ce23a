// Package arm is the typed client of Azure Resource Manager, as far as private networking and enterprise policies of the
// platform need it: https://learn.microsoft.com/rest/api/resources.
package arm

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/cloud"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// Client groups the kinds of objects of Azure Resource Manager. IDs are whole resource IDs, such as
// /subscriptions/{id}/resourceGroups/{name}/providers/Microsoft.Network/virtualNetworks/{name}.
type Client struct {
	rest         *rest.Client
	subscription string

	networks rest.Turns // one write per virtual network at a time, by its ID
	tenants  rest.Memo[string]
	regions  rest.Memo[string]
}

// Settings are what the provider block says about Azure.
type Settings struct {
	SubscriptionID     string   // default of what needs a subscription, "" for none
	AuxiliaryTenantIDs []string // further tenants whose tokens go with each request
}

// The versions of the APIs. The public specifications of Microsoft.PowerPlatform know one version only.
const (
	subscriptionsVersion = "2022-12-01"
	groupsVersion        = "2021-04-01"
	networkVersion       = "2024-05-01"
	policiesVersion      = "2020-10-30-preview"
	providersVersion     = "2021-04-01"
	featuresVersion      = "2021-07-01"
	vaultsVersion        = "2023-07-01"
	rolesVersion         = "2022-04-01"
)

// New returns the client of one cloud.
func New(c cloud.Cloud, o rest.Options, s Settings) *Client {
	return &Client{subscription: s.SubscriptionID, rest: rest.New(rest.Endpoint{
		Host: c.ARM, Scope: c.ARMScope, Operations: rest.ARM, AuxiliaryTenants: s.AuxiliaryTenantIDs, Busy: busy,
	}, o)}
}

// busy recognises the refusal of an object that another operation works on. Microsoft.Network gives both statuses.
func busy(_ string, e *rest.Error) bool {
	if e.Status != http.StatusConflict && e.Status != http.StatusTooManyRequests && e.Status != http.StatusBadRequest {
		return false
	}
	return rest.HasCode(e, "AnotherOperationInProgress", "RetryableError", "ReferencedResourceNotProvisioned")
}

// Subscription is the ID of the subscription to use where none is named, "" if there is none.
func (c *Client) Subscription() string { return c.subscription }

// at is the path of a resource, or of what belongs to it.
func at(id string, more ...string) string {
	var parts []string
	for part := range strings.SplitSeq(strings.TrimPrefix(id, "/"), "/") {
		parts = append(parts, "/", part)
	}
	for _, part := range more {
		parts = append(parts, "/", part)
	}
	return rest.Path(parts...)
}

// Sees takes a second look after a 404 for the resource with this ID: nil if its resource group can be seen, or if the
// group is gone and the subscription can be seen. A subscription that cannot be seen proves nothing.
func (c *Client) Sees(ctx context.Context, id string) error {
	parts := strings.Split(id, "/")
	if len(parts) > 4 && strings.EqualFold(parts[3], "resourceGroups") {
		_, err := rest.Get[rest.None](ctx, c.rest, at(strings.Join(parts[:5], "/")), rest.Version(groupsVersion))
		if err == nil || !rest.IsNotFound(err) || rest.HasCode(err, "SubscriptionNotFound") {
			return unseen(err)
		}
	}
	if len(parts) < 3 {
		return fmt.Errorf("%q names no subscription", id)
	}
	_, err := c.readTenantOf(ctx, parts[2])
	return unseen(err)
}

// unseen keeps a 404 from being taken for a proof.
func unseen(err error) error {
	if rest.IsNotFound(err) {
		return fmt.Errorf("its subscription cannot be seen: %v", err) //nolint:errorlint // it must not be taken for the object's own 404
	}
	return err
}

// TenantOf returns the Entra tenant that a subscription trusts.
func (c *Client) TenantOf(ctx context.Context, subscriptionID string) (string, error) {
	return c.tenants.Get(ctx, strings.ToLower(subscriptionID), func() (string, error) { return c.readTenantOf(ctx, subscriptionID) })
}

func (c *Client) readTenantOf(ctx context.Context, subscriptionID string) (string, error) {
	s, err := rest.Get[struct {
		TenantID string `json:"tenantId"`
	}](ctx, c.rest, rest.Path("/subscriptions/", subscriptionID), rest.Version(subscriptionsVersion))
	return s.TenantID, err
}
