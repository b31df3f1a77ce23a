# Azure Pipelines: SYSTEM_ACCESSTOKEN and SYSTEM_OIDCREQUESTURI come from the agent's environment.
provider "powerplatform" {
  tenant_id                  = var.tenant_id
  client_id                  = var.client_id
  use_oidc                   = true
  azdo_service_connection_id = var.service_connection_id
}
