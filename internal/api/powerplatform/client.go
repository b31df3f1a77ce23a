// Package powerplatform is the typed client of the Power Platform API at the host of one environment after another.
// Its network diagnostics run inside the subnet that is delegated to the environment; routes and shapes were observed in
// https://github.com/microsoft/PowerPlatform-EnterprisePolicies.
package powerplatform

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/cloud"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// Client reaches the environments of a tenant. It is safe for concurrent use.
type Client struct {
	cloud        cloud.Cloud
	environments rest.Hosts
	regions      rest.Memo[string] // by environment
}

// New returns the client of one cloud.
func New(c cloud.Cloud, o rest.Options) *Client {
	return &Client{cloud: c, environments: rest.Hosts{Options: o}}
}

const (
	version2024 = "2024-10-01"
	version2026 = "2026-02-01"
)

// environment is the client of one environment, whose host is its own.
func (c *Client) environment(id string) (*rest.Client, error) {
	host, err := c.cloud.EnvironmentHost(id)
	if err != nil {
		return nil, err
	}
	return c.environments.At(rest.Endpoint{Host: host, Scope: c.cloud.PowerPlatformScope, APIVersion: version2026}), nil
}

// EnvironmentRegion is the Azure region that an environment runs in, such as westus. It is read once in the life of the
// client.
func (c *Client) EnvironmentRegion(ctx context.Context, environment string) (string, error) {
	e, err := c.environment(environment)
	if err != nil {
		return "", err
	}
	return c.regions.Get(ctx, strings.ToLower(environment), func() (string, error) {
		region, err := rest.Get[string](ctx, e, "/plex/environmentRegion")
		if err == nil && region == "" {
			err = errors.New("the platform names no Azure region for environment " + environment)
		}
		return region, err
	})
}

// unlinked is the text by which the platform says that an environment has no subnet; under which status is not known.
func unlinked(e *rest.Error) bool {
	return strings.Contains(strings.ToLower(e.Message), "subnet information not found")
}

// run sends a request that a container in the delegated subnet answers. The first one after a while starts the
// container: 503 with the time to come back, then some 502 or 503, or a 404 of the gateway, until the route to it is
// known. All of these are tried again, at the pace that the platform names, until the context ends. A 404 that no start
// came before is an answer. The error says what can be done so that a test can be run.
func run[T any](ctx context.Context, c *Client, id, region string, send func(context.Context, *rest.Client, ...rest.Option) (T, error)) (T, error) {
	e, err := c.environment(id)
	if err != nil {
		return *new(T), err
	}
	ctx, stop := context.WithCancel(rest.Begin(ctx))
	defer stop()
	var refused *rest.Error
	started, starting := false, false
	out, err := send(ctx, e, rest.Query("region", region), rest.RetryOn(func(answer *rest.Error) bool {
		if unlinked(answer) {
			refused = answer
			stop() // whatever the status: it lasts longer than anybody waits for a test
			return false
		}
		switch answer.Status {
		case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
			started, starting = true, true
		case http.StatusNotFound:
			starting = started
		default:
			starting = false
		}
		return starting
	}))
	switch {
	case refused != nil:
		err = fmt.Errorf("environment %s has no delegated subnet in %s: no network injection policy is linked to it "+
			"(powerplatform_enterprise_policy links one), its policy has no subnet in that region, or it was linked less than "+
			"about 15 minutes ago and the subnet is not known everywhere yet; then try again later: %w", id, region, refused)
	case errors.Is(err, context.Canceled) && starting:
		err = fmt.Errorf("the container of environment %s in %s is still starting: %w", id, region, err)
	case err != nil && starting:
		err = fmt.Errorf("the container that runs the tests of environment %s in %s is still starting; try again in some "+
			"minutes, or allow more time with timeouts = { read = \"…\" }: %w", id, region, err)
	}
	return out, err
}
