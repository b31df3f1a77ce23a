package acctest_test

import (
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
)

// documentedAddress is where the guide says that the mock listens.
const documentedAddress = "127.0.0.1:8787"

const adminSection = "Look, and make it go wrong"

// call sends a request to the mock of the desk and returns status and body.
func (d *desk) call(method, path, body string) (int, string) {
	d.t.Helper()
	req, err := http.NewRequestWithContext(d.t.Context(), method, "http://"+d.address+path, strings.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // no proxy
	resp, err := client.Do(req)
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

var heredoc = regexp.MustCompile(`(?ms)^(.*?) <<'EOF'\n(.*?\n)EOF$`)

// heredocs are the texts that a block of shell gives to its commands, by the end of the command: the file that cat
// writes, or what reads its standard input.
func (b block) heredocs(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, m := range heredoc.FindAllStringSubmatch(b.text, -1) {
		command := m[1][strings.LastIndex(m[1], "\n")+1:]
		all[strings.TrimPrefix(command, "cat > ")] = m[2]
	}
	if len(all) == 0 {
		t.Fatalf("line %d has no text", b.line)
	}
	return all
}

// fault is what a block of shell gives to ppmock faults add.
func (d *desk) fault(b block) {
	d.t.Helper()
	if status, text := d.call(http.MethodPost, "/_mock/faults", b.heredocs(d.t)["ppmock faults add -"]); status != http.StatusOK {
		d.t.Fatalf("%d %s", status, text)
	}
}

// moduleOfTheGuide are the files of its five commands.
func moduleOfTheGuide(t *testing.T) map[string]string {
	t.Helper()
	return guide(t, "testing-with-the-mock").section(t, "Five commands").only(t, "shell", "main.tf").heredocs(t)
}

func TestCredentialsOfTheMockAreThoseOfTheGuide(t *testing.T) {
	t.Parallel()
	var got []string
	for _, row := range guide(t, "testing-with-the-mock").section(t, "Keep it running").rows() {
		got = append(got, row[1]...)
	}
	if want := []string{mock.DefaultTenantID, mock.DefaultClientID, mock.DefaultClientSecret}; !slices.Equal(got, want) {
		t.Errorf("%q, but the mock knows %q", got, want)
	}
}

func TestModuleTestOfTheGuide(t *testing.T) {
	t.Parallel()
	module := moduleOfTheGuide(t)
	for name, test := range map[string]struct {
		more string
		want []string
	}{
		"passes": {want: []string{"2 passed, 0 failed"}},
		"finds what it is for": {
			more: "  lifecycle {\n    replace_triggered_by = [terraform_data.name]\n  }\n",
			want: []string{"0 passed, 2 failed", "A team gets a sandbox.", "A new name must not replace the environment."},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := mock.New()
			d := sit(t, p)
			text := module["main.tf"]
			if test.more != "" {
				text = strings.Replace(text, "\"Sandbox\"\n", "\"Production\"\n"+test.more, 1) +
					"resource \"terraform_data\" \"name\" {\n  input = var.display_name\n}\n"
			}
			d.write(map[string]string{"main.tf": text, "main.tftest.hcl": module["main.tftest.hcl"]})
			out, _ := d.try("test", "-no-color")
			for _, text := range test.want {
				if !strings.Contains(out, text) {
					t.Errorf("it does not say %q:\n%s", text, out)
				}
			}
			if left := p.Tenant(mock.DefaultTenantID).Collection("environments").Len(); left != 1 {
				t.Errorf("%d environments are left, not the default one alone", left)
			}
		})
	}
}

// seedOfTheGuide is the seed file, under the name by which the commands know it.
func seedOfTheGuide(t *testing.T) map[string]string {
	t.Helper()
	return map[string]string{"contoso.yaml": guide(t, "testing-with-the-mock").section(t, "Start from what exists").only(t, "yaml").text}
}

var applications = regexp.MustCompile(`(?s)\n    applications:.*?(\n    environments:)`)

func TestSeedOfTheGuideIsWhatTheProviderFinds(t *testing.T) {
	t.Parallel()
	const tenant, other = "00000000-0000-4000-8000-00000000cccc", "00000000-0000-4000-8000-00000000eeee"
	p := mock.New()
	d := sit(t, p)
	d.write(seedOfTheGuide(t))
	load := func() {
		t.Helper()
		if status, text := d.call(http.MethodPost, "/_mock/seed", d.read("contoso.yaml")); status != http.StatusOK {
			t.Fatalf("%d %s", status, text)
		}
	}
	load()
	text := d.read("contoso.yaml")
	open := applications.ReplaceAllString(strings.ReplaceAll(text, tenant, other), "$1")
	if open == text || strings.Contains(open, "applications") {
		t.Fatal("the applications were not found")
	}
	d.write(map[string]string{"contoso.yaml": open, "main.tf": required + `
resource "powerplatform_environment" "expenses" {
  display_name     = "Expense claims"
  location         = "europe"
  environment_type = "Production"
  dataverse        = { domain = "contoso-expenses", language_code = 1033, currency_code = "EUR" }
}
import {
  to = powerplatform_environment.expenses
  id = "00000000-0000-4000-8000-0000000e0002"
}
`})
	d.env["POWER_PLATFORM_TENANT_ID"] = tenant
	d.env["POWER_PLATFORM_CLIENT_ID"] = "00000000-0000-4000-8000-00000000dddd"
	d.env["POWER_PLATFORM_CLIENT_SECRET"] = "other-secret"
	if out := d.terraform("plan", "-no-color"); !strings.Contains(out, "1 to import, 0 to add, 0 to change, 0 to destroy") {
		t.Error(out)
	}

	load()
	d.env["POWER_PLATFORM_TENANT_ID"] = other
	delete(d.env, "POWER_PLATFORM_CLIENT_ID")
	delete(d.env, "POWER_PLATFORM_CLIENT_SECRET")
	if out := d.terraform("plan", "-no-color"); !strings.Contains(out, "1 to import, 0 to add, 0 to change, 0 to destroy") {
		t.Error(out)
	}
}

func TestFaultsOfTheGuideDoWhatItSays(t *testing.T) {
	t.Parallel()
	blocks := guide(t, "testing-with-the-mock").section(t, adminSection).blocks("shell")
	for says, test := range map[string]struct {
		environments int
		dataverse    string
		statuses     []int
	}{
		"The third creation is throttled":                          {3, "null", []int{202, 202, 429, 202}},
		"The connection is lost after the environment was created": {1, `{ domain = "team", language_code = 1033, currency_code = "USD" }`, []int{0}},
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			i := slices.IndexFunc(blocks, func(b block) bool { return strings.Contains(b.intro, says) })
			if i < 0 {
				t.Fatal("the guide does not say so")
			}
			p := mock.New()
			d := sit(t, p)
			d.fault(blocks[i])
			d.write(map[string]string{"main.tf": fmt.Sprintf(`%s
resource "powerplatform_environment" "team" {
  count            = %d
  display_name     = "Team ${count.index}"
  location         = "unitedstates"
  environment_type = "Sandbox"
  dataverse        = %s
}
`, required, test.environments, test.dataverse)})
			d.terraform("apply", "-auto-approve", "-parallelism=1", "-no-color")
			var statuses []int
			for _, e := range p.Journal(mock.DefaultTenantID) {
				if e.Operation == "bap.environments.create" {
					statuses = append(statuses, e.Status)
				}
			}
			if !slices.Equal(statuses, test.statuses) {
				t.Errorf("the creations were answered %v, not %v", statuses, test.statuses)
			}
			if n := len(teams(p)); n != test.environments {
				t.Errorf("the platform has %d environments of the configuration", n)
			}
			d.unchanged()
		})
	}
}

