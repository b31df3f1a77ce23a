list "powerplatform_network_injection_policy" "all" {
  provider         = powerplatform
  include_resource = true

  config {
    resource_group_id = "/subscriptions/00000000-0000-4000-8000-00000000cccc/resourceGroups/rg-powerplatform"
  }
}
