import {
  to = powerplatform_unmanaged_solution.cases
  identity = {
    environment_id = "aaaaaaaa-0000-4000-8000-00000000a001"
    id             = "00000000-0000-4000-8000-000000000001"
  }
}
