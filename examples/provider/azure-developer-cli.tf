# azd auth login --tenant-id …
provider "powerplatform" {
  tenant_id   = var.tenant_id
  use_dev_cli = true
}
