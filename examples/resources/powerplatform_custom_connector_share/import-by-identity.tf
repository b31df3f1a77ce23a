import {
  to = powerplatform_custom_connector_share.makers
  identity = {
    environment_id = "aaaaaaaa-0000-4000-8000-00000000a001"
    connector_id   = "cccccccc-0000-4000-8000-00000000c001"
    principal_id   = "dddddddd-0000-4000-8000-00000000d001"
  }
}
