package environment

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-jsontypes/jsontypes"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/cloud"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
)

type model struct {
	ID                 customtype.Folded `tfsdk:"id"`
	DisplayName        types.String      `tfsdk:"display_name"`
	Location           customtype.Folded `tfsdk:"location"`
	MacroRegion        customtype.Folded `tfsdk:"macro_region"`
	AzureRegion        customtype.Folded `tfsdk:"azure_region"`
	EnvironmentType    types.String      `tfsdk:"environment_type"`
	Description        types.String      `tfsdk:"description"`
	Cadence            types.String      `tfsdk:"cadence"`
	ReleaseCycle       customtype.Folded `tfsdk:"release_cycle"`
	EnvironmentGroupID customtype.UUID   `tfsdk:"environment_group_id"`
	BillingPolicyID    customtype.UUID   `tfsdk:"billing_policy_id"`
	OwnerID            customtype.UUID   `tfsdk:"owner_id"`
	AllowBingSearch    types.Bool        `tfsdk:"allow_bing_search"`
	AllowMicrosoft365  types.Bool        `tfsdk:"allow_microsoft_365_services"`
	AllowMovingData    types.Bool        `tfsdk:"allow_moving_data_across_regions"`
	AllowFlexRouting   types.Bool        `tfsdk:"allow_flex_routing"`
	EnterprisePolicies types.Set         `tfsdk:"enterprise_policies"`
	Dataverse          types.Object      `tfsdk:"dataverse"`
	WaitFor            types.Set         `tfsdk:"wait_for"`
	DeletionPolicy     types.String      `tfsdk:"deletion_policy"`

	record bap.Environment
	wanted *database // what an apply asks for, until the platform shows it
	region string    // the Azure region that a create asks for
}

type database struct {
	LanguageCode               types.Int64          `tfsdk:"language_code"`
	CurrencyCode               types.String         `tfsdk:"currency_code"`
	Domain                     customtype.Folded    `tfsdk:"domain"`
	SecurityGroupID            customtype.UUID      `tfsdk:"security_group_id"`
	Templates                  types.List           `tfsdk:"templates"`
	TemplateMetadata           jsontypes.Normalized `tfsdk:"template_metadata"`
	AdministrationModeEnabled  types.Bool           `tfsdk:"administration_mode_enabled"`
	BackgroundOperationEnabled types.Bool           `tfsdk:"background_operation_enabled"`
	UniqueName                 types.String         `tfsdk:"unique_name"`
	URL                        types.String         `tfsdk:"url"`
	OrganizationID             types.String         `tfsdk:"organization_id"`
	Version                    types.String         `tfsdk:"version"`
	LinkedAppType              types.String         `tfsdk:"linked_app_type"`
	LinkedAppID                types.String         `tfsdk:"linked_app_id"`
	LinkedAppURL               types.String         `tfsdk:"linked_app_url"`
}

// inMemory is the context of conversions, which wait for nothing.
var inMemory = context.Background() //nolint:forbidigo // there is no request to cancel

var (
	dataverseTypes = dataverseSchema.GetType().(basetypes.ObjectType).AttrTypes //nolint:forcetypeassert // a nested object
	policyTypes    = map[string]attr.Type{
		"type": types.StringType, "id": types.StringType, "location": types.StringType, "system_id": types.StringType, "status": types.StringType,
	}
)

// stored is the dataverse object, nil if there is none or it is not known.
func (m *model) stored() *database {
	if !field.Given(m.Dataverse) {
		return nil
	}
	d := &database{}
	if m.Dataverse.As(inMemory, d, basetypes.ObjectAsOptions{}).HasError() {
		return nil
	}
	return d
}

func (m *model) setDatabase(d *database) {
	if d == nil {
		m.Dataverse = types.ObjectNull(dataverseTypes)
		return
	}
	if d.Templates.IsNull() {
		d.Templates = types.ListNull(types.StringType)
	}
	object, problems := types.ObjectValueFrom(inMemory, dataverseTypes, d)
	if !problems.HasError() {
		m.Dataverse = object
	}
}

