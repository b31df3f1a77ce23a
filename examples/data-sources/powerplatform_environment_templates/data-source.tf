data "powerplatform_environment_templates" "europe" {
  location = "europe"
}

output "sales" {
  value = [for t in data.powerplatform_environment_templates.europe.environment_templates : t.name if strcontains(t.name, "Sales")]
}
