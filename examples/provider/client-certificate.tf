provider "powerplatform" {
  tenant_id                    = var.tenant_id
  client_id                    = var.client_id
  client_certificate_file_path = "${path.module}/certificate.pfx"
  client_certificate_password  = var.client_certificate_password
}
