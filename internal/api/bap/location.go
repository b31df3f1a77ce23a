package bap

import (
	"context"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// Locations is the geography of the platform as this tenant may use it.
type Locations struct {
	Value        []Location    `json:"value"`
	Mode         string        `json:"tenantProvisioningMode"` // macroRegion, or region or nothing for the classic model
	MacroRegions []MacroRegion `json:"macroRegions"`
}

// MacroRegionMode reports whether environments are created in a macro region instead of a location.
// https://learn.microsoft.com/power-platform/admin/macro-regions
func (l Locations) MacroRegionMode() bool { return l.Mode == "macroRegion" }

// Location is a place where environments can be created.
type Location struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Properties struct {
		DisplayName                            string   `json:"displayName"`
		Code                                   string   `json:"code"`
		IsDefault                              bool     `json:"isDefault"`
		IsDisabled                             bool     `json:"isDisabled"`
		CanProvisionDatabase                   bool     `json:"canProvisionDatabase"`
		CanProvisionCustomerEngagementDatabase bool     `json:"canProvisionCustomerEngagementDatabase"`
		AzureRegions                           []string `json:"azureRegions"`
	} `json:"properties"`
}

// MacroRegion is a group of locations among which the platform chooses.
type MacroRegion struct {
	ID                string  `json:"macroRegionId"`
	DisplayName       string  `json:"displayName"`
	DataResidencyNote *string `json:"dataResidencyNote"`
}

// Language is a language that an environment of a location can have.
type Language struct {
	ID         string `json:"id"`
	Name       string `json:"name"` // the locale ID as text
	Properties struct {
		LocaleID        int64  `json:"localeId"`
		LocalizedName   string `json:"localizedName"`
		DisplayName     string `json:"displayName"`
		IsTenantDefault bool   `json:"isTenantDefault"`
	} `json:"properties"`
}

// Currency is a base currency that an environment of a location can have.
type Currency struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Type       string `json:"type"`
	Properties struct {
		Code            string `json:"code"`
		Symbol          string `json:"symbol"`
		IsTenantDefault bool   `json:"isTenantDefault"`
	} `json:"properties"`
}

// Template is what an environment can be created from.
type Template struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Location   string `json:"location"`
	Properties struct {
		DisplayName    string `json:"displayName"`
		IsDisabled     bool   `json:"isDisabled"`
		DisabledReason *struct {
			Code    string `json:"code"`
			Message string `json:"message"`
		} `json:"disabledReason"`
		IsCustomerEngagement         bool `json:"isCustomerEngagement"`
		IsSupportedForResetOperation bool `json:"isSupportedForResetOperation"`
	} `json:"properties"`
}

// Locations reads the locations and macro regions, once in the life of the client.
func (c *Client) Locations(ctx context.Context) (Locations, error) {
	return c.locations.Get(ctx, "", func() (Locations, error) {
		return rest.Get[Locations](ctx, c.rest, prefix+"/locations")
	})
}

// Languages reads the languages of a location or macro region, once in the life of the client.
func (c *Client) Languages(ctx context.Context, location string) ([]Language, error) {
	return c.languages.Get(ctx, location, func() ([]Language, error) {
		return listed[Language](ctx, c, rest.Path(prefix+"/locations/", location, "/environmentLanguages"))
	})
}

// Currencies reads the currencies of a location or macro region, once in the life of the client.
func (c *Client) Currencies(ctx context.Context, location string) ([]Currency, error) {
	return c.currencies.Get(ctx, location, func() ([]Currency, error) {
		return listed[Currency](ctx, c, rest.Path(prefix+"/locations/", location, "/environmentCurrencies"))
	})
}

// Templates reads the templates of a location by category, such as production or sandbox.
func (c *Client) Templates(ctx context.Context, location string) (map[string][]Template, error) {
	return rest.Get[map[string][]Template](ctx, c.rest, rest.Path(prefix+"/locations/", location, "/templates"))
}

func listed[T any](ctx context.Context, c *Client, path string) ([]T, error) {
	var all []T
	for v, err := range rest.List[T](ctx, c.rest, path) {
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, nil
}
