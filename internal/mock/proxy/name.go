package proxy

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// Telemetry are the hosts, exact or as patterns, to which clients report how they are used. They are answered and what
// they are sent is dropped. The names are those of https://learn.microsoft.com/azure/azure-monitor/fundamentals/azure-monitor-network-access
// and https://learn.microsoft.com/power-platform/admin/online-requirements.
func Telemetry() []string {
	return []string{
		"*.applicationinsights.azure.com", // {region}.in.applicationinsights.azure.com among them
		"*.applicationinsights.azure.us", "*.applicationinsights.azure.cn",
		"*.applicationinsights.microsoft.com",
		"dc.services.visualstudio.com", "rt.services.visualstudio.com",
		"*.livediagnostics.monitor.azure.com",
		"*.events.data.microsoft.com", // mobile.events.data.microsoft.com among them
		"vortex.data.microsoft.com", "*.vortex.data.microsoft.com",
		"*.pipe.aria.microsoft.com",
	}
}

// isTelemetry goes before the platform: services of both share the domain visualstudio.com.
func isTelemetry(host string) bool {
	return slices.ContainsFunc(Telemetry(), func(pattern string) bool { return server.Glob(pattern, host) })
}

// domains are the names to which the certificate authority is constrained: each stands for itself and all below it.
// They are what the platform's route table and Telemetry need, and nothing else.
var domains = []string{
	// Sign-in.
	"login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net",
	"login.microsoftonline.us", "login.usgovcloudapi.net", "login.chinacloudapi.cn", "login.partner.microsoftonline.cn",
	"login.microsoftonline.eaglex.ic.gov", "login.microsoftonline.microsoft.scloud",
	"actions.githubusercontent.com", "dev.azure.com", "visualstudio.com",
	// The platform's own APIs.
	"api.bap.microsoft.com", "gov.api.bap.microsoft.us", "high.api.bap.microsoft.us", "api.bap.appsplatform.us",
	"api.bap.partner.microsoftonline.cn", "api.bap.eaglex.ic.gov", "api.bap.microsoft.scloud",
	"api.powerapps.com", "gov.api.powerapps.us", "high.api.powerapps.us", "api.apps.appsplatform.us",
	"api.powerapps.cn", "api.powerapps.eaglex.ic.gov", "api.powerapps.microsoft.scloud",
	"api.powerplatform.com", "api.gov.powerplatform.microsoft.us", "api.appsplatform.us",
	"api.powerplatform.partner.microsoftonline.cn", "api.powerplatform.eaglex.ic.gov", "api.powerplatform.microsoft.scloud",
	// Services around it.
	"az787822.vo.msecnd.net", // default icons
	"csanalytics.powerplatform.microsoft.com", "gateway.prod.island.powerapps.com",
	"api.advisor.powerapps.com", "gov.api.advisor.powerapps.us", "high.api.advisor.powerapps.us", "api.advisor.powerapps.us",
	"api.advisor.powerapps.cn", "api.advisor.powerapps.eaglex.ic.gov",
	"api.admin.powerplatform.microsoft.com", "api.gcc.admin.powerplatform.microsoft.us", "api.high.admin.powerplatform.microsoft.us",
	"api.admin.appsplatform.us", "api.ppac.partner.microsoftonline.cn", "api.admin.powerplatform.eaglex.ic.gov",
	"api.admin.powerplatform.microsoft.scloud",
	"licensing.powerplatform.microsoft.com", "gov.licensing.powerplatform.microsoft.us", "high.licensing.powerplatform.microsoft.us",
	"licensing.appsplatform.us", "licensing.partner.microsoftonline.cn", "licensing.eaglex.ic.gov", "licensing.microsoft.scloud",
	// Dataverse.
	"dynamics.com", "crm.microsoftdynamics.us", "crm.appsplatform.us", "crm.dynamics.cn", "crm.dynamics.eaglex.ic.gov",
	"crm.dynamics.microsoft.scloud",
	// Azure.
	"management.azure.com", "management.usgovcloudapi.net", "management.chinacloudapi.cn", "management.azure.eaglex.ic.gov",
	"management.azure.microsoft.scloud",
	"vault.azure.net", "vault.usgovcloudapi.net", "vault.azure.cn", "vault.cloudapi.eaglex.ic.gov", "vault.cloudapi.microsoft.scloud",
	"blob.core.windows.net", "blob.core.usgovcloudapi.net", "blob.core.chinacloudapi.cn", "blob.core.eaglex.ic.gov",
	"blob.core.microsoft.scloud",
	"graph.microsoft.com", "graph.microsoft.us", "dod-graph.microsoft.us", "microsoftgraph.chinacloudapi.cn",
	"graph.eaglex.ic.gov", "graph.microsoft.scloud",
	// Telemetry.
	"applicationinsights.azure.com", "applicationinsights.azure.us", "applicationinsights.azure.cn", "applicationinsights.microsoft.com",
	"livediagnostics.monitor.azure.com", "events.data.microsoft.com", "vortex.data.microsoft.com", "pipe.aria.microsoft.com",
}

// addresses are the IP addresses to which the certificate authority is constrained: that of the instance metadata
// service, see https://learn.microsoft.com/azure/virtual-machines/instance-metadata-service.
var addresses = []netip.Addr{netip.AddrFrom4([4]byte{169, 254, 169, 254})}

// covers says whether a certificate for a host would be inside the constraints.
func covers(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return slices.Contains(addresses, ip)
	}
	return slices.ContainsFunc(domains, func(d string) bool { return host == d || strings.HasSuffix(host, "."+d) })
}
