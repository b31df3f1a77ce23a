package acctest_test

import (
	"fmt"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
)

// TestWritesToOneNetworkTakeTurns applies ten delegations and a peering at once: Azure refuses a write to a network on which
// another one still works, and nothing is refused.
func TestWritesToOneNetworkTakeTurns(t *testing.T) {
	t.Parallel()
	network := func(region string, block int) mock.Doc {
		var subnets []any
		for i := range 5 {
			subnets = append(subnets, mock.Doc{"name": fmt.Sprintf("s%d", i), "address_prefixes": []any{fmt.Sprintf("10.%d.%d.0/24", block, i)}})
		}
		return mock.Doc{"name": "vnet-" + region, "location": region, "address_prefixes": []any{fmt.Sprintf("10.%d.0.0/16", block)}, "subnets": subnets}
	}
	w := acctest.New(t, mock.TenantSeed{Items: map[string][]mock.Doc{"subscriptions": {{
		"id": mock.LandscapeSubscriptionID, "display_name": "Contoso", "registered": []any{"Microsoft.Network", "Microsoft.PowerPlatform"},
		"resource_groups": []any{mock.Doc{"name": "rg", "location": "eastus", "virtual_networks": []any{network("eastus", 10), network("westus", 20)}}},
	}}}})
	d := sit(t, w.Platform)
	d.env["POWER_PLATFORM_TENANT_ID"] = w.ID
	d.write(map[string]string{"main.tf": required + fmt.Sprintf(`
provider "powerplatform" {}
locals {
  networks = "/subscriptions/%s/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks"
}
resource "powerplatform_subnet_delegation" "all" {
  for_each  = toset([for pair in setproduct(["eastus", "westus"], range(5)) : "vnet-${pair[0]}/subnets/s${pair[1]}"])
  subnet_id = "${local.networks}/${each.value}"
}
resource "powerplatform_failover_region_pair" "one" {
  location           = "unitedstates"
  primary_subnet_id  = powerplatform_subnet_delegation.all["vnet-eastus/subnets/s0"].subnet_id
  failover_subnet_id = powerplatform_subnet_delegation.all["vnet-westus/subnets/s0"].subnet_id
}
`, mock.LandscapeSubscriptionID)})
	d.terraform("apply", "-auto-approve", "-no-color", "-parallelism=20")
	counted(t, w, map[string]int{opSubnet: 10, opPeer: 2})
	d.unchanged()
	w.Forget()
	d.terraform("destroy", "-auto-approve", "-no-color", "-parallelism=20")
	counted(t, w, map[string]int{opSubnet: 10, opUnpeer: 2})
}

// counted fails unless these operations were asked for that often, and no write met another.
func counted(t *testing.T, w *acctest.World, times map[string]int) {
	t.Helper()
	for operation, want := range times {
		if got := w.Count(operation); got != want {
			t.Errorf("%d requests %s, expected %d", got, operation, want)
		}
	}
	politely(t, w)
}
