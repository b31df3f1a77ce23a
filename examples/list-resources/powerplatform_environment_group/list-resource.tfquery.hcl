list "powerplatform_environment_group" "all" {
  provider         = powerplatform
  include_resource = true
}
