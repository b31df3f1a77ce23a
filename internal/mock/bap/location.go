package bap

import (
	"maps"
	"slices"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// Location is a geography in which environments live.
type Location struct {
	Name, DisplayName, Code string
	Regions                 []string // Azure regions, the preferred one first
	CRM                     string   // first label of the domain of its Dataverse organizations
	Geo                     string   // short name, as in the names of clusters
	Currency                string   // of a tenant that calls it home
	Clouds                  []string // nil: public
}

// Locations are the locations of all clouds. Names, codes and Azure regions of the public cloud were observed in
// microsoft/terraform-provider-power-platform (Singapore, Italy and Poland: listed on
// https://learn.microsoft.com/power-platform/admin/regions-overview, details assumed, as are those of the other
// clouds); the domains come from https://learn.microsoft.com/power-platform/admin/new-datacenter-regions.
var Locations = []Location{
	{"unitedstates", "United States", "NA", []string{"eastus", "westus"}, "crm", "US", "USD", nil},
	{"unitedstatesfirstrelease", "Preview (United States)", "NA", []string{"eastus", "westus"}, "crm", "US", "USD", nil},
	{"europe", "Europe", "EMEA", []string{"westeurope", "northeurope"}, "crm4", "EU", "EUR", nil},
	{"asia", "Asia", "APAC", []string{"eastasia", "southeastasia"}, "crm5", "AS", "USD", nil},
	{"australia", "Australia", "OCE", []string{"australiaeast", "australiasoutheast"}, "crm6", "AU", "AUD", nil},
	{"india", "India", "IND", []string{"centralindia", "southindia"}, "crm8", "IN", "INR", nil},
	{"japan", "Japan", "JPN", []string{"japaneast", "japanwest"}, "crm7", "JP", "JPY", nil},
	{"canada", "Canada", "CAN", []string{"canadacentral", "canadaeast"}, "crm3", "CA", "CAD", nil},
	{"unitedkingdom", "United Kingdom", "GBR", []string{"uksouth", "ukwest"}, "crm11", "GB", "GBP", nil},
	{"southamerica", "South America", "SAM", []string{"brazilsouth"}, "crm2", "BR", "BRL", nil},
	{"france", "France", "FRA", []string{"francecentral", "francesouth"}, "crm12", "FR", "EUR", nil},
	{"unitedarabemirates", "United Arab Emirates (UAE)", "UAE", []string{"uaenorth"}, "crm15", "AE", "AED", nil},
	{"germany", "Germany", "GER", []string{"germanynorth", "germanywestcentral"}, "crm16", "DE", "EUR", nil},
	{"switzerland", "Switzerland", "CHE", []string{"switzerlandnorth", "switzerlandwest"}, "crm17", "CH", "CHF", nil},
	{"norway", "Norway", "NOR", []string{"norwayeast", "norwaywest"}, "crm19", "NO", "NOK", nil},
	{"korea", "Korea", "KOR", []string{"koreacentral", "koreasouth"}, "crm21", "KR", "KRW", nil},
	{"sweden", "Sweden", "SWE", []string{"swedencentral"}, "crm22", "SE", "SEK", nil},
	{"southafrica", "South Africa", "ZAF", []string{"southafricanorth"}, "crm14", "ZA", "ZAR", nil},
	{"singapore", "Singapore", "SGP", []string{"southeastasia"}, "crm20", "SG", "SGD", nil},
	{"italy", "Italy", "ITA", []string{"italynorth"}, "crm23", "IT", "EUR", nil},
	{"poland", "Poland", "POL", []string{"polandcentral"}, "crm24", "PL", "PLN", nil},
	{"usgov", "US Government", "GOV", []string{"usgovvirginia", "usgovtexas"}, "crm9", "GOV", "USD", []string{"gcc", "gcchigh"}},
	{"usdod", "US Government (DoD)", "DOD", []string{"usdodeast", "usdodcentral"}, "crm", "DOD", "USD", []string{"dod"}},
	{"china", "China", "CHN", []string{"chinaeast2", "chinanorth2"}, "crm", "CN", "CNY", []string{"china"}},
	{"usnat", "USNat", "USN", []string{"usnateast", "usnatwest"}, "crm", "USN", "USD", []string{"ex"}},
	{"ussec", "USSec", "USS", []string{"usseceast", "ussecwest"}, "crm", "USS", "USD", []string{"rx"}},
}

// boundary are the locations inside the EU data boundary, observed in microsoft/terraform-provider-power-platform.
var boundary = []string{"europe", "france", "germany", "italy", "norway", "poland", "sweden", "switzerland"}

type macroRegion struct {
	id, displayName, note string
	locations             []string // where the service may put an environment, the first choice first
}

// macroRegions are the groups of locations that tenants of the newer geography model choose from; their contents are on
// https://learn.microsoft.com/power-platform/admin/macro-regions, their wire form was observed in
// microsoft/terraform-provider-power-platform.
var macroRegions = []macroRegion{
	{"asia-pacific", "Asia Pacific", "Your data will reside within the Asia-Pacific region.", asiaPacific},
	{"emea", "Europe, UK, Middle East, Africa", "Your data will reside within Europe, the United Kingdom, the Middle East, or Africa.", slices.Concat(euEFTA, []string{"unitedkingdom", "southafrica", "unitedarabemirates"})},
	{"eu-efta", "European Union & EFTA", "Your data will reside within EU and EFTA member states which are EUDB regions.", euEFTA},
	{"europe-uk", "Europe & UK", "", slices.Concat(euEFTA, []string{"unitedkingdom"})},
	{"north-america", "North America", "Your data will reside within the United States or Canada.", northAmerica},
	{"the-americas", "The Americas", "Your data will reside within the Americas.", slices.Concat(northAmerica, []string{"southamerica"})},
}

var (
	asiaPacific  = []string{"singapore", "australia", "india", "japan", "korea"}
	euEFTA       = []string{"switzerland", "france", "germany", "norway", "sweden", "poland", "italy", "europe"}
	northAmerica = []string{"unitedstates", "canada"}
)

func macro(id string) (macroRegion, bool) {
	i := slices.IndexFunc(macroRegions, func(m macroRegion) bool { return m.id == id })
	if i < 0 {
		return macroRegion{}, false
	}
	return macroRegions[i], true
}

// narrowest is the ID of the smallest macro region that holds a location, "" if none does.
func narrowest(location string) string {
	id, size := "", len(Locations)
	for _, m := range macroRegions {
		if slices.Contains(m.locations, location) && len(m.locations) < size {
			id, size = m.id, len(m.locations)
		}
	}
	return id
}

func (c Cloud) locations() []Location {
	return slices.DeleteFunc(slices.Clone(Locations), func(l Location) bool {
		return l.Clouds == nil && c.Name != "public" || l.Clouds != nil && !slices.Contains(l.Clouds, c.Name)
	})
}

func (c Cloud) location(name string) (Location, bool) {
	all := c.locations()
	i := slices.IndexFunc(all, func(l Location) bool { return strings.EqualFold(l.Name, name) })
	if i < 0 {
		return Location{}, false
	}
	return all[i], true
}

// home is the location that a tenant of this cloud calls its own.
func (c Cloud) home(t *server.Tenant) Location {
	if l, ok := c.location(t.Location); ok {
		return l
	}
	return c.locations()[0]
}

// modern reports whether a tenant provisions by macro region; only tenants of the public cloud do.
func (c Cloud) modern(t *server.Tenant) bool {
	return c.Name == "public" && t.Geography == server.GeographyMacroRegion
}

// segment is the location or macro region that a path names, as far as the tenant has it. Tenants that provision by
// macro region refuse locations in paths: observed in microsoft/terraform-provider-power-platform, issue 1227.
func (c call) segment() (name string, reply server.Reply, ok bool) {
	name = c.Params["location"]
	if c.cloud.modern(c.Tenant) {
		if _, found := macro(name); !found {
			return "", bad("InvalidMacroRegion", "macroRegion '%s' is not valid", name), false
		}
		return name, server.Reply{}, true
	}
	l, found := c.cloud.location(name)
	if !found {
		return "", bad("InvalidLocation", "The location '%s' is not valid.", name), false
	}
	return l.Name, server.Reply{}, true
}

func listLocations(c call) server.Reply {
	home := c.cloud.home(c.Tenant).Name
	value := []any{}
	for _, l := range c.cloud.locations() {
		properties := Doc{
			"displayName": l.DisplayName, "code": l.Code, "isDefault": l.Name == home, "isDisabled": false,
			"canProvisionDatabase": true, "canProvisionCustomerEngagementDatabase": true, "azureRegions": l.Regions,
		}
		if c.cloud.modern(c.Tenant) {
			properties["hasFirstReleaseIslandAvailableForProvisioning"] = l.Name == "unitedstates" || l.Name == "europe"
		}
		value = append(value, Doc{
			"id": prefix + "/locations/" + l.Name, "type": "Microsoft.BusinessAppPlatform/locations", "name": l.Name,
			"properties": properties,
		})
	}
	out := Doc{"value": value}
	maps.Copy(out, provisioningMode(c))
	return server.JSON(200, out)
}

// provisioningMode is what the list of locations says of the tenant's geography model.
func provisioningMode(c call) Doc {
	regions := []any{}
	if !c.cloud.modern(c.Tenant) {
		return Doc{"tenantProvisioningMode": "region", "macroRegions": regions}
	}
	for _, m := range macroRegions {
		d := Doc{"macroRegionId": m.id, "displayName": m.displayName}
		if m.note != "" { // the key can be absent
			d["dataResidencyNote"] = m.note
		}
		regions = append(regions, d)
	}
	return Doc{"tenantProvisioningMode": "macroRegion", "macroRegions": regions}
}
