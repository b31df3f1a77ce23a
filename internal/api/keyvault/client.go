// Package keyvault is the typed client of the secrets of one key vault after another.
// https://learn.microsoft.com/rest/api/keyvault/secrets
package keyvault

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/cloud"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// apiVersion is one that every cloud serves.
const apiVersion = "7.4"

// Client reaches the vaults of a cloud. It is safe for concurrent use. A vault is named by its URI, such as
// https://contoso.vault.azure.net/.
type Client struct {
	cloud  cloud.Cloud
	vaults rest.Hosts
}

// New returns the client of one cloud.
func New(c cloud.Cloud, o rest.Options) *Client {
	return &Client{cloud: c, vaults: rest.Hosts{Options: o}}
}

// ForeignVaultError is a URI that is not that of a vault of the cloud. No request was sent: a token for the vaults of one
// cloud must not reach another host.
type ForeignVaultError struct {
	URI    string // as it was given
	Domain string // below which the vaults of the cloud are
}

// Error names the URI and where vaults are.
func (e *ForeignVaultError) Error() string {
	return fmt.Sprintf("%q is not the address of a key vault of this cloud, which is https://<name>.%s/", e.URI, e.Domain)
}

// name is what the first label of the host of a vault looks like.
var name = regexp.MustCompile(`^[a-z][a-z0-9-]{1,22}[a-z0-9]$`)

func (c *Client) vault(uri string) (*rest.Client, error) {
	u, err := url.Parse(uri)
	if err != nil {
		return nil, &ForeignVaultError{uri, c.cloud.KeyVault}
	}
	host := strings.ToLower(u.Hostname())
	label, below := strings.CutSuffix(host, "."+c.cloud.KeyVault)
	plain := u.Scheme == "https" && u.User == nil && strings.Trim(u.Path, "/") == "" && u.RawQuery == "" && u.Fragment == "" && (u.Port() == "" || u.Port() == "443")
	if !below || !plain || !name.MatchString(label) {
		return nil, &ForeignVaultError{uri, c.cloud.KeyVault}
	}
	return c.vaults.At(rest.Endpoint{Host: host, Scope: c.cloud.KeyVaultScope, APIVersion: apiVersion}), nil
}

// Secret reads the value of a secret; version "" is the newest. A disabled one is refused with status 403, as are callers
// without the permission and addresses that the firewall of the vault does not let through.
func (c *Client) Secret(ctx context.Context, vaultURI, name, version string) (string, error) {
	r, err := c.vault(vaultURI)
	if err != nil {
		return "", err
	}
	path := rest.Path("/secrets/", name)
	if version != "" {
		path = rest.Path("/secrets/", name, "/", version)
	}
	s, err := rest.Get[struct {
		Value string `json:"value"`
	}](ctx, r, path)
	return s.Value, err
}

// SecretProperties is what is known of a version of a secret without its value.
type SecretProperties struct {
	ID          string            `json:"id"` // URI of the version
	ContentType string            `json:"contentType"`
	Tags        map[string]string `json:"tags"`
	Attributes  struct {
		Enabled *bool `json:"enabled"` // on unless it says otherwise
		NBF     int64 `json:"nbf"`     // Unix time, 0 for none
		Exp     int64 `json:"exp"`     // Unix time, 0 for none
		Created int64 `json:"created"` // Unix time
		Updated int64 `json:"updated"` // Unix time
	} `json:"attributes"`
}

// Version is the version alone.
func (p SecretProperties) Version() string { return p.ID[strings.LastIndex(p.ID, "/")+1:] }

// Enabled reports whether the version can be read at all.
func (p SecretProperties) Enabled() bool { return p.Attributes.Enabled == nil || *p.Attributes.Enabled }

// Valid reports whether a time lies within the time in which the version is meant to be used. Key Vault hands it out all
// the same: https://learn.microsoft.com/azure/key-vault/secrets/about-secrets.
func (p SecretProperties) Valid(at time.Time) bool {
	now := at.Unix()
	return p.Attributes.NBF <= now && (p.Attributes.Exp == 0 || now < p.Attributes.Exp)
}

// SecretVersions iterates over the versions of a secret, in no order and without their values. Those of a secret that is
// not there may be none, without an error.
func (c *Client) SecretVersions(ctx context.Context, vaultURI, name string) iter.Seq2[SecretProperties, error] {
	r, err := c.vault(vaultURI)
	if err != nil {
		return func(yield func(SecretProperties, error) bool) { yield(SecretProperties{}, err) }
	}
	return rest.List[SecretProperties](ctx, r, rest.Path("/secrets/", name, "/versions"))
}

// SecretProperties reads what is known of a version of a secret, the newest for version "", and never its value. The
// error of what is not there satisfies rest.IsNotFound.
func (c *Client) SecretProperties(ctx context.Context, vaultURI, name, version string) (SecretProperties, error) {
	var found SecretProperties
	for p, err := range c.SecretVersions(ctx, vaultURI, name) {
		if err != nil {
			return SecretProperties{}, err
		}
		wanted := version == "" || strings.EqualFold(p.Version(), version)
		if wanted && (found.ID == "" || p.Attributes.Created > found.Attributes.Created) {
			found = p
		}
	}
	if found.ID == "" {
		at := strings.TrimSuffix(vaultURI, "/") + "/secrets/" + name
		if version != "" {
			at += "/" + version
		}
		return found, &rest.Error{
			Route: http.MethodGet + " " + at, Status: http.StatusNotFound, Code: "SecretNotFound",
			Message: "The key vault holds no such secret.",
		}
	}
	return found, nil
}
