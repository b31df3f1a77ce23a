data "powerplatform_locations" "all" {}

output "home_location" {
  value = one([for l in data.powerplatform_locations.all.locations : l.name if l.is_default])
}
