package variable_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/arm"
)

const secretKind = "powerplatform_environment_variable_secret"

// opened opens the ephemeral resource and returns the secret and what the provider said.
func opened(ctx context.Context, t *testing.T, w *acctest.World, name string) (string, string) {
	t.Helper()
	s := w.Serve(nil)
	all, err := s.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	typ, ok := all.EphemeralResourceSchemas[secretKind].ValueType().(tftypes.Object)
	if !ok {
		t.Fatal("no such ephemeral resource")
	}
	args := map[string]tftypes.Value{}
	for name, inner := range typ.AttributeTypes {
		args[name] = tftypes.NewValue(inner, nil)
	}
	args["environment_id"], args["schema_name"] = acctest.Text(testEnv), acctest.Text(name)
	config, err := tfprotov6.NewDynamicValue(typ, tftypes.NewValue(typ, args))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := s.OpenEphemeralResource(ctx, &tfprotov6.OpenEphemeralResourceRequest{TypeName: secretKind, Config: &config})
	if err != nil {
		t.Fatal(err)
	}
	if len(resp.Diagnostics) > 0 {
		return "", acctest.Said(resp.Diagnostics)
	}
	v, err := resp.Result.Unmarshal(typ)
	if err != nil {
		t.Fatal(err)
	}
	var of map[string]tftypes.Value
	var value string
	if v.As(&of) != nil || of["value"].As(&value) != nil {
		t.Fatal("no value")
	}
	return value, ""
}

func TestAccVariableSecret_Open(t *testing.T) {
	t.Parallel()
	w := world(t, nil)
	if _, said, _ := create(t.Context(), w, secretValue(secretID)); said != "" {
		t.Fatal(said)
	}
	if got, said := opened(t.Context(), t, w, "contoso_It"); got != canary {
		t.Errorf("%q\n%s", got, said)
	}
	w.Do(func() {
		arm.AddSecretVersion(w.Tenant, mock.LandscapeKeyVaultID, "case-api-client-secret-test", "hush~new", nil)
	})
	if got, said := opened(t.Context(), t, w, "contoso_It"); got != "hush~new" {
		t.Errorf("%q\n%s", got, said)
	}
	if _, said := opened(t.Context(), t, w, "contoso_Nothing"); !strings.Contains(said, `has no variable "contoso_Nothing"`) {
		t.Error(said)
	}
	revoke(w, callerPrincipal(w))
	_, said := opened(t.Context(), t, w, "contoso_It")
	for _, text := range []string{"Could not open environment variable secret", "lacks the role Key Vault Secrets User", "az role assignment create"} {
		if !strings.Contains(said, text) {
			t.Errorf("%q is missing in\n%s", text, said)
		}
	}
}

// TestAccVariable_NoSecretIsKept looks for a secret in everything that Terraform keeps, says and logs.
func TestAccVariable_NoSecretIsKept(t *testing.T) {
	t.Parallel()
	t.Run("in logs and errors", func(t *testing.T) {
		t.Parallel()
		var log bytes.Buffer
		ctx := tflogtest.RootLogger(t.Context(), &log)
		w := world(t, nil)
		state, said, _ := create(ctx, w, secretValue(secretID))
		if got, more := opened(ctx, t, w, "contoso_It"); got != canary {
			t.Fatal(more)
		}
		revoke(w, dataversePrincipal(w))
		_, refused := opened(ctx, t, w, "contoso_It")
		args := secretValue(secretID)
		args["schema_name"] = acctest.Text("contoso_Other")
		_, failed, _ := create(ctx, w, args)
		for name, text := range map[string]string{"state": fmt.Sprint(state), "messages": said + refused + failed, "log": log.String()} {
			if strings.Contains(text, canary) || strings.Contains(text, "~case-api") {
				t.Errorf("the secret is in the %s", name)
			}
		}
		if !strings.Contains(log.String(), "environmentvariabledefinitions") || !strings.Contains(log.String(), "RetrieveEnvironmentVariableSecretValue") || !strings.Contains(log.String(), "answer body") {
			t.Error("the log does not show the requests, so it proves nothing")
		}
	})
	t.Run("in state and plans", func(t *testing.T) {
		t.Parallel()
		w := world(t, nil)
		config := w.Provider() + secret() + fmt.Sprintf(`
data "powerplatform_key_vault_secret_access" "it" {
  environment_id = %[1]q
  secret_id      = %[2]q
}
ephemeral %[3]q "it" {
  environment_id = %[1]q
  schema_name    = powerplatform_environment_variable.it.value_id == "" ? "contoso_No" : "contoso_It" # known once it is there
}
provider "powerplatform" {
  alias         = "with_the_secret"
  tenant_id     = %[4]q
  client_id     = %[5]q
  client_secret = ephemeral.%[3]s.it.value
}
`, testEnv, secretID, secretKind, w.ID, mock.DefaultClientID)
		checks := resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{noSecret{}}, PostApplyPostRefresh: []plancheck.PlanCheck{noSecret{}}}
		w.RunCLI( // which opens ephemeral resources
			resource.TestStep{Config: config, ConfigPlanChecks: checks, Check: noSecretIn},
			resource.TestStep{Config: config, ConfigPlanChecks: checks, Check: noSecretIn},
		)
		if w.Count("dataverse.retrieveenvironmentvariablesecretvalue") == 0 {
			t.Error("the secret was never opened, so this proves nothing")
		}
	})
}

type noSecret struct{}

// CheckPlan looks for the secret in a plan.
func (noSecret) CheckPlan(_ context.Context, req plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	resp.Error = clean(req.Plan, "plan")
}

func noSecretIn(s *terraform.State) error { return clean(s, "state") }

func clean(v any, what string) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if strings.Contains(string(text), "~case-api") {
		return fmt.Errorf("the secret is in the %s", what)
	}
	if !strings.Contains(string(text), "case-api-client-secret-test") {
		return fmt.Errorf("the %s does not even hold the reference, so this proves nothing", what)
	}
	return nil
}
