resource "powerplatform_identity_policy" "case" {
  name              = "case-management-identity"
  resource_group_id = "/subscriptions/00000000-0000-4000-8000-00000000cccc/resourceGroups/rg-powerplatform"
  location          = "unitedstates"
}
