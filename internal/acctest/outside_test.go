package acctest_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/auth"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/provider"
)

// The one test that reaches the mock as users do: over a socket, told by the environment alone.
func TestProviderReachesAMockOnASocketWithoutCredentials(t *testing.T) {
	for _, argument := range auth.Attributes() {
		for _, variable := range auth.Variables(argument) {
			t.Setenv(variable, "")
		}
	}
	platform := mock.New()
	listening := httptest.NewServer(platform)
	defer listening.Close()
	t.Setenv(auth.MockHostVariable, strings.TrimPrefix(listening.URL, "http://"))

	server, err := providerserver.NewProtocol6WithError(provider.New("test", nil))()
	if err != nil {
		t.Fatal(err)
	}
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	configured, err := server.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{Config: empty(t, schemas.Provider)})
	if err != nil || len(configured.Diagnostics) > 0 {
		t.Fatal(err, configured.Diagnostics)
	}
	const name = "powerplatform_whoami"
	read, err := server.ReadDataSource(t.Context(), &tfprotov6.ReadDataSourceRequest{TypeName: name, Config: empty(t, schemas.DataSourceSchemas[name])})
	if err != nil || len(read.Diagnostics) > 0 {
		t.Fatal(err, read.Diagnostics)
	}
	value, err := read.State.Unmarshal(schemas.DataSourceSchemas[name].ValueType())
	if err != nil {
		t.Fatal(err)
	}
	var attributes map[string]tftypes.Value
	if err := value.As(&attributes); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"tenant_id": mock.DefaultTenantID, "application_id": mock.DefaultClientID} {
		var got string
		if err := attributes[name].As(&got); err != nil || got != want {
			t.Errorf("%s is %q, %v, expected %q", name, got, err, want)
		}
	}
	hosts := map[string]bool{}
	for _, e := range platform.Journal(mock.DefaultTenantID) {
		hosts[e.Host] = true
	}
	if !hosts["login.microsoftonline.com"] || !hosts["api.bap.microsoft.com"] {
		t.Errorf("the mock saw the hosts %v", hosts)
	}
}

// empty is an object of a schema without any value.
func empty(t *testing.T, s *tfprotov6.Schema) *tfprotov6.DynamicValue {
	t.Helper()
	object := s.ValueType().(tftypes.Object)
	values := map[string]tftypes.Value{}
	for name, typ := range object.AttributeTypes {
		values[name] = tftypes.NewValue(typ, nil)
	}
	out, err := tfprotov6.NewDynamicValue(object, tftypes.NewValue(object, values))
	if err != nil {
		t.Fatal(err)
	}
	return &out
}
