package powerplatform

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// NetworkUsage is what an environment uses of the subnet that is delegated to it in one region.
type NetworkUsage struct {
	AzureRegion              string   `json:"AzureRegion"`
	EnvironmentID            string   `json:"EnvironmentId"`
	VirtualNetworkID         string   `json:"VnetId"`
	SubnetName               string   `json:"SubnetName"`
	SubnetIPRange            string   `json:"SubnetIpRange"`
	ContainerReservedIPCount int64    `json:"ContainerReservedIpCount"`
	DNSServers               []string `json:"DnsServers"`
}

// NetworkUsage reads what an environment uses of its subnet in a region.
func (c *Client) NetworkUsage(ctx context.Context, environment, region string) (NetworkUsage, error) {
	return run(ctx, c, environment, region, func(ctx context.Context, r *rest.Client, opts ...rest.Option) (NetworkUsage, error) {
		return rest.Get[NetworkUsage](ctx, r, "/plex/networkUsage", append(opts, rest.Version(version2024))...)
	})
}

// DNSResolution is what a name resolves to inside a delegated subnet.
type DNSResolution struct {
	Success            bool     `json:"Success"`
	IPAddresses        []string `json:"IPAddresses"`
	DNSServers         []string `json:"DnsServers"`
	ErrorMessage       string   `json:"ErrorMessage"`
	ContainerIPAddress string   `json:"ContainerIpAddress"`
}

// ResolveDNS resolves a name inside the subnet of an environment in a region. A name that does not resolve is a result
// without Success.
func (c *Client) ResolveDNS(ctx context.Context, environment, region, host string) (DNSResolution, error) {
	return post[DNSResolution](ctx, c, environment, region, "/plex/resolveDns", map[string]any{"HostName": host})
}

// TCPConnection is whether a port can be reached from inside a delegated subnet.
type TCPConnection struct {
	Success            bool   `json:"TCPSuccess"`
	ErrorMessage       string `json:"TCPErrorMessage"`
	ContainerIPAddress string `json:"ContainerIpAddress"`
}

// TestTCP connects to a port of a host from inside the subnet of an environment in a region. A port that cannot be
// reached is a result without Success.
func (c *Client) TestTCP(ctx context.Context, environment, region, destination string, port int64) (TCPConnection, error) {
	return post[TCPConnection](ctx, c, environment, region, "/plex/testConnection", map[string]any{"Destination": destination, "Port": port})
}

// TLSConnection is how a TLS handshake from inside a delegated subnet goes.
type TLSConnection struct {
	TCPConnectivity    bool         `json:"TCPConnectivity"`
	Certificate        *Certificate `json:"Certificate"`
	WithoutRevocation  Handshake    `json:"SSLWithoutCRL"` // revocation lists not asked
	WithRevocation     Handshake    `json:"SSLWithCRL"`
	ContainerIPAddress string       `json:"ContainerIpAddress"`
}

// Certificate is what a server shows.
type Certificate struct {
	Issuer             string `json:"Issuer"`
	Subject            string `json:"Subject"`
	SignatureAlgorithm string `json:"SignatureAlgorithm"`
	IsExpired          bool   `json:"IsExpired"`
	IsSelfSigned       bool   `json:"IsSelfSigned"`
}

// Handshake is the outcome of one attempt. The numbers are those of the enumerations of .NET: SslProtocols,
// SslPolicyErrors and TlsCipherSuite.
type Handshake struct {
	Success          bool   `json:"Success"`
	Protocols        Number `json:"Protocols"`
	SSLErrors        Number `json:"SslErrors"`
	CipherSuite      Number `json:"CipherSuite"`
	ExceptionMessage string `json:"ExceptionMessage"`
}

// Number is a number as text; the platform writes it with quotes. Anything else than a number or a text is "".
type Number string

// UnmarshalJSON takes both spellings.
func (n *Number) UnmarshalJSON(raw []byte) error {
	*n = ""
	var text string
	if json.Unmarshal(raw, &text) == nil {
		*n = Number(strings.TrimSpace(text))
		return nil
	}
	var number json.Number
	if json.Unmarshal(raw, &number) == nil {
		*n = Number(number)
	}
	return nil
}

// TestTLS shakes hands with a port of a host from inside the subnet of an environment in a region. What goes wrong there
// is part of the result.
func (c *Client) TestTLS(ctx context.Context, environment, region, destination string, port int64) (TLSConnection, error) {
	return post[TLSConnection](ctx, c, environment, region, "/plex/testTLSConnection", map[string]any{"Destination": destination, "Port": port})
}

func post[T any](ctx context.Context, c *Client, environment, region, path string, body any) (T, error) {
	return run(ctx, c, environment, region, func(ctx context.Context, r *rest.Client, opts ...rest.Option) (T, error) {
		return rest.Post[T](ctx, r, path, body, opts...)
	})
}