// expand returns the body of a create request: what is configured, and nothing else.
func (m *model) expand(c cloud.Cloud, tenantID string) bap.Environment {
	var none model
	e := bap.Environment{
		Location:    m.Location.ValueString(),
		MacroRegion: m.MacroRegion.ValueString(),
		Properties:  m.changes(&none),
	}
	p := &e.Properties
	p.EnvironmentSKU = field.TextIfChanged(m.EnvironmentType, none.EnvironmentType)
	p.AzureRegion = field.TextIfChanged(m.AzureRegion, none.AzureRegion)
	if m.BillingPolicyID.Set() {
		p.BillingPolicy = &bap.Reference{ID: m.BillingPolicyID.ValueString()}
	}
	if !m.EnvironmentGroupID.Set() { // zero on create would record a group that blocks governance later
		p.ParentEnvironmentGroup = nil
	}
	if m.ReleaseCycle.ValueString() == cycleEarly {
		p.Cluster = &bap.Cluster{Category: c.FirstRelease}
	}
	if m.OwnerID.Set() {
		p.UsedBy = &bap.UsedBy{ID: m.OwnerID.ValueString(), Type: "1", TenantID: tenantID}
	}
	p.CopilotPolicies, p.States, p.LinkedEnvironmentMetadata = nil, nil, nil
	p.BingChatEnabled, p.M365Enabled = only(true, p.BingChatEnabled), only(true, p.M365Enabled)
	if d := m.stored(); d != nil {
		p.DatabaseType = databaseType
		p.LinkedEnvironmentMetadata = new(d.expand())
	}
	return e
}

// databaseType is what asks for Dataverse, and how an environment says that it has or gets it.
const databaseType = "CommonDataService"

// afterwards returns what is configured and a create request cannot say: where data for generative AI may go, what of it
// is switched off, and the modes of the organisation.
func (m *model) afterwards() bap.EnvironmentProperties {
	p := m.changes(&model{})
	return bap.EnvironmentProperties{
		CopilotPolicies: p.CopilotPolicies, BingChatEnabled: only(false, p.BingChatEnabled), M365Enabled: only(false, p.M365Enabled),
		States: p.States, LinkedEnvironmentMetadata: p.LinkedEnvironmentMetadata,
	}
}

// only returns v if it is there and equal to want.
func only(want bool, v *bool) *bool {
	if v == nil || *v != want {
		return nil
	}
	return v
}

// fresh is the organisation that provisioning makes of d: open to everybody, with background operations.
func (d *database) fresh() *database {
	out := *d
	out.AdministrationModeEnabled, out.BackgroundOperationEnabled = types.BoolValue(false), types.BoolValue(true)
	return &out
}

// expand returns the organisation to provision.
func (d *database) expand() bap.LinkedEnvironment {
	var none database
	out := bap.LinkedEnvironment{
		BaseLanguage:    new(d.LanguageCode.ValueInt64()),
		DomainName:      field.TextIfChanged(d.Domain, none.Domain),
		SecurityGroupID: field.TextIfChanged(d.SecurityGroupID, none.SecurityGroupID),
		Currency:        &bap.Code{Code: d.CurrencyCode.ValueString()},
		Templates:       field.Strings(d.Templates),
	}
	var metadata any
	if !d.TemplateMetadata.IsNull() && !d.TemplateMetadata.Unmarshal(&metadata).HasError() {
		out.TemplateMetadata = metadata
	}
	return out
}

