# The subnet belongs to the network team. Everything that it has besides stays as it is.
resource "powerplatform_subnet_delegation" "primary" {
  subnet_id = "/subscriptions/00000000-0000-4000-8000-00000000cccc/resourceGroups/rg-network/providers/Microsoft.Network/virtualNetworks/vnet-eastus/subnets/snet-powerplatform"
}
