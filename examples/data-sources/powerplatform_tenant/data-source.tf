data "powerplatform_tenant" "this" {}

output "home" {
  value = "${data.powerplatform_tenant.this.location}: ${join(", ", data.powerplatform_tenant.this.failover_regions)}"
}