// changes returns the properties that are configured and differ from prior. An organisation that prior lacks counts as
// just provisioned.
func (m *model) changes(prior *model) bap.EnvironmentProperties {
	p := bap.EnvironmentProperties{
		DisplayName:            field.TextIfChanged(m.DisplayName, prior.DisplayName),
		Description:            field.TextIfChanged(m.Description, prior.Description),
		UpdateCadence:          reference(field.TextIfChanged(m.Cadence, prior.Cadence)),
		ParentEnvironmentGroup: reference(field.TextIfChanged(m.EnvironmentGroupID, prior.EnvironmentGroupID)),
		BingChatEnabled:        field.BoolIfChanged(m.AllowBingSearch, prior.AllowBingSearch),
		M365Enabled:            field.BoolIfChanged(m.AllowMicrosoft365, prior.AllowMicrosoft365),
	}
	geo, boundary := field.BoolIfChanged(m.AllowMovingData, prior.AllowMovingData), field.BoolIfChanged(m.AllowFlexRouting, prior.AllowFlexRouting)
	if geo != nil || boundary != nil {
		p.CopilotPolicies = &bap.CopilotPolicies{CrossGeo: geo, CrossBoundary: boundary}
	}
	now, before := m.stored(), prior.stored()
	if now == nil {
		return p
	}
	if before == nil {
		before = now.fresh()
	}
	if on := field.BoolIfChanged(now.AdministrationModeEnabled, before.AdministrationModeEnabled); on != nil {
		p.States = &bap.States{Runtime: &bap.Reference{ID: either(*on, "AdminMode", "Enabled")}}
	}
	linked := bap.LinkedEnvironment{
		DomainName:      field.TextIfChanged(now.Domain, before.Domain),
		SecurityGroupID: field.TextIfChanged(now.SecurityGroupID, before.SecurityGroupID),
	}
	if on := field.BoolIfChanged(now.BackgroundOperationEnabled, before.BackgroundOperationEnabled); on != nil {
		linked.BackgroundOperationsState = new(either(*on, "Enabled", "Disabled"))
	}
	if linked.DomainName != nil || linked.SecurityGroupID != nil || linked.BackgroundOperationsState != nil {
		p.LinkedEnvironmentMetadata = &linked
	}
	return p
}

func reference(id *string) *bap.Reference {
	if id == nil {
		return nil
	}
	return &bap.Reference{ID: *id}
}

func either(b bool, yes, no string) string {
	if b {
		return yes
	}
	return no
}

// flatten takes over a record of the platform. What the platform never tells stays as it is.
func (m *model) flatten(e bap.Environment, c cloud.Cloud) {
	p := e.Properties
	m.record = e
	m.ID = customtype.FoldedValue(e.Name)
	m.DisplayName = types.StringPointerValue(p.DisplayName)
	m.Location = customtype.FoldedValue(e.Location)
	m.MacroRegion = orKeep(e.MacroRegion, m.MacroRegion)
	m.AzureRegion = customtype.Folded{StringValue: types.StringPointerValue(p.AzureRegion)}
	m.EnvironmentType = types.StringPointerValue(p.EnvironmentSKU)
	m.Description = types.StringValue(field.Deref(p.Description))
	m.Cadence = types.StringPointerValue(id(p.UpdateCadence))
	m.ReleaseCycle = customtype.FoldedValue(either(p.Cluster != nil && c.FirstRelease != "" && p.Cluster.Category == c.FirstRelease, cycleEarly, cycleStandard))
	m.EnvironmentGroupID = customtype.UUIDOrNone(m.EnvironmentGroupID, field.Deref(id(p.ParentEnvironmentGroup)))
	m.BillingPolicyID = customtype.UUIDOrNone(m.BillingPolicyID, last(field.Deref(id(p.BillingPolicy))))
	m.OwnerID = customtype.UUIDNull()
	if p.UsedBy != nil && p.UsedBy.ID != "" {
		m.OwnerID = customtype.UUIDValue(p.UsedBy.ID)
	}
	m.AllowBingSearch = types.BoolPointerValue(p.BingChatEnabled)
	m.AllowMicrosoft365 = types.BoolPointerValue(p.M365Enabled)
	m.AllowMovingData, m.AllowFlexRouting = types.BoolNull(), types.BoolNull()
	if p.CopilotPolicies != nil {
		m.AllowMovingData = types.BoolPointerValue(p.CopilotPolicies.CrossGeo)
		m.AllowFlexRouting = types.BoolPointerValue(p.CopilotPolicies.CrossBoundary)
	}
	m.EnterprisePolicies = policies(p)
	if m.WaitFor.IsNull() {
		m.WaitFor = types.SetNull(types.StringType)
	}
	if m.DeletionPolicy.ValueString() == "" {
		m.DeletionPolicy = types.StringValue(policyDelete)
	}
	known := m.stored()
	if known == nil {
		known = m.wanted
	}
	m.setDatabase(flattenDatabase(p, known))
}

