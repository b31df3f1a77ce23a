// Package tenant declares the tenant that everything else belongs to.
package tenant

import (
	"context"
	"errors"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
)

var tenantSchema = schema.Schema{
	MarkdownDescription: "The tenant that the credentials belong to. Declaring it makes the plan fail when a pipeline is signed in to another tenant. A destroy lets go of the tenant and changes nothing.",
	Attributes: field.Attributes{
		"tenant_id": field.Fixed.UUID(
			"ID of the Entra tenant. It must be the tenant that the provider is signed in to."),
		"state":                   field.Shown.Text("State of the tenant, such as `Enabled`."),
		"location":                field.Shown.Text("Home location of the tenant, such as `unitedstates`."),
		"aad_country_geo":         field.Shown.Text("Country of the tenant in Entra."),
		"data_storage_geo":        field.Shown.Text("Geography where data of the tenant is stored."),
		"default_environment_geo": field.Shown.Text("Geography of the default environment."),
		"aad_data_boundary":       field.Shown.Text("Data boundary of the tenant, such as `EU`, or `none`."),
		"fed_ramp_high_certification_required": field.Shown.Bool(
			"Whether the tenant requires FedRAMP High certification."),
		"failover_regions": field.Shown.List(
			"Azure regions of the home location, in the platform's order. The platform fails over between them; " +
				"a location with one region has no pair."),
	},
}

// Resource is powerplatform_tenant.
func Resource() entity.Settings[model] {
	return entity.Settings[model]{
		Name: "tenant", Key: []string{"tenant_id"}, Schema: tenantSchema,
		Apply:  func(ctx context.Context, c *api.Client, m, _ *model) error { return read(ctx, c, m) },
		Read:   read,
		Parent: func(context.Context, *api.Client, *model) error { return errors.New("a tenant has no parent") },
		Plan: func(ctx context.Context, c *api.Client, change *entity.Change[model]) error {
			return plan(ctx, c, change.Plan)
		},
	}
}

// DataSource is data.powerplatform_tenant.
func DataSource() entity.DataSource[model] {
	found := tenantSchema
	found.MarkdownDescription = "The tenant that the credentials belong to."
	return entity.DataSource[model]{Name: "tenant", Schema: found, Read: read}
}

type model struct {
	TenantID              customtype.UUID `tfsdk:"tenant_id"`
	State                 types.String    `tfsdk:"state"`
	Location              types.String    `tfsdk:"location"`
	Country               types.String    `tfsdk:"aad_country_geo"`
	DataStorageGeo        types.String    `tfsdk:"data_storage_geo"`
	DefaultEnvironmentGeo types.String    `tfsdk:"default_environment_geo"`
	DataBoundary          types.String    `tfsdk:"aad_data_boundary"`
	FedRAMP               types.Bool      `tfsdk:"fed_ramp_high_certification_required"`
	FailoverRegions       types.List      `tfsdk:"failover_regions"`
}

// plan fails unless the configured tenant is the one that the provider is signed in to. All of it is known at plan time
// then: what is created in the tenant's location must not wait for an apply, nor be replaced because it is unknown.
func plan(ctx context.Context, c *api.Client, m *model) error {
	if m.TenantID.IsUnknown() {
		return nil
	}
	written := m.TenantID
	err := m.look(ctx, c, c.BAP.KnownTenant)
	m.TenantID = written
	return err
}

func read(ctx context.Context, c *api.Client, m *model) error { return m.look(ctx, c, c.BAP.Tenant) }

// look fills the model, unless the tenant is not the one that is declared.
func (m *model) look(ctx context.Context, c *api.Client, tenant func(context.Context) (bap.Tenant, error)) error {
	t, err := tenant(ctx)
	if err != nil {
		return err
	}
	if field.Given(m.TenantID) && !strings.EqualFold(m.TenantID.ValueString(), t.TenantID) {
		return entity.Atf(path.Root("tenant_id"), "signed in to tenant %s, configuration declares %s; "+
			"sign in to the declared tenant, or correct tenant_id", t.TenantID, m.TenantID.ValueString())
	}
	locations, err := c.BAP.Locations(ctx)
	if err == nil {
		m.flatten(t, locations)
	}
	return err
}

func (m *model) flatten(t bap.Tenant, g bap.Locations) {
	m.TenantID = customtype.UUIDValue(t.TenantID)
	m.State = types.StringValue(t.State)
	m.Location = types.StringValue(t.Location)
	m.Country = types.StringValue(t.Country)
	m.DataStorageGeo = types.StringValue(t.DataStorageGeo)
	m.DefaultEnvironmentGeo = types.StringValue(t.DefaultEnvironmentGeo)
	m.DataBoundary = types.StringValue(t.DataBoundary)
	m.FedRAMP = types.BoolValue(t.FedRAMPHighCertificationReq)
	m.FailoverRegions = types.ListNull(types.StringType)
	for _, l := range g.Value {
		if strings.EqualFold(l.Name, t.Location) {
			m.FailoverRegions = field.ListOf(l.Properties.AzureRegions)
		}
	}
}
