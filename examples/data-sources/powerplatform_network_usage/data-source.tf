data "powerplatform_network_usage" "case" {
  environment_id = powerplatform_enterprise_policy.case.environment_id
  depends_on     = [powerplatform_enterprise_policy.case]
}

check "subnet" {
  assert {
    condition     = endswith(data.powerplatform_network_usage.case.virtual_network_id, "/vnet-eastus")
    error_message = "The environment runs in ${data.powerplatform_network_usage.case.virtual_network_id}."
  }
}

# What the data source looks at: an environment whose linked policy brings delegated subnets. Without depends_on, the data
# source would be read while the link is only planned.
locals {
  network_group = "/subscriptions/00000000-0000-4000-8000-00000000cccc/resourceGroups/rg-network"
}

resource "powerplatform_network_injection_policy" "case" {
  name              = "case-management"
  resource_group_id = "/subscriptions/00000000-0000-4000-8000-00000000cccc/resourceGroups/rg-powerplatform"
  location          = "unitedstates"
  subnet_ids = [
    "${local.network_group}/providers/Microsoft.Network/virtualNetworks/vnet-eastus/subnets/snet-delegated",
    "${local.network_group}/providers/Microsoft.Network/virtualNetworks/vnet-westus/subnets/snet-delegated",
  ]
}

resource "powerplatform_enterprise_policy" "case" {
  environment_id = "aaaaaaaa-0000-4000-8000-00000000a001"
  policy_type    = "NetworkInjection"
  policy_id      = powerplatform_network_injection_policy.case.id
}
