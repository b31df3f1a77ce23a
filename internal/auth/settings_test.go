package auth_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/auth"
)

const (
	tenant  = "11111111-1111-4111-8111-111111111111"
	client  = "22222222-2222-4222-8222-222222222222"
	other   = "33333333-3333-4333-8333-333333333333"
	service = "44444444-4444-4444-8444-444444444444"
	secret  = "s3cr3t-value"
)

// env is an environment; it stands in for os.Getenv.
type env map[string]string

func (e env) get(name string) string { return e[name] }

func (e env) with(more env) env {
	all := env{}
	for _, m := range []env{e, more} {
		maps.Copy(all, m)
	}
	return all
}

func problem(t *testing.T, err error) *auth.Problem {
	t.Helper()
	p, ok := errors.AsType[*auth.Problem](err)
	if !ok {
		t.Fatalf("error is %v, expected a Problem", err)
	}
	return p
}

func TestResolve_ChoosesTheMethod(t *testing.T) {
	t.Parallel()
	ids := env{"ARM_TENANT_ID": tenant, "ARM_CLIENT_ID": client}
	azure := env{"AZURE_TENANT_ID": tenant, "AZURE_CLIENT_ID": client}
	on, off := new(true), new(false)
	for name, c := range map[string]struct {
		given auth.Given
		env   env
		want  auth.Method
	}{
		"secret in the block":             {auth.Given{TenantID: tenant, ClientID: client, ClientSecret: secret}, nil, auth.ClientSecret},
		"secret of POWER_PLATFORM":        {auth.Given{}, env{"POWER_PLATFORM_TENANT_ID": tenant, "POWER_PLATFORM_CLIENT_ID": client, "POWER_PLATFORM_CLIENT_SECRET": secret}, auth.ClientSecret},
		"secret of ARM":                   {auth.Given{}, ids.with(env{"ARM_CLIENT_SECRET": secret}), auth.ClientSecret},
		"secret of AZURE":                 {auth.Given{}, azure.with(env{"AZURE_CLIENT_SECRET": secret}), auth.ClientSecret},
		"secret split over both":          {auth.Given{TenantID: tenant}, env{"ARM_CLIENT_ID": client, "AZURE_CLIENT_SECRET": secret}, auth.ClientSecret},
		"certificate without password":    {auth.Given{ClientCertificate: "AAAA"}, ids, auth.ClientCertificate},
		"certificate file of AZURE":       {auth.Given{}, azure.with(env{"AZURE_CLIENT_CERTIFICATE_PATH": "/c.pem"}), auth.ClientCertificate},
		"secret before certificate":       {auth.Given{}, ids.with(env{"ARM_CLIENT_SECRET": secret, "ARM_CLIENT_CERTIFICATE_PATH": "/c.pem"}), auth.ClientSecret},
		"certificate in the block first":  {auth.Given{ClientCertificate: "AAAA"}, ids.with(env{"ARM_CLIENT_SECRET": secret}), auth.ClientCertificate},
		"OIDC of a GitHub workflow":       {auth.Given{}, ids.with(env{"ACTIONS_ID_TOKEN_REQUEST_URL": "https://token.example", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "r"}), auth.OIDC},
		"OIDC by switch":                  {auth.Given{UseOIDC: on}, ids.with(env{"ARM_OIDC_TOKEN": "a"}), auth.OIDC},
		"OIDC by switch of ARM":           {auth.Given{}, ids.with(env{"ARM_USE_OIDC": "true", "ARM_OIDC_TOKEN": "a", "ARM_CLIENT_SECRET": secret}), auth.OIDC},
		"workload identity of Kubernetes": {auth.Given{}, azure.with(env{"AZURE_FEDERATED_TOKEN_FILE": "/token"}), auth.OIDC},
		"pipelines of SYSTEM":             {auth.Given{AzDOServiceConnectionID: service}, ids.with(env{"SYSTEM_OIDCREQUESTURI": "https://dev.example", "SYSTEM_ACCESSTOKEN": "r"}), auth.AzurePipelines},
		"pipelines of ARM": {auth.Given{}, ids.with(env{
			"ARM_USE_OIDC": "true", "ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID": service,
			"ARM_OIDC_REQUEST_URL": "https://dev.example", "ARM_OIDC_REQUEST_TOKEN": "r",
		}), auth.AzurePipelines},
		"token in the block, connection around": {auth.Given{UseOIDC: on, OIDCToken: "a"}, ids.with(env{"ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID": service}), auth.OIDC},
		"managed identity of the system":        {auth.Given{UseMSI: on}, nil, auth.ManagedIdentity},
		"managed identity of ARM":               {auth.Given{}, env{"ARM_USE_MSI": "1"}, auth.ManagedIdentity},
		"CLI beats what lies around":            {auth.Given{UseCLI: on}, ids.with(env{"ARM_CLIENT_SECRET": secret}), auth.AzureCLI},
		"CLI of ARM beats a secret of ARM":      {auth.Given{}, ids.with(env{"ARM_USE_CLI": "true", "ARM_CLIENT_SECRET": secret}), auth.AzureCLI},
		"developer CLI":                         {auth.Given{}, env{"POWER_PLATFORM_USE_DEV_CLI": "TRUE"}, auth.AzureDeveloperCLI},
		"block switch beats another variable":   {auth.Given{UseCLI: on}, env{"ARM_USE_OIDC": "true"}, auth.AzureCLI},
		"block secret beats a variable switch":  {auth.Given{TenantID: tenant, ClientID: client, ClientSecret: secret}, env{"ARM_USE_MSI": "true"}, auth.ClientSecret},
		"block false undoes the variable":       {auth.Given{UseMSI: off}, ids.with(env{"ARM_USE_MSI": "true", "ARM_CLIENT_SECRET": secret}), auth.ClientSecret},
		"incomplete is passed over":             {auth.Given{UseOIDC: off}, ids.with(env{"ARM_OIDC_TOKEN": "a", "ARM_CLIENT_CERTIFICATE_PATH": "/c.pem"}), auth.ClientCertificate},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := auth.Resolve(c.given, c.env.get)
			if err != nil {
				t.Fatal(err)
			}
			if s.Method != c.want {
				t.Errorf("method is %q, expected %q", s.Method, c.want)
			}
		})
	}
}

