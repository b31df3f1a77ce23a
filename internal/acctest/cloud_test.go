package acctest_test

import (
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/cloud"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
)

// TestMockKnowsTheHostsOfEveryCloud compares two tables that know nothing of each other.
func TestMockKnowsTheHostsOfEveryCloud(t *testing.T) {
	t.Parallel()
	p := mock.New()
	for _, name := range cloud.Names() {
		c, err := cloud.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, host := range []string{
			c.Authority, c.BAP, "region." + c.BAP, c.PowerApps, "account." + c.Blob, c.PowerPlatform, "00.01.environment." + c.PowerPlatform,
			"00.01.tenant." + c.PowerPlatform, c.Admin, c.Licensing, c.Advisor, "region." + c.Advisor, c.ARM, "vault." + c.KeyVault, c.Graph,
		} {
			if strings.Trim(host, ".") != host || !p.Knows(host) {
				t.Errorf("%s: the mock does not know %q", name, host)
			}
		}
	}
}
