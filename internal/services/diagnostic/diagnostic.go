// Package diagnostic holds the data sources that look at the network of an environment from inside the subnet that is
// delegated to it. They are made for check blocks: a test that fails is a result, and only one that cannot be run is an
// error.
package diagnostic

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
)

// after is what every page says about when to read: Terraform reads as soon as all arguments are known.
const after = "\n\nWhere the same configuration links the environment, give `depends_on` with the `powerplatform_enterprise_policy`: otherwise this is read while the link is only planned. " +
	"Inside a `check` block, also what cannot be read is only a warning."

// patience is what the pages of the tests say about the time that these take.
const patience = "\n\nThe first test after a link starts a container in the subnet, which takes some minutes: the provider follows the platform's own pace " +
	"until the time for reading (`timeouts.read`) ends. A subnet that was linked less than about 15 minutes ago may not be known everywhere yet; that is an error which says so." + after

var regionForm = regexp.MustCompile(`^[A-Za-z]+[0-9]*$`)

// described is a schema with the arguments that say where a test runs.
func described(description string, more map[string]schema.Attribute) schema.Schema {
	all := field.Attributes{
		"environment_id": field.EnvironmentID(
			" in whose subnet the question is asked. A network injection policy must be linked to it"),
		"region": field.Filled.Text(
			"Azure region of the subnet, such as `westus`: one of those of the linked policy. "+
				"Default: the region that the environment runs in.",
			field.Matches(regionForm, "must be the name of an Azure region such as westus")),
	}
	maps.Copy(all, more)
	return schema.Schema{MarkdownDescription: description, Attributes: all}
}

var containerAddress = field.Shown.Text("Address that the test came from: that of a container in the subnet.")

// destination is the argument that names a host or an address.
var destination = field.Required.Text(
	"Host name or IP address to connect to, without scheme, port or path.", host(true))

func port(description string) schema.Int64Attribute {
	return field.Required.Number(description, int64validator.Between(1, 65535))
}

// place is where something is asked: in a region of the environment.
type place struct {
	EnvironmentID customtype.Folded `tfsdk:"environment_id"`
	Region        types.String      `tfsdk:"region"`
}

// target is what is to be connected to.
type target struct {
	place
	Destination types.String `tfsdk:"destination"`
	Port        types.Int64  `tfsdk:"port"`
}

// ask asks a question in a place, whose region is that of the environment unless one is given.
func ask[R any](ctx context.Context, c *api.Client, p *place, question func(environment, region string) (R, error)) (R, error) {
	environment := p.EnvironmentID.ValueString()
	if p.Region.ValueString() == "" {
		region, err := c.PowerPlatform.EnvironmentRegion(ctx, environment)
		if err != nil {
			return *new(R), err
		}
		p.Region = types.StringValue(region)
	}
	return question(environment, p.Region.ValueString())
}

var hostName = regexp.MustCompile(`^([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)*[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.?$`)

// host accepts the name of a host, and where it says so an address. It names the host in what looks like a URL.
func host(addresses bool) validator.String {
	must := "must be a host name, without scheme, port or path"
	if addresses {
		must = "must be a host name or an IP address, without scheme, port or path"
	}
	return field.Check(must, func(v string) error {
		_, err := netip.ParseAddr(v)
		if err == nil && addresses || err != nil && len(v) <= 254 && hostName.MatchString(v) {
			return nil
		}
		_, rest, found := strings.Cut(v, "://")
		if !found {
			rest = v
		}
		bare, _, _ := strings.Cut(rest, "/")
		if bare, _, _ = strings.Cut(bare, ":"); bare != v && hostName.MatchString(bare) {
			return fmt.Errorf("%q %s. Did you mean %q?", v, must, bare)
		}
		return fmt.Errorf("%q %s", v, must)
	})
}
