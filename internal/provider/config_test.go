package provider

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/auth"
)

const (
	configTenant = "11111111-1111-4111-8111-111111111111"
	configClient = "22222222-2222-4222-8222-222222222222"
)

// block reads a provider block through the schema, as the framework does. Arguments that are not given are null.
func block(t *testing.T, given map[string]tftypes.Value) config {
	t.Helper()
	s := configSchema()
	object := s.Type().TerraformType(t.Context()).(tftypes.Object)
	values := map[string]tftypes.Value{}
	for name, typ := range object.AttributeTypes {
		values[name] = tftypes.NewValue(typ, nil)
		if v, ok := given[name]; ok {
			values[name] = v
		}
	}
	var m config
	if diags := (tfsdk.Config{Raw: tftypes.NewValue(object, values), Schema: s}).Get(t.Context(), &m); diags.HasError() {
		t.Fatal(diags)
	}
	return m
}

func stringsBlock(t *testing.T, given map[string]string) config {
	t.Helper()
	values := map[string]tftypes.Value{}
	for name, v := range given {
		values[name] = tftypes.NewValue(tftypes.String, v)
	}
	return block(t, values)
}

func getenvOf(variables map[string]string) func(string) string {
	return func(name string) string { return variables[name] }
}

var signedIn = map[string]string{
	"ARM_TENANT_ID": configTenant, "ARM_CLIENT_ID": configClient, "ARM_CLIENT_SECRET": "s3cr3t-value",
}

func with(more map[string]string) func(string) string {
	return func(name string) string {
		if v, ok := more[name]; ok {
			return v
		}
		return signedIn[name]
	}
}

func blamed(diags diag.Diagnostics) []string {
	var names []string
	for _, d := range diags.Errors() {
		if at, ok := d.(diag.DiagnosticWithPath); ok {
			names = append(names, at.Path().String())
		} else {
			names = append(names, "")
		}
	}
	return names
}

func TestConfigSchema_IsDocumentedAndHidesSecrets(t *testing.T) {
	t.Parallel()
	s := configSchema()
	if diags := s.ValidateImplementation(t.Context()); diags.HasError() {
		t.Fatal(diags)
	}
	secrets := []string{"client_certificate", "client_certificate_password", "client_secret", "oidc_request_token", "oidc_token"}
	for name, a := range s.Attributes {
		if !a.IsOptional() || a.IsSensitive() != slices.Contains(secrets, name) {
			t.Errorf("%s is optional: %t, sensitive: %t", name, a.IsOptional(), a.IsSensitive())
		}
		if !strings.Contains(a.GetMarkdownDescription(), "From the environment: `POWER_PLATFORM_") {
			t.Errorf("%s does not name its environment variables: %q", name, a.GetMarkdownDescription())
		}
	}
	for _, name := range auth.Attributes() {
		a, ok := s.Attributes[name]
		if !ok {
			t.Errorf("%s is missing", name)
			continue
		}
		for _, variable := range auth.Variables(name) {
			if !strings.Contains(a.GetMarkdownDescription(), "`"+variable+"`") {
				t.Errorf("%s does not name %s", name, variable)
			}
		}
	}
	if len(s.Attributes) != 23 {
		t.Errorf("there are %d arguments, expected 23", len(s.Attributes))
	}
}

func TestConfigSchema_ValidatesArguments(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		attribute, value string
		valid            bool
	}{
		{"cloud", "gcchigh", true},
		{"cloud", "", true},
		{"cloud", "usgov", false},
		{"tenant_id", configTenant, true},
		{"tenant_id", "", true},
		{"tenant_id", "contoso.onmicrosoft.com", false},
		{"client_id", "{" + configClient + "}", false},
		{"azdo_service_connection_id", "mine", false},
		{"partner_id", "partner", false},
		{"subscription_id", configTenant, true},
		{"subscription_id", "/subscriptions/" + configTenant, false},
	} {
		var resp validator.StringResponse
		for _, v := range configSchema().Attributes[c.attribute].(schema.StringAttribute).Validators {
			v.ValidateString(t.Context(), validator.StringRequest{Path: path.Root(c.attribute), ConfigValue: types.StringValue(c.value)}, &resp)
		}
		if resp.Diagnostics.HasError() == c.valid {
			t.Errorf("%s = %q gave %v", c.attribute, c.value, resp.Diagnostics)
		}
	}
}

