data "powerplatform_currencies" "europe" {
  location = "europe"
}

output "currencies" {
  value = data.powerplatform_currencies.europe.currencies[*].code
}
