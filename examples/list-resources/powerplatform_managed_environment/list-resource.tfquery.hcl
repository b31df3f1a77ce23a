list "powerplatform_managed_environment" "all" {
  provider = powerplatform
}
