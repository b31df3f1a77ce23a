// Package login mirrors Microsoft Entra ID as far as an application needs it to sign in: discovery, the token endpoint
// for secrets, certificates and federated assertions, the managed identity endpoint of a virtual machine, and the two
// build systems that hand out assertions. Tokens are real: signed, with an audience and an expiry.
package login

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// Switches of a tenant. They stand for facts that are not confirmed, or for states of a tenant that a test wants to see.
const (
	// SwitchAuthority names the only authority that knows the tenant, for example "login.microsoftonline.us"; "" lets all
	// of them know it.
	SwitchAuthority = "login.authority"
	// SwitchRawScope "refuse" refuses a scope that is a bare application ID, without "/.default".
	SwitchRawScope = "login.raw_scope"
	// SwitchDevice says what becomes of device codes: "pending:3" answers authorization_pending three times, "declined" and
	// "expired" for good; "" approves them at once, as the tenant's administrator.
	SwitchDevice = "login.device"
	// SwitchAccessTokenVersion "2" gives access tokens the claims of version 2.0, as for a resource that says so in its
	// registration; else version 1.0, which those of the platform take.
	SwitchAccessTokenVersion = "login.access_token_version"
)

// authority is the sign-in service of one cloud. The hosts are those observed in microsoft/terraform-provider-power-platform
// and in the instance discovery of https://login.microsoftonline.com/common/discovery/instance.
type authority struct {
	host      string
	cache     string
	sts       string // origin of the issuer of version 1.0 tokens
	aliases   []string
	resources []string // identifiers that a token can be asked for, without a trailing slash
	dynamics  []string // patterns of the hosts of Dataverse organisations
}

// everywhere are the resources that every cloud knows: the applications of the Power Platform admin center, Copilot
// Studio, the Power Apps service, the Power Platform API and Dataverse.
var everywhere = []string{
	"065d9450-1e87-434e-ac2f-69af271549ed", "96ff4394-9197-43aa-b393-6a41652e21f8", "475226c6-020e-4fb2-8a90-7a972cbfc1d4",
	"8578e004-a5c6-46e7-913e-12f58912df43", "00000007-0000-0000-c000-000000000000",
}

var authorities = []authority{
	{
		host: "login.microsoftonline.com", sts: "https://sts.windows.net", cache: "login.windows.net",
		aliases: []string{"login.windows.net", "login.microsoft.com", "sts.windows.net"},
		resources: []string{
			"https://service.powerapps.com", "https://api.powerplatform.com", "https://advisor.powerapps.com",
			"https://adminanalytics.powerplatform.microsoft.com", "https://licensing.powerplatform.microsoft.com", "https://api.bap.microsoft.com",
			"https://service.powerapps.us", "https://api.gov.powerplatform.microsoft.us", "https://gov.advisor.powerapps.us",
			"https://gcc.adminanalytics.powerplatform.microsoft.us", "https://gov.licensing.powerplatform.microsoft.us",
			"https://management.azure.com", "https://management.core.windows.net", "https://vault.azure.net", "https://graph.microsoft.com",
		},
		dynamics: []string{"*.crm*.dynamics.com"},
	},
	{
		host: "login.microsoftonline.us", sts: "https://sts.windows.net", cache: "login.microsoftonline.us", aliases: []string{"login.usgovcloudapi.net"},
		resources: []string{
			"https://high.service.apps.appsplatform.us", "https://service.apps.appsplatform.us", "https://api.appsplatform.us",
			"https://high.advisor.powerapps.us", "https://advisor.powerapps.us", "https://high.adminanalytics.powerplatform.microsoft.us",
			"https://adminanalytics.appsplatform.us", "https://high.licensing.powerplatform.microsoft.us", "https://licensing.appsplatform.us",
			"https://management.usgovcloudapi.net", "https://management.core.usgovcloudapi.net", "https://vault.usgovcloudapi.net", "https://graph.microsoft.us", "https://dod-graph.microsoft.us",
		},
		dynamics: []string{"*.crm*.microsoftdynamics.us", "*.crm*.appsplatform.us"},
	},
	{
		host: "login.chinacloudapi.cn", sts: "https://sts.chinacloudapi.cn", cache: "login.partner.microsoftonline.cn", aliases: []string{"login.partner.microsoftonline.cn"},
		resources: []string{
			"https://service.powerapps.cn", "https://api.powerplatform.partner.microsoftonline.cn", "https://advisor.powerapps.cn",
			"https://licensing.partner.microsoftonline.cn", "https://management.chinacloudapi.cn", "https://management.core.chinacloudapi.cn",
			"https://vault.azure.cn", "https://microsoftgraph.chinacloudapi.cn",
		},
		dynamics: []string{"*.crm*.dynamics.cn"},
	},
	{
		host: "login.microsoftonline.eaglex.ic.gov", sts: "https://sts.eaglex.ic.gov", cache: "login.microsoftonline.eaglex.ic.gov",
		resources: []string{
			"https://service.powerapps.eaglex.ic.gov", "https://api.powerplatform.eaglex.ic.gov", "https://advisor.powerapps.eaglex.ic.gov",
			"https://licensing.eaglex.ic.gov", "https://management.azure.eaglex.ic.gov",
			"https://vault.cloudapi.eaglex.ic.gov", "https://graph.eaglex.ic.gov",
		},
		dynamics: []string{"*.crm*.dynamics.eaglex.ic.gov"},
	},
	{
		host: "login.microsoftonline.microsoft.scloud", sts: "https://sts.microsoft.scloud", cache: "login.microsoftonline.microsoft.scloud",
		resources: []string{
			"https://service.powerapps.microsoft.scloud", "https://api.powerplatform.microsoft.scloud", "https://advisor.powerapps.eaglex.ic.gov",
			"https://licensing.microsoft.scloud", "https://management.azure.microsoft.scloud",
			"https://vault.cloudapi.microsoft.scloud", "https://graph.microsoft.scloud",
		},
		dynamics: []string{"*.crm*.dynamics.microsoft.scloud"},
	},
}