func TestConfig_KnowsWhatIsUnknown(t *testing.T) {
	t.Parallel()
	if block(t, nil).unknown() {
		t.Error("an empty block is unknown")
	}
	object := configSchema().Type().TerraformType(t.Context()).(tftypes.Object)
	for name, typ := range object.AttributeTypes {
		if !block(t, map[string]tftypes.Value{name: tftypes.NewValue(typ, tftypes.UnknownValue)}).unknown() {
			t.Errorf("an unknown %s is not noticed", name)
		}
	}
	partly := tftypes.NewValue(tftypes.List{ElementType: tftypes.String}, []tftypes.Value{
		tftypes.NewValue(tftypes.String, configTenant), tftypes.NewValue(tftypes.String, tftypes.UnknownValue),
	})
	if !block(t, map[string]tftypes.Value{"auxiliary_tenant_ids": partly}).unknown() {
		t.Error("an unknown element is not noticed")
	}
}

func TestConfig_HandsEveryArgumentOn(t *testing.T) {
	t.Parallel()
	c, diags := block(t, map[string]tftypes.Value{
		"cloud":     tftypes.NewValue(tftypes.String, "china"),
		"tenant_id": tftypes.NewValue(tftypes.String, configTenant),
		"auxiliary_tenant_ids": tftypes.NewValue(tftypes.List{ElementType: tftypes.String}, []tftypes.Value{
			tftypes.NewValue(tftypes.String, configClient),
		}),
		"client_id":                           tftypes.NewValue(tftypes.String, configClient),
		"client_secret":                       tftypes.NewValue(tftypes.String, "a"),
		"client_certificate":                  tftypes.NewValue(tftypes.String, "b"),
		"client_certificate_file_path":        tftypes.NewValue(tftypes.String, "c"),
		"client_certificate_password":         tftypes.NewValue(tftypes.String, "d"),
		"oidc_request_url":                    tftypes.NewValue(tftypes.String, "e"),
		"oidc_request_token":                  tftypes.NewValue(tftypes.String, "f"),
		"oidc_token":                          tftypes.NewValue(tftypes.String, "g"),
		"oidc_token_file_path":                tftypes.NewValue(tftypes.String, "h"),
		"azdo_service_connection_id":          tftypes.NewValue(tftypes.String, "i"),
		"use_oidc":                            tftypes.NewValue(tftypes.Bool, false),
		"use_msi":                             tftypes.NewValue(tftypes.Bool, true),
		"use_cli":                             tftypes.NewValue(tftypes.Bool, false),
		"use_dev_cli":                         tftypes.NewValue(tftypes.Bool, false),
		"enable_continuous_access_evaluation": tftypes.NewValue(tftypes.Bool, true),
		"ca_certificate_file":                 tftypes.NewValue(tftypes.String, "j"),
		"telemetry_optout":                    tftypes.NewValue(tftypes.Bool, true),
		"partner_id":                          tftypes.NewValue(tftypes.String, configTenant),
		"disable_terraform_partner_id":        tftypes.NewValue(tftypes.Bool, true),
		"subscription_id":                     tftypes.NewValue(tftypes.String, configTenant),
	}).resolve(getenvOf(nil))
	if diags.HasError() {
		t.Fatal(diags)
	}
	a := c.Auth
	got := []string{
		c.Cloud.Name, a.TenantID.Text(), a.AuxiliaryTenantIDs[0].Text(), a.ClientID.Text(), a.ClientSecret.Text(), a.ClientCertificate.Text(),
		a.ClientCertificateFilePath.Text(), a.ClientCertificatePassword.Text(), a.OIDCRequestURL.Text(), a.OIDCRequestToken.Text(),
		a.OIDCToken.Text(), a.OIDCTokenFilePath.Text(), a.AzDOServiceConnectionID.Text(), c.Network.CACertificateFile, c.PartnerID, string(a.Method),
		c.Azure.SubscriptionID, c.Azure.AuxiliaryTenantIDs[0],
	}
	want := []string{
		"china", configTenant, configClient, configClient, "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", configTenant, "managed identity", configTenant, configClient,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, expected %v", got, want)
	}
	if !a.UseMSI.On() || !a.UseOIDC.Off() || !a.UseCLI.Off() || !a.UseDevCLI.Off() || !a.EnableContinuousAccessEvaluation.On() || !c.TelemetryOptOut {
		t.Errorf("switches are %+v, telemetry opt-out is %t", a, c.TelemetryOptOut)
	}
}

