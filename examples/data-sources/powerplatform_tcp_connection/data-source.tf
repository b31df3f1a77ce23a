data "powerplatform_tcp_connection" "sql" {
  environment_id = powerplatform_enterprise_policy.case.environment_id
  destination    = "sql-contoso.database.windows.net"
  port           = 1433
  depends_on     = [powerplatform_enterprise_policy.case]
}

# The same from the other region, where the environment would run after a failover.
data "powerplatform_tcp_connection" "sql_after_failover" {
  environment_id = powerplatform_enterprise_policy.case.environment_id
  region         = "westus"
  destination    = "sql-contoso.database.windows.net"
  port           = 1433
  depends_on     = [powerplatform_enterprise_policy.case]
}

check "database" {
  assert {
    condition     = data.powerplatform_tcp_connection.sql.success
    error_message = "The database is out of reach: ${data.powerplatform_tcp_connection.sql.error_message}"
  }
  assert {
    condition     = data.powerplatform_tcp_connection.sql_after_failover.success
    error_message = "The database is out of reach after a failover: ${data.powerplatform_tcp_connection.sql_after_failover.error_message}"
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
