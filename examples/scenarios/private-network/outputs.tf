output "regions" {
  description = "Azure regions in which the environments reach the private network."
  value       = compact([powerplatform_failover_region_pair.case.primary_region, powerplatform_failover_region_pair.case.failover_region])
}

output "links" {
  description = "State of each environment's link."
  value       = { for stage, link in powerplatform_enterprise_policy.case : stage => link.link_status }
}

output "addresses" {
  description = "Addresses that the environments share in each region."
  value       = powerplatform_failover_region_pair.case.usable_ip_count
}
