resource "powerplatform_unmanaged_solution" "cases" {
  environment_id = "aaaaaaaa-0000-4000-8000-00000000a001"
  unique_name    = "CaseManagement"
  display_name   = "Case management"
  publisher_id   = powerplatform_publisher.contoso.id
  version        = "1.2.0.0"
  description    = "Connector and settings of the case API."
}

resource "powerplatform_publisher" "contoso" {
  environment_id       = "aaaaaaaa-0000-4000-8000-00000000a001"
  uniquename           = "contoso"
  friendly_name        = "Contoso"
  customization_prefix = "contoso"
}

# Of a publisher that is there already.
resource "powerplatform_unmanaged_solution" "reports" {
  environment_id        = "aaaaaaaa-0000-4000-8000-00000000a001"
  unique_name           = "CaseReports"
  display_name          = "Case reports"
  publisher_unique_name = powerplatform_publisher.contoso.uniquename
}
