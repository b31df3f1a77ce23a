resource "powerplatform_custom_connector_share" "makers" {
  environment_id = "aaaaaaaa-0000-4000-8000-00000000a001"
  connector_id   = powerplatform_classic_custom_connector.weather.internal_id # or connector_id of a powerplatform_custom_connector
  principal_id   = "dddddddd-0000-4000-8000-00000000d001"
  principal_type = "group"
  role           = "can_view"
}

resource "powerplatform_classic_custom_connector" "weather" {
  environment_id = "aaaaaaaa-0000-4000-8000-00000000a001"
  display_name   = "Weather"
  openapi_definition = jsonencode({ # or file("weather.swagger.yaml")
    swagger = "2.0"
    info    = { title = "Weather", version = "1.0" }
    host    = "weather.contoso.example"
    schemes = ["https"]
    paths   = { "/today" = { get = { operationId = "Today", summary = "Weather of today", responses = { "200" = { description = "The weather" } } } } }
  })
  authentication = { none = true }
}
