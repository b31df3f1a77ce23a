data "powerplatform_billing_policies" "all" {}

output "enabled_billing_policies" {
  value = { for p in data.powerplatform_billing_policies.all.billing_policies : p.name => p.id if p.status == "Enabled" }
}
