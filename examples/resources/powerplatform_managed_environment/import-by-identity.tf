import {
  to = powerplatform_managed_environment.test
  identity = {
    environment_id = "00000000-0000-4000-8000-000000000001"
  }
}
