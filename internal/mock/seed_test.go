package mock_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/schema"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/seed"
)

const examples = "../../examples/seeds"

// compiled is the published schema of seeds.
func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(examples, "seed.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("seed.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("seed.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestThePublishedSchemaIsUpToDate(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join(examples, "seed.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want bytes.Buffer
	e := json.NewEncoder(&want)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(mock.New().SeedSchema()); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(raw, want.Bytes()) {
		t.Error("examples/seeds/seed.schema.json is not what the families say: make generate")
	}
}

// valid says whether the schema accepts a file.
func valid(t *testing.T, s *jsonschema.Schema, raw []byte) error {
	t.Helper()
	n, err := schema.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(n.Plain())
}

func TestExamplesOfSeedsCanBeLoaded(t *testing.T) {
	t.Parallel()
	s := compiled(t)
	files, err := filepath.Glob(filepath.Join(examples, "*.yaml"))
	if err != nil || len(files) < 3 {
		t.Fatal(files, err)
	}
	all := mock.New()
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := valid(t, s, raw); err != nil {
			t.Errorf("%s does not follow the schema: %v", file, err)
		}
		parsed, err := all.ParseSeed(raw)
		if err == nil {
			err = all.Seed(parsed)
		}
		if err != nil {
			t.Errorf("%s: %v", file, err)
		}
		if plain, err := seed.Parse(raw); err != nil || len(plain.Tenants) != len(parsed.Tenants) {
			t.Errorf("%s without a platform: %v", file, err)
		}
	}
	contoso := all.Tenant("00000000-0000-4000-8000-0000000a0001")
	contoso.Do(func() {
		for collection, want := range map[string]int{"environments": 5, "environment_groups": 1, "billing_policies": 1, "connectors": 1, "key_vaults": 1, "enterprise_policies": 1} {
			if got := contoso.Collection(collection).Len(); got != want {
				t.Errorf("contoso has %d %s, want %d", got, collection, want)
			}
		}
	})
	if who, ok := contoso.Administrator(); !ok || who.DisplayName != "Ada Admin" {
		t.Error(who)
	}
}

func TestSpecialTenantsAreSpecial(t *testing.T) {
	t.Parallel()
	p := mock.New()
	raw, err := os.ReadFile(filepath.Join(examples, "special-tenants.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := p.ParseSeed(raw)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Seed(s); err != nil {
		t.Fatal(err)
	}
	ask := func(domain, path string) mocktest.Answer {
		c := mocktest.On(t, p, mock.TenantSeed{ID: p.FindTenant(domain).ID})
		return c.Send("GET", "https://api.bap.microsoft.com/providers/Microsoft.BusinessAppPlatform"+path+"?api-version=2021-04-01", nil)
	}
	ask("macro-region.onmicrosoft.com", "/locations/switzerland/environmentLanguages").Want(400, "InvalidMacroRegion")
	ask("no-admin.onmicrosoft.com", "/scopes/admin/environments").Want(403, "Forbidden")
	for range 10 {
		ask("throttled.onmicrosoft.com", "/scopes/admin/environments").Want(200)
	}
	ask("throttled.onmicrosoft.com", "/scopes/admin/environments").Want(429, "TooManyRequests") // the eleventh of a minute
}

func TestMistakesInSeedsAreNamedWithLineAndPath(t *testing.T) {
	t.Parallel()
	s, p := compiled(t), mock.New()
	const head = "tenants:\n- id: 00000000-0000-4000-8000-0000000a0001\n"
	for text, want := range map[string]string{
		head + "  environments:\n  - dispaly_name: x":                                                              "line 4: tenants[0].environments[0].dispaly_name: unknown key; did you mean display_name?",
		head + "  environment: []":                                                                                 "line 3: tenants[0].environment: unknown key; did you mean environments?",
		head + "  environments:\n  - {display_name: x, id: nonsense}":                                              "line 4: tenants[0].environments[0].id: must be a GUID",
		head + "  environments:\n  - {display_name: x, managed: \"yes\"}":                                          `line 4: tenants[0].environments[0].managed: must be true or false, not the text "yes"`,
		head + "  subscriptions:\n  - resource_groups:\n    - name: rg\n      virtual_networks:\n      - {nam: v}": "line 7: tenants[0].subscriptions[0].resource_groups[0].virtual_networks[0].nam: unknown key; did you mean name?",
		head + "  users: [{user_principal_name: x}]":                                                               "line 3: tenants[0].users[0].user_principal_name: must be a name such as",
		head + "  profile: trottled":                                                                               `line 3: tenants[0].profile: must be one of instant, realistic, throttled, not "trottled"; did you mean throttled?`,
		head + "  faults:\n  - {statsu: 500}":                                                                      "line 4: tenants[0].faults[0].statsu: unknown key; did you mean status?",
		"tenant: []":                                                                                               "line 1: tenant: unknown key; did you mean tenants?",
	} {
		if _, err := p.ParseSeed([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s:\n%v, want\n%s", text, err, want)
		}
		if valid(t, s, []byte(text)) == nil {
			t.Errorf("the schema accepts\n%s", text)
		}
	}
	// What no schema can say.
	const guid = "00000000-0000-4000-8000-00000000e0"
	for text, want := range map[string]string{
		head + "- id: 00000000-0000-4000-8000-0000000a0001":                                                                                              "line 3: tenants[1].id: \"00000000-0000-4000-8000-0000000a0001\" is there already, on line 2",
		head + "  environments:\n  - {display_name: x, id: " + guid + "01}\n  - {display_name: y, id: " + guid + "01}":                                   "line 5: tenants[0].environments[1].id: \"" + guid + "01\" is there already, on line 4",
		head + "  environments:\n  - {display_name: x, billing_policy_id: " + guid + "02}":                                                               "line 4: tenants[0].environments[0].billing_policy_id: \"" + guid + "02\" is the ID of no billing policy",
		head + "  custom_connectors:\n  - {display_name: x, environment_id: " + guid + "05}\n  environments:\n  - {display_name: x, id: " + guid + "06}": "line 4: tenants[0].custom_connectors[0].environment_id: \"" + guid + "05\" is the ID of no environment; did you mean " + guid + "06?",
		head + "  environments:\n  - {display_name: x, location: atlantis}":                                                                              "line 4: tenants[0].environments[0].location: unknown location \"atlantis\"",
		head + "  environments:\n  - display_name: x\n    dataverse:\n      currency_code: XXX":                                                          "line 6: tenants[0].environments[0].dataverse.currency_code: there is no currency \"XXX\"",
		head + "  role_assignments:\n  - {scope: /x, principal: terraform, role: Reader}":                                                                "line 4: tenants[0].role_assignments[0].scope: there is no such scope",
		head + "  dataverse_rows:\n  - {environment: x, table: y}":                                                                                       "line 4: tenants[0].dataverse_rows[0].environment: there is no environment \"x\" with Dataverse",
		head + "  faults:\n  - {hang: true, cut: true}":                                                                                                  "line 4: tenants[0].faults[0]: hang and cut exclude each other",
	} {
		p := mock.New()
		seed, err := p.ParseSeed([]byte(text))
		if err == nil {
			err = p.Seed(seed)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s:\n%v, want\n%s", text, err, want)
		}
	}
}
