package network_test

import (
	"math"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/geography"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/services/network"
)

func TestRegionPair(t *testing.T) {
	t.Parallel()
	for location, want := range map[string]string{
		"unitedstates": `{"failover_region":"westus","location":"unitedstates","pairs":[["eastus","westus"],["centralus","eastus2"]],"policy_location":"unitedstates","primary_region":"eastus"}`,
		"UK":           `{"failover_region":"ukwest","location":"unitedkingdom","pairs":[["uksouth","ukwest"]],"policy_location":"uk","primary_region":"uksouth"}`,
		"southamerica": `{"failover_region":<null>,"location":"southamerica","pairs":[["brazilsouth"]],"policy_location":"brazil","primary_region":"brazilsouth"}`,
	} {
		if got, said := acctest.Call(t, network.RegionPair().New(), types.StringValue(location)); said != "" || got.String() != want {
			t.Errorf("%s: %s%s\nwant %s", location, got, said, want)
		}
	}
	for location, want := range map[string]string{
		"eastus":   `0: "eastus" is an Azure region; name the geography that it serves: unitedstates`,
		"atlantis": `0: the Azure regions of "atlantis" are not known; known are those of asia, australia,`,
	} {
		if _, said := acctest.Call(t, network.RegionPair().New(), types.StringValue(location)); !strings.HasPrefix(said, want) {
			t.Errorf("%s: %s", location, said)
		}
	}
}

func TestPolicyLocation(t *testing.T) {
	t.Parallel()
	for _, g := range geography.All() {
		for _, name := range []string{g.Location, g.PolicyLocation, g.Name} {
			if got, said := acctest.Call(t, network.PolicyLocation().New(), types.StringValue(name)); said != "" || !got.Equal(types.StringValue(g.PolicyLocation)) {
				t.Errorf("%s: %s%s", name, got, said)
			}
		}
	}
	if _, said := acctest.Call(t, network.PolicyLocation().New(), types.StringValue("West Europe")); !strings.Contains(said, "geography that it serves: europe") {
		t.Error(said)
	}
}

func TestSubnetPrefixLength(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ production, other, want int64 }{
		{4, 0, 25},        // 125 addresses, the documentation's example
		{0, 20, 24},       // 205, the other one
		{0, 1, 28},        // 15
		{1, 0, 26},        // 35
		{0, 2, 27},        // 25
		{1, 9, 25},        // 125
		{3, 3, 25},        // 125
		{4, 1, 24},        // 135
		{0, 25, 24},       // 255
		{7, 4, 24},        // 255
		{8, 1, 24},        // 255
		{8, 2, 23},        // 265
		{5000, 10000, 14}, // 250005
		{0, 1677721, 8},   // 16777215
	} {
		addresses := c.production*30 + c.other*10 + 5
		if fits := int64(1) << (32 - c.want); addresses > fits || addresses <= fits/2 {
			t.Errorf("%d addresses are not for a /%d", addresses, c.want)
		}
		got, said := acctest.Call(t, network.SubnetPrefixLength().New(), types.Int64Value(c.production), types.Int64Value(c.other))
		if said != "" || !got.Equal(types.Int64Value(c.want)) {
			t.Errorf("%d, %d: %s%s, want %d", c.production, c.other, got, said, c.want)
		}
	}
}

func TestSubnetPrefixLengthRefusesNonsense(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		production, other int64
		want              string
	}{
		{-1, 5, "0: -1 is negative"},
		{5, -1, "1: -1 is negative"},
		{math.MinInt64, math.MinInt64, "0: -9223372036854775808 is negative"},
		{0, 0, "0: no environment is to use the subnet: both numbers are 0"},
		{559240, 2, "1: 10 addresses for each of 2 environments are more than"},
		{559241, 0, "0: 30 addresses for each of 559241 environments are more than a /8 subnet has room for"},
		{0, 1677722, "1: 10 addresses for each of 1677722 environments are more than"},
		{math.MaxInt64, math.MaxInt64, "0: 30 addresses for each of 9223372036854775807 environments are more than"},
	} {
		if got, said := acctest.Call(t, network.SubnetPrefixLength().New(), types.Int64Value(c.production), types.Int64Value(c.other)); !strings.HasPrefix(said, c.want) {
			t.Errorf("%d, %d: %v %q, want %q", c.production, c.other, got, said, c.want)
		}
	}
}

