import {
  to = powerplatform_tenant.contoso
  identity = {
    tenant_id = "00000000-0000-4000-8000-00000000aaaa"
  }
}
