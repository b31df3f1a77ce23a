package diagnostic

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
)

// Usage is data.powerplatform_network_usage.
func Usage() entity.DataSource[usage] {
	return entity.DataSource[usage]{
		Name: "network_usage", By: []string{"environment_id"}, Args: []string{"region"}, Read: readUsage,
		Schema: described("What an environment uses of the subnet that is delegated to it, as the platform itself sees it. "+
			"It proves that the platform knows the subnet, and shows how many of its addresses are taken.\n\n"+
			"An environment without a linked network injection policy, and one that was linked less than about 15 minutes ago, is an error which says so."+after,
			field.Attributes{
				"virtual_network_id": field.Shown.Text("Azure resource ID of the virtual network."),
				"subnet_name":        field.Shown.Text("Name of the subnet."),
				"subnet_ip_range":    field.Shown.Text("Address range of the subnet in CIDR notation."),
				"container_reserved_ip_count": field.Shown.Number(
					"Addresses of the subnet that are reserved for containers of this environment."),
				"dns_servers": field.Shown.List("DNS servers that are asked inside the subnet."),
			}),
	}
}

type usage struct {
	EnvironmentID    customtype.Folded `tfsdk:"environment_id"`
	Region           types.String      `tfsdk:"region"`
	VirtualNetworkID types.String      `tfsdk:"virtual_network_id"`
	SubnetName       types.String      `tfsdk:"subnet_name"`
	SubnetIPRange    types.String      `tfsdk:"subnet_ip_range"`
	Reserved         types.Int64       `tfsdk:"container_reserved_ip_count"`
	DNSServers       types.List        `tfsdk:"dns_servers"`
}

func readUsage(ctx context.Context, c *api.Client, m *usage) error {
	environment, region, err := place(ctx, c, m.EnvironmentID, &m.Region)
	if err != nil {
		return err
	}
	u, err := c.PowerPlatform.NetworkUsage(ctx, environment, region)
	if err != nil {
		return err
	}
	m.VirtualNetworkID, m.SubnetName, m.SubnetIPRange = field.OrNull(u.VirtualNetworkID), field.OrNull(u.SubnetName), field.OrNull(u.SubnetIPRange)
	m.Reserved, m.DNSServers = types.Int64Value(u.ContainerReservedIPCount), field.ListOf(u.DNSServers)
	return nil
}
