# A managed solution brought the definition of contoso_SharedApiHost.
resource "powerplatform_environment_variable_value" "host" {
  environment_id = "aaaaaaaa-0000-4000-8000-00000000a001"
  schema_name    = "contoso_SharedApiHost"
  value          = "api.contoso.example"
}
