data "powerplatform_dns_resolution" "sql" {
  environment_id = powerplatform_enterprise_policy.case.environment_id
  host_name      = "sql-contoso.database.windows.net"
  depends_on     = [powerplatform_enterprise_policy.case]
}

check "private_endpoint" {
  assert {
    condition     = alltrue([for ip in data.powerplatform_dns_resolution.sql.ip_addresses : startswith(ip, "10.")]) && data.powerplatform_dns_resolution.sql.success
    error_message = "The database does not resolve to its private endpoint: ${data.powerplatform_dns_resolution.sql.error_message} ${join(", ", data.powerplatform_dns_resolution.sql.ip_addresses)}"
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
