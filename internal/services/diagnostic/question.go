package diagnostic

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/powerplatform"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
)

// DNS is data.powerplatform_dns_resolution.
func DNS() entity.DataSource[resolution] {
	return entity.DataSource[resolution]{
		Name: "dns_resolution", By: []string{"environment_id"}, Args: []string{"region", "host_name"}, Read: readDNS,
		Schema: described("What a name resolves to inside the subnet that is delegated to an environment: whether a private endpoint "+
			"answers with its private address, for example. A name that does not resolve is a result, `success = false`, and no error."+patience,
			field.Attributes{
				"host_name":            field.Required.Text("Name to resolve, without scheme, port or path.", host(false)),
				"success":              field.Shown.Bool("Whether the name resolves."),
				"ip_addresses":         field.Shown.List("Addresses of the name; empty if it does not resolve."),
				"dns_servers":          field.Shown.List("DNS servers that were asked."),
				"error_message":        field.Shown.Text("Why the name does not resolve; empty if it does."),
				"container_ip_address": containerAddress,
			}),
	}
}

type resolution struct {
	place
	HostName     types.String `tfsdk:"host_name"`
	Success      types.Bool   `tfsdk:"success"`
	IPAddresses  types.List   `tfsdk:"ip_addresses"`
	DNSServers   types.List   `tfsdk:"dns_servers"`
	ErrorMessage types.String `tfsdk:"error_message"`
	Container    types.String `tfsdk:"container_ip_address"`
}

func readDNS(ctx context.Context, c *api.Client, m *resolution) error {
	r, err := ask(ctx, c, &m.place, func(environment, region string) (powerplatform.DNSResolution, error) {
		return c.PowerPlatform.ResolveDNS(ctx, environment, region, m.HostName.ValueString())
	})
	if err != nil {
		return err
	}
	m.Success, m.IPAddresses, m.DNSServers = types.BoolValue(r.Success), field.ListOf(r.IPAddresses), field.ListOf(r.DNSServers)
	m.ErrorMessage, m.Container = types.StringValue(r.ErrorMessage), field.OrNull(r.ContainerIPAddress)
	return nil
}

// TCP is data.powerplatform_tcp_connection.
func TCP() entity.DataSource[connection] {
	return entity.DataSource[connection]{
		Name: "tcp_connection", By: []string{"environment_id"}, Args: []string{"region", "destination", "port"}, Read: readTCP,
		Schema: described("Whether a port of a host can be reached from inside the subnet that is delegated to an environment. "+
			"One that cannot be reached is a result, `success = false`, and no error."+patience,
			field.Attributes{
				"destination":          destination,
				"port":                 port("TCP port to connect to."),
				"success":              field.Shown.Bool("Whether the connection was established."),
				"error_message":        field.Shown.Text("Why it was not; empty if it was."),
				"container_ip_address": containerAddress,
			}),
	}
}

type connection struct {
	target
	Success      types.Bool   `tfsdk:"success"`
	ErrorMessage types.String `tfsdk:"error_message"`
	Container    types.String `tfsdk:"container_ip_address"`
}

func readTCP(ctx context.Context, c *api.Client, m *connection) error {
	r, err := ask(ctx, c, &m.place, func(environment, region string) (powerplatform.TCPConnection, error) {
		return c.PowerPlatform.TestTCP(ctx, environment, region, m.Destination.ValueString(), m.Port.ValueInt64())
	})
	if err != nil {
		return err
	}
	m.Success, m.ErrorMessage, m.Container = types.BoolValue(r.Success), types.StringValue(r.ErrorMessage), field.OrNull(r.ContainerIPAddress)
	return nil
}

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
	place
	VirtualNetworkID types.String `tfsdk:"virtual_network_id"`
	SubnetName       types.String `tfsdk:"subnet_name"`
	SubnetIPRange    types.String `tfsdk:"subnet_ip_range"`
	Reserved         types.Int64  `tfsdk:"container_reserved_ip_count"`
	DNSServers       types.List   `tfsdk:"dns_servers"`
}

func readUsage(ctx context.Context, c *api.Client, m *usage) error {
	u, err := ask(ctx, c, &m.place, func(environment, region string) (powerplatform.NetworkUsage, error) {
		return c.PowerPlatform.NetworkUsage(ctx, environment, region)
	})
	if err != nil {
		return err
	}
	m.VirtualNetworkID, m.SubnetName, m.SubnetIPRange = field.OrNull(u.VirtualNetworkID), field.OrNull(u.SubnetName), field.OrNull(u.SubnetIPRange)
	m.Reserved, m.DNSServers = types.Int64Value(u.ContainerReservedIPCount), field.ListOf(u.DNSServers)
	return nil
}
