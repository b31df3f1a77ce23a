package acctest_test

import (
	"fmt"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
)

// TestTwoTenantsInOneConfiguration runs the provider as users do: as a program that Terraform starts once for each provider
// block. In process all blocks would share one provider.
func TestTwoTenantsInOneConfiguration(t *testing.T) {
	t.Parallel()
	first, second := acctest.New(t, mock.TenantSeed{Location: "europe"}), acctest.New(t, mock.TenantSeed{Location: "japan"})
	d := sit(t, first.Platform)
	d.write(map[string]string{"main.tf": fmt.Sprintf(`
terraform {
  required_providers {
    powerplatform = { source = "seed-55d6eeba/powerplatform" }
  }
}
provider "powerplatform" {
  tenant_id = %q # the credentials are the mock's own
}
provider "powerplatform" {
  alias     = "second"
  tenant_id = %q
}
resource "powerplatform_tenant" "first" {
  tenant_id = %[1]q
}
resource "powerplatform_tenant" "second" {
  provider  = powerplatform.second
  tenant_id = %[2]q
}
resource "powerplatform_environment" "second" {
  provider         = powerplatform.second
  display_name     = "There"
  location         = powerplatform_tenant.second.location
  environment_type = "Sandbox"
}
output "locations" {
  value = "${powerplatform_tenant.first.location} ${powerplatform_environment.second.location}"
}
`, first.ID, second.ID)})
	d.terraform("apply", "-auto-approve")
	if got := d.terraform("output", "-raw", "locations"); got != "europe japan" {
		t.Errorf("locations: %s", got)
	}
	if first.Count("bap.environments.create") != 0 || second.Count("bap.environments.create") != 1 {
		t.Error("the environment was not created in the second tenant alone")
	}
	d.terraform("destroy", "-auto-approve")
	for _, w := range []*acctest.World{first, second} {
		if err := w.Leftovers(); err != nil {
			t.Error(err)
		}
	}
}
