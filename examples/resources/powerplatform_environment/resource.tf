resource "powerplatform_environment" "test" {
  display_name     = "Case management test"
  description      = "Where a change meets its first users."
  location         = "europe"
  environment_type = "Sandbox"

  dataverse = {
    language_code                = 1033
    currency_code                = "EUR"
    domain                       = "contoso-case-test"
    background_operation_enabled = true
  }

  # Solutions can be imported once background operations run.
  wait_for = ["dataverse", "background_operations"]
}

# Without a database: for apps that bring their own data.
resource "powerplatform_environment" "plain" {
  display_name     = "Utilities"
  location         = "europe"
  environment_type = "Production"
  deletion_policy  = "abandon" # a destroy lets go of it and deletes nothing
}
