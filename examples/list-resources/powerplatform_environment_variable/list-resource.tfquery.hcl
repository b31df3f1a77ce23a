list "powerplatform_environment_variable" "all" {
  provider         = powerplatform
  include_resource = true

  config {
    environment_id = "aaaaaaaa-0000-4000-8000-00000000a001"
  }
}
