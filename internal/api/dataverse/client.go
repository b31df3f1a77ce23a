// Package dataverse is the typed client of the Dataverse Web API of one organisation after another.
// https://learn.microsoft.com/power-apps/developer/data-platform/webapi/overview
package dataverse

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// Client reaches the organisations of a tenant. It is safe for concurrent use.
type Client struct {
	orgs rest.Hosts
}

// New returns a client.
func New(o rest.Options) *Client { return &Client{orgs: rest.Hosts{Options: o}} }

// Org addresses a Dataverse organisation.
type Org struct {
	URL     string    // instance URL of the environment
	Created time.Time // of the environment: a new one refuses callers for a while
}

// grace is how long a new organisation may answer 403 to everybody before its users are there. The time is our own
// bound; that the refusal passes was observed in microsoft/terraform-provider-power-platform.
const grace = time.Hour

const api = "/api/data/v9.2"

func (c *Client) org(o Org) (*rest.Client, error) {
	u, err := url.Parse(o.URL)
	if err != nil || u.Hostname() == "" {
		return nil, fmt.Errorf("the environment has no usable Dataverse address (%q)", o.URL)
	}
	return c.orgs.At(rest.Endpoint{Host: u.Hostname(), Scope: "https://" + u.Hostname() + "/.default", Operations: rest.Job}), nil
}

// patience retries the refusals of an organisation that is still being set up, and only of such a one.
func (o Org) patience() rest.Option {
	return rest.RetryOn(func(e *rest.Error) bool {
		return e.Status == http.StatusForbidden && !o.Created.IsZero() && time.Since(o.Created) < grace
	})
}

// only reads the row that every organisation has in a table.
func only[T any](ctx context.Context, c *Client, o Org, table string, q Query) (T, error) {
	row, err := First[T](ctx, c, o, table, q)
	if errors.Is(err, rest.ErrNotFound) {
		err = errors.New("the Dataverse organisation at " + o.URL + " has no row in " + table)
	}
	return row, err
}

// BaseCurrency reads the ISO code of the base currency of an organisation.
func (c *Client) BaseCurrency(ctx context.Context, o Org) (string, error) {
	org, err := only[struct {
		ID string `json:"_basecurrencyid_value"`
	}](ctx, c, o, "organizations", Query{Select: "_basecurrencyid_value"})
	if err != nil {
		return "", err
	}
	currency, err := only[struct {
		Code string `json:"isocurrencycode"`
	}](ctx, c, o, "transactioncurrencies", Query{Filter: "transactioncurrencyid eq " + org.ID})
	return currency.Code, err
}

// Identity is who an organisation takes the caller for.
type Identity struct {
	UserID         string
	OrganizationID string
	BusinessUnitID string
}

// WhoAmI asks an organisation who the caller is.
func (c *Client) WhoAmI(ctx context.Context, o Org) (Identity, error) {
	return Function[Identity](ctx, c, o, "WhoAmI()")
}
