// Package location lists what the platform offers where: locations, macro regions, languages, currencies and templates.
package location

import (
	"context"
	"iter"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
)

var byLocation = field.Attributes{"location": field.Required.Text(
	"Name of a location, such as `unitedstates`, or of a macro region in tenants that provision by macro region.",
)}

type arguments struct {
	Location types.String `tfsdk:"location"`
}

// found yields what a look-up returned, converted.
func found[W, M any](all []W, err error, flatten func(W) M) iter.Seq2[M, error] {
	return func(yield func(M, error) bool) {
		if err != nil {
			yield(*new(M), err)
			return
		}
		for _, w := range all {
			if !yield(flatten(w), nil) {
				return
			}
		}
	}
}

type location struct {
	ID                                     types.String `tfsdk:"id"`
	Name                                   types.String `tfsdk:"name"`
	DisplayName                            types.String `tfsdk:"display_name"`
	Code                                   types.String `tfsdk:"code"`
	IsDefault                              types.Bool   `tfsdk:"is_default"`
	IsDisabled                             types.Bool   `tfsdk:"is_disabled"`
	CanProvisionDatabase                   types.Bool   `tfsdk:"can_provision_database"`
	CanProvisionCustomerEngagementDatabase types.Bool   `tfsdk:"can_provision_customer_engagement_database"`
	AzureRegions                           types.List   `tfsdk:"azure_regions"`
}

// Locations is data.powerplatform_locations.
func Locations() entity.List[location, struct{}] {
	return entity.List[location, struct{}]{
		Name: "locations",
		Schema: schema.Schema{
			MarkdownDescription: "The locations where environments can be created.",
			Attributes: field.Attributes{
				"id": field.Shown.Text("ID of the location."),
				"name": field.Shown.Text(
					"Name of the location, as `powerplatform_environment` takes it."),
				"display_name":           field.Shown.Text("Name of the location for people."),
				"code":                   field.Shown.Text("Code of the location, such as `NA`."),
				"is_default":             field.Shown.Bool("Whether it is the home location of the tenant."),
				"is_disabled":            field.Shown.Bool("Whether no environments can be created there."),
				"can_provision_database": field.Shown.Bool("Whether environments there can have Dataverse."),
				"can_provision_customer_engagement_database": field.Shown.Bool(
					"Whether environments there can have Dynamics 365 applications."),
				"azure_regions": field.Shown.List("Azure regions of the location."),
			},
		},
		Each: func(ctx context.Context, c *api.Client, _ *struct{}) iter.Seq2[location, error] {
			g, err := c.BAP.Locations(ctx)
			return found(g.Value, err, func(l bap.Location) location {
				p := l.Properties
				return location{
					ID: types.StringValue(l.ID), Name: types.StringValue(l.Name), DisplayName: types.StringValue(p.DisplayName), Code: types.StringValue(p.Code),
					IsDefault: types.BoolValue(p.IsDefault), IsDisabled: types.BoolValue(p.IsDisabled), CanProvisionDatabase: types.BoolValue(p.CanProvisionDatabase),
					CanProvisionCustomerEngagementDatabase: types.BoolValue(p.CanProvisionCustomerEngagementDatabase), AzureRegions: field.ListOf(p.AzureRegions),
				}
			})
		},
	}
}

type macroRegion struct {
	ID                types.String `tfsdk:"macro_region_id"`
	DisplayName       types.String `tfsdk:"display_name"`
	DataResidencyNote types.String `tfsdk:"data_residency_note"`
}

// MacroRegions is data.powerplatform_macro_regions.
func MacroRegions() entity.List[macroRegion, struct{}] {
	return entity.List[macroRegion, struct{}]{
		Name: "macro_regions",
		Schema: schema.Schema{
			MarkdownDescription: "The [macro regions](https://learn.microsoft.com/power-platform/admin/macro-regions) where environments can be created. Empty in tenants that provision by location.",
			Attributes: field.Attributes{
				"macro_region_id": field.Shown.Text(
					"ID of the macro region, as `powerplatform_environment` takes it."),
				"display_name":        field.Shown.Text("Name of the macro region."),
				"data_residency_note": field.Shown.Text("What the platform says about where data stays, if anything."),
			},
		},
		Each: func(ctx context.Context, c *api.Client, _ *struct{}) iter.Seq2[macroRegion, error] {
			g, err := c.BAP.Locations(ctx)
			return found(g.MacroRegions, err, func(r bap.MacroRegion) macroRegion {
				return macroRegion{types.StringValue(r.ID), types.StringValue(r.DisplayName), types.StringPointerValue(r.DataResidencyNote)}
			})
		},
	}
}

type language struct {
	ID              types.String `tfsdk:"id"`
	Name            types.String `tfsdk:"name"`
	DisplayName     types.String `tfsdk:"display_name"`
	LocalizedName   types.String `tfsdk:"localized_name"`
	LocaleID        types.Int64  `tfsdk:"locale_id"`
	IsTenantDefault types.Bool   `tfsdk:"is_tenant_default"`
}

