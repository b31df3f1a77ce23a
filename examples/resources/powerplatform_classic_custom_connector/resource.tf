resource "powerplatform_classic_custom_connector" "weather" {
  environment_id   = "aaaaaaaa-0000-4000-8000-00000000a001"
  display_name     = "Weather"
  description      = "Weather at the sites of Contoso"
  icon_brand_color = "#1f6feb"

  openapi_definition = jsonencode({ # or file("weather.swagger.yaml")
    swagger             = "2.0"
    info                = { title = "Weather", description = "Weather at the sites of Contoso", version = "1.0" }
    host                = "weather.contoso.example"
    basePath            = "/v1"
    schemes             = ["https"]
    securityDefinitions = { api_key = { type = "apiKey", in = "query", name = "key" } }
    security            = [{ api_key = [] }]
    paths = {
      "/sites/{site}" = {
        get = {
          operationId = "GetWeather"
          summary     = "Get the weather at a site"
          parameters  = [{ name = "site", in = "path", required = true, type = "string", x-ms-summary = "Site" }]
          responses   = { "200" = { description = "The weather", schema = { type = "object", properties = { temperature = { type = "number" } } } } }
        }
      }
    }
  })

  authentication = {
    api_key = { name = "key", in = "query" }
  }

  policies = [{
    template_id = "setheader"
    title       = "Say who asks"
    parameters = jsonencode({
      "x-ms-apimTemplateParameter.name"         = "X-Client"
      "x-ms-apimTemplateParameter.value"        = "power-platform"
      "x-ms-apimTemplateParameter.existsAction" = "override"
      "x-ms-apimTemplate-policySection"         = "Request"
      "x-ms-apimTemplate-operationName"         = []
    })
  }]
}