// teams are the IDs of the environments that a configuration made.
func teams(p *mock.Platform) []string {
	var ids []string
	for _, e := range p.Tenant(mock.DefaultTenantID).Collection("environments").All() {
		if strings.HasPrefix(fmt.Sprint(e["properties"].(mock.Doc)["displayName"]), "Team ") {
			ids = append(ids, fmt.Sprint(e["name"]))
		}
	}
	return ids
}

func TestLostEnvironmentWithoutADomainIsNamed(t *testing.T) {
	t.Parallel()
	p := mock.New()
	d := sit(t, p)
	section := guide(t, "testing-with-the-mock").section(t, adminSection)
	d.fault(section.only(t, "shell", "\"cut\""))
	d.write(map[string]string{"main.tf": required + `
resource "powerplatform_environment" "team" {
  display_name     = "Team A"
  location         = "unitedstates"
  environment_type = "Sandbox"
}
`})
	out, err := d.try("apply", "-auto-approve", "-no-color")
	if ids := teams(p); err == nil || len(ids) != 1 || !strings.Contains(out, ids[0]) {
		t.Errorf("%v %q\n%s", err, ids, out)
	}
}

// adminCalls are the calls of the table, each with the argument that the table gives it.
func adminCalls(t *testing.T) map[string]string {
	t.Helper()
	calls := map[string]string{}
	for _, row := range guide(t, "testing-with-the-mock").section(t, adminSection).rows() {
		for _, name := range row[0] {
			calls[name] = strings.Join(row[1], "")
		}
	}
	if len(calls) < 10 {
		t.Fatalf("%q", calls)
	}
	return calls
}

