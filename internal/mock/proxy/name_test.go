package proxy

import (
	"slices"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
)

// patterns are the hosts that need a certificate.
func patterns() []string { return slices.Concat(mock.New().Hosts(), Telemetry()) }

// below is what of a pattern is certain: all that follows the label of its last *.
func below(pattern string) string {
	at := strings.LastIndex(pattern, "*")
	if at < 0 {
		return pattern
	}
	_, domain, _ := strings.Cut(pattern[at:], ".")
	return domain
}

func TestEveryHostOfTheRouteTableIsInsideTheConstraints(t *testing.T) {
	t.Parallel()
	for _, pattern := range patterns() {
		if !covers(below(pattern)) {
			t.Errorf("%s is outside", pattern)
		}
	}
	for _, host := range []string{"example.com", "microsoft.com", "www.microsoft.com", "azure.com", "evilapi.bap.microsoft.com", "169.254.169.253", "127.0.0.1", "::1", "localhost"} {
		if covers(host) {
			t.Errorf("%s is inside", host)
		}
	}
}

func TestConstraintsHoldNothingThatNoHostNeeds(t *testing.T) {
	t.Parallel()
	all := patterns()
	for _, domain := range domains {
		if !slices.ContainsFunc(all, func(p string) bool { return below(p) == domain || p == domain }) {
			t.Errorf("%s is no host and no domain of hosts", domain)
		}
	}
	for _, ip := range addresses {
		if !slices.Contains(all, ip.String()) {
			t.Errorf("%s is no host", ip)
		}
	}
}

func TestTelemetryGoesBeforeThePlatform(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]bool{
		"westeurope-5.in.applicationinsights.azure.com": true, "dc.services.visualstudio.com": true, "mobile.events.data.microsoft.com": true,
		"vortex.data.microsoft.com": true, "westeurope.livediagnostics.monitor.azure.com": true,
		"contoso.visualstudio.com": false, "api.bap.microsoft.com": false, "example.com": false,
	} {
		if got := isTelemetry(host); got != want {
			t.Errorf("%s: %v, want %v", host, got, want)
		}
	}
}