func TestConfig_TakesTheRestFromTheEnvironment(t *testing.T) {
	t.Parallel()
	c, diags := stringsBlock(t, map[string]string{"cloud": "", "client_secret": ""}).resolve(with(map[string]string{
		"POWER_PLATFORM_CLOUD": "dod", "POWER_PLATFORM_CA_CERTIFICATE_FILE": "/ca.pem", "POWER_PLATFORM_MOCK_HOST": "127.0.0.1:1",
		"POWER_PLATFORM_TELEMETRY_OPTOUT": "1", "ARM_PARTNER_ID": configClient, "ARM_SUBSCRIPTION_ID": configTenant,
	}))
	if diags.HasError() {
		t.Fatal(diags)
	}
	if c.Cloud.Name != "dod" || c.Network.CACertificateFile != "/ca.pem" || c.Network.MockHost != "127.0.0.1:1" || !c.TelemetryOptOut ||
		c.PartnerID != configClient || c.Auth.Method != auth.ClientSecret || c.Azure.SubscriptionID != configTenant {
		t.Errorf("got %+v", c)
	}
	c, diags = block(t, nil).resolve(with(nil))
	if diags.HasError() || c.Cloud.Name != "public" || c.TelemetryOptOut {
		t.Errorf("without anything got %+v, %v", c, diags)
	}
}

func TestConfig_SendsThePartnerIDUnlessDisabled(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		variables map[string]string
		want      string
	}{
		"by default":             {nil, "222c6c49-1b0a-5959-a213-6608f9eb8820"},
		"disabled":               {map[string]string{"ARM_DISABLE_TERRAFORM_PARTNER_ID": "true"}, ""},
		"disabled, but one set":  {map[string]string{"POWER_PLATFORM_DISABLE_TERRAFORM_PARTNER_ID": "true", "ARM_PARTNER_ID": configTenant}, configTenant},
		"the first variable won": {map[string]string{"POWER_PLATFORM_PARTNER_ID": configClient, "ARM_PARTNER_ID": configTenant}, configClient},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, diags := block(t, nil).resolve(with(c.variables))
			if diags.HasError() || got.PartnerID != c.want {
				t.Errorf("got %q, %v, expected %q", got.PartnerID, diags, c.want)
			}
		})
	}
}

func TestConfig_BlamesTheArgument(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		given     map[string]string
		getenv    func(string) string
		attribute []string
		words     string
	}{
		"cloud of the environment": {nil, with(map[string]string{"POWER_PLATFORM_CLOUD": "usgov"}), []string{"cloud"}, "POWER_PLATFORM_CLOUD is \"usgov\". Expected one of public, gcc"},
		"partner":                  {map[string]string{"partner_id": "x"}, with(nil), []string{"partner_id"}, "Expected a UUID"},
		"subscription":             {nil, with(map[string]string{"ARM_SUBSCRIPTION_ID": "x"}), []string{"subscription_id"}, "ARM_SUBSCRIPTION_ID is \"x\". Expected a UUID"},
		"telemetry switch":         {nil, with(map[string]string{"POWER_PLATFORM_TELEMETRY_OPTOUT": "ja"}), []string{"telemetry_optout"}, "POWER_PLATFORM_TELEMETRY_OPTOUT is \"ja\""},
		"partner switch":           {nil, with(map[string]string{"ARM_DISABLE_TERRAFORM_PARTNER_ID": "x"}), []string{"disable_terraform_partner_id"}, "ARM_DISABLE"},
		"secret missing":           {map[string]string{"tenant_id": configTenant, "client_id": configClient}, getenvOf(nil), []string{"client_secret"}, "No complete way"},
		"all of them at once":      {map[string]string{"partner_id": "x", "cloud": "x"}, getenvOf(nil), []string{"cloud", "tenant_id", "partner_id"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, diags := stringsBlock(t, c.given).resolve(c.getenv)
			if got := blamed(diags); !slices.Equal(got, c.attribute) {
				t.Fatalf("errors are at %v, expected %v: %v", got, c.attribute, diags)
			}
			if !strings.Contains(diags[0].Detail(), c.words) {
				t.Errorf("detail is %q", diags[0].Detail())
			}
		})
	}
}

