package environment_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
)

const addr = "powerplatform_environment.it"

func TestAccEnvironment_basic(t *testing.T) {
	w := acctest.New(t, mock.TenantSeed{})
	w.Run(
		resource.TestStep{Config: `resource "powerplatform_environment" "it" {
  display_name     = "A"
  location         = "unitedstates"
  environment_type = "Sandbox"
  dataverse = {
    language_code = 1033
    currency_code = "USD"
    domain        = "contoso-a"
  }
}`},
		resource.TestStep{Config: `resource "powerplatform_environment" "it" {
  display_name     = "B"
  description      = "new"
  location         = "unitedstates"
  environment_type = "Production"
  dataverse = {
    language_code = 1033
    currency_code = "USD"
    domain        = "contoso-b"
  }
}`},
		resource.TestStep{ResourceName: addr, ImportState: true, ImportStateVerify: true},
	)
	for _, e := range w.Requests() {
		t.Log(e.Method, e.Operation, e.Path, e.Status, e.Keys, e.RetryAfter)
	}
}
