list "powerplatform_environment_variable_value" "all" {
  provider = powerplatform

  config {
    environment_id = "aaaaaaaa-0000-4000-8000-00000000a001"
  }
}
