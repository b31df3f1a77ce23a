package enterprisepolicy

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/geography"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

type injection struct {
	common
	SubnetIDs types.List `tfsdk:"subnet_ids"`
}

var subnetsAt = path.Root("subnet_ids")

// NetworkInjection is powerplatform_network_injection_policy.
func NetworkInjection() entity.Resource[injection] {
	return kind[injection]{
		name: "network_injection_policy", kind: arm.NetworkInjection,
		description: "Lets environments use delegated subnets of virtual networks: an enterprise policy for [private networking](https://learn.microsoft.com/power-platform/admin/vnet-support-overview). " +
			"`powerplatform_enterprise_policy` links environments to it; several can share one." + linkedOnly +
			" The new policy needs other subnets. A destroy returns when the subnets are free again.",
		attributes: field.Attributes{"subnet_ids": schema.ListAttribute{
			MarkdownDescription: "Azure resource IDs of the subnets, which must be delegated to `Microsoft.PowerPlatform/enterprisePolicies` (see `powerplatform_subnet_delegation`): one in each region that the location needs, " +
				"as `subnet_ids` of `powerplatform_failover_region_pair` holds them. Their order means nothing. A subnet serves one policy only.",
			ElementType: customtype.FoldedType{}, Required: true,
			PlanModifiers: []planmodifier.List{keepOrder{}},
			Validators:    []validator.List{listvalidator.SizeAtLeast(1), listvalidator.ValueStringsAre(field.ResourceID("Microsoft.Network/virtualNetworks/subnets"))},
		}},
		base: func(m *injection) *common { return &m.common },
		expand: func(m *injection, p *arm.Policy) {
			p.Properties.NetworkInjection = &arm.PolicyNetworkInjection{VirtualNetworks: networksOf(m.subnets())}
		},
		flatten:  flattenSubnets,
		differs:  changedSubnets,
		validate: distinctSubnets,
		check:    adviseRegions,
		explain:  explainSubnets,
		released: releasedSubnets,
	}.resource()
}

func (m *injection) subnets() []string { return field.Strings(m.SubnetIDs) }

func networksOf(subnets []string) []arm.PolicySubnet {
	out := make([]arm.PolicySubnet, len(subnets))
	for i, id := range subnets {
		out[i].ID, out[i].Subnet.Name = arm.NetworkOf(id), lastOf(id)
	}
	return out
}

// flattenSubnets keeps order and spelling of subnets that are the same.
func flattenSubnets(m *injection, p arm.Policy) {
	if shown := p.SubnetIDs(); m.SubnetIDs.IsNull() || !sameSubnets(m.subnets(), shown) {
		m.SubnetIDs = subnetList(shown)
	}
}

func subnetList(ids []string) types.List {
	out := make([]attr.Value, len(ids))
	for i, id := range ids {
		out[i] = customtype.FoldedValue(id)
	}
	return types.ListValueMust(customtype.FoldedType{}, out)
}

func changedSubnets(m, prior *injection) []string {
	if m.unknown() || sameSubnets(m.subnets(), prior.subnets()) {
		return nil
	}
	return []string{"subnet_ids"}
}

// unknown reports whether some subnet is not known yet.
func (m *injection) unknown() bool {
	return m.SubnetIDs.IsUnknown() || slices.ContainsFunc(m.SubnetIDs.Elements(), attr.Value.IsUnknown)
}

// sameSubnets reports whether two lists hold the same subnets, in any order and case.
func sameSubnets(a, b []string) bool {
	return slices.Equal(sorted(a), sorted(b))
}

func sorted(ids []string) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = strings.ToLower(id)
	}
	slices.Sort(out)
	return out
}

func distinctSubnets(m *injection) error {
	var problems []error
	networks := map[string]int{}
	for i, v := range m.SubnetIDs.Elements() {
		s, ok := v.(customtype.Folded)
		if !ok || s.IsUnknown() || s.IsNull() {
			continue
		}
		network := strings.ToLower(arm.NetworkOf(s.ValueString()))
		first, twice := networks[network]
		switch {
		case twice && strings.EqualFold(m.subnets()[first], s.ValueString()):
			problems = append(problems, entity.Atf(subnetsAt.AtListIndex(i), "the subnet %s is given twice; a policy takes one subnet in each region", s.ValueString()))
		case twice:
			problems = append(problems, entity.Atf(subnetsAt.AtListIndex(i), "the subnets %s and %s are in one virtual network, and so in one region; a policy takes one subnet in each region",
				lastOf(m.subnets()[first]), lastOf(s.ValueString())))
		default:
			networks[network] = i
		}
	}
	return errors.Join(problems...)
}