func TestParseResourceID(t *testing.T) {
	t.Parallel()
	const (
		subscription = "/subscriptions/00000000-0000-4000-8000-00000000cccc"
		group        = subscription + "/resourceGroups/rg-network"
		virtual      = group + "/providers/Microsoft.Network/virtualNetworks/vnet-eastus"
		subnet       = virtual + "/subnets/snet"
		assignment   = virtual + "/providers/Microsoft.Authorization/roleAssignments/r"
	)
	for id, want := range map[string]string{
		subnet: `{"name":"snet","parent_id":"` + virtual + `","parts":{"resourceGroups":"rg-network","subnets":"snet","subscriptions":"00000000-0000-4000-8000-00000000cccc","virtualNetworks":"vnet-eastus"},` +
			`"resource_group_name":"rg-network","resource_provider":"Microsoft.Network","resource_type":"Microsoft.Network/virtualNetworks/subnets","subscription_id":"00000000-0000-4000-8000-00000000cccc"}`,
		virtual: `{"name":"vnet-eastus","parent_id":"` + group + `","parts":{"resourceGroups":"rg-network","subscriptions":"00000000-0000-4000-8000-00000000cccc","virtualNetworks":"vnet-eastus"},` +
			`"resource_group_name":"rg-network","resource_provider":"Microsoft.Network","resource_type":"Microsoft.Network/virtualNetworks","subscription_id":"00000000-0000-4000-8000-00000000cccc"}`,
		strings.Replace(group, "resourceGroups", "RESOURCEGROUPS", 1): `{"name":"rg-network","parent_id":"` + subscription + `","parts":{"resourceGroups":"rg-network","subscriptions":"00000000-0000-4000-8000-00000000cccc"},` +
			`"resource_group_name":"rg-network","resource_provider":"Microsoft.Resources","resource_type":"Microsoft.Resources/resourceGroups","subscription_id":"00000000-0000-4000-8000-00000000cccc"}`,
		subscription: `{"name":"00000000-0000-4000-8000-00000000cccc","parent_id":<null>,"parts":{"subscriptions":"00000000-0000-4000-8000-00000000cccc"},` +
			`"resource_group_name":<null>,"resource_provider":"Microsoft.Resources","resource_type":"Microsoft.Resources/subscriptions","subscription_id":"00000000-0000-4000-8000-00000000cccc"}`,
		assignment: `{"name":"r","parent_id":"` + virtual + `","parts":{"resourceGroups":"rg-network","roleAssignments":"r","subscriptions":"00000000-0000-4000-8000-00000000cccc","virtualNetworks":"vnet-eastus"},` +
			`"resource_group_name":"rg-network","resource_provider":"Microsoft.Authorization","resource_type":"Microsoft.Authorization/roleAssignments","subscription_id":"00000000-0000-4000-8000-00000000cccc"}`,
		"/providers/Microsoft.X/outer/o/providers/Microsoft.Y/outer/i": `{"name":"i","parent_id":"/providers/Microsoft.X/outer/o","parts":{"outer":"i"},` +
			`"resource_group_name":<null>,"resource_provider":"Microsoft.Y","resource_type":"Microsoft.Y/outer","subscription_id":<null>}`,
	} {
		if got, said := acctest.Call(t, network.ParseResourceID().New(), types.StringValue(id)); said != "" || got.String() != want {
			t.Errorf("%s: %s\ngot  %s\nwant %s", id, said, got, want)
		}
	}
	for id, want := range map[string]string{
		"":               "begin with a slash",
		"eastus":         "begin with a slash",
		"/":              "trailing slash",
		subnet + "/":     "trailing slash",
		subnet + "//x/y": "empty",
		subnet + "/x":    "not the ID of an Azure resource",
		"/subscriptions/production/resourceGroups/rg": "not a UUID",
	} {
		if got, said := acctest.Call(t, network.ParseResourceID().New(), types.StringValue(id)); !strings.HasPrefix(said, "0: ") || !strings.Contains(said, want) {
			t.Errorf("%q: %v %q does not say %q", id, got, said, want)
		}
	}
}
