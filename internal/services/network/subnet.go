package network

import (
	"cmp"
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
)

type subnet struct {
	ID               customtype.Folded `tfsdk:"id"`
	SubnetID         customtype.Folded `tfsdk:"subnet_id"`
	Name             types.String      `tfsdk:"name"`
	VirtualNetworkID customtype.Folded `tfsdk:"virtual_network_id"`
	Region           types.String      `tfsdk:"region"`
	AddressPrefixes  types.List        `tfsdk:"address_prefixes"`
	TotalIPCount     types.Int64       `tfsdk:"total_ip_count"`
	UsableIPCount    types.Int64       `tfsdk:"usable_ip_count"`
	Delegations      []delegated       `tfsdk:"delegations"`
	Links            []serviceLink     `tfsdk:"service_association_links"`
	Delegated        types.Bool        `tfsdk:"delegated"`
	InUse            types.Bool        `tfsdk:"in_use"`
}

type delegated struct {
	Name        string `tfsdk:"name"`
	ServiceName string `tfsdk:"service_name"`
}

type serviceLink struct {
	Name               string  `tfsdk:"name"`
	LinkedResourceType string  `tfsdk:"linked_resource_type"`
	Link               *string `tfsdk:"link"`
}

// Subnet is data.powerplatform_subnet.
func Subnet() entity.DataSource[subnet] {
	return entity.DataSource[subnet]{
		Name: "subnet", By: []string{"id", "subnet_id"}, Read: readSubnet,
		Schema: schema.Schema{
			MarkdownDescription: "A subnet of Azure as far as it matters to private networking: how large it is, whom it is delegated to and who holds it. Reading it takes one request.",
			Attributes: field.Attributes{
				"id": field.Filled.Folded("Azure resource ID of the subnet.", subnetID),
				"subnet_id": field.Filled.Folded(
					"The same as `id`, named as in `powerplatform_subnet_delegation`.", subnetID),
				"name":               field.Shown.Text("Name of the subnet."),
				"virtual_network_id": field.Shown.Folded("Azure resource ID of its virtual network."),
				"region":             field.Shown.Text("Azure region of its virtual network, such as `eastus`."),
				"address_prefixes":   field.Shown.List("Address ranges in CIDR notation."),
				"total_ip_count":     field.Shown.Number("Number of IPv4 addresses."),
				"usable_ip_count": field.Shown.Number(
					"Number of IPv4 addresses that can be given out: Azure keeps five of each range."),
				"delegations": field.Shown.Objects(
					"The services that the subnet is delegated to; at most one on the whole.", field.Attributes{
						"name":         field.Shown.Text("Name of the delegation."),
						"service_name": field.Shown.Text("The service, such as `" + arm.ServiceName + "`."),
					}),
				"service_association_links": field.Shown.Objects(
					"What holds the subnet on behalf of a service; empty if nothing does.", field.Attributes{
						"name": field.Shown.Text(
							"Name of the link; an enterprise policy has `" + arm.ServiceLink + "`."),
						"linked_resource_type": field.Shown.Text("Type of what holds the subnet."),
						"link":                 field.Shown.Text("What holds the subnet, if Azure tells."),
					}),
				"delegated": field.Shown.Bool("Whether the subnet is delegated to the platform."),
				"in_use":    field.Shown.Bool("Whether an enterprise policy holds the subnet."),
			},
		},
	}
}

// readSubnet reads the virtual network, which tells the region too.
func readSubnet(ctx context.Context, c *api.Client, m *subnet) error {
	by, id := "id", m.ID.ValueString()
	if id == "" {
		by, id = "subnet_id", m.SubnetID.ValueString()
	}
	v, err := c.ARM.VirtualNetwork(ctx, arm.NetworkOf(id))
	if err != nil {
		return entity.At(path.Root(by), err)
	}
	s, ok := v.Subnet(id)
	if !ok {
		return entity.Atf(path.Root(by), "the virtual network %s has no such subnet; %s", v.ID, subnetsOf(v))
	}
	m.flatten(v, s)
	return nil
}

func subnetsOf(v arm.VirtualNetwork) string {
	var names []string
	for _, s := range v.Properties.Subnets {
		names = append(names, s.Name)
	}
	return "it has " + cmp.Or(strings.Join(names, ", "), "none")
}

func (m *subnet) flatten(v arm.VirtualNetwork, s arm.Subnet) {
	_, ours := s.Delegated(arm.ServiceName)
	_, used := s.Link()
	*m = subnet{
		ID: customtype.FoldedValue(s.ID), SubnetID: customtype.FoldedValue(s.ID), Name: types.StringValue(s.Name),
		VirtualNetworkID: customtype.FoldedValue(v.ID), Region: types.StringValue(v.Location), AddressPrefixes: field.ListOf(s.Prefixes()),
		TotalIPCount: types.Int64Value(s.Total()), UsableIPCount: types.Int64Value(s.Usable()),
		Delegated: types.BoolValue(ours), InUse: types.BoolValue(used), Delegations: []delegated{}, Links: []serviceLink{},
	}
	for _, d := range s.Properties.Delegations {
		m.Delegations = append(m.Delegations, delegated{d.Name, d.Properties.ServiceName})
	}
	for _, l := range s.Properties.ServiceAssociationLinks {
		p := l.Properties
		m.Links = append(m.Links, serviceLink{l.Name, p.LinkedResourceType, field.OrNil(p.Link)})
	}
}
