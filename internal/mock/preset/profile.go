package preset

import (
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/profile"
)

func init() {
	profile.Register("realistic", realistic)
	profile.Register("throttled", throttled)
}

// realistic is the profile in which everything takes about as long as on the platform. The documentation gives hardly any
// numbers: those here are assumptions of the right order of magnitude, except where a source stands beside them. A profile
// of one's own extends it with other numbers.
func realistic() server.Profile {
	seconds := func(n float64) server.Span { return server.Span(n * float64(time.Second)) }
	return server.Profile{
		Name: "realistic", Time: profile.TimeWall,
		Answers: []profile.Pace{
			{Host: "login.*", Takes: seconds(0.15), UpTo: seconds(0.4)},
			{Operation: "bap.environments.list", Takes: seconds(0.8), UpTo: seconds(2.5)},
			{Operation: "bap.*", Method: "GET", Takes: seconds(0.2), UpTo: seconds(0.8)},
			{Operation: "bap.*", Takes: seconds(0.5), UpTo: seconds(2)},
			{Operation: "dataverse.*", Method: "GET", Takes: seconds(0.1), UpTo: seconds(0.6)},
			{Operation: "dataverse.*", Takes: seconds(0.3), UpTo: seconds(1.5)},
			{Operation: "arm.*", Method: "GET", Takes: seconds(0.1), UpTo: seconds(0.4)},
			{Operation: "arm.*", Takes: seconds(0.4), UpTo: seconds(2)},
			{Takes: seconds(0.1), UpTo: seconds(0.5)},
		},
		Operations: []profile.Term{
			// Assumed: minutes for an environment, more of them with Dataverse.
			{Kind: "Create", Takes: seconds(180)},
			{Kind: "Provision", Takes: seconds(240)},
			{Kind: "Edit", Takes: seconds(20)},
			{Kind: "Convert", Takes: seconds(60)},
			{Kind: "Delete", Takes: seconds(60)},
			{Kind: "*GovernanceConfiguration", Takes: seconds(45)},
			{Kind: "*NetworkInjection", Takes: seconds(300)},
			// The environment is disabled meanwhile, for up to four days; three hours are assumed:
			// https://learn.microsoft.com/power-platform/admin/customer-managed-key
			{Kind: "*Key", Takes: seconds(3 * 60 * 60)},
			{Kind: "*Identity", Takes: seconds(120)},
		},
		Lags: []server.Lag{
			{Collection: "environments", Field: "properties.linkedEnvironmentMetadata", For: seconds(20)},
			{Collection: "environments", Field: "properties.governanceConfiguration", For: seconds(10)},
			{Collection: "environments", Field: "properties.billingPolicy", For: seconds(30)},
		},
	}
}

// throttled is the profile with the limits that Microsoft documents, and assumed ones where it documents none. Time passes
// as on the wall, because a window of five minutes means nothing where waiting costs nothing.
func throttled() server.Profile {
	const (
		environments = "api.bap.microsoft.com *.api.bap.microsoft.com api.powerapps.com *.api.powerapps.com api.powerplatform.com *.api.powerplatform.com"
		organisation = "*.dynamics.com"
		azure        = "management.azure.com *.management.azure.com"
	)
	minutes := func(n int) server.Span { return server.Span(time.Duration(n) * time.Minute) }
	o := server.Profile{Name: "throttled", Time: profile.TimeWall}
	// Service protection, per user and web server:
	// https://learn.microsoft.com/power-apps/developer/data-platform/api-limits
	dataverse := func(l profile.Limit) {
		l.Host, l.Path, l.Per = organisation, "/api/data/*", []string{"caller", "host"}
		o.Limits = append(o.Limits, l)
	}
	dataverse(profile.Limit{
		Name: "dataverse requests", Requests: 6000, Window: minutes(5), Remaining: "x-ms-ratelimit-burst-remaining-xrm-requests",
		Code: "0x80072322", Message: "Number of requests exceeded the limit of 6000 over time window of 300 seconds.",
	})
	dataverse(profile.Limit{
		Name: "dataverse execution time", Execution: minutes(20), Window: minutes(5), Remaining: "x-ms-ratelimit-time-remaining-xrm-requests",
		Code:    "0x80072321",
		Message: "Combined execution time of incoming requests exceeded limit of 1,200,000 milliseconds over time window of 300 seconds. Decrease number of concurrent requests or reduce the duration of requests and try again later.",
	})
	dataverse(profile.Limit{
		Name: "dataverse concurrent requests", Concurrent: 52, Code: "0x80072326", Message: "Number of concurrent requests exceeded the limit of 52.",
	})
	// Token buckets per region, principal, and subscription or tenant; the code of the refusal is not documented:
	// https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling
	for _, kind := range []struct {
		name    string
		methods []string
		size    int
		refill  float64
	}{{"reads", []string{"GET", "HEAD"}, 250, 25}, {"writes", []string{"PUT", "PATCH", "POST"}, 200, 10}, {"deletes", []string{"DELETE"}, 200, 10}} {
		o.Limits = append(o.Limits, profile.Limit{
			Name: "subscription " + kind.name, Host: azure, Path: "/subscriptions/*", Methods: kind.methods, Per: []string{"region", "caller", "subscription"},
			Requests: kind.size, Refill: kind.refill, Remaining: "x-ms-ratelimit-remaining-subscription-" + kind.name,
			Code: "SubscriptionRequestsThrottled", Message: "Number of requests for the subscription and operation type exceeded the limit. Please try again after the time in Retry-After.",
		}, profile.Limit{
			Name: "tenant " + kind.name, Host: azure, Path: "/tenants* /providers/* /subscriptions", Methods: kind.methods, Per: []string{"region", "caller"},
			Requests: kind.size, Refill: kind.refill, Remaining: "x-ms-ratelimit-remaining-tenant-" + kind.name,
			Code: "TenantRequestsThrottled", Message: "Number of requests for the tenant and operation type exceeded the limit. Please try again after the time in Retry-After.",
		})
	}
	// Transactions in ten seconds per vault and region. That refusals say no Retry-After, and their words, are assumed:
	// https://learn.microsoft.com/azure/key-vault/general/service-limits
	vault := func(name string, methods []string, requests int) {
		o.Limits = append(o.Limits, profile.Limit{
			Name: name, Host: "*.vault.azure.net", Methods: methods, Per: []string{"host"}, Requests: requests, Window: server.Span(10 * time.Second), Silent: true,
			Code: "Throttled", Message: "Request was not processed because too many requests were received. Reason: VaultRequestTypeLimitReached",
		})
	}
	vault("vault transactions", nil, 4000)
	vault("vault creations", []string{"PUT"}, 300)
	// No limit of the administrative APIs of the Power Platform was found documented: a hundred calls in a minute is assumed,
	// and so are the words of the refusal.
	o.Limits = append(o.Limits, profile.Limit{
		Name: "power platform requests", Host: environments, Per: []string{"caller"}, Requests: 100, Window: minutes(1),
		Code: "TooManyRequests", Message: "The number of requests has exceeded the limit. Try again after the time in Retry-After.",
	}, profile.Limit{
		// Whatever the licence: https://learn.microsoft.com/power-platform/admin/api-request-limits-allocations
		Name: "power platform requests in five minutes", Host: environments + " " + organisation, Per: []string{"caller"}, Requests: 100_000, Window: minutes(5),
		Code: "TooManyRequests", Message: "The number of requests has exceeded the limit. Try again after the time in Retry-After.",
	})
	return o
}
