resource "powerplatform_resource_provider_registration" "contoso" {
  subscription_id = "00000000-0000-4000-8000-00000000cccc" # default: that of the provider
}
