data "powerplatform_tls_connection" "api" {
  environment_id = powerplatform_enterprise_policy.case.environment_id
  destination    = "api.contoso.example"
  port           = 443
  depends_on     = [powerplatform_enterprise_policy.case]
}

check "certificate" {
  assert {
    condition     = data.powerplatform_tls_connection.api.with_revocation_check.success
    error_message = "The platform does not trust api.contoso.example: ${data.powerplatform_tls_connection.api.with_revocation_check.error_message}"
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
