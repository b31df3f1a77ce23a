resource "powerplatform_publisher" "contoso" {
  environment_id       = "aaaaaaaa-0000-4000-8000-00000000a001"
  uniquename           = "contoso"
  friendly_name        = "Contoso"
  customization_prefix = "contoso"
  description          = "What Contoso develops itself."
  email_address        = "apps@contoso.example"
}

# The same option values in every environment, and an address.
resource "powerplatform_publisher" "finance" {
  environment_id                    = "aaaaaaaa-0000-4000-8000-00000000a001"
  uniquename                        = "contosofinance"
  friendly_name                     = "Contoso Finance"
  customization_prefix              = "cfin"
  customization_option_value_prefix = 47110
  supporting_website_url            = "https://finance.contoso.example"
  address = [{
    slot    = 1
    line1   = "One Contoso Way"
    city    = "Redmond"
    country = "United States"
  }]
}
