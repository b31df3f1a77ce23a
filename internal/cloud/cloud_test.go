package cloud_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/cloud"
)

// contract is a second writing of the table: one line per value, so that a slip in either shows.
// Order: authority, BAP, Power Apps, Power Platform, admin, licensing, advisor,
// then the scopes Power Apps, Power Platform, advisor, admin, analytics, then the first release cluster,
// then Azure Resource Manager and its scope, key vaults and theirs, Microsoft Graph and its own, storage.
var contract = map[string]string{
	"public": `login.microsoftonline.com
		api.bap.microsoft.com
		api.powerapps.com
		api.powerplatform.com
		api.admin.powerplatform.microsoft.com
		licensing.powerplatform.microsoft.com
		api.advisor.powerapps.com
		https://service.powerapps.com/.default
		https://api.powerplatform.com/.default
		https://advisor.powerapps.com/.default
		065d9450-1e87-434e-ac2f-69af271549ed
		https://adminanalytics.powerplatform.microsoft.com/.default
		FirstRelease
		management.azure.com
		https://management.azure.com/.default
		vault.azure.net
		https://vault.azure.net/.default
		graph.microsoft.com
		https://graph.microsoft.com/.default
		blob.core.windows.net`,
	"gcc": `login.microsoftonline.com
		gov.api.bap.microsoft.us
		gov.api.powerapps.us
		api.gov.powerplatform.microsoft.us
		api.gcc.admin.powerplatform.microsoft.us
		gov.licensing.powerplatform.microsoft.us
		gov.api.advisor.powerapps.us
		https://service.powerapps.us/.default
		https://api.gov.powerplatform.microsoft.us/.default
		https://gov.advisor.powerapps.us/.default
		065d9450-1e87-434e-ac2f-69af271549ed
		https://gcc.adminanalytics.powerplatform.microsoft.us//.default
		GovFR
		management.azure.com
		https://management.azure.com/.default
		vault.azure.net
		https://vault.azure.net/.default
		graph.microsoft.com
		https://graph.microsoft.com/.default
		blob.core.windows.net`,
	"gcchigh": `login.microsoftonline.us
		high.api.bap.microsoft.us
		high.api.powerapps.us
		api.appsplatform.us
		api.high.admin.powerplatform.microsoft.us
		high.licensing.powerplatform.microsoft.us
		high.api.advisor.powerapps.us
		https://high.service.apps.appsplatform.us/.default
		https://api.appsplatform.us/.default
		https://high.advisor.powerapps.us/.default
		065d9450-1e87-434e-ac2f-69af271549ed
		https://high.adminanalytics.powerplatform.microsoft.us/.default
		-
		management.usgovcloudapi.net
		https://management.usgovcloudapi.net/.default
		vault.usgovcloudapi.net
		https://vault.usgovcloudapi.net/.default
		graph.microsoft.us
		https://graph.microsoft.us/.default
		blob.core.usgovcloudapi.net`,
	"dod": `login.microsoftonline.us
		api.bap.appsplatform.us
		api.apps.appsplatform.us
		api.appsplatform.us
		api.admin.appsplatform.us
		licensing.appsplatform.us
		api.advisor.powerapps.us
		https://service.apps.appsplatform.us/.default
		https://api.appsplatform.us/.default
		https://advisor.powerapps.us/.default
		065d9450-1e87-434e-ac2f-69af271549ed
		https://adminanalytics.appsplatform.us/.default
		-
		management.usgovcloudapi.net
		https://management.usgovcloudapi.net/.default
		vault.usgovcloudapi.net
		https://vault.usgovcloudapi.net/.default
		dod-graph.microsoft.us
		https://dod-graph.microsoft.us/.default
		blob.core.usgovcloudapi.net`,
	"china": `login.chinacloudapi.cn
		api.bap.partner.microsoftonline.cn
		api.powerapps.cn
		api.powerplatform.partner.microsoftonline.cn
		api.ppac.partner.microsoftonline.cn
		licensing.partner.microsoftonline.cn
		api.advisor.powerapps.cn
		https://service.powerapps.cn/.default
		https://api.powerplatform.partner.microsoftonline.cn/.default
		https://advisor.powerapps.cn/.default
		065d9450-1e87-434e-ac2f-69af271549ed
		-
		-
		management.chinacloudapi.cn
		https://management.chinacloudapi.cn/.default
		vault.azure.cn
		https://vault.azure.cn/.default
		microsoftgraph.chinacloudapi.cn
		https://microsoftgraph.chinacloudapi.cn/.default
		blob.core.chinacloudapi.cn`,
	"ex": `login.microsoftonline.eaglex.ic.gov
		api.bap.eaglex.ic.gov
		api.powerapps.eaglex.ic.gov
		api.powerplatform.eaglex.ic.gov
		api.admin.powerplatform.eaglex.ic.gov
		licensing.eaglex.ic.gov
		api.advisor.powerapps.eaglex.ic.gov
		https://service.powerapps.eaglex.ic.gov/.default
		https://api.powerplatform.eaglex.ic.gov/.default
		https://advisor.powerapps.eaglex.ic.gov/.default
		065d9450-1e87-434e-ac2f-69af271549ed
		-
		-
		management.azure.eaglex.ic.gov
		https://management.azure.eaglex.ic.gov/.default
		vault.cloudapi.eaglex.ic.gov
		https://vault.cloudapi.eaglex.ic.gov/.default
		graph.eaglex.ic.gov
		https://graph.eaglex.ic.gov/.default
		blob.core.eaglex.ic.gov`,
	"rx": `login.microsoftonline.microsoft.scloud
		api.bap.microsoft.scloud
		api.powerapps.microsoft.scloud
		api.powerplatform.microsoft.scloud
		api.admin.powerplatform.microsoft.scloud
		licensing.microsoft.scloud
		api.advisor.powerapps.eaglex.ic.gov
		https://service.powerapps.microsoft.scloud/.default
		https://api.powerplatform.microsoft.scloud/.default
		https://advisor.powerapps.eaglex.ic.gov/.default
		065d9450-1e87-434e-ac2f-69af271549ed
		-
		-
		management.azure.microsoft.scloud
		https://management.azure.microsoft.scloud/.default
		vault.cloudapi.microsoft.scloud
		https://vault.cloudapi.microsoft.scloud/.default
		graph.microsoft.scloud
		https://graph.microsoft.scloud/.default
		blob.core.microsoft.scloud`,
}

