list "powerplatform_custom_connector_share" "all" {
  provider = powerplatform

  config {
    environment_id = "aaaaaaaa-0000-4000-8000-00000000a001"
    connector_id   = "shared_contoso-20orders-5fab12cd34ef567890"
  }
}
