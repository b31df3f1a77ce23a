# Before an environment is linked, principal_id needs the role Key Vault Crypto Service Encryption User on the vault.
resource "powerplatform_encryption_policy" "case" {
  name              = "case-management-key"
  resource_group_id = "/subscriptions/00000000-0000-4000-8000-00000000cccc/resourceGroups/rg-powerplatform"
  location          = "unitedstates"
  key_vault_id      = "/subscriptions/00000000-0000-4000-8000-00000000cccc/resourceGroups/rg-powerplatform/providers/Microsoft.KeyVault/vaults/kv-contoso"
  key_name          = "cmk"
  tags = {
    owner = "platform team"
  }
}
