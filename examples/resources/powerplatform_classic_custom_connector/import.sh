# environment ID / name of the connector in the API hub
terraform import powerplatform_classic_custom_connector.weather aaaaaaaa-0000-4000-8000-00000000a001/shared_weather-5f0123456789abcdef-5f0123456789abcdef
