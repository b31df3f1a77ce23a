# The secret for this run only, as the platform itself gets it. A managed solution brought the variable.
ephemeral "powerplatform_environment_variable_secret" "shared_api" {
  environment_id = "aaaaaaaa-0000-4000-8000-00000000a001"
  schema_name    = "contoso_SharedApiSecret"
}

# It can go into the configuration of a provider, or into a write-only argument.
provider "powerplatform" {
  alias         = "shared_api"
  tenant_id     = "00000000-0000-4000-8000-00000000aaaa"
  client_id     = "00000000-0000-4000-8000-00000000bbbb"
  client_secret = ephemeral.powerplatform_environment_variable_secret.shared_api.value
}
