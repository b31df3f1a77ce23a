data "powerplatform_tenant" "this" {}

# By display name, or by id.
data "powerplatform_environment" "default" {
  display_name = "Contoso (default)"
}

output "default_environment" {
  value = data.powerplatform_environment.default.id
}
