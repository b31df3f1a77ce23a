data "powerplatform_languages" "europe" {
  location = "europe"
}

output "german" {
  value = one([for l in data.powerplatform_languages.europe.languages : l.locale_id if l.name == "1031"])
}