func TestConnection_OpensWithoutARequest(t *testing.T) {
	t.Parallel()
	c, diags := block(t, nil).resolve(with(nil))
	if diags.HasError() {
		t.Fatal(diags)
	}
	transport, credential, diags := c.open(nil)
	if diags.HasError() || transport == nil || credential == nil {
		t.Fatalf("got %v, %v, %v", transport, credential, diags)
	}
	mine := forbidden{t}
	if given, _, diags := c.open(mine); diags.HasError() || given != mine {
		t.Errorf("got %v, %v", given, diags)
	}
}

type forbidden struct{ t *testing.T }

func (f forbidden) Do(req *http.Request) (*http.Response, error) {
	f.t.Errorf("a request was made to %s", req.URL)
	return nil, http.ErrNotSupported
}

func TestConnection_BlamesTheArgumentThatCannotBeOpened(t *testing.T) {
	t.Parallel()
	missing := filepath.Join(t.TempDir(), "none.pem")
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		variables map[string]string
		attribute string
		words     string
	}{
		"CA file is missing":           {map[string]string{"POWER_PLATFORM_CA_CERTIFICATE_FILE": missing}, "ca_certificate_file", missing},
		"CA file is empty":             {map[string]string{"POWER_PLATFORM_CA_CERTIFICATE_FILE": empty}, "ca_certificate_file", "no PEM certificate"},
		"client certificate":           {map[string]string{"ARM_CLIENT_SECRET": "", "ARM_CLIENT_CERTIFICATE_PATH": missing}, "client_certificate_file_path", missing},
		"mock host is not on loopback": {map[string]string{"POWER_PLATFORM_MOCK_HOST": "192.0.2.1:80"}, "", "POWER_PLATFORM_MOCK_HOST"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resolved, diags := block(t, nil).resolve(with(c.variables))
			if diags.HasError() {
				t.Fatal(diags)
			}
			_, _, diags = resolved.open(nil)
			if got := blamed(diags); !slices.Equal(got, []string{c.attribute}) || !strings.Contains(diags[0].Detail(), c.words) {
				t.Errorf("errors are at %v: %v", got, diags)
			}
		})
	}
}

func TestConnection_UserAgent(t *testing.T) {
	t.Parallel()
	c := connection{PartnerID: defaultPartnerID}
	got := c.userAgent("1.2.3", "1.11.4", getenvOf(map[string]string{"TF_APPEND_USER_AGENT": " ci/1\r\nX: y "}))
	want := regexp.MustCompile(`^terraform-provider-powerplatform/1\.2\.3 \(` + runtime.GOOS + `; ` + runtime.GOARCH + `\) terraform/1\.11\.4 go/1\.\S+ pid-` +
		defaultPartnerID + ` ci/1 X: y$`)
	if !want.MatchString(got) {
		t.Errorf("user agent is %q", got)
	}
	c.PartnerID = ""
	if got := c.userAgent("1.2.3", "1.11.4", getenvOf(nil)); strings.Contains(got, "pid-") {
		t.Errorf("user agent is %q", got)
	}
	c.TelemetryOptOut = true
	if got := c.userAgent("1.2.3", "1.11.4", getenvOf(nil)); got != "" {
		t.Errorf("user agent is %q", got)
	}
}
