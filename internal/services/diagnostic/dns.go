package diagnostic

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
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
	EnvironmentID customtype.Folded `tfsdk:"environment_id"`
	Region        types.String      `tfsdk:"region"`
	HostName      types.String      `tfsdk:"host_name"`
	Success       types.Bool        `tfsdk:"success"`
	IPAddresses   types.List        `tfsdk:"ip_addresses"`
	DNSServers    types.List        `tfsdk:"dns_servers"`
	ErrorMessage  types.String      `tfsdk:"error_message"`
	Container     types.String      `tfsdk:"container_ip_address"`
}

func readDNS(ctx context.Context, c *api.Client, m *resolution) error {
	environment, region, err := place(ctx, c, m.EnvironmentID, &m.Region)
	if err != nil {
		return err
	}
	r, err := c.PowerPlatform.ResolveDNS(ctx, environment, region, m.HostName.ValueString())
	if err != nil {
		return err
	}
	m.Success, m.IPAddresses, m.DNSServers = types.BoolValue(r.Success), field.ListOf(r.IPAddresses), field.ListOf(r.DNSServers)
	m.ErrorMessage, m.Container = types.StringValue(r.ErrorMessage), field.OrNull(r.ContainerIPAddress)
	return nil
}
