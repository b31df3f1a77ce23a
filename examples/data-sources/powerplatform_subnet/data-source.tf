data "powerplatform_subnet" "primary" {
  id = "/subscriptions/00000000-0000-4000-8000-00000000cccc/resourceGroups/rg-network/providers/Microsoft.Network/virtualNetworks/vnet-eastus/subnets/snet-powerplatform"
}

# Who has the subnet: nobody, another service, or the platform, and which enterprise policy then.
output "services" {
  value = data.powerplatform_subnet.primary.delegations[*].service_name
}

output "held_by" {
  value = data.powerplatform_subnet.primary.service_association_links[*].link
}

check "large_enough" {
  assert {
    condition     = data.powerplatform_subnet.primary.usable_ip_count >= 100
    error_message = "The subnet is too small for the environments that are planned."
  }
}
