data "powerplatform_macro_regions" "all" {}

output "macro_regions" {
  value = data.powerplatform_macro_regions.all.macro_regions[*].macro_region_id
}
