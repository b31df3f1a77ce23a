package acctest_test

import (
	"encoding/json"
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

// TestStateOfMicrosoftsProviderIsTakenOver switches a state as microsoft/power-platform writes it to this provider: with
// the same configuration there is nothing to change.
func TestStateOfMicrosoftsProviderIsTakenOver(t *testing.T) {
	t.Parallel()
	const id, none = "00000000-0000-4000-8000-0000000e0002", "00000000-0000-0000-0000-000000000000"
	w := acctest.New(t, mock.TenantSeed{Items: map[string][]mock.Doc{"environments": {{
		"id": id, "display_name": "Cases", "location": "europe", "type": "Production",
		"dataverse": mock.Doc{"domain": "cases", "language_code": 1033, "currency_code": "EUR", "background_operation_enabled": true},
	}}}})
	record, _ := w.Collection("environments").Peek(id)
	linked, _ := record["properties"].(mock.Doc)["linkedEnvironmentMetadata"].(mock.Doc)
	state := mock.Doc{
		"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": id,
		"resources": []mock.Doc{{
			"mode": "managed", "type": "powerplatform_environment", "name": "cases",
			"provider": `provider["registry.terraform.io/microsoft/power-platform"]`,
			"instances": []mock.Doc{{"schema_version": 0, "attributes": mock.Doc{
				"id": id, "display_name": "Cases", "location": "europe", "azure_region": "westeurope", "environment_type": "Production",
				"description": "", "cadence": "Moderate", "release_cycle": "Standard", "billing_policy_id": none, "environment_group_id": nil,
				"owner_id": nil, "allow_bing_search": false, "allow_microsoft_365_services": false, "allow_moving_data_across_regions": false,
				"allow_flex_routing": false, "enterprise_policies": []any{}, "timeouts": nil,
				"dataverse": mock.Doc{
					"unique_name": linked["uniqueName"], "url": linked["instanceUrl"], "organization_id": linked["resourceId"], "version": linked["version"],
					"domain": "cases", "language_code": 1033, "currency_code": "EUR", "security_group_id": none, "templates": nil, "template_metadata": nil,
					"administration_mode_enabled": false, "background_operation_enabled": true,
					"linked_app_type": "", "linked_app_id": "", "linked_app_url": "",
				},
			}}},
		}},
	}
	config := w.Provider() + `
terraform {
  required_providers {
    powerplatform = { source = "seed-55d6eeba/powerplatform" }
  }
}
resource "powerplatform_environment" "cases" {
  display_name      = "Cases"
  location          = "europe"
  environment_type  = "Production"
  billing_policy_id = "` + none + `"
  dataverse = {
    domain                       = "cases"
    language_code                = 1033
    currency_code                = "EUR"
    security_group_id            = "` + none + `"
    administration_mode_enabled  = false
    background_operation_enabled = true
  }
}
`
	tf := installed(t, w.Platform)
	text, err := json.Marshal(state)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"terraform.tfstate": string(text), "main.tf": config} {
		if err := os.WriteFile(filepath.Join(tf.WorkingDir(), name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), tf.ExecPath(), "state", "replace-provider", "-auto-approve", "microsoft/power-platform", "seed-55d6eeba/powerplatform")
	cmd.Dir = tf.WorkingDir()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var said strings.Builder
	tf.SetStdout(&said)
	if changes, err := tf.Plan(t.Context()); err != nil || changes {
		t.Errorf("changes: %t, %v\n%s", changes, err, said.String())
	}
}
