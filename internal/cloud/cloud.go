// Package cloud holds the one table of the clouds that Power Platform runs in: hosts, token scopes and authorities.
package cloud

import (
	"fmt"
	"slices"
	"strings"
)

// Public is the name of the cloud that is used where none is named.
const Public = "public"

// adminScope is the application of the admin center; its tokens are requested by identifier, without "/.default".
const adminScope = "065d9450-1e87-434e-ac2f-69af271549ed"

// Cloud describes one cloud. Hosts carry no scheme and no port. The values are those observed in
// microsoft/terraform-provider-power-platform; those of Azure Resource Manager, key vaults and Microsoft Graph are the
// endpoints of the clouds that azcore, the Azure CLI and the Graph SDKs know. The moderate government cloud uses the public one.
type Cloud struct {
	// Name is the value of the provider argument cloud.
	Name string

	// Authority is the host of Microsoft Entra ID that signs callers of this cloud in.
	Authority string

	// BAP is the host of the business application platform: environments and their life.
	BAP string
	// PowerApps is the host of the Power Apps API: connectors, connections, apps.
	PowerApps string
	// Blob is the domain of storage accounts, below which the Power Apps API takes uploads and shows files.
	Blob string
	// PowerPlatform is the host of the Power Platform API and the suffix of its hosts per environment and per tenant.
	PowerPlatform string
	// EnvironmentShard is how many characters at the end of an environment's ID are a label of their own in its host.
	EnvironmentShard int
	// Admin is the host of the admin center's own API.
	Admin string
	// Licensing is the host of the licensing API.
	Licensing string
	// Advisor is the host of the advisor and solution checker API.
	Advisor string

	// ARM is the host of Azure Resource Manager.
	ARM string
	// KeyVault is the domain of key vaults; the host of one is its name below it.
	KeyVault string
	// Graph is the host of Microsoft Graph.
	Graph string

	// PowerAppsScope is the scope of tokens for BAP and PowerApps, regional hosts included.
	PowerAppsScope string
	// PowerPlatformScope is the scope of tokens for PowerPlatform and its hosts per environment and per tenant.
	PowerPlatformScope string
	// ARMScope is the scope of tokens for ARM, regional hosts included.
	ARMScope string
	// KeyVaultScope is the scope of tokens for key vaults.
	KeyVaultScope string
	// GraphScope is the scope of tokens for Graph.
	GraphScope string
	// AdvisorScope is the scope of tokens for Advisor.
	AdvisorScope string
	// AdminScope is the scope of tokens for Admin, an application identifier without "/.default".
	AdminScope string
	// AnalyticsScope is the scope of tokens for analytics data exports, empty where the cloud has none.
	AnalyticsScope string

	// FirstRelease is the cluster of environments with an early release cycle, empty where the cloud has none.
	FirstRelease string
}

