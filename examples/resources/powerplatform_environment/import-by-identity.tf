import {
  to = powerplatform_environment.test
  identity = {
    id = "00000000-0000-4000-8000-000000000001"
  }
}
