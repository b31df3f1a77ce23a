package network

import (
	"context"
	"errors"
	"fmt"
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

// FailoverRegionPair is powerplatform_failover_region_pair. Its arguments may all change in place: while an environment
// moves from one policy to the next in the same networks, the old pair and the new one would need the same peering.
func FailoverRegionPair() entity.Resource[pairModel] {
	return entity.Resource[pairModel]{
		Name: "failover_region_pair", Schema: pairSchema,
		Create: createPair, Read: readPair, Update: updatePair, Delete: deletePair, Parent: pairGone,
		Resumes: true, Ready: pairReady, Validate: validatePair, Plan: planPair,
	}
}

// end is one of the two ends of a pair: the attributes that belong to it.
type end struct {
	at     path.Path // the argument that names the subnet
	subnet customtype.Folded
	region *types.String
	id     *customtype.Folded // of the peering
	state  *types.String      // of the peering
}

// ends are the primary end and, unless it is certain that there is none, the failover end.
func (m *pairModel) ends() []end {
	all := []end{
		{path.Root("primary_subnet_id"), m.PrimarySubnetID, &m.PrimaryRegion, &m.PrimaryPeeringID, &m.PrimaryPeeringState},
		{path.Root("failover_subnet_id"), m.FailoverSubnetID, &m.FailoverRegion, &m.FailoverPeeringID, &m.FailoverPeeringState},
	}
	if m.FailoverSubnetID.IsNull() {
		return all[:1]
	}
	return all
}

// network is the ID of the virtual network, "" while it is not known.
func (e end) network() string {
	if !field.Given(e.subnet) {
		return ""
	}
	return arm.NetworkOf(e.subnet.ValueString())
}

// seen is what the platform shows of an end; what it does not show is nil.
type seen struct {
	network *arm.VirtualNetwork
	subnet  *arm.Subnet
	err     error // the 404 of the network
}

// look reads the networks of the ends that are known, each once. That one is not there is no error yet.
func look(ctx context.Context, c *api.Client, ends []end) ([]seen, error) {
	all := make([]seen, len(ends))
	for i, e := range ends {
		if e.network() == "" {
			continue
		}
		if i > 0 && strings.EqualFold(e.network(), ends[0].network()) {
			all[i] = seen{network: all[0].network, err: all[0].err}
		} else {
			v, err := c.ARM.VirtualNetwork(ctx, e.network())
			switch {
			case rest.IsNotFound(err):
				all[i].err = err
			case err != nil:
				return nil, entity.At(e.at, err)
			default:
				all[i].network = &v
			}
		}
		if v := all[i].network; v != nil {
			if s, ok := v.Subnet(e.subnet.ValueString()); ok {
				all[i].subnet = &s
			}
		}
	}
	return all, nil
}

func createPair(ctx context.Context, c *api.Client, m *pairModel) error {
	written, err := applyPair(ctx, c, m, nil)
	if err == nil || written {
		m.made()
	}
	return err
}

// applyPair checks the pair and peers its networks, and reports whether something of that was written.
func applyPair(ctx context.Context, c *api.Client, m, prior *pairModel) (written bool, err error) {
	if err := m.fillPeering(ctx, prior); err != nil {
		return false, err
	}
	all, err := check(ctx, c, m, applying)
	if err != nil {
		return false, err
	}
	return converge(ctx, c, m, prior, all)
}

// made names the pair, so that it stays in state.
func (m *pairModel) made() {
	if !field.Given(m.ID) {
		m.ID = customtype.FoldedValue(strings.Join(m.subnetIDs(), "|"))
	}
}

func (m *pairModel) subnetIDs() []string {
	var ids []string
	for _, e := range m.ends() {
		ids = append(ids, e.subnet.ValueString())
	}
	return ids
}

func updatePair(ctx context.Context, c *api.Client, m, prior *pairModel) error {
	written, err := applyPair(ctx, c, m, prior)
	if written { // a destroy must find it
		err = entity.Incomplete(err)
	}
	return err
}

// readPair keeps a pair of which a part is missing: the rest of it, a peering, would be lost to Terraform.
func readPair(ctx context.Context, c *api.Client, m *pairModel) error {
	imported := m.PrimarySubnetID.IsNull()
	if imported {
		primary, failover, two := strings.Cut(m.ID.ValueString(), "|")
		m.PrimarySubnetID, m.FailoverSubnetID = customtype.FoldedValue(primary), customtype.FoldedNull()
		if two {
			m.FailoverSubnetID = customtype.FoldedValue(failover)
		}
	}
	ends := m.ends()
	all, err := look(ctx, c, ends)
	if err != nil {
		return err
	}
	missing := 0
	for i, s := range all {
		switch {
		case s.network == nil:
			missing++
		case s.subnet == nil && imported:
			return entity.ErrNotFound
		}
		if s.subnet == nil && missing < len(all) {
			entity.Warn(ctx, "A subnet of a failover region pair is missing", "There is no subnet "+ends[i].subnet.ValueString()+".")
		}
	}
	if missing == len(all) || imported && missing > 0 {
		return entity.ErrNotFound
	}
	m.flatten(all)
	return m.flattenPeering(ctx, all, imported)
}

func (m *pairModel) flatten(all []seen) {
	m.SubnetIDs = field.ListOf(m.subnetIDs())
	m.FailoverRegion = types.StringNull()
	regions := m.observe(all)
	if m.Location.IsNull() {
		for _, g := range geography.OfRegion(regions[0]) {
			if g.Fits(regions...) == nil {
				m.Location = customtype.FoldedValue(g.Location)
			}
		}
	}
	if !field.Given(m.PolicyLocation) {
		m.PolicyLocation = policyLocation(m.Location)
	}
}

// observe takes over regions and size of what was seen, and returns the regions, "" for an end that was not.
func (m *pairModel) observe(all []seen) []string {
	regions := make([]string, len(all))
	m.UsableIPCount = types.Int64Null()
	for i, e := range m.ends() {
		if all[i].network != nil {
			regions[i] = geography.Normal(all[i].network.Location)
			*e.region = types.StringValue(regions[i])
		}
		if s := all[i].subnet; s != nil && (i == 0 || s.Usable() < m.UsableIPCount.ValueInt64()) {
			m.UsableIPCount = types.Int64Value(s.Usable())
		}
	}
	for _, s := range all {
		if s.subnet == nil {
			m.UsableIPCount = types.Int64Null()
		}
	}
	return regions
}

// policyLocation is what enterprise policies call a location.
func policyLocation(location customtype.Folded) customtype.Folded {
	if !field.Given(location) {
		return location
	}
	if g, known := geography.Find(location.ValueString()); known {
		return customtype.FoldedValue(g.PolicyLocation)
	}
	return customtype.FoldedValue(geography.Normal(location.ValueString()))
}

// pairReady waits for both directions.
func pairReady(m *pairModel) string {
	enabled, _ := m.Peering.Attributes()["enabled"].(types.Bool)
	if !enabled.ValueBool() || m.FailoverSubnetID.IsNull() {
		return ""
	}
	for _, e := range m.ends() {
		switch state := e.state.ValueString(); state {
		case "":
			return "the peering of " + e.network() + " does not show yet"
		case arm.PeeringInitiated, arm.PeeringDisconnected:
			return "the peering " + e.id.ValueString() + " is " + state
		}
	}
	return ""
}

// deletePair removes both directions as far as they are there. What a network has instead is somebody else's.
func deletePair(ctx context.Context, c *api.Client, m *pairModel) error {
	all, err := m.directions(ctx)
	if err != nil {
		return err
	}
	for _, d := range all {
		v, err := c.ARM.VirtualNetwork(ctx, d.network)
		if rest.IsNotFound(err) { // certain only if what contained it can be seen
			if err := c.ARM.Sees(ctx, d.network); err != nil {
				return fmt.Errorf("whether the virtual network %s is gone is not certain: %w", d.network, err)
			}
			continue
		}
		if err != nil {
			return err
		}
		if p, ok := v.PeeringTo(d.remote); ok && strings.EqualFold(p.Name, d.name) {
			if err := d.remove(ctx, c); err != nil {
				return err
			}
		}
	}
	return nil
}

// pairGone takes a second look at the subnets, one by one.
func pairGone(ctx context.Context, c *api.Client, m *pairModel) error {
	for _, e := range m.ends() {
		_, err := c.ARM.Subnet(ctx, e.subnet.ValueString())
		if rest.IsNotFound(err) {
			err = c.ARM.Sees(ctx, e.network())
		} else if err == nil {
			err = errors.New("a second look shows the subnet " + e.subnet.ValueString())
		}
		if err != nil {
			return err
		}
	}
	return nil
}
