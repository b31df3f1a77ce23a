package arm

import (
	"regexp"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// authorities are the sign-in services that the challenges of Resource Manager name, by cloud.
var authorities = map[string]string{
	"gcchigh": "https://login.microsoftonline.us/", "dod": "https://login.microsoftonline.us/", "china": "https://login.chinacloudapi.cn/",
	"ex": "https://login.microsoftonline.eaglex.ic.gov/", "rx": "https://login.microsoftonline.microsoft.scloud/",
}

var inSubscriptionPath = regexp.MustCompile(`(?i)^/subscriptions/([^/]+)`)

// challenge refuses a call without a token that Resource Manager takes. The header names the tenant of the subscription,
// which is how clients find it out:
// https://learn.microsoft.com/azure/azure-resource-manager/management/authenticate-multi-tenant
func challenge(cloud bap.Cloud) func(c *server.Call, why string) server.Reply {
	authority, ok := authorities[cloud.Name]
	if !ok {
		authority = "https://login.windows.net/"
	}
	return func(c *server.Call, why string) server.Reply {
		if c.Fault == server.TokenMissing {
			why = "Authentication failed. The 'Authorization' header is missing."
		}
		tenant := "common"
		if owner := ownerOf(c.Platform, subscriptionOf(c)); owner != nil {
			tenant = owner.ID
		} else if c.Tenant != nil {
			tenant = c.Tenant.ID
		}
		return bap.BearerChallenge(authority+tenant, bap.TokenCode(c.Fault), why)
	}
}

func subscriptionOf(c *server.Call) string {
	if m := inSubscriptionPath.FindStringSubmatch(c.Request.URL.Path); m != nil {
		return m[1]
	}
	return ""
}

// ownerOf is the tenant that a subscription belongs to.
func ownerOf(p *server.Platform, subscription string) *server.Tenant {
	if subscription == "" {
		return nil
	}
	for _, t := range p.Tenants() {
		if t.Collection(Subscriptions).Has(subscriptionID(subscription)) {
			return t
		}
	}
	return nil
}

// foreign refuses a call about a subscription of another tenant.
func (c call) foreign(owner *server.Tenant) server.Reply {
	c.Fault = server.TokenTenant
	return challenge(c.cloud)(c.Call, "The access token is from the wrong issuer 'https://sts.windows.net/"+c.Tenant.ID+
		"/'. It must match the tenant 'https://sts.windows.net/"+owner.ID+"/' associated with this subscription. Please use the authority (URL) 'https://login.windows.net/"+owner.ID+
		"' to get the token. Note, if the subscription is transferred to another tenant there is no impact to the services, but information about new tenant could take time to propagate (up to an hour). "+
		"If you just transferred your subscription and see this error message, please try back later.")
}
