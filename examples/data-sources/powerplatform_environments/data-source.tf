data "powerplatform_environments" "all" {}

output "production_environments" {
  value = [for e in data.powerplatform_environments.all.environments : e.display_name if e.environment_type == "Production"]
}
