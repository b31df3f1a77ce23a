locals {
  pair = provider::powerplatform::region_pair("europe")
}

output "regions" {
  value = compact([local.pair.primary_region, local.pair.failover_region]) # ["westeurope", "northeurope"]
}

output "pairs_of_the_united_states" {
  value = provider::powerplatform::region_pair("unitedstates").pairs # [["eastus", "westus"], ["centralus", "eastus2"]]
}