func TestLookup_ReturnsTheContractOfEveryCloud(t *testing.T) {
	t.Parallel()
	for name, lines := range contract {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := cloud.Lookup(name)
			if err != nil {
				t.Fatal(err)
			}
			got := []string{
				c.Authority, c.BAP, c.PowerApps, c.PowerPlatform, c.Admin, c.Licensing, c.Advisor,
				c.PowerAppsScope, c.PowerPlatformScope, c.AdvisorScope, c.AdminScope, c.AnalyticsScope, c.FirstRelease,
				c.ARM, c.ARMScope, c.KeyVault, c.KeyVaultScope, c.Graph, c.GraphScope, c.Blob,
			}
			want := strings.Fields(lines)
			if len(got) != len(want) {
				t.Fatalf("contract has %d values, expected %d", len(want), len(got))
			}
			for i := range got {
				if want[i] == "-" {
					want[i] = ""
				}
				if got[i] != want[i] {
					t.Errorf("value %d is %q, expected %q", i, got[i], want[i])
				}
			}
		})
	}
}

func TestNames_ListsEveryCloudPublicFirst(t *testing.T) {
	t.Parallel()
	want := []string{"public", "gcc", "gcchigh", "dod", "china", "ex", "rx"}
	if got := cloud.Names(); !slices.Equal(got, want) {
		t.Errorf("names are %v, expected %v", got, want)
	}
	if len(contract) != len(want) {
		t.Errorf("the contract has %d clouds, expected %d", len(contract), len(want))
	}
}

func TestLookup_ListsTheNamesWhenUnknown(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "Public", "usgov"} {
		_, err := cloud.Lookup(name)
		if err == nil {
			t.Fatalf("cloud %q was found", name)
		}
		for _, known := range cloud.Names() {
			if !strings.Contains(err.Error(), known) {
				t.Errorf("error %q does not name %s", err, known)
			}
		}
	}
}

func TestTable_NoOtherCloudMentionsAPublicHost(t *testing.T) {
	t.Parallel()
	public, err := cloud.Lookup(cloud.Public)
	if err != nil {
		t.Fatal(err)
	}
	shared := map[string]bool{"Name": true, "AdminScope": true, "FirstRelease": true, "EnvironmentShard": true}
	for _, name := range cloud.Names() {
		if name == cloud.Public {
			continue
		}
		c, err := cloud.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		mine, theirs := reflect.ValueOf(c), reflect.ValueOf(public)
		for i := range mine.NumField() {
			field := mine.Type().Field(i).Name
			if shared[field] || name == "gcc" && slices.Contains([]string{"Authority", "ARM", "ARMScope", "KeyVault", "KeyVaultScope", "Graph", "GraphScope", "Blob"}, field) {
				continue
			}
			value := mine.Field(i).String()
			for j := range theirs.NumField() {
				host := theirs.Field(j).String()
				if !shared[theirs.Type().Field(j).Name] && host != "" && strings.Contains(value, host) {
					t.Errorf("%s of %s is %q, which mentions the public %q", field, name, value, host)
				}
			}
			if strings.Contains(value, ".com") {
				t.Errorf("%s of %s is %q, which is under a public domain", field, name, value)
			}
		}
	}
}
