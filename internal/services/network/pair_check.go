package network

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/geography"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

var (
	locationPath = path.Root("location")
	failoverPath = path.Root("failover_subnet_id")
)

// validatePair checks what needs nobody's answer.
func validatePair(m *pairModel) error {
	if err := errors.Join(noRegion(locationPath, m.Location), noRegion(path.Root("policy_location"), m.PolicyLocation)); err != nil {
		return err
	}
	pairs, err := m.pairs()
	if err != nil {
		return err
	}
	g, tabled := m.serves(pairs)
	if tabled && !m.FailoverSubnetID.IsUnknown() {
		err = counted(g, !m.FailoverSubnetID.IsNull())
	}
	if err == nil && field.Given(m.PrimarySubnetID) && field.Given(m.FailoverSubnetID) {
		switch a, b := m.PrimarySubnetID.ValueString(), m.FailoverSubnetID.ValueString(); {
		case strings.EqualFold(a, b):
			err = entity.Atf(failoverPath, "this is the primary subnet; a pair needs a second one, in a virtual network in the other region")
		case strings.EqualFold(arm.NetworkOf(a), arm.NetworkOf(b)):
			err = entity.Atf(failoverPath, "both subnets are in the virtual network %s, and so in one region; a pair needs a second virtual network, in the other region", arm.NetworkOf(a))
		}
	}
	return err
}

// noRegion refuses an Azure region where a geography is meant.
func noRegion(at path.Path, v customtype.Folded) error {
	if !field.Given(v) || !geography.IsRegion(v.ValueString()) {
		return nil
	}
	_, err := geography.Lookup(v.ValueString())
	return entity.At(at, err)
}

// counted checks the number of subnets.
func counted(g geography.Geography, two bool) error {
	switch n := g.Networks(); {
	case n == 1 && two:
		return entity.Atf(failoverPath, "%s is served by one region, %s; omit failover_subnet_id", g.Name, g.Regions()[0])
	case n == 2 && !two:
		return entity.Atf(failoverPath, "%s needs subnets in two regions (%s); give the second one as failover_subnet_id", g.Name, choice(g))
	}
	return nil
}

func choice(g geography.Geography) string {
	var all []string
	for _, pair := range g.Pairs {
		all = append(all, strings.Join(pair, " with "))
	}
	return strings.Join(all, ", or ")
}

// pairs reads region_pairs, none while it is not known.
func (m *pairModel) pairs() ([][]string, error) {
	var all [][]string
	if !field.Given(m.RegionPairs) {
		return nil, nil
	}
	for _, v := range m.RegionPairs.Elements() {
		var pair []string
		inner, ok := v.(types.List)
		if !ok || !field.Given(inner) {
			return nil, nil
		}
		for _, v := range inner.Elements() {
			region, ok := v.(types.String)
			if !ok || !field.Given(region) {
				return nil, nil
			}
			pair = append(pair, geography.Normal(region.ValueString()))
		}
		all = append(all, pair)
	}
	for _, pair := range all {
		if len(pair) == 0 || len(pair) != len(all[0]) {
			return nil, entity.Atf(path.Root("region_pairs"), "a geography is served by one region or by two; all lists must have that length")
		}
	}
	return all, nil
}

// serves is the geography of the location, with the pairs that override the table. It is not known while the location
// or what overrides the table is not, or where there is neither.
func (m *pairModel) serves(pairs [][]string) (geography.Geography, bool) {
	if !field.Given(m.Location) || m.RegionPairs.IsUnknown() || field.Given(m.RegionPairs) && pairs == nil {
		return geography.Geography{}, false
	}
	g, found := geography.Find(m.Location.ValueString())
	if !found {
		g.Name, g.Location = m.Location.ValueString(), geography.Normal(m.Location.ValueString())
	}
	if pairs != nil {
		g.Pairs = pairs
	}
	return g, len(g.Pairs) > 0
}

// phase tells what a check may find missing: while planning, what the same apply will make.
type phase int

const (
	planning phase = iota
	applying
)

// check reads both networks and reports every reason why the pair cannot serve.
func check(ctx context.Context, c *api.Client, m *pairModel, when phase) ([]seen, error) {
	if err := validatePair(m); err != nil {
		return nil, err
	}
	ends := m.ends()
	all, err := look(ctx, c, ends)
	if err != nil {
		return nil, err
	}
	problems := []error{m.present(ends, all, when), m.fits(ctx, ends, all), m.sized(all), m.apart(ends, all)}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return all, sameTenant(ctx, c, ends)
}

