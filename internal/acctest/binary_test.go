package acctest_test

import (
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-exec/tfexec"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
)

// TestTwoTenantsInOneConfiguration runs the provider as users do: as a program that Terraform starts once for each provider
// block. In process all blocks would share one provider.
func TestTwoTenantsInOneConfiguration(t *testing.T) {
	t.Parallel()
	first, second := acctest.New(t, mock.TenantSeed{Location: "europe"}), acctest.New(t, mock.TenantSeed{Location: "japan"})
	tf := installed(t, first.Platform)
	config := fmt.Sprintf(`
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
`, first.ID, second.ID)
	if err := os.WriteFile(filepath.Join(tf.WorkingDir(), "main.tf"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := tf.Apply(t.Context()); err != nil {
		t.Fatal(err)
	}
	out, err := tf.Output(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := string(out["locations"].Value); got != `"europe japan"` {
		t.Errorf("locations: %s", got)
	}
	if first.Count("bap.environments.create") != 0 || second.Count("bap.environments.create") != 1 {
		t.Error("the environment was not created in the second tenant alone")
	}
	if err := tf.Destroy(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, w := range []*acctest.World{first, second} {
		if err := w.Leftovers(); err != nil {
			t.Error(err)
		}
	}
}

// installed builds the provider, and returns a Terraform in an empty folder that finds it and whose platform is p.
func installed(t *testing.T, p *mock.Platform) *tfexec.Terraform {
	t.Helper()
	folder := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(folder, "terraform-provider-powerplatform"), "../..")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	overrides := ""
	for _, registry := range []string{"registry.terraform.io", "registry.opentofu.org"} {
		overrides += fmt.Sprintf("    %q = %q\n", registry+"/seed-55d6eeba/powerplatform", folder)
	}
	settings := filepath.Join(folder, "terraform.rc")
	if err := os.WriteFile(settings, []byte("provider_installation {\n  dev_overrides {\n"+overrides+"  }\n}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	listener := httptest.NewServer(p)
	t.Cleanup(listener.Close)
	tf, err := tfexec.NewTerraform(t.TempDir(), acctest.Terraform(t).Path)
	if err != nil {
		t.Fatal(err)
	}
	if err := tf.SetEnv(map[string]string{
		"TF_CLI_CONFIG_FILE": settings, "CHECKPOINT_DISABLE": "1",
		"POWER_PLATFORM_MOCK_HOST": strings.TrimPrefix(listener.URL, "http://"),
	}); err != nil {
		t.Fatal(err)
	}
	return tf
}
