import {
  to = powerplatform_environment_group.finance
  identity = {
    id = "00000000-0000-4000-8000-000000000001"
  }
}
