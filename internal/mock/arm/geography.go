package arm

import (
	"slices"
	"strings"
)

// geography is where enterprise policies can be, and which regions their networks must be in.
type geography struct {
	name  string
	pairs string // regions of a pair with | between them, alternatives with ; between them
}

// The pairs are those of https://learn.microsoft.com/power-platform/admin/vnet-support-overview and of Microsoft's
// PowerPlatform-EnterprisePolicies module. The last two names are those of older documentation for brazil and uae.
var geographies = []geography{
	{"unitedstates", "eastus|westus;centralus|eastus2"},
	{"southafrica", "southafricanorth|southafricawest"},
	{"uk", "uksouth|ukwest"},
	{"japan", "japaneast|japanwest"},
	{"india", "centralindia|southindia"},
	{"france", "francecentral|francesouth"},
	{"europe", "westeurope|northeurope"},
	{"germany", "germanynorth|germanywestcentral"},
	{"switzerland", "switzerlandnorth|switzerlandwest"},
	{"canada", "canadacentral|canadaeast"},
	{"brazil", "brazilsouth"},
	{"australia", "australiasoutheast|australiaeast"},
	{"asia", "eastasia|southeastasia"},
	{"uae", "uaenorth"},
	{"korea", "koreasouth|koreacentral"},
	{"norway", "norwaywest|norwayeast"},
	{"singapore", "southeastasia"},
	{"sweden", "swedencentral"},
	{"italy", "italynorth"},
	{"usgov", "usgovtexas|usgovvirginia"},
	{"usdod", "usdodeast|usdodcentral"},
	{"unitedstateseuap", "eastus|westus"},
	{"centraluseuap", "eastus|westus"},
	{"eastus2euap", "eastus|westus"},
	{"southamerica", "brazilsouth"},
	{"unitedarabemirates", "uaenorth"},
}

func geographyOf(location string) (geography, bool) {
	i := slices.IndexFunc(geographies, func(g geography) bool { return g.name == region(location) })
	if i < 0 {
		return geography{}, false
	}
	return geographies[i], true
}

func policyLocations() []string {
	var out []string
	for _, g := range geographies {
		out = append(out, g.name)
	}
	return out
}

// paired reports whether the geography needs two networks.
func (g geography) paired() bool { return strings.Contains(g.pairs, "|") }

// serves reports whether networks in these regions make a pair of the geography, in any order.
func (g geography) serves(regions ...string) bool {
	slices.Sort(regions)
	return slices.ContainsFunc(strings.Split(g.pairs, ";"), func(pair string) bool {
		want := strings.Split(pair, "|")
		slices.Sort(want)
		return slices.Equal(want, regions)
	})
}
