resource "powerplatform_managed_environment" "test" {
  environment_id = powerplatform_environment.test.id # everything else has a default
}

resource "powerplatform_environment" "test" {
  display_name     = "Case management test"
  location         = "europe"
  environment_type = "Sandbox"
  dataverse = {
    language_code = 1033
    currency_code = "EUR"
  }
}

# What makers share, and what is imported, is under control.
resource "powerplatform_managed_environment" "production" {
  environment_id                                     = powerplatform_environment.production.id
  is_group_sharing_disabled                          = true
  limit_sharing_mode                                 = "ExcludeSharingToSecurityGroups"
  max_limit_user_sharing                             = 20
  solution_checker_mode                              = "Block"
  solution_checker_rule_overrides                    = ["web-avoid-eval", "web-use-async"]
  power_automate_is_sharing_disabled                 = true
  copilot_allow_grant_editor_permissions_when_shared = false
  copilot_limit_sharing_mode                         = "DisableSharing"
}

resource "powerplatform_environment" "production" {
  display_name     = "Case management"
  location         = "europe"
  environment_type = "Production"
  dataverse = {
    language_code = 1033
    currency_code = "EUR"
  }
}