// present checks that the subnets are there, and delegated.
func (m *pairModel) present(ends []end, all []seen, when phase) error {
	var problems []error
	for i, s := range all {
		at, id := ends[i].at, ends[i].subnet.ValueString()
		switch {
		case s.network == nil && when == applying:
			problems = append(problems, entity.At(at, fmt.Errorf("the virtual network of the subnet is not there, or not for this identity: %w", s.err)))
		case s.network == nil:
		case s.subnet == nil && when == applying:
			problems = append(problems, entity.Atf(at, "there is no subnet %s", id))
		case s.subnet == nil:
		default:
			if _, ok := s.subnet.Delegated(arm.ServiceName); ok {
				continue
			}
			if others := s.subnet.Properties.Delegations; len(others) > 0 {
				problems = append(problems, entity.Atf(at, "the subnet %s is delegated to %s, and a subnet can be delegated to one service only; the platform needs one of its own", id, others[0].Properties.ServiceName))
				continue
			}
			if when == applying { // until then powerplatform_subnet_delegation may do it
				problems = append(problems, entity.Atf(at, "the subnet %s is not delegated to %s. Delegate it with powerplatform_subnet_delegation, and take the ID here from its subnet_id, so that it is delegated first", id, arm.ServiceName))
			}
		}
	}
	return errors.Join(problems...)
}

// fits checks that the regions, as far as they are known, are a pair of the geography.
func (m *pairModel) fits(ctx context.Context, ends []end, all []seen) error {
	var regions []string
	for _, s := range all {
		if s.network != nil {
			regions = append(regions, geography.Normal(s.network.Location))
		}
	}
	pairs, err := m.pairs()
	if err != nil || !field.Given(m.Location) {
		return err
	}
	g, table := m.serves(pairs)
	switch {
	case !table && !m.RegionPairs.IsUnknown():
		entity.Warn(ctx, "Unknown location", fmt.Sprintf("Which Azure regions serve %q is not known, so that those of the subnets are not checked. region_pairs tells it; known locations are in data.powerplatform_region_pairs.", m.Location.ValueString()))
		if len(regions) == 2 && regions[0] == regions[1] {
			return entity.Atf(failoverPath, "both virtual networks are in %s; a pair needs two regions", regions[0])
		}
		return nil
	case !table:
		return nil
	case len(regions) < len(ends):
		for i, s := range all {
			if s.network != nil && !slices.Contains(g.Regions(), geography.Normal(s.network.Location)) {
				return misfit(ends[i].at, fmt.Sprintf("%s is not a region of %s, which is served by %s", s.network.Location, g.Name, choice(g)))
			}
		}
		return nil
	}
	err = g.Fits(regions...)
	if wrong, ok := errors.AsType[*geography.MisfitError](err); ok {
		return misfit(ends[min(wrong.Region, len(ends)-1)].at, wrong.Reason)
	}
	return err
}

func misfit(at path.Path, reason string) error {
	return entity.Atf(at, "%s. If the platform takes other regions by now, name them in region_pairs", reason)
}

// sized checks that both subnets have the same number of addresses.
func (m *pairModel) sized(all []seen) error {
	if len(all) < 2 || all[0].subnet == nil || all[1].subnet == nil || all[0].subnet.Usable() == all[1].subnet.Usable() {
		return nil
	}
	size := func(s *arm.Subnet) string {
		return fmt.Sprintf("%d addresses to give (%s)", s.Usable(), strings.Join(s.Prefixes(), ", "))
	}
	return entity.Atf(failoverPath, "both subnets need the same number of addresses: the primary has %s, this one has %s", size(all[0].subnet), size(all[1].subnet))
}

// apart checks that the networks can be peered.
func (m *pairModel) apart(ends []end, all []seen) error {
	enabled, _ := m.Peering.Attributes()["enabled"].(types.Bool)
	if len(all) < 2 || all[0].network == nil || all[1].network == nil || !enabled.ValueBool() {
		return nil
	}
	var shared []string
	for _, a := range all[0].network.Properties.AddressSpace.AddressPrefixes {
		for _, b := range all[1].network.Properties.AddressSpace.AddressPrefixes {
			p, err := netip.ParsePrefix(a)
			q, err2 := netip.ParsePrefix(b)
			if err == nil && err2 == nil && p.Overlaps(q) {
				shared = append(shared, a+" with "+b)
			}
		}
	}
	if len(shared) == 0 {
		return nil
	}
	return entity.Atf(failoverPath, "the virtual networks cannot be peered, because their address spaces overlap: %s of %s with %s. Give one of them another address space, or set virtual_network_peering = { enabled = false }",
		strings.Join(shared, ", "), ends[0].network(), ends[1].network())
}

// sameTenant checks that both subscriptions and the caller are of one tenant. A subscription that the caller has no role
// in tells nothing.
func sameTenant(ctx context.Context, c *api.Client, ends []end) error {
	caller, err := c.Caller(ctx)
	if err != nil {
		return err
	}
	for _, e := range ends {
		if e.network() == "" {
			continue
		}
		subscription := strings.Split(e.network(), "/")[2]
		tenant, err := c.ARM.TenantOf(ctx, subscription)
		refused, ok := errors.AsType[*rest.Error](err)
		switch {
		case rest.IsNotFound(err), ok && refused.Status == http.StatusForbidden:
		case err != nil:
			return entity.At(e.at, err)
		case tenant != "" && caller.TenantID != "" && !strings.EqualFold(tenant, caller.TenantID):
			return entity.Atf(e.at, "the subscription %s belongs to the tenant %s, and the provider is signed in to %s: the platform takes networks of its own tenant only", subscription, tenant, caller.TenantID)
		}
	}
	return nil
}
