package arm

import (
	"context"
	"encoding/json"
	"maps"
	"strings"

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

	PeeringState      string `json:"peeringState,omitempty"`      // Initiated, Connected, Disconnected
	PeeringSyncLevel  string `json:"peeringSyncLevel,omitempty"`  // FullyInSync, RemoteNotInSync, …
	ProvisioningState string `json:"provisioningState,omitempty"` // Succeeded, Updating, Deleting, Failed

	// Other holds what else a peering has that was read, so that it can be written back as it came.
	Other map[string]json.RawMessage `json:"-"`
}

// derived are the members of a peering that Azure works out by itself, in lower case. Address spaces that go back would
// be the old ones.
var derived = map[string]bool{
	"peeringstate": true, "peeringsynclevel": true, "provisioningstate": true, "resourceguid": true, "remotevirtualnetworkencryption": true,
	"localaddressspace": true, "localvirtualnetworkaddressspace": true, "remoteaddressspace": true, "remotevirtualnetworkaddressspace": true,
}

type plainPeering PeeringProperties // without methods, which would call themselves

// UnmarshalJSON reads the known members, and keeps the others.
func (p *PeeringProperties) UnmarshalJSON(raw []byte) error {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(raw, (*plainPeering)(p)); err != nil {
		return err
	}
	if err := json.Unmarshal(raw, &all); err != nil {
		return err
	}
	maps.DeleteFunc(all, func(name string, _ json.RawMessage) bool { return derived[strings.ToLower(name)] })
	p.Other = all
	return nil
}

// MarshalJSON writes what a caller can decide: the known members over the others.
func (p PeeringProperties) MarshalJSON() ([]byte, error) {
	other := p.Other
	p.PeeringState, p.PeeringSyncLevel, p.ProvisioningState, p.Other = "", "", "", nil
	raw, err := json.Marshal(plainPeering(p))
	if err != nil {
		return nil, err
	}
	known, all := map[string]json.RawMessage{}, map[string]json.RawMessage{}
	if err := json.Unmarshal(raw, &known); err != nil {
		return nil, err
	}
	maps.Copy(all, other)
	maps.Copy(all, known)
	return json.Marshal(all)
}

// InSync is the sync level of a peering whose two networks know each other's address space.
const InSync = "FullyInSync"

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

// PutPeering makes or changes a peering and waits for the operation, which occupies both networks. Either network learns
// the address space that the other one has now. Members that were read and are not known here go back as they came.
func (c *Client) PutPeering(ctx context.Context, networkID, name string, p PeeringProperties) (Peering, error) {
	done, err := c.networks.Take(ctx, networkID, p.RemoteVirtualNetwork.ID)
	if err != nil {
		return Peering{}, err
	}
	defer done()
	return rest.Put[Peering](ctx, c.rest, at(PeeringID(networkID, name)), Peering{Properties: p},
		rest.Version(networkVersion), rest.Query("syncRemoteAddressSpace", "true"))
}

// DeletePeering deletes a peering to a virtual network and waits for the operation, which occupies both networks. One that
// is gone already is no error, unless its network is gone too.
func (c *Client) DeletePeering(ctx context.Context, id, remoteID string) error {
	done, err := c.networks.Take(ctx, NetworkOf(id), remoteID)
	if err != nil {
		return err
	}
	defer done()
	return rest.Delete(ctx, c.rest, at(id), nil, rest.Version(networkVersion))
}
