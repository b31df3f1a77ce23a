resource "powerplatform_environment_group" "finance" {
  display_name = "Finance"
}

data "powerplatform_environment_group" "finance" {
  display_name = powerplatform_environment_group.finance.display_name
}

output "finance" {
  value = data.powerplatform_environment_group.finance.id
}
