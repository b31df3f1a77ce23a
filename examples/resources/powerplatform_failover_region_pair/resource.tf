# Both subnets are delegated to Microsoft.PowerPlatform/enterprisePolicies already, as powerplatform_subnet_delegation does it.
resource "powerplatform_failover_region_pair" "case" {
  location           = "unitedstates"
  primary_subnet_id  = "/subscriptions/00000000-0000-4000-8000-00000000cccc/resourceGroups/rg-network/providers/Microsoft.Network/virtualNetworks/vnet-eastus/subnets/snet-delegated"
  failover_subnet_id = "/subscriptions/00000000-0000-4000-8000-00000000cccc/resourceGroups/rg-network/providers/Microsoft.Network/virtualNetworks/vnet-westus/subnets/snet-delegated"
}

# A second pair in the same networks: they can be peered once only, which the first pair does.
resource "powerplatform_failover_region_pair" "next" {
  location                = "unitedstates"
  primary_subnet_id       = "/subscriptions/00000000-0000-4000-8000-00000000cccc/resourceGroups/rg-network/providers/Microsoft.Network/virtualNetworks/vnet-eastus/subnets/snet-delegated-next"
  failover_subnet_id      = "/subscriptions/00000000-0000-4000-8000-00000000cccc/resourceGroups/rg-network/providers/Microsoft.Network/virtualNetworks/vnet-westus/subnets/snet-delegated-next"
  virtual_network_peering = { enabled = false }
}
