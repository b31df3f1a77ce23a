// Package provider is the composition root: it turns the provider block into a client and lists the objects.
package provider

import (
	"context"
	"os"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/auth"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/services/billing"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/services/connector"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/services/diagnostic"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/services/enterprisepolicy"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/services/environment"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/services/environmentgroup"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/services/location"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/services/managedenvironment"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/services/network"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/services/solution"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/services/subscription"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/services/tenant"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/services/variable"
)

type powerPlatform struct {
	version   string
	transport policy.Transporter
}

var (
	_ provider.ProviderWithEphemeralResources = (*powerPlatform)(nil)
	_ provider.ProviderWithFunctions          = (*powerPlatform)(nil)
	_ provider.ProviderWithListResources      = (*powerPlatform)(nil)
)

// New returns the provider. Every request goes through transport; nil means the network.
func New(version string, transport policy.Transporter) provider.Provider {
	return &powerPlatform{version, transport}
}

// Metadata names the provider and its version.
func (p *powerPlatform) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName, resp.Version = "powerplatform", p.version
}

// Schema describes the provider block.
func (p *powerPlatform) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = configSchema()
}

// Configure connects to the platform without a request. While the configuration is not known it hands out no client, so
// that a plan which creates what it refers to does not fail.
func (p *powerPlatform) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var m config
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() || m.unknown() {
		return
	}
	c, diags := m.resolve(os.Getenv)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	transport, credential, diags := c.open(p.transport)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	client := api.New(c.Cloud, rest.Options{
		Credential: credential,
		Transport:  transport,
		UserAgent:  c.userAgent(p.version, req.TerraformVersion, os.Getenv),
		Log:        log,
	}, c.Azure)
	client.Caller = caller(credential, c.Cloud.PowerAppsScope)
	connection := entity.Connect(client)
	resp.ResourceData, resp.DataSourceData, resp.EphemeralResourceData, resp.ListResourceData = connection, connection, connection, connection
}

// log hands what rest says to Terraform's log.
func log(ctx context.Context, level, message string, fields map[string]any) {
	if level == "trace" {
		tflog.Trace(ctx, message, fields)
		return
	}
	tflog.Debug(ctx, message, fields)
}

// caller reads who the provider is from the token that the requests use anyway.
func caller(credential *auth.Credential, scope string) func(context.Context) (api.Caller, error) {
	return func(ctx context.Context) (api.Caller, error) {
		token, err := credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{scope}, EnableCAE: true})
		if err != nil {
			return api.Caller{}, err
		}
		id, err := auth.Claims(token.Token)
		if err != nil {
			return api.Caller{}, err
		}
		who := api.Caller{TenantID: id.TenantID, ObjectID: id.ObjectID, ApplicationID: id.ApplicationID}
		if !id.Application {
			who.UserPrincipalName = id.UserName
		}
		return who, nil
	}
}

// Resources lists what can be managed.
func (p *powerPlatform) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{
		connector.Classic().New,
		connector.Custom().New,
		connector.Share().New,
		enterprisepolicy.Encryption().New,
		enterprisepolicy.Identity().New,
		enterprisepolicy.Link().New,
		enterprisepolicy.NetworkInjection().New,
		environment.Resource().New,
		environmentgroup.Resource().New,
		managedenvironment.Resource().New,
		network.Delegation().New,
		network.FailoverRegionPair().New,
		solution.Publisher().New,
		solution.Unmanaged().New,
		subscription.Registration().New,
		tenant.Resource().New,
		variable.Resource().New,
		variable.Value().New,
	}
}

// DataSources lists what can be looked up.
func (p *powerPlatform) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{
		billing.Policies().New,
		connector.DataSource().New,
		diagnostic.DNS().New,
		diagnostic.TCP().New,
		diagnostic.TLS().New,
		diagnostic.Usage().New,
		enterprisepolicy.List().New,
		environment.DataSource().New,
		environment.List().New,
		environmentgroup.DataSource().New,
		environmentgroup.List().New,
		location.Currencies().New,
		location.Languages().New,
		location.Locations().New,
		location.MacroRegions().New,
		location.Templates().New,
		network.RegionPairs().New,
		network.Subnet().New,
		solution.Publishers().New,
		solution.Solutions().New,
		tenant.DataSource().New,
		tenant.Whoami().New,
		variable.Access().New,
	}
}

// ListResources lists what terraform query finds: every kind of resource that says what stands beside an object.
func (p *powerPlatform) ListResources(ctx context.Context) []func() list.ListResource {
	return entity.ListResources(p.Resources(ctx))
}

// EphemeralResources lists what exists during a run only.
func (p *powerPlatform) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{
		variable.Secret().New,
	}
}

// Functions lists what configurations can compute.
func (p *powerPlatform) Functions(context.Context) []func() function.Function {
	return []func() function.Function{
		connector.EnvironmentVariable().New,
		connector.ValidateOpenAPI().New,
		network.ParseResourceID().New,
		network.PolicyLocation().New,
		network.RegionPair().New,
		network.SubnetPrefixLength().New,
	}
}
