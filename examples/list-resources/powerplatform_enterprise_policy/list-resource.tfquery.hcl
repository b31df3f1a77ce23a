list "powerplatform_enterprise_policy" "all" {
  provider = powerplatform

  config {
    environment_id = "00000000-0000-4000-8000-000000000001"
  }
}