func TestResolve_ProblemsSayWhatWasFoundWhere(t *testing.T) {
	t.Parallel()
	ids := env{"ARM_TENANT_ID": tenant, "ARM_CLIENT_ID": client}
	on, off := new(true), new(false)
	for name, c := range map[string]struct {
		given     auth.Given
		env       env
		attribute string
		words     []string
	}{
		"nothing at all": {auth.Given{}, nil, "tenant_id", []string{
			"client secret lacks", "client certificate lacks", "OIDC lacks", "Azure Pipelines lacks", "managed identity lacks use_msi",
			"Azure CLI lacks use_cli", "Azure Developer CLI lacks use_dev_cli", "nothing, neither", "AZURE_TENANT_ID",
		}},
		"secret missing": {auth.Given{}, ids, "client_secret", []string{
			"client_id: set by environment variable ARM_CLIENT_ID", "client_secret: POWER_PLATFORM_CLIENT_SECRET, ARM_CLIENT_SECRET, AZURE_CLIENT_SECRET",
		}},
		"secret without the rest": {auth.Given{ClientSecret: secret}, nil, "tenant_id", []string{
			"by client secret", "client_secret: set by provider argument client_secret", "tenant_id: POWER_PLATFORM_TENANT_ID",
		}},
		"the method that was begun is to blame": {auth.Given{}, env{"ARM_TENANT_ID": tenant, "ARM_OIDC_TOKEN": "a"}, "client_id", nil},
		"switch without a token":                {auth.Given{UseOIDC: on}, ids, "oidc_token", []string{"oidc_token_file_path", "id-token: write"}},
		"half of a request":                     {auth.Given{UseOIDC: on, OIDCRequestURL: "https://x.example"}, ids, "oidc_request_token", []string{"ACTIONS_ID_TOKEN_REQUEST_TOKEN"}},
		"connection outside a pipeline":         {auth.Given{AzDOServiceConnectionID: service}, ids, "oidc_request_url", []string{"SYSTEM_OIDCREQUESTURI", "SYSTEM_ACCESSTOKEN"}},
		"method held back":                      {auth.Given{UseOIDC: off}, ids.with(env{"ARM_OIDC_TOKEN": "a"}), "client_secret", []string{"OIDC lacks use_oidc, which must not be false"}},
		"two switches in the block":             {auth.Given{UseCLI: on, UseMSI: on}, nil, "use_cli", []string{"managed identity", "Azure CLI"}},
		"two switches in the environment":       {auth.Given{}, env{"ARM_USE_OIDC": "true", "POWER_PLATFORM_USE_CLI": "true"}, "use_cli", []string{"ARM_USE_OIDC", "POWER_PLATFORM_USE_CLI"}},
		"no boolean":                            {auth.Given{}, env{"ARM_USE_MSI": "maybe"}, "use_msi", []string{"ARM_USE_MSI", `"maybe"`}},
		"malformed tenant":                      {auth.Given{TenantID: "contoso", ClientID: client, ClientSecret: secret}, nil, "tenant_id", []string{`"contoso"`, "UUID"}},
		"malformed client":                      {auth.Given{}, env{"ARM_TENANT_ID": tenant, "ARM_CLIENT_ID": "{" + client + "}", "ARM_CLIENT_SECRET": secret}, "client_id", []string{"ARM_CLIENT_ID"}},
		"malformed connection":                  {auth.Given{AzDOServiceConnectionID: "mine"}, ids.with(env{"SYSTEM_OIDCREQUESTURI": "https://d.example", "SYSTEM_ACCESSTOKEN": "r"}), "azdo_service_connection_id", []string{`"mine"`}},
		"malformed auxiliary tenant":            {auth.Given{UseCLI: on}, env{"ARM_AUXILIARY_TENANT_IDS": tenant + ";x"}, "auxiliary_tenant_ids", []string{`"x"`, "ARM_AUXILIARY_TENANT_IDS"}},
		"malformed tenant of the CLI":           {auth.Given{UseCLI: on, TenantID: "x"}, nil, "tenant_id", nil},
		"request over clear HTTP":               {auth.Given{OIDCRequestURL: "http://x.example", OIDCRequestToken: "r"}, ids, "oidc_request_url", []string{"https"}},
		"pipeline over clear HTTP":              {auth.Given{AzDOServiceConnectionID: service}, ids.with(env{"SYSTEM_OIDCREQUESTURI": "http://d.example", "SYSTEM_ACCESSTOKEN": "r"}), "oidc_request_url", []string{"SYSTEM_OIDCREQUESTURI"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := auth.Resolve(c.given, c.env.get)
			p := problem(t, err)
			if p.Attribute != c.attribute {
				t.Errorf("attribute is %q, expected %q\n%s", p.Attribute, c.attribute, p)
			}
			for _, words := range c.words {
				if !strings.Contains(p.Detail, words) {
					t.Errorf("detail does not say %q:\n%s", words, p.Detail)
				}
			}
			if p.Summary == "" || strings.HasSuffix(p.Summary, ".") {
				t.Errorf("summary is %q", p.Summary)
			}
		})
	}
}

