data "powerplatform_environment_groups" "all" {}

output "environment_groups" {
  value = [for group in data.powerplatform_environment_groups.all.environment_groups : group.display_name]
}
