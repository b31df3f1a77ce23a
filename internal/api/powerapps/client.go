// Package powerapps is the typed client of the API hub of Power Apps, which runs custom connectors. Routes and shapes
// were observed in https://github.com/microsoft/PowerPlatformConnectors (paconn) and the administration module for
// PowerShell.
package powerapps

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/cloud"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// Client groups the object kinds of the API hub. It is safe for concurrent use.
type Client struct {
	rest   *rest.Client
	blob   string // domain of storage
	stores rest.Hosts
}

// New returns the client of one cloud.
func New(c cloud.Cloud, o rest.Options) *Client {
	open := o
	open.Credential = nil
	return &Client{
		rest: rest.New(rest.Endpoint{Host: c.PowerApps, Domain: c.PowerApps, Scope: c.PowerAppsScope, APIVersion: "2016-11-01"}, o),
		blob: c.Blob, stores: rest.Hosts{Options: open},
	}
}

const (
	root      = "/providers/Microsoft.PowerApps"
	adminRead = "2017-06-01"
)

// in is the filter that names the environment of a call; the hub has no path for it.
func in(environment string) rest.Option {
	return rest.Query("$filter", "environment eq '"+strings.ReplaceAll(environment, "'", "''")+"'")
}

// again are the answers that a request may be sent again for although it is a POST, because it changes nothing that a
// second one would not.
func again() rest.Option {
	return rest.RetryOn(func(e *rest.Error) bool {
		switch e.Status {
		case http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
			return true
		}
		return false
	})
}

// passing reports whether the hub passes on the failure of what it rests on: not its own, and over soon.
func passing(e *rest.Error) bool {
	return rest.HasCode(e, "ApiHubsRequestFailed") && innerFailure.MatchString(e.Message)
}

var innerFailure = regexp.MustCompile(`\b50[0234]\b|InternalServerError|BadGateway|ServiceUnavailable|GatewayTimeout`)

// maxPassing is how often a request is sent again for what is passing: an error that stays has another cause than its
// status says. https://github.com/microsoft/PowerPlatformConnectors/issues/3891
const maxPassing = 4

// patience sends a request again for what is passing, a few times.
func patience() rest.Option {
	left := maxPassing
	return rest.RetryOn(func(e *rest.Error) bool {
		if !passing(e) || left == 0 {
			return false
		}
		left--
		return true
	})
}

// store is the client of a storage account that the hub names. It sends no token there, and goes to accounts below the
// domain of the cloud alone.
func (c *Client) store(address string) (*rest.Client, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("the platform names an address of storage that cannot be read")
	}
	host := strings.ToLower(u.Hostname())
	account, ours := strings.CutSuffix(host, "."+c.blob)
	if u.Scheme != "https" || !ours || account == "" || u.Port() != "" || u.User != nil {
		return nil, fmt.Errorf("the platform names storage at %q, which is not below %s", u.Scheme+"://"+u.Host, c.blob)
	}
	return c.stores.At(rest.Endpoint{Host: host}), nil
}
