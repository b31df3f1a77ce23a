# Test and production of an application inside the company's own virtual networks, in both Azure regions of their geography.

terraform {
  required_version = ">= 1.8"
  required_providers {
    powerplatform = {
      source = "seed-55d6eeba/powerplatform"
    }
  }
}

provider "powerplatform" {} # tenant, credentials and cloud come from the environment of the pipeline

locals {
  stages = {
    test = { type = "Sandbox" }
    prod = { type = "Production" }
  }
}

# --- environments -------------------------------------------------------------------------------------

resource "powerplatform_environment" "case" {
  for_each         = local.stages
  display_name     = "Case management ${each.key}"
  location         = var.location
  environment_type = each.value.type
  dataverse = {
    language_code = 1033
    currency_code = "USD"
    domain        = "contoso-private-${each.key}"
  }
}

resource "powerplatform_managed_environment" "case" {
  for_each       = powerplatform_environment.case
  environment_id = each.value.id
}

# --- network: a subnet in each region, delegated to the platform, the networks peered -----------------

resource "powerplatform_subnet_delegation" "case" {
  for_each  = { primary = var.primary_network_id, failover = var.failover_network_id }
  subnet_id = "${each.value}/subnets/${var.subnet_name}"
}

resource "powerplatform_failover_region_pair" "case" {
  location           = var.location
  primary_subnet_id  = powerplatform_subnet_delegation.case["primary"].subnet_id
  failover_subnet_id = powerplatform_subnet_delegation.case["failover"].subnet_id
}

# --- injection: the policy holds the subnets, the links put the environments there ----------------------

locals {
  group = provider::powerplatform::parse_resource_id(var.resource_group_id)
}

resource "powerplatform_resource_provider_registration" "case" {
  subscription_id = local.group.subscription_id
}

resource "powerplatform_network_injection_policy" "case" {
  name              = "case-management-${var.subnet_name}" # a linked policy cannot change: other subnets, another policy
  resource_group_id = "/subscriptions/${powerplatform_resource_provider_registration.case.subscription_id}/resourceGroups/${local.group.name}"
  location          = powerplatform_failover_region_pair.case.policy_location
  subnet_ids        = powerplatform_failover_region_pair.case.subnet_ids

  lifecycle {
    create_before_destroy = true # so that the links are swapped to the new policy before the old one goes
  }
}

resource "powerplatform_enterprise_policy" "case" {
  for_each       = powerplatform_managed_environment.case
  environment_id = each.value.environment_id
  policy_type    = "NetworkInjection"
  policy_id      = powerplatform_network_injection_policy.case.id
}
