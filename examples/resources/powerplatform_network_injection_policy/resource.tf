resource "powerplatform_network_injection_policy" "case" {
  name              = "case-management"
  resource_group_id = "/subscriptions/00000000-0000-4000-8000-00000000cccc/resourceGroups/rg-powerplatform"
  location          = provider::powerplatform::policy_location("unitedstates")
  subnet_ids = [ # one in each region of the location; powerplatform_failover_region_pair has them as subnet_ids
    "/subscriptions/00000000-0000-4000-8000-00000000cccc/resourceGroups/rg-network/providers/Microsoft.Network/virtualNetworks/vnet-eastus/subnets/snet-delegated",
    "/subscriptions/00000000-0000-4000-8000-00000000cccc/resourceGroups/rg-network/providers/Microsoft.Network/virtualNetworks/vnet-westus/subnets/snet-delegated",
  ]

  # The platform changes no policy that is linked. With a new name and other subnets, the new policy is made first, the
  # environments are swapped to it in place, and this one is deleted last, all in one apply.
  lifecycle {
    create_before_destroy = true
  }
}
