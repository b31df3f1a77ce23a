data "powerplatform_region_pairs" "all" {}

data "powerplatform_region_pairs" "europe" {
  location = "europe"
}

output "regions_in_europe" {
  value = compact([
    data.powerplatform_region_pairs.europe.region_pairs[0].primary_region,
    data.powerplatform_region_pairs.europe.region_pairs[0].failover_region,
  ])
}

output "locations_with_one_region" {
  value = [for p in data.powerplatform_region_pairs.all.region_pairs : p.location if p.virtual_networks_required == 1]
}
