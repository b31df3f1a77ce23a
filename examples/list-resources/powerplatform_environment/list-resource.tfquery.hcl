list "powerplatform_environment" "all" {
  provider = powerplatform
}