func flattenDatabase(p bap.EnvironmentProperties, known *database) *database {
	l := p.LinkedEnvironmentMetadata
	if l == nil {
		return nil
	}
	d := database{}
	if known != nil {
		d = *known
	}
	if d.CurrencyCode.IsUnknown() {
		d.CurrencyCode = types.StringNull()
	}
	if l.BaseLanguage != nil {
		d.LanguageCode = types.Int64Value(*l.BaseLanguage)
	}
	d.Domain = customtype.FoldedValue(field.Deref(l.DomainName))
	d.SecurityGroupID = customtype.UUIDOrNone(d.SecurityGroupID, field.Deref(l.SecurityGroupID))
	d.AdministrationModeEnabled = types.BoolValue(p.States != nil && field.Deref(id(p.States.Runtime)) == "AdminMode")
	d.BackgroundOperationEnabled = types.BoolValue(field.Deref(l.BackgroundOperationsState) == "Enabled")
	d.UniqueName = types.StringValue(l.UniqueName)
	d.URL = types.StringValue(l.InstanceURL)
	d.OrganizationID = types.StringValue(l.ResourceID)
	d.Version = types.StringValue(l.Version)
	d.LinkedAppType, d.LinkedAppID, d.LinkedAppURL = types.StringNull(), types.StringNull(), types.StringNull()
	if app := p.LinkedAppMetadata; app != nil && app.ID != "" {
		d.LinkedAppType, d.LinkedAppID, d.LinkedAppURL = types.StringValue(app.Type), types.StringValue(app.ID), types.StringValue(app.URL)
	}
	return &d
}

func policies(p bap.EnvironmentProperties) types.Set {
	none := types.SetValueMust(types.ObjectType{AttrTypes: policyTypes}, []attr.Value{})
	if p.EnterprisePolicies == nil {
		return none
	}
	var all []attr.Value
	for _, kind := range []struct {
		name string
		link *bap.EnterprisePolicy
	}{
		{"NetworkInjection", p.EnterprisePolicies.VNets},
		{"Encryption", p.EnterprisePolicies.CustomerManagedKeys},
		{"Identity", p.EnterprisePolicies.Identity},
	} {
		if kind.link == nil {
			continue
		}
		at := kind.link.PolicyID
		if at == "" {
			at = kind.link.ID
		}
		all = append(all, types.ObjectValueMust(policyTypes, map[string]attr.Value{
			"type": types.StringValue(kind.name), "id": types.StringValue(at), "location": types.StringValue(kind.link.Location),
			"system_id": types.StringValue(kind.link.SystemID), "status": types.StringValue(kind.link.LinkStatus),
		}))
	}
	if len(all) == 0 {
		return none
	}
	return types.SetValueMust(types.ObjectType{AttrTypes: policyTypes}, all)
}

// orKeep prefers what the platform says, then what was known: some records leave the macro region out.
func orKeep(said string, known customtype.Folded) customtype.Folded {
	if said != "" {
		return customtype.FoldedValue(said)
	}
	if known.IsUnknown() {
		return customtype.FoldedNull()
	}
	return known
}

// last is the ID in a path such as /providers/…/billingPolicies/{id}.
func last(path string) string { return path[strings.LastIndex(path, "/")+1:] }

func id(r *bap.Reference) *string {
	if r == nil {
		return nil
	}
	return &r.ID
}