func TestAdminCallsOfTheGuideExist(t *testing.T) {
	t.Parallel()
	section := guide(t, "testing-with-the-mock").section(t, adminSection)
	for name, body := range adminCalls(t) {
		switch name {
		case "POST seed":
			body = seedOfTheGuide(t)["contoso.yaml"]
		case "POST faults":
			body = section.only(t, "shell", "\"cut\"").heredocs(t)["ppmock faults add -"]
		}
		d := sit(t, mock.New())
		method, path, _ := strings.Cut(name, " ")
		if status, text := d.call(method, "/_mock/"+path, body); status/100 != 2 {
			t.Errorf("%s: %d %s", name, status, text)
		}
		if strings.Contains("GET journal, GET state, DELETE journal, DELETE faults", name) {
			if status, text := d.call(method, "/_mock/"+path+"?tenant="+mock.DefaultTenantID, ""); status/100 != 2 {
				t.Errorf("%s of one tenant: %d %s", name, status, text)
			}
		}
	}
	d := sit(t, mock.New())
	if status, text := d.call(http.MethodGet, "/no/such/path", ""); status != http.StatusNotImplemented || !strings.Contains(text, "/no/such/path") {
		t.Errorf("an unknown path: %d %s", status, text)
	}
}

var ppmockCommand = regexp.MustCompile("`ppmock ([a-z]+)")

// TestCommandsThatTheGuidesNameExist is for those in the text; those in the blocks are run.
func TestCommandsThatTheGuidesNameExist(t *testing.T) {
	t.Parallel()
	d := sit(t, nil)
	ppmock := filepath.Join(built(t), program("ppmock"))
	n := 0
	for _, name := range []string{"testing-with-the-mock", "point-any-client-at-the-mock"} {
		for _, m := range ppmockCommand.FindAllStringSubmatch(guide(t, name).text, -1) {
			if m[1] == "help" {
				continue
			}
			n++
			if out, err := d.command(ppmock, m[1], "--help").CombinedOutput(); err != nil {
				t.Errorf("ppmock %s: %v\n%s", m[1], err, out)
			}
		}
	}
	if n < 6 {
		t.Errorf("only %d commands were found", n)
	}
	usage, err := d.command(ppmock, "help").Output()
	if err != nil || !strings.Contains(string(usage), documentedAddress) {
		t.Errorf("%v\n%s", err, usage)
	}
}
