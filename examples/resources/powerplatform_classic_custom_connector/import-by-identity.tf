import {
  to = powerplatform_classic_custom_connector.weather
  identity = {
    environment_id = "aaaaaaaa-0000-4000-8000-00000000a001"
    internal_id    = "shared_weather-5f0123456789abcdef-5f0123456789abcdef"
  }
}
