package arm

import (
	"context"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// Peering is one direction of the connection of two virtual networks:
// https://learn.microsoft.com/rest/api/virtualnetwork/virtual-network-peerings/get.
type Peering struct {
	ID         string            `json:"id,omitempty"`
	Name       string            `json:"name,omitempty"`
	Etag       string            `json:"etag,omitempty"`
	Properties PeeringProperties `json:"properties"`
}

// PeeringProperties are both what is written and, below, what is read only.
type PeeringProperties struct {
	RemoteVirtualNetwork      Resource `json:"remoteVirtualNetwork"`
	AllowVirtualNetworkAccess *bool    `json:"allowVirtualNetworkAccess,omitempty"`
	AllowForwardedTraffic     *bool    `json:"allowForwardedTraffic,omitempty"`
	AllowGatewayTransit       *bool    `json:"allowGatewayTransit,omitempty"`
	UseRemoteGateways         *bool    `json:"useRemoteGateways,omitempty"`

	PeeringState      string `json:"peeringState,omitempty"`     // Initiated, Connected, Disconnected
	PeeringSyncLevel  string `json:"peeringSyncLevel,omitempty"` // FullyInSync, RemoteNotInSync, …
	ProvisioningState string `json:"provisioningState,omitempty"`
}

// Resource points to another resource.
type Resource struct {
	ID string `json:"id"`
}

// The states of a peering, https://learn.microsoft.com/azure/virtual-network/virtual-network-peering-overview.
const (
	PeeringInitiated    = "Initiated"    // the other direction is missing
	PeeringConnected    = "Connected"    // both directions are there
	PeeringDisconnected = "Disconnected" // the other direction was deleted; this one cannot be revived
)

// PeeringID is the ID of a peering of a virtual network.
func PeeringID(networkID, name string) string {
	return networkID + "/virtualNetworkPeerings/" + name
}

// Peering reads a peering.
func (c *Client) Peering(ctx context.Context, id string) (Peering, error) {
	return rest.Get[Peering](ctx, c.rest, at(id), rest.Version(networkVersion))
}

// PutPeering makes or changes a peering and waits for the operation, which occupies both networks. It tells the network
// the address space that the other one has now.
func (c *Client) PutPeering(ctx context.Context, networkID, name string, p PeeringProperties) (Peering, error) {
	done, err := c.networks.Take(ctx, networkID, p.RemoteVirtualNetwork.ID)
	if err != nil {
		return Peering{}, err
	}
	defer done()
	p.PeeringState, p.PeeringSyncLevel, p.ProvisioningState = "", "", ""
	return rest.Put[Peering](ctx, c.rest, at(PeeringID(networkID, name)), Peering{Properties: p},
		rest.Version(networkVersion), rest.Query("syncRemoteAddressSpace", "true"))
}

// DeletePeering deletes a peering to a virtual network and waits for the operation, which occupies both networks.
func (c *Client) DeletePeering(ctx context.Context, id, remoteID string) error {
	done, err := c.networks.Take(ctx, NetworkOf(id), remoteID)
	if err != nil {
		return err
	}
	defer done()
	return rest.Delete(ctx, c.rest, at(id), nil, rest.Version(networkVersion))
}
