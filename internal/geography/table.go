package geography

// table holds what a policy of network injection accepts. It has changed before (Brazil and the United Arab Emirates once
// had two regions), so it is data, and what is not in it is not wrong.
//
// Columns: the name for people; the location of environments; the location of enterprise policies; other names that are
// in use for one of both; the pairs of regions. The regions are those of
// https://learn.microsoft.com/power-platform/admin/vnet-support-overview#supported-regions and of Microsoft's module
// https://github.com/microsoft/PowerPlatform-EnterprisePolicies, which alone knows the second pair of the United States
// and Italy; the locations are those of
// https://learn.microsoft.com/power-platform/admin/vnet-support-setup-configure. The order within a pair means nothing to
// the platform. Here the region that any subscription can use comes first, and then the one that Azure reserves for disaster
// recovery (https://learn.microsoft.com/azure/reliability/regions-list).
var table = []Geography{
	{"Asia Pacific", "asia", "asia", nil, [][]string{{"eastasia", "southeastasia"}}},
	{"Australia", "australia", "australia", nil, [][]string{{"australiaeast", "australiasoutheast"}}},
	{"Brazil", "southamerica", "brazil", nil, [][]string{{"brazilsouth"}}},
	{"Canada", "canada", "canada", nil, [][]string{{"canadacentral", "canadaeast"}}},
	{"Europe", "europe", "europe", nil, [][]string{{"westeurope", "northeurope"}}},
	{"France", "france", "france", nil, [][]string{{"francecentral", "francesouth"}}},
	{"Germany", "germany", "germany", nil, [][]string{{"germanywestcentral", "germanynorth"}}},
	{"India", "india", "india", nil, [][]string{{"centralindia", "southindia"}}},
	{"Italy", "italy", "italy", nil, [][]string{{"italynorth"}}},
	{"Japan", "japan", "japan", nil, [][]string{{"japaneast", "japanwest"}}},
	{"Korea", "korea", "korea", nil, [][]string{{"koreacentral", "koreasouth"}}},
	{"Norway", "norway", "norway", nil, [][]string{{"norwayeast", "norwaywest"}}},
	{"Singapore", "singapore", "singapore", nil, [][]string{{"southeastasia"}}},
	{"South Africa", "southafrica", "southafrica", nil, [][]string{{"southafricanorth", "southafricawest"}}},
	{"Sweden", "sweden", "sweden", nil, [][]string{{"swedencentral"}}},
	{"Switzerland", "switzerland", "switzerland", nil, [][]string{{"switzerlandnorth", "switzerlandwest"}}},
	{"United Arab Emirates", "unitedarabemirates", "uae", nil, [][]string{{"uaenorth"}}},
	{"United Kingdom", "unitedkingdom", "uk", nil, [][]string{{"uksouth", "ukwest"}}},
	{"United States", "unitedstates", "unitedstates", []string{"unitedstatesfirstrelease", "unitedstateseuap"}, [][]string{{"eastus", "westus"}, {"centralus", "eastus2"}}},
	{"US Government", "usgov", "usgov", nil, [][]string{{"usgovvirginia", "usgovtexas"}}},
	{"US Government DoD", "usdod", "usdod", nil, [][]string{{"usdodeast", "usdodcentral"}}},
}

// regions are the Azure regions, in the order of the alphabet, also those that serve no geography here: they tell a region
// that was taken for a geography from a geography that is new. Source: https://learn.microsoft.com/azure/reliability/regions-list
// and the pages of the sovereign clouds.
var regions = []string{
	"australiacentral", "australiacentral2", "australiaeast", "australiasoutheast", "austriaeast", "belgiumcentral",
	"brazilsouth", "brazilsoutheast", "canadacentral", "canadaeast", "centralindia", "centralus", "chilecentral",
	"chinaeast", "chinaeast2", "chinaeast3", "chinanorth", "chinanorth2", "chinanorth3", "denmarkeast", "eastasia", "eastus",
	"eastus2", "francecentral", "francesouth", "germanynorth", "germanywestcentral", "indonesiacentral", "israelcentral",
	"italynorth", "japaneast", "japanwest", "jioindiacentral", "jioindiawest", "koreacentral", "koreasouth", "malaysiawest",
	"mexicocentral", "newzealandnorth", "northcentralus", "northeurope", "norwayeast", "norwaywest", "polandcentral",
	"qatarcentral", "southafricanorth", "southafricawest", "southcentralus", "southeastasia", "southindia", "spaincentral",
	"swedencentral", "swedensouth", "switzerlandnorth", "switzerlandwest", "uaecentral", "uaenorth", "uksouth", "ukwest",
	"usdodcentral", "usdodeast", "usgovarizona", "usgoviowa", "usgovtexas", "usgovvirginia", "westcentralus", "westeurope",
	"westindia", "westus", "westus2", "westus3",
}
