import {
  to = powerplatform_resource_provider_registration.contoso
  identity = {
    subscription_id = "00000000-0000-4000-8000-00000000cccc"
  }
}
