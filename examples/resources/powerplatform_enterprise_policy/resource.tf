# A change of policy_id swaps the policy in place.
resource "powerplatform_enterprise_policy" "test" {
  environment_id = powerplatform_managed_environment.test.environment_id
  policy_type    = "NetworkInjection"
  policy_id      = powerplatform_network_injection_policy.case.id
}

resource "powerplatform_managed_environment" "test" {
  environment_id = powerplatform_environment.test.id
}

resource "powerplatform_environment" "test" {
  display_name     = "Case management"
  location         = "unitedstates"
  environment_type = "Sandbox"
  dataverse = {
    language_code = 1033
    currency_code = "USD"
  }
}

resource "powerplatform_network_injection_policy" "case" {
  name              = "case-management"
  resource_group_id = "/subscriptions/00000000-0000-4000-8000-00000000cccc/resourceGroups/rg-powerplatform"
  location          = "unitedstates"
  subnet_ids = [
    "/subscriptions/00000000-0000-4000-8000-00000000cccc/resourceGroups/rg-network/providers/Microsoft.Network/virtualNetworks/vnet-eastus/subnets/snet-delegated",
    "/subscriptions/00000000-0000-4000-8000-00000000cccc/resourceGroups/rg-network/providers/Microsoft.Network/virtualNetworks/vnet-westus/subnets/snet-delegated",
  ]
}