// Languages is data.powerplatform_languages.
func Languages() entity.List[language, arguments] {
	return entity.List[language, arguments]{
		Name: "languages", Args: byLocation,
		Schema: schema.Schema{
			MarkdownDescription: "The base languages that an environment of a location can have.",
			Attributes: field.Attributes{
				"id":                field.Shown.Text("ID of the language."),
				"name":              field.Shown.Text("Locale ID as text."),
				"display_name":      field.Shown.Text("Name of the language."),
				"localized_name":    field.Shown.Text("Name of the language in the language of the tenant."),
				"locale_id":         field.Shown.Number("Locale ID, as `dataverse.language_code` takes it."),
				"is_tenant_default": field.Shown.Bool("Whether it is the default of the tenant."),
			},
		},
		Each: func(ctx context.Context, c *api.Client, args *arguments) iter.Seq2[language, error] {
			all, err := c.BAP.Languages(ctx, args.Location.ValueString())
			return found(all, err, func(l bap.Language) language {
				p := l.Properties
				return language{
					types.StringValue(l.ID), types.StringValue(l.Name), types.StringValue(p.DisplayName), types.StringValue(p.LocalizedName),
					types.Int64Value(p.LocaleID), types.BoolValue(p.IsTenantDefault),
				}
			})
		},
	}
}

type currency struct {
	ID              types.String `tfsdk:"id"`
	Name            types.String `tfsdk:"name"`
	Type            types.String `tfsdk:"type"`
	Code            types.String `tfsdk:"code"`
	Symbol          types.String `tfsdk:"symbol"`
	IsTenantDefault types.Bool   `tfsdk:"is_tenant_default"`
}

// Currencies is data.powerplatform_currencies.
func Currencies() entity.List[currency, arguments] {
	return entity.List[currency, arguments]{
		Name: "currencies", Args: byLocation,
		Schema: schema.Schema{
			MarkdownDescription: "The base currencies that an environment of a location can have.",
			Attributes: field.Attributes{
				"id":                field.Shown.Text("ID of the currency."),
				"name":              field.Shown.Text("Name of the currency, as `dataverse.currency_code` takes it."),
				"type":              field.Shown.Text("Type of the object."),
				"code":              field.Shown.Text("ISO 4217 code."),
				"symbol":            field.Shown.Text("Symbol."),
				"is_tenant_default": field.Shown.Bool("Whether it is the default of the tenant."),
			},
		},
		Each: func(ctx context.Context, c *api.Client, args *arguments) iter.Seq2[currency, error] {
			all, err := c.BAP.Currencies(ctx, args.Location.ValueString())
			return found(all, err, func(l bap.Currency) currency {
				p := l.Properties
				return currency{
					types.StringValue(l.ID), types.StringValue(l.Name), types.StringValue(l.Type), types.StringValue(p.Code), types.StringValue(p.Symbol),
					types.BoolValue(p.IsTenantDefault),
				}
			})
		},
	}
}

type template struct {
	Category                     types.String `tfsdk:"category"`
	ID                           types.String `tfsdk:"id"`
	Name                         types.String `tfsdk:"name"`
	DisplayName                  types.String `tfsdk:"display_name"`
	Location                     types.String `tfsdk:"location"`
	IsDisabled                   types.Bool   `tfsdk:"is_disabled"`
	DisabledReasonCode           types.String `tfsdk:"disabled_reason_code"`
	DisabledReasonMessage        types.String `tfsdk:"disabled_reason_message"`
	IsCustomerEngagement         types.Bool   `tfsdk:"is_customer_engagement"`
	IsSupportedForResetOperation types.Bool   `tfsdk:"is_supported_for_reset_operation"`
}

// Templates is data.powerplatform_environment_templates.
func Templates() entity.List[template, arguments] {
	return entity.List[template, arguments]{
		Name: "environment_templates", Args: byLocation,
		Schema: schema.Schema{
			MarkdownDescription: "The Dynamics 365 templates that environments of a location can be created from.",
			Attributes: field.Attributes{
				"category": field.Shown.Text(
					"Kind of environment that the template is for, such as `production`."),
				"id": field.Shown.Text("ID of the template."),
				"name": field.Shown.Text(
					"Name of the template, as `dataverse.templates` takes it."),
				"display_name":            field.Shown.Text("Name of the template for people."),
				"location":                field.Shown.Text("Location of the template."),
				"is_disabled":             field.Shown.Bool("Whether the tenant cannot use it."),
				"disabled_reason_code":    field.Shown.Text("Why not, as a code."),
				"disabled_reason_message": field.Shown.Text("Why not."),
				"is_customer_engagement": field.Shown.Bool(
					"Whether it is a Dynamics 365 customer engagement application."),
				"is_supported_for_reset_operation": field.Shown.Bool("Whether an environment can be reset to it."),
			},
		},
		Each: func(ctx context.Context, c *api.Client, args *arguments) iter.Seq2[template, error] {
			return func(yield func(template, error) bool) {
				byCategory, err := c.BAP.Templates(ctx, args.Location.ValueString())
				if err != nil {
					yield(template{}, err)
					return
				}
				for _, category := range slices.Sorted(maps.Keys(byCategory)) {
					for _, t := range byCategory[category] {
						if !yield(flattenTemplate(category, t), nil) {
							return
						}
					}
				}
			}
		},
	}
}

func flattenTemplate(category string, t bap.Template) template {
	p := t.Properties
	out := template{
		Category: types.StringValue(category), ID: types.StringValue(t.ID), Name: types.StringValue(t.Name), Location: types.StringValue(t.Location),
		DisplayName: types.StringValue(p.DisplayName), IsDisabled: types.BoolValue(p.IsDisabled),
		IsCustomerEngagement: types.BoolValue(p.IsCustomerEngagement), IsSupportedForResetOperation: types.BoolValue(p.IsSupportedForResetOperation),
	}
	if r := p.DisabledReason; r != nil {
		out.DisabledReasonCode, out.DisabledReasonMessage = types.StringValue(r.Code), types.StringValue(r.Message)
	}
	return out
}
