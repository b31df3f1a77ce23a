package network

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

var (
	peeringPath = path.Root("virtual_network_peering")
	unknownID   = customtype.Folded{StringValue: types.StringUnknown()}
)

var peeringTypes = map[string]attr.Type{
	"enabled": types.BoolType, "allow_virtual_network_access": types.BoolType, "allow_forwarded_traffic": types.BoolType, "allow_gateway_transit": types.BoolType,
	"primary_name": customtype.FoldedType{}, "failover_name": customtype.FoldedType{},
}

func (m *pairModel) peering(ctx context.Context) (peeringModel, error) {
	var p peeringModel
	if !field.Given(m.Peering) {
		return p, nil
	}
	if d := m.Peering.As(ctx, &p, basetypes.ObjectAsOptions{}); d.HasError() {
		return p, errors.New(d.Errors()[0].Detail())
	}
	return p, nil
}

func (m *pairModel) setPeering(ctx context.Context, p peeringModel) error {
	o, d := types.ObjectValueFrom(ctx, peeringTypes, p)
	if d.HasError() {
		return errors.New(d.Errors()[0].Detail())
	}
	m.Peering = o
	return nil
}

// option is an argument of a peering that both directions share.
type option struct {
	of    func(p *peeringModel) *types.Bool
	wire  func(p *arm.PeeringProperties) **bool
	usual bool
}

var options = []option{
	{func(p *peeringModel) *types.Bool { return &p.Access }, func(p *arm.PeeringProperties) **bool { return &p.AllowVirtualNetworkAccess }, true},
	{func(p *peeringModel) *types.Bool { return &p.Forwarded }, func(p *arm.PeeringProperties) **bool { return &p.AllowForwardedTraffic }, false},
	{func(p *peeringModel) *types.Bool { return &p.Transit }, func(p *arm.PeeringProperties) **bool { return &p.AllowGatewayTransit }, false},
}

// shown is the value that the platform shows.
func (o option) shown(p arm.PeeringProperties) bool {
	if v := *o.wire(&p); v != nil {
		return *v
	}
	return o.usual
}

func (p *peeringModel) names() []*customtype.Folded {
	return []*customtype.Folded{&p.PrimaryName, &p.FailoverName}
}

// complete gives what is not configured its default. A name that a peering has already stays.
func (m *pairModel) complete(p *peeringModel, before []direction) {
	preset := func(v *types.Bool, usual bool) {
		if v.IsNull() {
			*v = types.BoolValue(usual)
		}
	}
	preset(&p.Enabled, true)
	for _, o := range options {
		preset(o.of(p), o.usual)
	}
	if m.FailoverSubnetID.IsNull() || !p.Enabled.IsUnknown() && !p.Enabled.ValueBool() {
		return
	}
	ends := m.ends()
	for i, name := range p.names() {
		here, there := ends[i].network(), ends[1-i].network()
		switch {
		case !name.IsNull():
		case p.Enabled.IsUnknown() || here == "" || there == "":
			*name = unknownID
		case len(before) > i && before[i].leads(here, there):
			*name = customtype.FoldedValue(before[i].name)
		default:
			*name = customtype.FoldedValue("powerplatform-" + there[strings.LastIndex(there, "/")+1:])
		}
	}
}

// fillPeering makes sure that nothing is open once everything is known; planning has usually done it.
func (m *pairModel) fillPeering(ctx context.Context, prior *pairModel) error {
	if m.Peering.IsNull() && m.FailoverSubnetID.IsNull() {
		return nil
	}
	p, err := m.peering(ctx)
	if err != nil {
		return err
	}
	for _, v := range []*types.Bool{&p.Enabled, &p.Access, &p.Forwarded, &p.Transit} {
		if v.IsUnknown() {
			*v = types.BoolNull()
		}
	}
	for _, v := range p.names() {
		if v.IsUnknown() {
			*v = customtype.FoldedNull()
		}
	}
	before, err := prior.directions(ctx)
	if err != nil {
		return err
	}
	m.complete(&p, before)
	return m.setPeering(ctx, p)
}

// direction is one direction of the peering of a pair.
type direction struct {
	at, named       path.Path // the arguments that name its subnet and itself
	network, remote string
	name            string
}

func (d direction) id() string { return arm.PeeringID(d.network, d.name) }

