# The secret stays in the vault: Power Platform reads its newest version when it is needed.
resource "powerplatform_environment_variable" "client_secret" {
  environment_id = "aaaaaaaa-0000-4000-8000-00000000a001"
  schema_name    = "contoso_CaseApiSecret"
  display_name   = "Case API client secret"
  type           = "Secret"
  key_vault_secret = {
    secret_id = "/subscriptions/00000000-0000-4000-8000-00000000cccc/resourceGroups/rg-powerplatform/providers/Microsoft.KeyVault/vaults/kv-contoso/secrets/case-api-client-secret-test"
  }
}

# A secret named by its parts.
resource "powerplatform_environment_variable" "client_id" {
  environment_id = "aaaaaaaa-0000-4000-8000-00000000a001"
  schema_name    = "contoso_CaseApiId"
  display_name   = "Case API client ID"
  type           = "Secret"
  key_vault_secret = {
    subscription_id     = "00000000-0000-4000-8000-00000000cccc"
    resource_group_name = "rg-powerplatform"
    key_vault_name      = "kv-contoso"
    secret_name         = "case-api-client-id-test"
  }
}

resource "powerplatform_environment_variable" "host" {
  environment_id = "aaaaaaaa-0000-4000-8000-00000000a001"
  schema_name    = "contoso_CaseApiHost"
  display_name   = "Case API host"
  description    = "Where the case API answers."
  default_value  = "api.contoso.example"
}

resource "powerplatform_environment_variable" "limits" {
  environment_id = "aaaaaaaa-0000-4000-8000-00000000a001"
  schema_name    = "contoso_CaseApiLimits"
  display_name   = "Case API limits"
  type           = "JSON"
  value          = jsonencode({ retries = 3, seconds = 12.5 })
}