func TestResolve_NeverShowsASecret(t *testing.T) {
	t.Parallel()
	given := auth.Given{
		ClientSecret: secret, ClientCertificate: secret, ClientCertificatePassword: secret, OIDCRequestToken: secret, OIDCToken: secret,
	}
	_, err := auth.Resolve(given, env{"SYSTEM_ACCESSTOKEN": secret}.get)
	if p := problem(t, err); strings.Contains(p.Error(), secret) {
		t.Errorf("the problem shows a secret: %s", p)
	}
	given.TenantID, given.ClientID = tenant, client
	s, err := auth.Resolve(given, env{}.get)
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if text := fmt.Sprintf(format, s); strings.Contains(text, secret) {
			t.Errorf("settings print a secret with %s: %s", format, text)
		}
	}
}

func TestResolve_RemembersTheSourceAndPrefersTheBlock(t *testing.T) {
	t.Parallel()
	s, err := auth.Resolve(
		auth.Given{TenantID: tenant, UseMSI: new(true)},
		env{
			"ARM_TENANT_ID": other, "POWER_PLATFORM_CLIENT_ID": client, "ARM_CLIENT_ID": other, "AZURE_CLIENT_ID": other,
			"POWER_PLATFORM_ENABLE_CAE": "true", "POWER_PLATFORM_AUXILIARY_TENANT_IDS": tenant + ", " + other + ";",
		}.get,
	)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ got, want string }{
		{s.TenantID.Text(), tenant},
		{s.TenantID.Source(), "provider argument tenant_id"},
		{s.ClientID.Text(), client},
		{s.ClientID.Source(), "environment variable POWER_PLATFORM_CLIENT_ID"},
		{s.ClientSecret.Source(), ""},
		{s.UseMSI.Source(), "provider argument use_msi"},
		{fmt.Sprint(s.EnableContinuousAccessEvaluation.On()), "true"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, expected %q", c.got, c.want)
		}
	}
	var tenants []string
	for _, v := range s.AuxiliaryTenantIDs {
		tenants = append(tenants, v.Text())
	}
	if !slices.Equal(tenants, []string{tenant, other}) {
		t.Errorf("auxiliary tenants are %v", tenants)
	}
}

