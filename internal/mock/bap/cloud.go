package bap

import (
	"iter"
	"strings"
)

// Cloud is one national cloud as the mirror knows it: where its APIs live and which tokens they take. The names and
// hosts are those observed in microsoft/terraform-provider-power-platform; the domains of Dataverse come from
// https://learn.microsoft.com/power-platform/admin/new-datacenter-regions and, for the last three, from convention; those
// of key vaults and Microsoft Graph are the ones that the Azure CLI and the Graph SDKs know.
type Cloud struct {
	Name             string
	BAP              string // host; regional hosts are {location}.{host}
	Audience         string // of BAP tokens: the Power Apps service
	Platform         string // host of the Power Platform API
	PlatformAudience string
	Dynamics         string // domain of Dataverse organizations; "" where it depends on the location
	PowerApps        string // host of the Power Apps API
	Release          string // cluster category of early release, "" where there is none
	ARM              string // host of Azure Resource Manager; clouds may share one
	ARMAudiences     []string
	Vault            string // domain of key vaults and of their audience; clouds may share one
	Graph            string // host of Microsoft Graph; clouds may share one
}

// Clouds are all clouds, public first.
var Clouds = []Cloud{
	{
		Name: "public", BAP: "api.bap.microsoft.com", Audience: "https://service.powerapps.com",
		Platform: "api.powerplatform.com", PlatformAudience: "https://api.powerplatform.com",
		PowerApps: "api.powerapps.com", Release: "FirstRelease",
		ARM: "management.azure.com", ARMAudiences: []string{"https://management.azure.com", "https://management.core.windows.net"},
		Vault: "vault.azure.net", Graph: "graph.microsoft.com",
	},
	{
		Name: "gcc", BAP: "gov.api.bap.microsoft.us", Audience: "https://service.powerapps.us",
		Platform: "api.gov.powerplatform.microsoft.us", PlatformAudience: "https://api.gov.powerplatform.microsoft.us",
		Dynamics: "crm9.dynamics.com", PowerApps: "gov.api.powerapps.us", Release: "GovFR",
		ARM: "management.azure.com", ARMAudiences: []string{"https://management.azure.com", "https://management.core.windows.net"},
		Vault: "vault.azure.net", Graph: "graph.microsoft.com",
	},
	{
		Name: "gcchigh", BAP: "high.api.bap.microsoft.us", Audience: "https://high.service.apps.appsplatform.us",
		Platform: "api.appsplatform.us", PlatformAudience: "https://api.appsplatform.us",
		Dynamics: "crm.microsoftdynamics.us", PowerApps: "high.api.powerapps.us",
		ARM: "management.usgovcloudapi.net", ARMAudiences: []string{"https://management.usgovcloudapi.net", "https://management.core.usgovcloudapi.net"},
		Vault: "vault.usgovcloudapi.net", Graph: "graph.microsoft.us",
	},
	{
		Name: "dod", BAP: "api.bap.appsplatform.us", Audience: "https://service.apps.appsplatform.us",
		Platform: "api.appsplatform.us", PlatformAudience: "https://api.appsplatform.us",
		Dynamics: "crm.appsplatform.us", PowerApps: "api.apps.appsplatform.us",
		ARM: "management.usgovcloudapi.net", ARMAudiences: []string{"https://management.usgovcloudapi.net", "https://management.core.usgovcloudapi.net"},
		Vault: "vault.usgovcloudapi.net", Graph: "dod-graph.microsoft.us",
	},
	{
		Name: "china", BAP: "api.bap.partner.microsoftonline.cn", Audience: "https://service.powerapps.cn",
		Platform:         "api.powerplatform.partner.microsoftonline.cn",
		PlatformAudience: "https://api.powerplatform.partner.microsoftonline.cn",
		Dynamics:         "crm.dynamics.cn", PowerApps: "api.powerapps.cn",
		ARM: "management.chinacloudapi.cn", ARMAudiences: []string{"https://management.chinacloudapi.cn", "https://management.core.chinacloudapi.cn"},
		Vault: "vault.azure.cn", Graph: "microsoftgraph.chinacloudapi.cn",
	},
	{
		Name: "ex", BAP: "api.bap.eaglex.ic.gov", Audience: "https://service.powerapps.eaglex.ic.gov",
		Platform: "api.powerplatform.eaglex.ic.gov", PlatformAudience: "https://api.powerplatform.eaglex.ic.gov",
		Dynamics: "crm.dynamics.eaglex.ic.gov", PowerApps: "api.powerapps.eaglex.ic.gov",
		ARM: "management.azure.eaglex.ic.gov", ARMAudiences: []string{"https://management.azure.eaglex.ic.gov"},
		Vault: "vault.cloudapi.eaglex.ic.gov", Graph: "graph.eaglex.ic.gov",
	},
	{
		Name: "rx", BAP: "api.bap.microsoft.scloud", Audience: "https://service.powerapps.microsoft.scloud",
		Platform: "api.powerplatform.microsoft.scloud", PlatformAudience: "https://api.powerplatform.microsoft.scloud",
		Dynamics: "crm.dynamics.microsoft.scloud", PowerApps: "api.powerapps.microsoft.scloud",
		ARM: "management.azure.microsoft.scloud", ARMAudiences: []string{"https://management.azure.microsoft.scloud"},
		Vault: "vault.cloudapi.microsoft.scloud", Graph: "graph.microsoft.scloud",
	},
}

// Hosts yields what names an API in the clouds, each name once, with the first cloud that has it: clouds share hosts.
func Hosts(name func(c Cloud) string) iter.Seq2[string, Cloud] {
	return func(yield func(string, Cloud) bool) {
		done := map[string]bool{}
		for _, c := range Clouds {
			if host := name(c); !done[host] {
				done[host] = true
				if !yield(host, c) {
					return
				}
			}
		}
	}
}

// DynamicsHosts are the host patterns of Dataverse organizations in all clouds.
func DynamicsHosts() []string {
	hosts := []string{"*.dynamics.com"}
	for _, c := range Clouds {
		if c.Dynamics != "" && !strings.HasSuffix(c.Dynamics, ".dynamics.com") {
			hosts = append(hosts, "*."+c.Dynamics)
		}
	}
	return hosts
}

// regional is the host of a location that answers for the operations started there.
func (c Cloud) regional(location string) string { return location + "." + c.BAP }

// domain is the domain under which organizations of a location live.
func (c Cloud) domain(l Location) string {
	if c.Dynamics != "" {
		return c.Dynamics
	}
	return l.CRM + ".dynamics.com"
}
