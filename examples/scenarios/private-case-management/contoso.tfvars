# The networks and the vault of Contoso, which the mock of the platform has from the start.
tenant_id              = "00000000-0000-4000-8000-00000000aaaa"
security_group_id      = "00000000-0000-4000-8000-00000000eeee"
resource_group_id      = "/subscriptions/00000000-0000-4000-8000-00000000cccc/resourceGroups/rg-powerplatform"
primary_subnet_id      = "/subscriptions/00000000-0000-4000-8000-00000000cccc/resourceGroups/rg-network/providers/Microsoft.Network/virtualNetworks/vnet-eastus/subnets/snet-powerplatform"
failover_subnet_id     = "/subscriptions/00000000-0000-4000-8000-00000000cccc/resourceGroups/rg-network/providers/Microsoft.Network/virtualNetworks/vnet-westus/subnets/snet-powerplatform"
key_vault_id           = "/subscriptions/00000000-0000-4000-8000-00000000cccc/resourceGroups/rg-powerplatform/providers/Microsoft.KeyVault/vaults/kv-contoso"
api_application_id_uri = "api://contoso-cases"