// adviseRegions warns of regions that do not serve the location. The platform decides: its table is not this one.
func adviseRegions(ctx context.Context, c *api.Client, m *injection, last bool) error {
	g, known := geography.Find(m.Location.ValueString())
	if last || !known || m.unknown() || m.Location.IsUnknown() {
		return nil
	}
	var regions []string
	for _, id := range m.subnets() {
		region, err := c.ARM.Region(ctx, arm.NetworkOf(id))
		switch {
		case rest.IsNotFound(err) || isForbidden(err):
			return nil // it may be made in the same apply, or be somebody else's
		case err != nil:
			return err
		}
		regions = append(regions, region)
	}
	if misfit := g.Fits(regions...); misfit != nil {
		entity.Warn(ctx, "The subnets may not suit the location "+m.Location.ValueString(), "The platform may refuse the policy: "+misfit.Error()+".")
	}
	return nil
}

// explainSubnets blames the subnets that cannot be used.
func explainSubnets(ctx context.Context, c *api.Client, verb string, m *injection, refused error) error {
	if verb == "delete" {
		return refused
	}
	var problems []error
	for i, id := range m.subnets() {
		blame := func(format string, args ...any) {
			problems = append(problems, entity.At(subnetsAt.AtListIndex(i), fmt.Errorf(format+": %w", append(args, refused)...)))
		}
		s, err := c.ARM.Subnet(ctx, id)
		if rest.IsNotFound(err) {
			blame("there is no subnet %s", id)
		}
		if err != nil {
			continue
		}
		link, held := s.Link()
		switch _, ours := s.Delegated(arm.ServiceName); {
		case !ours: // the general advice for the platform's code is about subnets that are in use
			problems = append(problems, entity.Atf(subnetsAt.AtListIndex(i), "the subnet %s is not delegated to %s; powerplatform_subnet_delegation does that. The platform said: %v", id, arm.ServiceName, refused))
		case held && !strings.EqualFold(link.Properties.Link, m.ID.ValueString()):
			blame("the subnet %s serves another policy (%s), and a subnet serves one only; take another subnet", id, link.Holder())
		}
	}
	if e, ok := errors.AsType[*rest.Error](refused); len(problems) == 0 && ok && e.Status == http.StatusBadRequest {
		return entity.At(subnetsAt, refused)
	}
	if len(problems) == 0 {
		return refused
	}
	return errors.Join(problems...)
}

// releasedSubnets waits until no policy holds the subnets, so that they can be given back to their network.
func releasedSubnets(ctx context.Context, c *api.Client, m *injection) error {
	err := c.ARM.Unlinked(ctx, m.subnets()...)
	if isForbidden(err) {
		entity.Warn(ctx, "Could not see whether the subnets are free again", "The policy is deleted. "+err.Error())
		return nil
	}
	return err
}

// keepOrder keeps the list in state where the configuration holds the same subnets in another order or case.
type keepOrder struct{}

// Description says what is kept.
func (keepOrder) Description(context.Context) string {
	return "Differences in order and case are not changes."
}

// MarkdownDescription says the same.
func (k keepOrder) MarkdownDescription(ctx context.Context) string { return k.Description(ctx) }

// PlanModifyList plans what state holds.
func (keepOrder) PlanModifyList(_ context.Context, req planmodifier.ListRequest, resp *planmodifier.ListResponse) {
	now, before := &injection{SubnetIDs: req.PlanValue}, &injection{SubnetIDs: req.StateValue}
	if !req.StateValue.IsNull() && !req.PlanValue.IsNull() && !now.unknown() && sameSubnets(now.subnets(), before.subnets()) {
		resp.PlanValue = req.StateValue
	}
}
