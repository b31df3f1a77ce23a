package arm

import (
	"context"
	"iter"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// The kinds of enterprise policies that environments can be linked to.
const (
	NetworkInjection = "NetworkInjection"
	Encryption       = "Encryption"
	Identity         = "Identity"
)

// Policy is an enterprise policy of the platform, which is an Azure resource:
// https://github.com/Azure/azure-rest-api-specs/tree/main/specification/powerplatform/resource-manager.
type Policy struct {
	ID         string            `json:"id,omitempty"`
	Name       string            `json:"name,omitempty"`
	Location   string            `json:"location"` // a geography of the platform such as europe, not an Azure region
	Kind       string            `json:"kind"`
	Tags       map[string]string `json:"tags"` // never nil when written: a PUT without tags would leave it open
	Identity   *PolicyIdentity   `json:"identity,omitempty"`
	Properties PolicyProperties  `json:"properties"`
}

// PolicyIdentity is the managed identity of a policy.
type PolicyIdentity struct {
	Type string `json:"type"` // SystemAssigned, None

	PrincipalID               string `json:"principalId,omitempty"`
	SystemAssignedPrincipalID string `json:"systemAssignedIdentityPrincipalId,omitempty"` // the documented name of PrincipalID
	TenantID                  string `json:"tenantId,omitempty"`
}

// PolicyProperties are the properties of a policy.
type PolicyProperties struct {
	SystemID         string                  `json:"systemId,omitempty"`     // what environments are linked by; may show late
	HealthStatus     string                  `json:"healthStatus,omitempty"` // Undetermined, Healthy, Warning, Unhealthy
	NetworkInjection *PolicyNetworkInjection `json:"networkInjection,omitempty"`
	Encryption       *PolicyEncryption       `json:"encryption,omitempty"`
}

// PolicyNetworkInjection names the delegated subnets.
type PolicyNetworkInjection struct {
	VirtualNetworks []PolicySubnet `json:"virtualNetworks"`
}

// PolicySubnet is a subnet, by its virtual network.
type PolicySubnet struct {
	ID     string `json:"id"` // of the virtual network
	Subnet struct {
		Name string `json:"name"`
	} `json:"subnet"`
}

// PolicyEncryption names the customer-managed key.
type PolicyEncryption struct {
	State    string         `json:"state"` // Enabled, Disabled, NotConfigured
	KeyVault PolicyKeyVault `json:"keyVault"`
}

// PolicyKeyVault is a key by its vault.
type PolicyKeyVault struct {
	ID  string `json:"id"`
	Key struct {
		Name    string `json:"name"`
		Version string `json:"version,omitempty"` // "" is the newest when an environment is linked
	} `json:"key"`
}

// Principal is the object ID of the managed identity, "" if there is none.
func (p Policy) Principal() string {
	switch {
	case p.Identity == nil:
		return ""
	case p.Identity.PrincipalID != "":
		return p.Identity.PrincipalID
	}
	return p.Identity.SystemAssignedPrincipalID
}

// SubnetIDs are the IDs of the subnets of a network injection policy.
func (p Policy) SubnetIDs() []string {
	var ids []string
	if n := p.Properties.NetworkInjection; n != nil {
		for _, v := range n.VirtualNetworks {
			ids = append(ids, v.ID+"/subnets/"+v.Subnet.Name)
		}
	}
	return ids
}

// PolicyID is the ID of a policy in a resource group.
func PolicyID(resourceGroupID, name string) string {
	return resourceGroupID + "/providers/" + ServiceName + "/" + name
}

// Policy reads an enterprise policy.
func (c *Client) Policy(ctx context.Context, id string) (Policy, error) {
	return rest.Get[Policy](ctx, c.rest, at(id), rest.Version(policiesVersion))
}

// Policies iterates over the enterprise policies of a subscription or a resource group, by its ID.
func (c *Client) Policies(ctx context.Context, scopeID string) iter.Seq2[Policy, error] {
	return rest.List[Policy](ctx, c.rest, at(scopeID)+"/providers/"+ServiceName, rest.Version(policiesVersion))
}

// PutPolicy makes or replaces an enterprise policy and waits where the platform says so. It occupies the virtual
// networks of the policy. What its ID and name say is not sent.
func (c *Client) PutPolicy(ctx context.Context, id string, p Policy, opts ...rest.Option) (Policy, error) {
	done, err := c.occupy(ctx, p)
	if err != nil {
		return Policy{}, err
	}
	defer done()
	p.ID, p.Name = "", ""
	if p.Tags == nil {
		p.Tags = map[string]string{}
	}
	return rest.Put[Policy](ctx, c.rest, at(id), p, append(opts, rest.Version(policiesVersion))...)
}

// DeletePolicy deletes an enterprise policy. It occupies the virtual networks of the policy.
func (c *Client) DeletePolicy(ctx context.Context, p Policy) error {
	done, err := c.occupy(ctx, p)
	if err != nil {
		return err
	}
	defer done()
	return rest.Delete(ctx, c.rest, at(p.ID), nil, rest.Version(policiesVersion))
}

// occupy waits for the caller's turn on the networks of a policy: to attach a subnet to it is a write of its network.
func (c *Client) occupy(ctx context.Context, p Policy) (func(), error) {
	var networks []string
	for _, id := range p.SubnetIDs() {
		networks = append(networks, NetworkOf(id))
	}
	return c.networks.Take(ctx, networks...)
}
