# Without client_id it is the system-assigned identity.
provider "powerplatform" {
  tenant_id = var.tenant_id
  client_id = var.user_assigned_identity_client_id
  use_msi   = true
}
