package network

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

const subnetType = "Microsoft.Network/virtualNetworks/subnets"

// subnetID is what an ID of a subnet must be.
var subnetID = field.ResourceID(subnetType)

// Delegation is powerplatform_subnet_delegation.
func Delegation() entity.Resource[delegation] {
	return entity.Resource[delegation]{
		Name: "subnet_delegation", Key: []string{"subnet_id"}, Schema: delegationSchema, Timeout: 30 * time.Minute, Resumes: true,
		Plan: planDelegation, Create: delegate, Read: readDelegation, Delete: undelegate, Parent: parentOfDelegation,
		All: delegations, Choose: []string{"virtual_network_id"}, Called: "subnet_id",
		Errors: []entity.Diagnosis{{Is: rest.IsNotFound, At: atSubnetID}},
	}
}

var delegationSchema = schema.Schema{
	MarkdownDescription: "The delegation of a subnet that exists to the platform (`" + arm.ServiceName + "`), as [private networking](https://learn.microsoft.com/power-platform/admin/vnet-support-overview) " +
		"needs it. Nothing else of the subnet changes: its network security group, route table, NAT gateway, service endpoints and whatever else it has stay as they are, " +
		"so the subnet itself can belong to another configuration, or to nobody's. Where `azurerm_subnet` manages it, that must have `ignore_changes = [delegation]`.\n\n" +
		"A subnet serves one service only, and nothing else may lie in it. Writes to one virtual network wait for one another.\n\n" +
		"Destroying waits until no enterprise policy holds the subnet any more, which is a little after the policy is gone.",
	Attributes: field.Attributes{
		"subnet_id": field.Fixed.Folded("Azure resource ID of the subnet, as in `azurerm_subnet.id`.", subnetID),
		"name": field.FixedIfSet.Text(
			"Name of the delegation within the subnet. It means nothing to the platform; "+
				"the default is `"+arm.ServiceName+"`.", field.Length(1, 80)),
		"id": field.Shown.Folded(
			"Azure resource ID of the subnet. Objects that need the subnet delegated refer to this resource, so " +
				"that they wait for it."),
		"virtual_network_id": field.Shown.Folded("Azure resource ID of the virtual network of the subnet."),
		"region":             field.Shown.Text("Azure region of the virtual network, such as `eastus`."),
		"address_prefixes":   field.Shown.List("Address ranges of the subnet in CIDR notation."),
		"usable_ip_count": field.Shown.Number(
			"Number of IPv4 addresses that the platform can use: Azure keeps five of each range. " +
				"Both subnets of a region pair need the same number. See the function `subnet_prefix_length`."),
		"in_use": field.Shown.Bool(
			"Whether an enterprise policy holds the subnet. The platform decides that; " +
				"while it does, the delegation cannot be removed."),
	},
}

type delegation struct {
	ID               customtype.Folded `tfsdk:"id"`
	SubnetID         customtype.Folded `tfsdk:"subnet_id"`
	Name             types.String      `tfsdk:"name"`
	VirtualNetworkID customtype.Folded `tfsdk:"virtual_network_id"`
	Region           types.String      `tfsdk:"region"`
	AddressPrefixes  types.List        `tfsdk:"address_prefixes"`
	UsableIPCount    types.Int64       `tfsdk:"usable_ip_count"`
	InUse            types.Bool        `tfsdk:"in_use"`
}

var atSubnetID = path.Root("subnet_id")

// planDelegation fills in what follows from the configuration, and looks whether the subnet is free. The look is advice:
// only what the subnet shows holds up a plan.
func planDelegation(ctx context.Context, c *api.Client, change *entity.Change[delegation]) error {
	m := change.Plan
	if change.Prior != nil {
		return nil
	}
	if m.Name.IsUnknown() && change.Config.Name.IsNull() {
		m.Name = types.StringValue(arm.ServiceName)
	}
	if m.SubnetID.IsUnknown() {
		return nil
	}
	id := m.SubnetID.ValueString()
	m.VirtualNetworkID = customtype.FoldedValue(arm.NetworkOf(id))
	ctx, done := context.WithTimeout(ctx, lookLimit)
	defer done()
	s, err := c.ARM.Subnet(ctx, id)
	switch {
	case rest.HasCode(err, "SubscriptionNotFound"), err != nil && !rest.IsNotFound(err):
		entity.Warn(ctx, "Could not look at the subnet of a subnet delegation", fmt.Sprintf("Whether %s can be delegated shows when it is: %v.", id, err))
	case err != nil: // it may be made in the same apply
	case len(s.Properties.Delegations) > 0:
		taken := &arm.DelegationError{SubnetID: id, Delegations: s.Properties.Delegations}
		if taken.Ours() && change.Replaced {
			return nil // destroyed before
		}
		return refusal(taken)
	}
	return nil
}

// lookLimit is how long a plan waits for advice.
const lookLimit = time.Minute

// refusal says what to do with a subnet that has a delegation already.
func refusal(taken *arm.DelegationError) error {
	if taken.Ours() {
		return entity.At(atSubnetID, entity.Exists("subnet_delegation", taken.SubnetID, taken))
	}
	return entity.Atf(atSubnetID, "%w. A subnet serves one service: choose another subnet, or have that delegation removed", taken)
}

