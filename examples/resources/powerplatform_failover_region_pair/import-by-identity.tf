import {
  to = powerplatform_failover_region_pair.case
  identity = {
    id = "/subscriptions/00000000-0000-4000-8000-00000000cccc/resourceGroups/rg-network/providers/Microsoft.Network/virtualNetworks/vnet-eastus/subnets/snet-delegated|/subscriptions/00000000-0000-4000-8000-00000000cccc/resourceGroups/rg-network/providers/Microsoft.Network/virtualNetworks/vnet-westus/subnets/snet-delegated"
  }
}