// Register adds the sign-in services of all clouds to the platform.
func Register(p *server.Platform) {
	for _, a := range authorities {
		for _, host := range append([]string{a.host}, a.aliases...) {
			p.Open(host, http.MethodGet, "/common/discovery/instance", "login.instance", discoverInstance)
			p.Open(host, http.MethodGet, "/{tenant}/userrealm/{user}", "login.realm", a.realm)
			for _, v := range []struct{ configuration, keys, base, suffix string }{
				{"/{tenant}/v2.0/.well-known/openid-configuration", "/{tenant}/discovery/v2.0/keys", "/{tenant}/oauth2/v2.0", ""},
				{"/{tenant}/.well-known/openid-configuration", "/{tenant}/discovery/keys", "/{tenant}/oauth2", ".v1"},
			} {
				e := endpoint{authority: a, v1: v.suffix != ""}
				p.Open(host, http.MethodGet, v.configuration, "login.openid"+v.suffix, e.openID)
				p.Open(host, http.MethodGet, v.keys, "login.keys"+v.suffix, e.keys)
				p.Open(host, http.MethodPost, v.base+"/token", "login.token"+v.suffix, e.token)
				p.Open(host, http.MethodPost, v.base+"/devicecode", "login.device"+v.suffix, e.device)
				p.Open(host, http.MethodGet, v.base+"/authorize", "login.authorize"+v.suffix, e.authorize)
				p.Open(host, http.MethodPost, v.base+"/authorize", "login.authorize"+v.suffix, e.authorize)
				p.Open(host, http.MethodGet, v.base+"/logout", "login.logout"+v.suffix, logout)
			}
		}
	}
	p.Claims(adapt)
	p.Offer(deskKey{}, new(desk))
	registerWorkloads(p)
	facts(p)
}

func authorityOf(host string) (authority, bool) {
	i := slices.IndexFunc(authorities, func(a authority) bool { return a.host == host || slices.Contains(a.aliases, host) })
	if i < 0 {
		return authority{}, false
	}
	return authorities[i], true
}

// discoverInstance says whether an authority is a known one and where its configuration is.
func discoverInstance(c *server.Call) server.Reply {
	asked, err := url.Parse(c.Query.Get("authorization_endpoint"))
	if err != nil || asked.Host == "" {
		return refuse(c, http.StatusBadRequest, "invalid_request", 900144, "The request body must contain the following parameter: 'authorization_endpoint'.")
	}
	if _, ok := authorityOf(asked.Host); !ok {
		return refuse(c, http.StatusBadRequest, "invalid_instance", 50049, "Unknown or invalid instance.")
	}
	tenant, _, _ := strings.Cut(strings.TrimPrefix(asked.Path, "/"), "/")
	metadata := []any{}
	for _, a := range authorities {
		metadata = append(metadata, server.Doc{
			"preferred_network": a.host, "preferred_cache": a.cache, "aliases": append([]string{a.host}, a.aliases...),
		})
	}
	return server.JSON(http.StatusOK, server.Doc{
		"tenant_discovery_endpoint": "https://" + asked.Host + "/" + tenant + "/v2.0/.well-known/openid-configuration",
		"api-version":               "1.1", "metadata": metadata,
	})
}

// tenant is the tenant in the path as far as this authority knows it.
func (a authority) tenant(c *server.Call) *server.Tenant {
	t := c.Platform.FindTenant(c.Params["tenant"])
	if t == nil {
		return nil
	}
	if only := t.Switch(SwitchAuthority); only != "" && !strings.EqualFold(only, a.host) {
		return nil
	}
	return t
}

func unknownTenant(name string) string {
	return "Tenant '" + name + "' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. " +
		"Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant."
}

// refuse is a refusal as the token endpoint words it, see
// https://learn.microsoft.com/entra/identity-platform/reference-error-codes.
func refuse(c *server.Call, status int, kind string, code int, message string) server.Reply {
	trace, correlation := uuid.NewString(), c.Request.Header.Get("Client-Request-Id")
	if correlation == "" {
		correlation = uuid.NewString()
	}
	at := now().UTC().Format("2006-01-02 15:04:05Z")
	text := aadsts(code) + ": " + message + " Trace ID: " + trace + " Correlation ID: " + correlation + " Timestamp: " + at
	return server.JSON(status, server.Doc{
		"error": kind, "error_description": text, "error_codes": []int{code}, "timestamp": at,
		"trace_id": trace, "correlation_id": correlation, "error_uri": "https://" + c.Host + "/error?code=" + strings.TrimPrefix(aadsts(code), "AADSTS"),
	})
}
