// Package bap is the typed client of the business application platform: the tenant, what it offers, and environments.
// Routes and bodies are those observed in microsoft/terraform-provider-power-platform.
package bap

import (
	"net/http"
	"slices"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/cloud"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// Client groups the object kinds of the BAP API.
type Client struct {
	rest *rest.Client

	tenant     rest.Memo[Tenant]
	locations  rest.Memo[Locations]
	languages  rest.Memo[[]Language]
	currencies rest.Memo[[]Currency]
}

const (
	prefix = "/providers/Microsoft.BusinessAppPlatform"

	version2019 = "2019-10-01"
	version2021 = "2021-04-01"
	version2023 = "2023-06-01"
)

// New returns the client of one cloud.
func New(c cloud.Cloud, o rest.Options) *Client {
	return &Client{rest: rest.New(rest.Endpoint{Host: c.BAP, Scope: c.PowerAppsScope, APIVersion: version2023, Busy: busy}, o)}
}

// busy recognises the refusal of an environment that another lifecycle operation works on. PATCH and DELETE are also
// refused with an empty body. Govern, Link and Unlink look at the environment before they send their request again.
func busy(method string, e *rest.Error) bool {
	careful := func(route string) bool { return strings.HasSuffix(e.Route, route) }
	if e.Status != http.StatusConflict || slices.ContainsFunc([]string{governanceRoute, linkRoute, unlinkRoute}, careful) {
		return false
	}
	return strings.EqualFold(e.Code, "OperationNotStartable") ||
		strings.Contains(strings.ToLower(e.Message), "active lifecycle operation") ||
		e.Empty() && method != http.MethodPost
}
