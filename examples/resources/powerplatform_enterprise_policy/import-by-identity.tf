import {
  to = powerplatform_enterprise_policy.test
  identity = {
    environment_id = "00000000-0000-4000-8000-000000000001"
    policy_type    = "NetworkInjection"
  }
}
