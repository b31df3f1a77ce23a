package arm

import (
	"context"
	"iter"
	"net/netip"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

const (
	// ServiceName is the service that a subnet is delegated to for the platform.
	ServiceName = "Microsoft.PowerPlatform/enterprisePolicies"
	// ServiceLink is the name of the service association link by which an enterprise policy holds a subnet.
	ServiceLink = "PowerPlatformServiceLink"
)

// VirtualNetwork is a virtual network with what lies in it:
// https://learn.microsoft.com/rest/api/virtualnetwork/virtual-networks/get.
type VirtualNetwork struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Location   string `json:"location"` // Azure region
	Etag       string `json:"etag"`
	Properties struct {
		AddressSpace           AddressSpace `json:"addressSpace"`
		Subnets                []Subnet     `json:"subnets"`
		VirtualNetworkPeerings []Peering    `json:"virtualNetworkPeerings"`
		ProvisioningState      string       `json:"provisioningState"` // Succeeded, Updating, Deleting, Failed
	} `json:"properties"`
}

// AddressSpace are the ranges of a virtual network.
type AddressSpace struct {
	AddressPrefixes []string `json:"addressPrefixes"` // in CIDR notation
}

// Subnet returns the subnet with this ID.
func (v VirtualNetwork) Subnet(id string) (Subnet, bool) {
	for _, s := range v.Properties.Subnets {
		if strings.EqualFold(s.ID, id) {
			return s, true
		}
	}
	return Subnet{}, false
}

// PeeringTo returns the peering to another virtual network, of which there is at most one.
func (v VirtualNetwork) PeeringTo(networkID string) (Peering, bool) {
	for _, p := range v.Properties.VirtualNetworkPeerings {
		if strings.EqualFold(p.Properties.RemoteVirtualNetwork.ID, networkID) {
			return p, true
		}
	}
	return Peering{}, false
}

// Subnet is a part of a virtual network, as far as this provider reads it:
// https://learn.microsoft.com/rest/api/virtualnetwork/subnets/get.
type Subnet struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Etag       string `json:"etag"`
	Properties struct {
		AddressPrefix           string                   `json:"addressPrefix"` // or AddressPrefixes
		AddressPrefixes         []string                 `json:"addressPrefixes"`
		Delegations             []Delegation             `json:"delegations"`
		ServiceAssociationLinks []ServiceAssociationLink `json:"serviceAssociationLinks"`
		ProvisioningState       string                   `json:"provisioningState"`
	} `json:"properties"`
}

// Delegation gives a subnet to a service.
type Delegation struct {
	Name       string               `json:"name"`
	Properties DelegationProperties `json:"properties"`
}

// DelegationProperties name the service.
type DelegationProperties struct {
	ServiceName string `json:"serviceName"`
}

// ServiceAssociationLink is a service's hold on a subnet.
type ServiceAssociationLink struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Properties struct {
		LinkedResourceType string `json:"linkedResourceType"`
		Link               string `json:"link"` // what holds the subnet; its form is not documented
		AllowDelete        bool   `json:"allowDelete"`
	} `json:"properties"`
}

// Prefixes are the address ranges of the subnet, in CIDR notation.
func (s Subnet) Prefixes() []string {
	if len(s.Properties.AddressPrefixes) > 0 {
		return s.Properties.AddressPrefixes
	}
	if s.Properties.AddressPrefix == "" {
		return nil
	}
	return []string{s.Properties.AddressPrefix}
}

// reserved is the number of addresses that Azure keeps of each range:
// https://learn.microsoft.com/azure/virtual-network/ip-services/private-ip-addresses.
const reserved = 5

// Total is the number of IPv4 addresses of the subnet.
func (s Subnet) Total() int64 { return s.addresses(0) }

// Usable is the number of IPv4 addresses of the subnet that can be given out.
func (s Subnet) Usable() int64 { return s.addresses(reserved) }

// addresses counts the IPv4 addresses of all ranges, without some of each.
func (s Subnet) addresses(without int64) int64 {
	n := int64(0)
	for _, p := range s.Prefixes() {
		if prefix, err := netip.ParsePrefix(p); err == nil && prefix.Addr().Is4() {
			n += max(int64(1)<<(32-prefix.Bits())-without, 0)
		}
	}
	return n
}

// Delegated returns the delegation of the subnet to a service.
func (s Subnet) Delegated(service string) (Delegation, bool) {
	for _, d := range s.Properties.Delegations {
		if strings.EqualFold(d.Properties.ServiceName, service) {
			return d, true
		}
	}
	return Delegation{}, false
}

// Link returns the link by which an enterprise policy holds the subnet.
func (s Subnet) Link() (ServiceAssociationLink, bool) {
	for _, l := range s.Properties.ServiceAssociationLinks {
		if strings.EqualFold(l.Name, ServiceLink) || strings.EqualFold(l.Properties.LinkedResourceType, ServiceName) {
			return l, true
		}
	}
	return ServiceAssociationLink{}, false
}

// Holder names what holds the subnet.
func (l ServiceAssociationLink) Holder() string {
	if l.Properties.Link != "" {
		return l.Properties.Link
	}
	return l.ID
}

// NetworkOf is the ID of the virtual network that a subnet or a peering belongs to.
func NetworkOf(id string) string {
	parts := strings.Split(id, "/")
	return strings.Join(parts[:min(len(parts), 9)], "/")
}

// VirtualNetworks iterates over the virtual networks of a subscription or a resource group, by its ID, with their subnets.
func (c *Client) VirtualNetworks(ctx context.Context, scopeID string) iter.Seq2[VirtualNetwork, error] {
	return rest.List[VirtualNetwork](ctx, c.rest, at(scopeID)+"/providers/Microsoft.Network/virtualNetworks", rest.Version(networkVersion))
}

// VirtualNetwork reads a virtual network with its subnets and peerings, in one request.
func (c *Client) VirtualNetwork(ctx context.Context, id string) (VirtualNetwork, error) {
	v, err := rest.Get[VirtualNetwork](ctx, c.rest, at(id), rest.Version(networkVersion))
	if err == nil {
		c.regions.Put(strings.ToLower(id), v.Location)
	}
	return v, err
}

// Region is the Azure region of a virtual network. It never changes, so it is read once.
func (c *Client) Region(ctx context.Context, id string) (string, error) {
	return c.regions.Get(ctx, strings.ToLower(id), func() (string, error) {
		v, err := rest.Get[VirtualNetwork](ctx, c.rest, at(id), rest.Version(networkVersion))
		return v.Location, err
	})
}

// Subnet reads a subnet.
func (c *Client) Subnet(ctx context.Context, id string) (Subnet, error) {
	return rest.Get[Subnet](ctx, c.rest, at(id), rest.Version(networkVersion))
}
