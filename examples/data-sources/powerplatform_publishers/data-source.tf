data "powerplatform_publishers" "all" {
  environment_id = "aaaaaaaa-0000-4000-8000-00000000a001"
}

output "prefixes" {
  value = { for p in data.powerplatform_publishers.all.publishers : p.uniquename => p.customization_prefix }
}