func TestResolve_TakesEveryDocumentedVariable(t *testing.T) {
	t.Parallel()
	for _, attribute := range auth.Attributes() {
		names := auth.Variables(attribute)
		if len(names) == 0 || !strings.HasPrefix(names[0], "POWER_PLATFORM_") {
			t.Errorf("%s has the variables %v, expected one of POWER_PLATFORM first", attribute, names)
		}
		if !slices.IsSortedFunc(names, func(a, b string) int { return rank(a) - rank(b) }) {
			t.Errorf("%s has the variables %v, expected POWER_PLATFORM, ARM, the CI system, AZURE", attribute, names)
		}
		for _, name := range names {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				_, err := auth.Resolve(auth.Given{}, env{name: "~"}.get)
				// "~" is neither a boolean nor a UUID, and no single variable is a way to sign in.
				if p := problem(t, err); !strings.Contains(p.Detail, name) {
					t.Errorf("%s was not noticed:\n%s", name, p.Detail)
				}
			})
		}
	}
}

func rank(variable string) int {
	for i, prefix := range []string{"POWER_PLATFORM_", "ARM_", "ACTIONS_", "AZURE_", "AZURESUBSCRIPTION_"} {
		if strings.HasPrefix(variable, prefix) {
			return i
		}
	}
	return -1
}

func TestResolve_UsesTheMocksCredentialsWhereNoneAreConfigured(t *testing.T) {
	t.Parallel()
	mock := env{"POWER_PLATFORM_MOCK_HOST": "127.0.0.1:8787"}
	for name, c := range map[string]struct {
		given                  auth.Given
		env                    env
		tenant, client, secret string
	}{
		"nothing configured": {auth.Given{}, mock, auth.MockTenantID, auth.MockClientID, auth.MockClientSecret},
		"a tenant is kept":   {auth.Given{TenantID: tenant}, mock, tenant, auth.MockClientID, auth.MockClientSecret},
		"explicit ones win":  {auth.Given{TenantID: tenant, ClientID: client, ClientSecret: secret}, mock, tenant, client, secret},
		"those of variables": {auth.Given{}, mock.with(env{"ARM_TENANT_ID": tenant, "ARM_CLIENT_ID": client, "ARM_CLIENT_SECRET": secret}), tenant, client, secret},
		"inside a pipeline":  {auth.Given{}, mock.with(env{"SYSTEM_OIDCREQUESTURI": "https://d.example"}), auth.MockTenantID, auth.MockClientID, auth.MockClientSecret},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := auth.Resolve(c.given, c.env.get)
			if err != nil {
				t.Fatal(err)
			}
			if s.Method != auth.ClientSecret || s.TenantID.Text() != c.tenant || s.ClientID.Text() != c.client || s.ClientSecret.Text() != c.secret {
				t.Errorf("settings are %s: %s %s %s", s.Method, s.TenantID.Text(), s.ClientID.Text(), s.ClientSecret.Text())
			}
		})
	}
	t.Run("half of it is still a problem", func(t *testing.T) {
		t.Parallel()
		_, err := auth.Resolve(auth.Given{ClientID: client}, mock.get)
		_ = problem(t, err)
	})
	t.Run("never without the mock", func(t *testing.T) {
		t.Parallel()
		_, err := auth.Resolve(auth.Given{}, env{}.get)
		_ = problem(t, err)
	})
}