func delegate(ctx context.Context, c *api.Client, m *delegation) error {
	if m.Name.ValueString() == "" {
		m.Name = types.StringValue(arm.ServiceName)
	}
	sent, err := c.ARM.Delegate(ctx, m.SubnetID.ValueString(), m.Name.ValueString())
	if taken, ok := errors.AsType[*arm.DelegationError](err); ok {
		return entity.Refused(refusal(taken))
	}
	switch {
	case err == nil, rest.IsOperationFailed(err), rest.IsNotFound(err):
		return err
	case !sent:
		return entity.Refused(err)
	case errors.Is(err, context.Canceled) || shows(ctx, c, m):
		return entity.Incomplete(err) // the next refresh shows what has become of it; tainted, it might be made before it is destroyed
	}
	return err
}

// shows takes a last look at a subnet whose delegation was sent.
func shows(ctx context.Context, c *api.Client, m *delegation) bool {
	ctx, done := rest.LastLook(ctx)
	defer done()
	s, err := c.ARM.Subnet(ctx, m.SubnetID.ValueString())
	_, ours := s.Delegated(arm.ServiceName)
	return err == nil && ours
}

func readDelegation(ctx context.Context, c *api.Client, m *delegation) error {
	s, err := c.ARM.Subnet(ctx, m.SubnetID.ValueString())
	if err != nil {
		return err
	}
	if !m.flatten(s) {
		return entity.ErrNotFound
	}
	if m.Region.ValueString() == "" { // it never changes
		region, err := c.ARM.Region(ctx, m.VirtualNetworkID.ValueString())
		m.Region = types.StringValue(region)
		return err
	}
	return nil
}

// flatten fills what a subnet tells, and reports whether it is delegated.
func (m *delegation) flatten(s arm.Subnet) bool {
	d, ours := s.Delegated(arm.ServiceName)
	if !ours {
		return false
	}
	_, used := s.Link()
	m.ID, m.SubnetID = customtype.FoldedValue(s.ID), customtype.FoldedValue(s.ID)
	m.VirtualNetworkID = customtype.FoldedValue(arm.NetworkOf(s.ID))
	m.Name, m.InUse = types.StringValue(d.Name), types.BoolValue(used)
	m.AddressPrefixes, m.UsableIPCount = field.ListOf(s.Prefixes()), types.Int64Value(s.Usable())
	return true
}

// delegations yields the delegated subnets of the virtual network of m, or else of the subscription of the provider.
func delegations(ctx context.Context, c *api.Client, m *delegation) iter.Seq2[delegation, error] {
	return func(yield func(delegation, error) bool) {
		for v, err := range networks(ctx, c, m.VirtualNetworkID.ValueString()) {
			if err != nil {
				yield(delegation{}, err)
				return
			}
			for _, s := range v.Properties.Subnets {
				one := delegation{Region: types.StringValue(v.Location)}
				if one.flatten(s) && !yield(one, nil) {
					return
				}
			}
		}
	}
}

// networks yields a virtual network or, without an ID, all of the subscription of the provider.
func networks(ctx context.Context, c *api.Client, id string) iter.Seq2[arm.VirtualNetwork, error] {
	if subscription := c.ARM.Subscription(); id == "" && subscription != "" {
		return c.ARM.VirtualNetworks(ctx, "/subscriptions/"+subscription)
	}
	return func(yield func(arm.VirtualNetwork, error) bool) {
		if id == "" {
			yield(arm.VirtualNetwork{}, errors.New(
				"no subscription is named; give virtual_network_id here, or subscription_id to the provider"))
			return
		}
		yield(c.ARM.VirtualNetwork(ctx, id))
	}
}

// parentOfDelegation takes a second look, through the virtual network: the subnet must be gone or show that it is not
// delegated.
func parentOfDelegation(ctx context.Context, c *api.Client, m *delegation) error {
	id := m.SubnetID.ValueString()
	v, err := c.ARM.VirtualNetwork(ctx, arm.NetworkOf(id))
	if rest.IsNotFound(err) {
		return c.ARM.Sees(ctx, arm.NetworkOf(id))
	}
	if err != nil {
		return err
	}
	s, _ := v.Subnet(id)
	if _, ours := s.Delegated(arm.ServiceName); ours {
		return errors.New("a second look shows the subnet, and that it is delegated")
	}
	return nil
}

// refusedEvery is the pause where the service still refuses what the subnet itself allows.
const refusedEvery = 10 * time.Second

func undelegate(ctx context.Context, c *api.Client, m *delegation) error {
	id := m.SubnetID.ValueString()
	for {
		if err := c.ARM.Unlinked(ctx, id); err != nil {
			if errors.Is(err, context.DeadlineExceeded) {
				return fmt.Errorf("%w. An enterprise policy lets its subnets go when it is deleted, which takes that no environment is linked to it: "+
					"remove its links (powerplatform_enterprise_policy), then the policy (powerplatform_network_injection_policy)", err)
			}
			return err
		}
		err := c.ARM.Undelegate(ctx, id)
		if !rest.HasCode(err, "SubnetMissingRequiredDelegation") || rest.Wait(ctx, refusedEvery) != nil {
			return err
		}
	}
}
