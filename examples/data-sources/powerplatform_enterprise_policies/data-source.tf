data "powerplatform_enterprise_policies" "network" {
  subscription_id = "00000000-0000-4000-8000-00000000cccc" # default: that of the provider
  kind            = "NetworkInjection"
}

data "powerplatform_enterprise_policies" "group" {
  resource_group_id = "/subscriptions/00000000-0000-4000-8000-00000000cccc/resourceGroups/rg-powerplatform"
}

output "subnets_by_policy" {
  value = { for p in data.powerplatform_enterprise_policies.network.enterprise_policies : p.name => p.subnet_ids }
}
