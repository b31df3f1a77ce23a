package acctest_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/auth"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/cloud"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/login"
)

func TestTableOfEnvironmentVariablesIsTheProviders(t *testing.T) {
	t.Parallel()
	said := argumentVariables(t)
	table := map[string][]string{}
	for _, row := range guide(t, "authentication").section(t, "Environment variables").rows() {
		name := row[0][0]
		table[name] = row[1]
		if !slices.Equal(row[1], said[name]) {
			t.Errorf("%s: the guide says %q, the schema %q", name, row[1], said[name])
		}
	}
	for _, name := range auth.Attributes() {
		if want := auth.Variables(name); !slices.Equal(table[name], want) {
			t.Errorf("%s: the guide says %q, the provider reads %q", name, table[name], want)
		}
	}
}

func TestCloudsOfTheGuideAreTheProviders(t *testing.T) {
	t.Parallel()
	names := slices.DeleteFunc(spans(guide(t, "authentication").section(t, "Other clouds").text), func(s string) bool {
		return strings.HasPrefix(strings.ToLower(s), "cloud") || strings.HasPrefix(s, "POWER_")
	})
	if !slices.Equal(names, cloud.Names()) {
		t.Errorf("%q, but the provider knows %q", names, cloud.Names())
	}
}

var yamlVariable = regexp.MustCompile(`(?m)^ +([A-Z_]+): (.+)$`)

// variables are what a block exports, or sets under env. What it leaves open ("…", "$(tenantId)") is taken from values,
// and so is what only exists on the machine that it is for (paths).
func (b block) variables(t *testing.T, values map[string]string) map[string]string {
	t.Helper()
	env := b.exports()
	for _, m := range yamlVariable.FindAllStringSubmatch(b.text, -1) {
		env[m[1]] = strings.Trim(m[2], `"`)
	}
	known := knownVariables(t)
	for name := range env {
		if !known[name] {
			t.Errorf("the provider does not read %s", name)
		}
		if env[name] == "true" {
			continue
		}
		value, ok := values[name]
		if !ok {
			t.Fatalf("%s = %s: nothing to put in its place", name, env[name])
		}
		env[name] = value
	}
	return env
}

const (
	guideTenant     = "00000000-0000-4000-8000-00000000cccc"
	guideClient     = "00000000-0000-4000-8000-00000000dddd"
	guideConnection = "00000000-0000-4000-8000-0000000000ee"
)

// tenantOfOne is a platform whose one application of its own may sign in in every way. Nobody signs in to it by accident.
func tenantOfOne(t *testing.T) *mock.Platform {
	t.Helper()
	certificate, _, _ := strings.Cut(open(t, "internal/auth/testdata/client.pem").text, "-----BEGIN PRIVATE")
	p := mock.New()
	p.AddTenant(mock.TenantSeed{ID: guideTenant, Applications: []mock.Application{{
		ClientID: guideClient, ClientSecret: "of the guide", Admin: true, Certificates: []string{certificate}, ManagedIdentity: "user",
		Federated: []mock.Federation{login.GitHub(login.GitHubSubject), login.AzurePipelines("contoso", "landing-zone", guideConnection)},
	}}})
	return p
}

// ways are the sections of the guide, each with the language of its block, what the surroundings set by themselves there,
// and the operation of the platform by which the provider is known; none where a tool on the machine signs in.
var ways = map[string]struct {
	lang, operation string
	method          auth.Method
	given           map[string]string
}{
	"Client secret":      {"shell", "login.token", auth.ClientSecret, nil},
	"Client certificate": {"shell", "login.token", auth.ClientCertificate, nil},
	"OpenID Connect": {"yaml", "login.github", auth.OIDC, map[string]string{
		"ACTIONS_ID_TOKEN_REQUEST_URL": login.GitHubRequestURL, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "of the runner",
	}},
	"Azure Pipelines":     {"yaml", "login.pipelines", auth.AzurePipelines, map[string]string{"SYSTEM_OIDCREQUESTURI": login.AzurePipelinesRequestURI}},
	"Managed identity":    {"shell", "login.imds", auth.ManagedIdentity, nil},
	"Azure CLI":           {"shell", "", auth.AzureCLI, nil},
	"Azure Developer CLI": {"shell", "", auth.AzureDeveloperCLI, nil},
}

