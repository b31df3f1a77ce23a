# az login --allow-no-subscriptions --tenant …
provider "powerplatform" {
  tenant_id = var.tenant_id
  use_cli   = true
}
