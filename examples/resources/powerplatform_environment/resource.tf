resource "powerplatform_environment" "test" {
  display_name     = "Case management test"
  description      = "Where a change meets its first users."
  location         = "europe"
  environment_type = "Sandbox"
  dataverse = {
    language_code = 1033
    currency_code = "EUR"
    domain        = "contoso-case-test"
  }
}

# Solutions can be imported as soon as background operations run.
resource "powerplatform_environment" "build" {
  display_name     = "Case management build"
  location         = "europe"
  environment_type = "Sandbox"
  dataverse = {
    language_code                = 1033
    currency_code                = "EUR"
    administration_mode_enabled  = false
    background_operation_enabled = true
  }
  wait_for = ["dataverse", "background_operations"]
}

# Without a database: for apps that bring their own data.
resource "powerplatform_environment" "plain" {
  display_name     = "Utilities"
  location         = "europe"
  environment_type = "Production"
}
