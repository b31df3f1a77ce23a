terraform {
  required_providers {
    powerplatform = {
      source = "seed-55d6eeba/powerplatform"
    }
  }
}

# Tenant, credentials and cloud come from the environment of the pipeline:
# POWER_PLATFORM_TENANT_ID, POWER_PLATFORM_CLIENT_ID, POWER_PLATFORM_CLIENT_SECRET, …
provider "powerplatform" {}
