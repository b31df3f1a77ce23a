locals {
  subnet_id = "/subscriptions/00000000-0000-4000-8000-00000000cccc/resourceGroups/rg-network/providers/Microsoft.Network/virtualNetworks/vnet-eastus/subnets/snet-powerplatform"
  subnet    = provider::powerplatform::parse_resource_id(local.subnet_id)
}

output "virtual_network_id" {
  value = local.subnet.parent_id
}

output "virtual_network_name" {
  value = local.subnet.parts.virtualNetworks # "vnet-eastus"
}
