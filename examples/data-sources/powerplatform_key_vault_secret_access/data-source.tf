data "powerplatform_key_vault_secret_access" "client_secret" {
  environment_id = "aaaaaaaa-0000-4000-8000-00000000a001"
  secret_id      = "/subscriptions/00000000-0000-4000-8000-00000000cccc/resourceGroups/rg-powerplatform/providers/Microsoft.KeyVault/vaults/kv-contoso/secrets/case-api-client-secret-test"
}

# Every run says whether the platform may still read the secret, and if not, what to do.
check "key_vault" {
  assert {
    condition     = data.powerplatform_key_vault_secret_access.client_secret.ready
    error_message = data.powerplatform_key_vault_secret_access.client_secret.remedy
  }
}
