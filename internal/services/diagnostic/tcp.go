package diagnostic

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
)

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
	EnvironmentID customtype.Folded `tfsdk:"environment_id"`
	Region        types.String      `tfsdk:"region"`
	Destination   types.String      `tfsdk:"destination"`
	Port          types.Int64       `tfsdk:"port"`
	Success       types.Bool        `tfsdk:"success"`
	ErrorMessage  types.String      `tfsdk:"error_message"`
	Container     types.String      `tfsdk:"container_ip_address"`
}

func readTCP(ctx context.Context, c *api.Client, m *connection) error {
	environment, region, err := place(ctx, c, m.EnvironmentID, &m.Region)
	if err != nil {
		return err
	}
	r, err := c.PowerPlatform.TestTCP(ctx, environment, region, m.Destination.ValueString(), m.Port.ValueInt64())
	if err != nil {
		return err
	}
	m.Success, m.ErrorMessage, m.Container = types.BoolValue(r.Success), types.StringValue(r.ErrorMessage), field.OrNull(r.ContainerIPAddress)
	return nil
}
