import {
  to = powerplatform_identity_policy.case
  identity = {
    id = "/subscriptions/00000000-0000-4000-8000-00000000cccc/resourceGroups/rg-powerplatform/providers/Microsoft.PowerPlatform/enterprisePolicies/case-management-identity"
  }
}