func TestEveryWayToSignInOfTheGuide(t *testing.T) {
	t.Parallel()
	p := guide(t, "authentication")
	certificate, err := filepath.Abs(filepath.Join(root, "internal", "auth", "testdata", "client.pfx"))
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]string{
		"POWER_PLATFORM_TENANT_ID": guideTenant, "POWER_PLATFORM_CLIENT_ID": guideClient, "POWER_PLATFORM_CLIENT_SECRET": "of the guide",
		"POWER_PLATFORM_CLIENT_CERTIFICATE_FILE_PATH": certificate, "POWER_PLATFORM_AZDO_SERVICE_CONNECTION_ID": guideConnection,
		"SYSTEM_ACCESSTOKEN": "of the pipeline",
	}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := p.section(t, name).only(t, way.lang).variables(t, values)
			maps.Copy(env, way.given)
			if s, err := auth.Resolve(auth.Given{}, func(name string) string { return env[name] }); err != nil || s.Method != way.method {
				t.Fatalf("the provider understands it as %q (%v)", s.Method, err)
			}
			if way.operation == "" {
				return
			}
			platform := tenantOfOne(t)
			d := sit(t, platform)
			maps.Copy(d.env, env)
			d.write(map[string]string{"main.tf": required + `
data "powerplatform_whoami" "me" {}
output "me" {
  value = "${data.powerplatform_whoami.me.tenant_id} ${data.powerplatform_whoami.me.application_id}"
}
`})
			if out := d.terraform("plan", "-no-color"); !strings.Contains(out, guideTenant+" "+guideClient) {
				t.Error(out)
			}
			if !slices.ContainsFunc(platform.Journal(""), func(e mock.Entry) bool { return e.Operation == way.operation && e.Status == http.StatusOK }) {
				t.Errorf("%s was not called", way.operation)
			}
		})
	}
}

func TestGuideNamesEveryWayToSignIn(t *testing.T) {
	t.Parallel()
	p := guide(t, "authentication")
	for name := range ways {
		anchor := "(#" + strings.ReplaceAll(strings.ToLower(name), " ", "-") + ")"
		if !strings.Contains(p.text, "| ["+name+"]"+anchor) {
			t.Errorf("the table does not lead to %s", name)
		}
	}
	for name := range argumentVariables(t) {
		if strings.HasPrefix(name, "use_") && !slices.ContainsFunc(p.rows(), func(row [][]string) bool { return len(row) == 3 && slices.Contains(row[1], name) }) {
			t.Errorf("no way is chosen by %s", name)
		}
	}
}

// TestRegistrationOfTheGuide puts the application as the guide does, signed in as a person.
func TestRegistrationOfTheGuide(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{Applications: []mock.Application{
		{ClientID: mock.DefaultClientID, ClientSecret: mock.DefaultClientSecret, Admin: true}, {ClientID: guideClient, ClientSecret: "of the guide"},
	}})
	s := w.Serve(acctest.Values{"client_id": acctest.Text(guideClient), "client_secret": acctest.Text("of the guide")})
	look := func() string {
		_, diagnostics := s.Read(t.Context(), "powerplatform_tenant", acctest.Values{"tenant_id": tftypes.NewValue(tftypes.String, nil)})
		return acctest.Said(diagnostics)
	}
	if said := look(); !strings.Contains(said, "403") || !strings.Contains(said, "admin management application") {
		t.Errorf("before the registration: %q", said)
	}
	commands := guide(t, "authentication").section(t, "Register the service principal, once per tenant").only(t, "shell").commands()
	words := commands[len(commands)-1]
	value := func(flag string) string {
		i := slices.Index(words, flag)
		if i < 0 {
			t.Fatalf("%q has no %s", words, flag)
		}
		return words[i+1]
	}
	const person = "00000000-0000-4000-8000-00000000ffff" // the application of nobody: tokens of it are those of an administrator
	token, err := w.Token(person, value("--resource"))
	if err != nil {
		t.Fatal(err)
	}
	address, err := url.Parse(os.Expand(value("--url"), func(name string) string { return map[string]string{"CLIENT_ID": guideClient}[name] }))
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), strings.ToUpper(value("--method")), address.String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := w.Platform.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatal(fmt.Sprint(words), resp.Status)
	}
	if said := look(); said != "" {
		t.Errorf("after the registration: %s", said)
	}
}
