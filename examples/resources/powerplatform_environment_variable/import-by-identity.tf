import {
  to = powerplatform_environment_variable.client_secret
  identity = {
    environment_id = "aaaaaaaa-0000-4000-8000-00000000a001"
    schema_name    = "contoso_CaseApiSecret"
  }
}
