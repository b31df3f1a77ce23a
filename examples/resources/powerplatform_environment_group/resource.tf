resource "powerplatform_environment_group" "finance" {
  display_name = "Finance"
  description  = "Environments of the finance department."
}
