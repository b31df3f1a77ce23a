# An API with a key, which everybody who makes a connection enters.
resource "powerplatform_custom_connector" "case_api" {
  environment_id = "aaaaaaaa-0000-4000-8000-00000000a001"
  name           = "contoso_caseapi"
  display_name   = "Case API"
  description    = "Cases of Contoso"

  openapi_definition = jsonencode({ # or file("case-api.swagger.json")
    swagger             = "2.0"
    info                = { title = "Case API", description = "Cases of Contoso", version = "1.0" }
    host                = "api.contoso.example"
    basePath            = "/api"
    schemes             = ["https"]
    securityDefinitions = { api_key = { type = "apiKey", in = "header", name = "X-Api-Key" } }
    security            = [{ api_key = [] }]
    paths               = local.paths
  })

  authentication = {
    api_key = { name = "X-Api-Key", in = "header", label = "Key" }
  }
}

# The same API with sign-in through Entra. Host, client ID and secret come from environment variables, the latter two from
# Azure Key Vault. The platform puts them in their place when the connector is saved, hence the triggers.
resource "powerplatform_custom_connector" "case_api_entra" {
  environment_id = "aaaaaaaa-0000-4000-8000-00000000a001"
  name           = "contoso_caseapientra"
  display_name   = "Case API with Entra"
  host           = powerplatform_environment_variable.host.reference

  openapi_definition = jsonencode({
    swagger  = "2.0"
    info     = { title = "Case API", description = "Cases of Contoso", version = "1.0" }
    basePath = "/api"
    schemes  = ["https"]
    paths    = local.paths
  })

  authentication = {
    oauth2_entra_id = {
      client_id                 = powerplatform_environment_variable.client_id.reference
      client_secret             = powerplatform_environment_variable.client_secret.reference
      tenant_id                 = "00000000-0000-4000-8000-00000000aaaa"
      resource                  = "api://contoso-case-api"
      service_principal_enabled = true
    }
  }

  save_triggers = {
    host          = powerplatform_environment_variable.host.revision
    client_id     = powerplatform_environment_variable.client_id.revision
    client_secret = powerplatform_environment_variable.client_secret.revision
  }
}

locals {
  paths = {
    "/cases/{id}" = {
      get = {
        operationId = "GetCase"
        summary     = "Get a case"
        parameters  = [{ name = "id", in = "path", required = true, type = "string", x-ms-summary = "Case" }]
        responses   = { "200" = { description = "The case", schema = { type = "object", properties = { title = { type = "string" } } } } }
      }
    }
  }
  key_vault_id = "/subscriptions/00000000-0000-4000-8000-00000000cccc/resourceGroups/rg-powerplatform/providers/Microsoft.KeyVault/vaults/kv-contoso"
}

resource "powerplatform_environment_variable" "host" {
  environment_id = "aaaaaaaa-0000-4000-8000-00000000a001"
  schema_name    = "contoso_CaseApiHost"
  display_name   = "Case API host"
  type           = "String"
  value          = "api.contoso.example"
}

resource "powerplatform_environment_variable" "client_id" {
  environment_id   = "aaaaaaaa-0000-4000-8000-00000000a001"
  schema_name      = "contoso_CaseApiClientId"
  display_name     = "Case API client ID"
  type             = "Secret"
  key_vault_secret = { secret_id = "${local.key_vault_id}/secrets/case-api-client-id-test" }
}

resource "powerplatform_environment_variable" "client_secret" {
  environment_id   = "aaaaaaaa-0000-4000-8000-00000000a001"
  schema_name      = "contoso_CaseApiClientSecret"
  display_name     = "Case API client secret"
  type             = "Secret"
  key_vault_secret = { secret_id = "${local.key_vault_id}/secrets/case-api-client-secret-test" }
}
