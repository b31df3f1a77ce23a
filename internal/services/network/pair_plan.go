package network

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/geography"
)

// planPair completes a plan with what is known before the apply, so that what depends on the pair is known too, and
// checks it. Without a change it asks nobody.
func planPair(ctx context.Context, c *api.Client, change *entity.Change[pairModel]) error {
	m, prior := change.Plan, change.Prior
	if prior != nil && field.Given(m.Location) && field.Given(prior.Location) && geography.Same(m.Location.ValueString(), prior.Location.ValueString()) {
		m.Location = prior.Location
	}
	if change.Config.PolicyLocation.IsNull() {
		m.PolicyLocation = policyLocation(m.Location)
	}
	m.SubnetIDs = types.ListUnknown(types.StringType)
	if field.Given(m.PrimarySubnetID) && !m.FailoverSubnetID.IsUnknown() {
		m.SubnetIDs = field.ListOf(m.subnetIDs())
	}
	if err := m.planPeering(ctx, change.Config, prior); err != nil {
		return err
	}
	if prior != nil && !m.changes(prior) {
		return nil
	}
	moved := prior == nil || !m.PrimarySubnetID.Equal(prior.PrimarySubnetID) || !m.FailoverSubnetID.Equal(prior.FailoverSubnetID)
	if moved {
		m.PrimaryRegion, m.FailoverRegion, m.UsableIPCount = types.StringUnknown(), types.StringNull(), types.Int64Unknown()
		if !m.FailoverSubnetID.IsNull() {
			m.FailoverRegion = types.StringUnknown()
		}
	}
	if prior != nil && prior.peered() && !m.peered() {
		entity.Warn(ctx, "The peering of the virtual networks will be removed", fmt.Sprintf("The peerings %s and %s belong to this pair, so they are deleted. To leave them, remove the pair from state instead, and create it anew without peering.",
			prior.PrimaryPeeringID.ValueString(), prior.FailoverPeeringID.ValueString()))
	}
	all, err := check(ctx, c, m, planning)
	if err == nil && moved {
		m.foresee(all)
	}
	return err
}

// foresee plans what both networks show already.
func (m *pairModel) foresee(all []seen) {
	size := m.UsableIPCount
	m.observe(all)
	if m.UsableIPCount.IsNull() {
		m.UsableIPCount = size
	}
}

// peered reports whether the pair has, or may have, a peering.
func (m *pairModel) peered() bool {
	enabled, _ := m.Peering.Attributes()["enabled"].(types.Bool)
	return !m.FailoverSubnetID.IsNull() && (m.Peering.IsUnknown() || enabled.IsUnknown() || enabled.ValueBool())
}

// changes reports whether an apply has anything to do.
func (m *pairModel) changes(prior *pairModel) bool {
	return !m.Location.Equal(prior.Location) || !m.PolicyLocation.Equal(prior.PolicyLocation) || !m.RegionPairs.Equal(prior.RegionPairs) ||
		!m.PrimarySubnetID.Equal(prior.PrimarySubnetID) || !m.FailoverSubnetID.Equal(prior.FailoverSubnetID) || !m.Peering.Equal(prior.Peering) ||
		!m.PrimaryPeeringID.Equal(prior.PrimaryPeeringID) || !m.FailoverPeeringID.Equal(prior.FailoverPeeringID) ||
		!m.PrimaryPeeringState.Equal(prior.PrimaryPeeringState) || !m.FailoverPeeringState.Equal(prior.FailoverPeeringState)
}

// planPeering plans what is configured over the defaults, and both directions connected.
func (m *pairModel) planPeering(ctx context.Context, config, prior *pairModel) error {
	m.PrimaryPeeringID, m.FailoverPeeringID = customtype.FoldedNull(), customtype.FoldedNull()
	m.PrimaryPeeringState, m.FailoverPeeringState = types.StringNull(), types.StringNull()
	switch {
	case config.Peering.IsNull() && m.FailoverSubnetID.IsNull():
		m.Peering = types.ObjectNull(peeringTypes)
		return nil
	case config.Peering.IsUnknown():
		m.Peering = types.ObjectUnknown(peeringTypes)
	default:
		given, err := config.peering(ctx)
		if err != nil {
			return err
		}
		if !config.Peering.IsNull() { // in the spelling of the state
			planned, err := m.peering(ctx)
			if err != nil {
				return err
			}
			for i, name := range given.names() {
				if field.Given(*name) {
					*name = *planned.names()[i]
				}
			}
		}
		before, err := prior.directions(ctx)
		if err != nil {
			return err
		}
		m.complete(&given, before)
		if err := m.setPeering(ctx, given); err != nil {
			return err
		}
	}
	return m.planStates(ctx, prior)
}

func (m *pairModel) planStates(ctx context.Context, prior *pairModel) error {
	if !m.peered() {
		return nil
	}
	p, err := m.peering(ctx)
	if err != nil {
		return err
	}
	ends := m.ends()
	for i, e := range ends {
		*e.id, *e.state = unknownID, types.StringUnknown()
		if !field.Given(p.Enabled) {
			continue
		}
		*e.state = types.StringValue(arm.PeeringConnected)
		if name := p.names()[i]; field.Given(*name) && e.network() != "" {
			*e.id = customtype.FoldedValue(arm.PeeringID(e.network(), name.ValueString()))
		}
		if prior == nil {
			continue
		}
		old := []customtype.Folded{prior.PrimaryPeeringID, prior.FailoverPeeringID}
		if j := slices.IndexFunc(old, func(o customtype.Folded) bool { return strings.EqualFold(o.ValueString(), e.id.ValueString()) }); j >= 0 && field.Given(*e.id) {
			*e.id = old[j]
		}
	}
	return nil
}