var table = []Cloud{
	{
		Name:               Public,
		Authority:          "login.microsoftonline.com",
		BAP:                "api.bap.microsoft.com",
		PowerApps:          "api.powerapps.com",
		Blob:               "blob.core.windows.net",
		PowerPlatform:      "api.powerplatform.com",
		EnvironmentShard:   2,
		Admin:              "api.admin.powerplatform.microsoft.com",
		Licensing:          "licensing.powerplatform.microsoft.com",
		Advisor:            "api.advisor.powerapps.com",
		ARM:                "management.azure.com",
		KeyVault:           "vault.azure.net",
		Graph:              "graph.microsoft.com",
		PowerAppsScope:     "https://service.powerapps.com/.default",
		PowerPlatformScope: "https://api.powerplatform.com/.default",
		ARMScope:           "https://management.azure.com/.default",
		KeyVaultScope:      "https://vault.azure.net/.default",
		GraphScope:         "https://graph.microsoft.com/.default",
		AdvisorScope:       "https://advisor.powerapps.com/.default",
		AdminScope:         adminScope,
		AnalyticsScope:     "https://adminanalytics.powerplatform.microsoft.com/.default",
		FirstRelease:       "FirstRelease",
	},
	{
		Name:               "gcc",
		Authority:          "login.microsoftonline.com", // the moderate government cloud shares the public authority
		BAP:                "gov.api.bap.microsoft.us",
		PowerApps:          "gov.api.powerapps.us",
		Blob:               "blob.core.windows.net",
		PowerPlatform:      "api.gov.powerplatform.microsoft.us",
		EnvironmentShard:   2,
		Admin:              "api.gcc.admin.powerplatform.microsoft.us",
		Licensing:          "gov.licensing.powerplatform.microsoft.us",
		Advisor:            "gov.api.advisor.powerapps.us",
		ARM:                "management.azure.com",
		KeyVault:           "vault.azure.net",
		Graph:              "graph.microsoft.com",
		PowerAppsScope:     "https://service.powerapps.us/.default",
		PowerPlatformScope: "https://api.gov.powerplatform.microsoft.us/.default",
		ARMScope:           "https://management.azure.com/.default",
		KeyVaultScope:      "https://vault.azure.net/.default",
		GraphScope:         "https://graph.microsoft.com/.default",
		AdvisorScope:       "https://gov.advisor.powerapps.us/.default",
		AdminScope:         adminScope,
		AnalyticsScope:     "https://gcc.adminanalytics.powerplatform.microsoft.us//.default", // the double slash is part of the audience
		FirstRelease:       "GovFR",
	},
	{
		Name:               "gcchigh",
		Authority:          "login.microsoftonline.us",
		BAP:                "high.api.bap.microsoft.us",
		PowerApps:          "high.api.powerapps.us",
		Blob:               "blob.core.usgovcloudapi.net",
		PowerPlatform:      "api.appsplatform.us",
		EnvironmentShard:   1,
		Admin:              "api.high.admin.powerplatform.microsoft.us",
		Licensing:          "high.licensing.powerplatform.microsoft.us",
		Advisor:            "high.api.advisor.powerapps.us",
		ARM:                "management.usgovcloudapi.net",
		KeyVault:           "vault.usgovcloudapi.net",
		Graph:              "graph.microsoft.us",
		PowerAppsScope:     "https://high.service.apps.appsplatform.us/.default",
		PowerPlatformScope: "https://api.appsplatform.us/.default",
		ARMScope:           "https://management.usgovcloudapi.net/.default",
		KeyVaultScope:      "https://vault.usgovcloudapi.net/.default",
		GraphScope:         "https://graph.microsoft.us/.default",
		AdvisorScope:       "https://high.advisor.powerapps.us/.default",
		AdminScope:         adminScope,
		AnalyticsScope:     "https://high.adminanalytics.powerplatform.microsoft.us/.default",
	},
	{
		Name:               "dod",
		Authority:          "login.microsoftonline.us",
		BAP:                "api.bap.appsplatform.us",
		PowerApps:          "api.apps.appsplatform.us",
		Blob:               "blob.core.usgovcloudapi.net",
		PowerPlatform:      "api.appsplatform.us",
		EnvironmentShard:   1,
		Admin:              "api.admin.appsplatform.us",
		Licensing:          "licensing.appsplatform.us",
		Advisor:            "api.advisor.powerapps.us",
		ARM:                "management.usgovcloudapi.net",
		KeyVault:           "vault.usgovcloudapi.net",
		Graph:              "dod-graph.microsoft.us",
		PowerAppsScope:     "https://service.apps.appsplatform.us/.default",
		PowerPlatformScope: "https://api.appsplatform.us/.default",
		ARMScope:           "https://management.usgovcloudapi.net/.default",
		KeyVaultScope:      "https://vault.usgovcloudapi.net/.default",
		GraphScope:         "https://dod-graph.microsoft.us/.default",
		AdvisorScope:       "https://advisor.powerapps.us/.default",
		AdminScope:         adminScope,
		AnalyticsScope:     "https://adminanalytics.appsplatform.us/.default",
	},
	{
		Name:               "china",
		Authority:          "login.chinacloudapi.cn",
		BAP:                "api.bap.partner.microsoftonline.cn",
		PowerApps:          "api.powerapps.cn",
		Blob:               "blob.core.chinacloudapi.cn",
		PowerPlatform:      "api.powerplatform.partner.microsoftonline.cn",
		EnvironmentShard:   2,
		Admin:              "api.ppac.partner.microsoftonline.cn",
		Licensing:          "licensing.partner.microsoftonline.cn",
		Advisor:            "api.advisor.powerapps.cn",
		ARM:                "management.chinacloudapi.cn",
		KeyVault:           "vault.azure.cn",
		Graph:              "microsoftgraph.chinacloudapi.cn",
		PowerAppsScope:     "https://service.powerapps.cn/.default",
		PowerPlatformScope: "https://api.powerplatform.partner.microsoftonline.cn/.default",
		ARMScope:           "https://management.chinacloudapi.cn/.default",
		KeyVaultScope:      "https://vault.azure.cn/.default",
		GraphScope:         "https://microsoftgraph.chinacloudapi.cn/.default",
		AdvisorScope:       "https://advisor.powerapps.cn/.default",
		AdminScope:         adminScope,
	},
	{
		Name:               "ex",
		Authority:          "login.microsoftonline.eaglex.ic.gov",
		BAP:                "api.bap.eaglex.ic.gov",
		PowerApps:          "api.powerapps.eaglex.ic.gov",
		Blob:               "blob.core.eaglex.ic.gov",
		PowerPlatform:      "api.powerplatform.eaglex.ic.gov",
		EnvironmentShard:   2,
		Admin:              "api.admin.powerplatform.eaglex.ic.gov",
		Licensing:          "licensing.eaglex.ic.gov",
		Advisor:            "api.advisor.powerapps.eaglex.ic.gov",
		ARM:                "management.azure.eaglex.ic.gov",
		KeyVault:           "vault.cloudapi.eaglex.ic.gov",
		Graph:              "graph.eaglex.ic.gov",
		PowerAppsScope:     "https://service.powerapps.eaglex.ic.gov/.default",
		PowerPlatformScope: "https://api.powerplatform.eaglex.ic.gov/.default",
		ARMScope:           "https://management.azure.eaglex.ic.gov/.default",
		KeyVaultScope:      "https://vault.cloudapi.eaglex.ic.gov/.default",
		GraphScope:         "https://graph.eaglex.ic.gov/.default",
		AdvisorScope:       "https://advisor.powerapps.eaglex.ic.gov/.default",
		AdminScope:         adminScope,
	},
	{
		Name:               "rx",
		Authority:          "login.microsoftonline.microsoft.scloud",
		BAP:                "api.bap.microsoft.scloud",
		PowerApps:          "api.powerapps.microsoft.scloud",
		Blob:               "blob.core.microsoft.scloud",
		PowerPlatform:      "api.powerplatform.microsoft.scloud",
		EnvironmentShard:   2,
		Admin:              "api.admin.powerplatform.microsoft.scloud",
		Licensing:          "licensing.microsoft.scloud",
		Advisor:            "api.advisor.powerapps.eaglex.ic.gov", // rx uses the advisor of ex
		ARM:                "management.azure.microsoft.scloud",
		KeyVault:           "vault.cloudapi.microsoft.scloud",
		Graph:              "graph.microsoft.scloud",
		PowerAppsScope:     "https://service.powerapps.microsoft.scloud/.default",
		PowerPlatformScope: "https://api.powerplatform.microsoft.scloud/.default",
		ARMScope:           "https://management.azure.microsoft.scloud/.default",
		KeyVaultScope:      "https://vault.cloudapi.microsoft.scloud/.default",
		GraphScope:         "https://graph.microsoft.scloud/.default",
		AdvisorScope:       "https://advisor.powerapps.eaglex.ic.gov/.default",
		AdminScope:         adminScope,
	},
}

// Lookup returns the cloud of that name, which is matched exactly. The error of an unknown name lists the known ones.
func Lookup(name string) (Cloud, error) {
	i := slices.IndexFunc(table, func(c Cloud) bool { return c.Name == name })
	if i < 0 {
		return Cloud{}, fmt.Errorf("unknown cloud %q: expected one of %s", name, strings.Join(Names(), ", "))
	}
	return table[i], nil
}

// Names lists the names of all clouds, public first.
func Names() []string {
	names := make([]string, len(table))
	for i, c := range table {
		names[i] = c.Name
	}
	return names
}
