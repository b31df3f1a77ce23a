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

// offered lists what a location offers.
func offered[W, M any](name, description string, item field.Attributes,
	look func(ctx context.Context, c *api.Client, location string) ([]W, error), flatten func(W) M,
) entity.List[M, arguments] {
	return entity.List[M, arguments]{
		Name: name, Args: byLocation, Schema: schema.Schema{MarkdownDescription: description, Attributes: item},
		Each: func(ctx context.Context, c *api.Client, args *arguments) iter.Seq2[M, error] {
			all, err := look(ctx, c, args.Location.ValueString())
			return found(all, err, flatten)
		},
	}
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
	ID                                     string     `tfsdk:"id"`
	Name                                   string     `tfsdk:"name"`
	DisplayName                            string     `tfsdk:"display_name"`
	Code                                   string     `tfsdk:"code"`
	IsDefault                              bool       `tfsdk:"is_default"`
	IsDisabled                             bool       `tfsdk:"is_disabled"`
	CanProvisionDatabase                   bool       `tfsdk:"can_provision_database"`
	CanProvisionCustomerEngagementDatabase bool       `tfsdk:"can_provision_customer_engagement_database"`
	AzureRegions                           types.List `tfsdk:"azure_regions"`
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
					l.ID, l.Name, p.DisplayName, p.Code, p.IsDefault, p.IsDisabled, p.CanProvisionDatabase,
					p.CanProvisionCustomerEngagementDatabase, field.ListOf(p.AzureRegions),
				}
			})
		},
	}
}

type macroRegion struct {
	ID                string  `tfsdk:"macro_region_id"`
	DisplayName       string  `tfsdk:"display_name"`
	DataResidencyNote *string `tfsdk:"data_residency_note"`
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
				return macroRegion{r.ID, r.DisplayName, r.DataResidencyNote}
			})
		},
	}
}

type language struct {
	ID              string `tfsdk:"id"`
	Name            string `tfsdk:"name"`
	DisplayName     string `tfsdk:"display_name"`
	LocalizedName   string `tfsdk:"localized_name"`
	LocaleID        int64  `tfsdk:"locale_id"`
	IsTenantDefault bool   `tfsdk:"is_tenant_default"`
}

// Languages is data.powerplatform_languages.
func Languages() entity.List[language, arguments] {
	return offered("languages", "The base languages that an environment of a location can have.", field.Attributes{
		"id":                field.Shown.Text("ID of the language."),
		"name":              field.Shown.Text("Locale ID as text."),
		"display_name":      field.Shown.Text("Name of the language."),
		"localized_name":    field.Shown.Text("Name of the language in the language of the tenant."),
		"locale_id":         field.Shown.Number("Locale ID, as `dataverse.language_code` takes it."),
		"is_tenant_default": field.Shown.Bool("Whether it is the default of the tenant."),
	}, func(ctx context.Context, c *api.Client, location string) ([]bap.Language, error) {
		return c.BAP.Languages(ctx, location)
	}, func(l bap.Language) language {
		p := l.Properties
		return language{l.ID, l.Name, p.DisplayName, p.LocalizedName, p.LocaleID, p.IsTenantDefault}
	})
}

type currency struct {
	ID              string `tfsdk:"id"`
	Name            string `tfsdk:"name"`
	Type            string `tfsdk:"type"`
	Code            string `tfsdk:"code"`
	Symbol          string `tfsdk:"symbol"`
	IsTenantDefault bool   `tfsdk:"is_tenant_default"`
}

// Currencies is data.powerplatform_currencies.
func Currencies() entity.List[currency, arguments] {
	return offered("currencies", "The base currencies that an environment of a location can have.", field.Attributes{
		"id":                field.Shown.Text("ID of the currency."),
		"name":              field.Shown.Text("Name of the currency, as `dataverse.currency_code` takes it."),
		"type":              field.Shown.Text("Type of the object."),
		"code":              field.Shown.Text("ISO 4217 code."),
		"symbol":            field.Shown.Text("Symbol."),
		"is_tenant_default": field.Shown.Bool("Whether it is the default of the tenant."),
	}, func(ctx context.Context, c *api.Client, location string) ([]bap.Currency, error) {
		return c.BAP.Currencies(ctx, location)
	}, func(l bap.Currency) currency {
		p := l.Properties
		return currency{l.ID, l.Name, l.Type, p.Code, p.Symbol, p.IsTenantDefault}
	})
}

type template struct {
	Category                     string  `tfsdk:"category"`
	ID                           string  `tfsdk:"id"`
	Name                         string  `tfsdk:"name"`
	DisplayName                  string  `tfsdk:"display_name"`
	Location                     string  `tfsdk:"location"`
	IsDisabled                   bool    `tfsdk:"is_disabled"`
	DisabledReasonCode           *string `tfsdk:"disabled_reason_code"`
	DisabledReasonMessage        *string `tfsdk:"disabled_reason_message"`
	IsCustomerEngagement         bool    `tfsdk:"is_customer_engagement"`
	IsSupportedForResetOperation bool    `tfsdk:"is_supported_for_reset_operation"`
}

// Templates is data.powerplatform_environment_templates.
func Templates() entity.List[template, arguments] {
	const description = "The Dynamics 365 templates that environments of a location can be created from."
	return offered("environment_templates", description, field.Attributes{
		"category": field.Shown.Text(
			"Kind of environment that the template is for, such as `production`."),
		"id":                      field.Shown.Text("ID of the template."),
		"name":                    field.Shown.Text("Name of the template, as `dataverse.templates` takes it."),
		"display_name":            field.Shown.Text("Name of the template for people."),
		"location":                field.Shown.Text("Location of the template."),
		"is_disabled":             field.Shown.Bool("Whether the tenant cannot use it."),
		"disabled_reason_code":    field.Shown.Text("Why not, as a code."),
		"disabled_reason_message": field.Shown.Text("Why not."),
		"is_customer_engagement": field.Shown.Bool(
			"Whether it is a Dynamics 365 customer engagement application."),
		"is_supported_for_reset_operation": field.Shown.Bool("Whether an environment can be reset to it."),
	}, func(ctx context.Context, c *api.Client, location string) ([]template, error) {
		byCategory, err := c.BAP.Templates(ctx, location)
		var all []template
		for _, category := range slices.Sorted(maps.Keys(byCategory)) {
			for _, t := range byCategory[category] {
				all = append(all, flattenTemplate(category, t))
			}
		}
		return all, err
	}, func(t template) template { return t })
}

func flattenTemplate(category string, t bap.Template) template {
	p := t.Properties
	out := template{
		Category: category, ID: t.ID, Name: t.Name, Location: t.Location, DisplayName: p.DisplayName, IsDisabled: p.IsDisabled,
		IsCustomerEngagement: p.IsCustomerEngagement, IsSupportedForResetOperation: p.IsSupportedForResetOperation,
	}
	if r := p.DisabledReason; r != nil {
		out.DisabledReasonCode, out.DisabledReasonMessage = &r.Code, &r.Message
	}
	return out
}
