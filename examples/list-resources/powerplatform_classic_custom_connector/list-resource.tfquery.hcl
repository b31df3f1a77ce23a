list "powerplatform_classic_custom_connector" "all" {
  provider = powerplatform

  config {
    environment_id = "aaaaaaaa-0000-4000-8000-00000000a001"
  }
}
