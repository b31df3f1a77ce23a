output "urls" {
  description = "Address of each environment."
  value       = { for stage, environment in powerplatform_environment.stage : stage => environment.dataverse.url }
}

output "failover_regions" {
  description = "Azure regions between which the platform fails over."
  value       = powerplatform_tenant.contoso.failover_regions
}