func (d direction) leads(network, remote string) bool {
	return strings.EqualFold(d.network, network) && strings.EqualFold(d.remote, remote)
}

func (d direction) is(o direction) bool {
	return d.leads(o.network, o.remote) && strings.EqualFold(d.name, o.name)
}

func (d direction) remove(ctx context.Context, c *api.Client) error {
	if err := c.ARM.DeletePeering(ctx, d.id(), d.remote); err != nil && !rest.IsNotFound(err) {
		return fmt.Errorf("removing the peering %s: %w", d.id(), err)
	}
	return nil
}

// directions are those that a pair has or is to have: both, or none.
func (m *pairModel) directions(ctx context.Context) ([]direction, error) {
	if m == nil || m.FailoverSubnetID.IsNull() {
		return nil, nil
	}
	p, err := m.peering(ctx)
	if err != nil || !p.Enabled.ValueBool() {
		return nil, err
	}
	a, b := m.ends()[0], m.ends()[1]
	return []direction{
		{a.at, peeringPath.AtName("primary_name"), a.network(), b.network(), p.PrimaryName.ValueString()},
		{b.at, peeringPath.AtName("failover_name"), b.network(), a.network(), p.FailoverName.ValueString()},
	}, nil
}

// flattenPeering shows the peerings of the pair. One of another name is none of them, except to an import.
func (m *pairModel) flattenPeering(ctx context.Context, all []seen, imported bool) error {
	p, err := m.peering(ctx)
	if err != nil {
		return err
	}
	ends := m.ends()
	found := make([]*arm.Peering, len(ends))
	for i := range ends {
		if all[i].network != nil && len(ends) == 2 && (imported || p.Enabled.ValueBool()) {
			if peering, ok := all[i].network.PeeringTo(ends[1-i].network()); ok && (imported || strings.EqualFold(peering.Name, p.names()[i].ValueString())) {
				found[i] = &peering
			}
		}
	}
	m.PrimaryPeeringID, m.FailoverPeeringID = customtype.FoldedNull(), customtype.FoldedNull()
	m.PrimaryPeeringState, m.FailoverPeeringState = types.StringNull(), types.StringNull()
	if imported {
		if len(ends) == 1 {
			m.Peering = types.ObjectNull(peeringTypes)
			return nil
		}
		p.Enabled = types.BoolValue(found[0] != nil || found[1] != nil)
	}
	for i, f := range found {
		if f == nil {
			continue
		}
		*ends[i].id, *ends[i].state = customtype.FoldedValue(f.ID), types.StringValue(stateOf(*f))
		if imported {
			*p.names()[i] = customtype.FoldedValue(f.Name)
		}
	}
	if m.Peering.IsNull() && !imported {
		return nil
	}
	m.complete(&p, nil)
	for _, o := range options {
		first := true
		for _, f := range found {
			switch v := o.of(&p); {
			case f == nil:
			case first:
				*v, first = types.BoolValue(o.shown(f.Properties)), false
			case o.shown(f.Properties) != v.ValueBool(): // no value says that
				*v = types.BoolNull()
			}
		}
	}
	return m.setPeering(ctx, p)
}

const failed = "Failed"

// stateOf says what is wrong with a peering, or that it is connected.
func stateOf(p arm.Peering) string {
	level := p.Properties.PeeringSyncLevel
	switch {
	case p.Properties.PeeringState != arm.PeeringConnected:
		return p.Properties.PeeringState
	case p.Properties.ProvisioningState == failed:
		return failed
	case level != "" && level != arm.InSync:
		return level
	}
	return arm.PeeringConnected
}

// converge brings the peering from prior to m with the fewest changes; prior is nil for a pair that is new. all is what
// its networks were like. written tells of an error whether a direction was written, or may have been.
func converge(ctx context.Context, c *api.Client, m, prior *pairModel, all []seen) (written bool, err error) {
	now, err := m.directions(ctx)
	if err != nil {
		return false, err
	}
	before, err := prior.directions(ctx)
	if err != nil {
		return false, err
	}
	mine, err := m.own(ctx, now, before, all, prior == nil)
	if err != nil {
		return false, err
	}
	renew := slices.ContainsFunc(before, func(d direction) bool { return !slices.ContainsFunc(now, d.is) })
	for _, p := range mine {
		renew = renew || p != nil && p.Properties.PeeringState == arm.PeeringDisconnected
	}
	if renew { // to remove one direction disconnects the other, which cannot be revived
		if err := removeAll(ctx, c, now, before, mine); err != nil {
			return false, err
		}
	}
	written, err = m.put(ctx, c, now, mine)
	if rest.HasCode(err, "RemotePeeringIsDisconnected") && prior != nil { // since the networks were read
		if err := removeAll(ctx, c, now, before, mine); err != nil {
			return written, err
		}
		again, err := m.put(ctx, c, now, mine)
		return written || again, err
	}
	return written, err
}

