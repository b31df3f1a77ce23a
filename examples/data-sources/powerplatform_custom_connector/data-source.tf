data "powerplatform_custom_connector" "weather" {
  environment_id = "aaaaaaaa-0000-4000-8000-00000000a001"
  display_name   = powerplatform_classic_custom_connector.weather.display_name # or name, or internal_id
}

output "redirect_url" {
  description = "To be added to the Entra application of the API."
  value       = coalesce(data.powerplatform_custom_connector.weather.redirect_url, "not needed")
}

resource "powerplatform_classic_custom_connector" "weather" {
  environment_id = "aaaaaaaa-0000-4000-8000-00000000a001"
  display_name   = "Weather"
  openapi_definition = jsonencode({
    swagger = "2.0"
    info    = { title = "Weather", version = "1.0" }
    host    = "weather.contoso.example"
    schemes = ["https"]
    paths   = { "/today" = { get = { operationId = "Today", responses = { "200" = { description = "The weather" } } } } }
  })
  authentication = { none = true }
}
