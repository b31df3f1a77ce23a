# GitHub Actions (permissions: id-token: write): the request URL and token come from the runner's environment.
provider "powerplatform" {
  tenant_id = var.tenant_id
  client_id = var.client_id
  use_oidc  = true
}