// removeAll removes the directions that there were and those that there are; mine is empty then.
func removeAll(ctx context.Context, c *api.Client, now, before []direction, mine []*arm.Peering) error {
	old := slices.Clone(before)
	for i, d := range now {
		if mine[i] != nil && !slices.ContainsFunc(old, func(o direction) bool { return o.leads(d.network, d.remote) }) {
			d.name = mine[i].Name
			old = append(old, d)
		}
		mine[i] = nil
	}
	for _, d := range old {
		if err := d.remove(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// own finds the directions of this pair among the peerings of its networks. An interrupted update may have left one
// under the new name; a new pair has none.
func (m *pairModel) own(ctx context.Context, now, before []direction, all []seen, created bool) ([]*arm.Peering, error) {
	mine := make([]*arm.Peering, len(now))
	for i, d := range now {
		p, ok := all[i].network.PeeringTo(d.remote)
		known := slices.ContainsFunc(before, func(b direction) bool { return b.leads(d.network, d.remote) && strings.EqualFold(b.name, p.Name) })
		switch {
		case ok && known:
			mine[i] = &p
		case ok && !created && strings.EqualFold(p.Name, d.name):
			entity.Warn(ctx, "A peering was there already", "The peering "+p.ID+" was not in state. It has the name that the pair gives it and leads where it should, so it is taken for that of an apply that was interrupted.")
			mine[i] = &p
		case ok:
			return nil, m.foreign(p, d, created)
		}
		for _, other := range all[i].network.Properties.VirtualNetworkPeerings {
			taken := strings.EqualFold(other.Name, d.name) && !strings.EqualFold(other.Properties.RemoteVirtualNetwork.ID, d.remote)
			if taken && !slices.ContainsFunc(before, func(b direction) bool { return strings.EqualFold(b.id(), d.id()) }) {
				return nil, entity.Atf(d.named, "the virtual network %s has a peering %q already, which leads to %s; choose another name", d.network, other.Name, other.Properties.RemoteVirtualNetwork.ID)
			}
		}
	}
	return mine, nil
}

func (m *pairModel) foreign(p arm.Peering, d direction, created bool) error {
	way := fmt.Sprintf("give this one the same name (%s = %q in virtual_network_peering)", d.named.Steps()[1], p.Name)
	if created {
		way = "import the pair with" + entity.Import("failover_region_pair", strings.Join(m.subnetIDs(), "|")) + "or,"
	} else {
		way += "; or,"
	}
	return entity.Atf(d.at, "the virtual network %s is peered with %s already, by %s, which this resource has not made. Two networks can be peered once only. "+
		"To manage that peering here, %s to leave it to whoever made it, set virtual_network_peering = { enabled = false }", d.network, d.remote, p.ID, way)
}

// put writes the directions that are not as they should be, and reports whether it did or may have.
func (m *pairModel) put(ctx context.Context, c *api.Client, now []direction, mine []*arm.Peering) (written bool, err error) {
	p, err := m.peering(ctx)
	if err != nil {
		return false, err
	}
	for i, d := range now {
		var properties arm.PeeringProperties
		if mine[i] != nil {
			properties = mine[i].Properties
			state := stateOf(*mine[i])
			fine := state == arm.PeeringConnected || state == arm.PeeringInitiated && mine[1-i] == nil
			if fine && !slices.ContainsFunc(options, func(o option) bool { return o.shown(properties) != o.of(&p).ValueBool() }) {
				continue
			}
		}
		properties.RemoteVirtualNetwork.ID = d.remote
		for _, o := range options {
			*o.wire(&properties) = new(o.of(&p).ValueBool())
		}
		_, err := c.ARM.PutPeering(ctx, d.network, d.name, properties)
		written = written || err == nil || rest.IsUncertain(err)
		if err != nil {
			return written, entity.At(d.at, err)
		}
	}
	return written, nil
}
