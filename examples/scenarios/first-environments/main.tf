# A tenant and the three environments that an application needs first.

terraform {
  required_version = ">= 1.8"
  required_providers {
    powerplatform = {
      source = "seed-55d6eeba/powerplatform"
    }
  }
}

provider "powerplatform" {} # tenant, credentials and cloud come from the environment of the pipeline

resource "powerplatform_tenant" "contoso" {
  tenant_id = var.tenant_id # the plan fails if the credentials belong to another tenant
}

locals {
  stages = {
    dev  = { type = "Sandbox" }
    test = { type = "Sandbox" }
    prod = { type = "Production" }
  }
}

resource "powerplatform_environment" "stage" {
  for_each         = local.stages
  display_name     = "Case management ${each.key}"
  description      = var.descriptions[each.key]
  location         = powerplatform_tenant.contoso.location
  environment_type = each.value.type
  dataverse = {
    language_code = 1033
    currency_code = "USD"
    domain        = "contoso-case-${each.key}"
  }
}
