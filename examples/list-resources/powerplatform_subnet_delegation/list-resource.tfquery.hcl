list "powerplatform_subnet_delegation" "all" {
  provider = powerplatform

  config {
    virtual_network_id = "/subscriptions/00000000-0000-4000-8000-00000000cccc/resourceGroups/rg-network/providers/Microsoft.Network/virtualNetworks/vnet-eastus"
  }
}
