package acctest_test

import (
	"bufio"
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

// curl does what a curl command of the guide does, but to the mock of the desk. Files are those of the desk.
func (d *desk) curl(words []string) {
	d.t.Helper()
	method, path, body := http.MethodGet, "", ""
	for i := 1; i < len(words); i++ {
		switch address, isURL := strings.CutPrefix(words[i], "http://"+documentedAddress); {
		case isURL:
			path = address
		case words[i] == "--data" && i+1 < len(words):
			i++
			method, body = http.MethodPost, words[i]
			if file, ok := strings.CutPrefix(body, "@"); ok {
				body = d.read(file)
			}
		default:
			d.t.Fatalf("curl %q: %s is not understood", words, words[i])
		}
	}
	if status, text := d.call(method, path, body); status/100 != 2 {
		d.t.Fatalf("%q: %d %s", words, status, text)
	}
}

// curls are the curl commands of a block.
func curls(b block) [][]string {
	return slices.DeleteFunc(b.commands(), func(words []string) bool { return words[0] != "curl" })
}

func TestCredentialsOfTheMockAreThoseOfTheGuide(t *testing.T) {
	t.Parallel()
	var got []string
	for _, row := range guide(t, "testing-with-the-mock").section(t, "Point the provider to it").rows() {
		got = append(got, row[1]...)
	}
	if want := []string{mock.DefaultTenantID, mock.DefaultClientID, mock.DefaultClientSecret}; !slices.Equal(got, want) {
		t.Errorf("%q, but the mock knows %q", got, want)
	}
}

func TestModuleTestOfTheGuide(t *testing.T) {
	t.Parallel()
	b := guide(t, "testing-with-the-mock").section(t, "Test a module").only(t, "terraform", "run \"")
	first, _, _ := strings.Cut(b.text, "\n")
	file := strings.TrimPrefix(first, "# ")
	for name, test := range map[string]struct {
		kind, more string
		want       []string
	}{
		"passes": {kind: "Sandbox", want: []string{"2 passed, 0 failed"}},
		"finds what it is for": {
			kind: "Production", more: "\n  lifecycle {\n    replace_triggered_by = [terraform_data.name]\n  }",
			want: []string{"0 passed, 2 failed", "A team gets a sandbox.", "A new name must not replace the environment."},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := mock.New()
			d := sit(t, p)
			d.write(map[string]string{file: b.text, "main.tf": required + `
variable "display_name" {
  type = string
}
resource "terraform_data" "name" {
  input = var.display_name
}
resource "powerplatform_environment" "team" {
  display_name     = var.display_name
  location         = "unitedstates"
  environment_type = "` + test.kind + `"` + test.more + `
}
output "environment_id" {
  value = powerplatform_environment.team.id
}
output "environment_type" {
  value = powerplatform_environment.team.environment_type
}
`})
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
	return map[string]string{"contoso.json": guide(t, "testing-with-the-mock").section(t, "Start from what exists").only(t, "json").text}
}

var applications = regexp.MustCompile(`(?s)\n      "applications": \[.*?\n      \],`)

func TestSeedOfTheGuideIsWhatTheProviderFinds(t *testing.T) {
	t.Parallel()
	const tenant, other = "00000000-0000-4000-8000-00000000cccc", "00000000-0000-4000-8000-00000000eeee"
	p := mock.New()
	d := sit(t, p)
	d.write(seedOfTheGuide(t))
	load := curls(guide(t, "testing-with-the-mock").section(t, "Start from what exists").only(t, "shell"))
	if len(load) != 1 {
		t.Fatalf("%q", load)
	}
	d.curl(load[0])
	text := d.read("contoso.json")
	open := applications.ReplaceAllString(strings.ReplaceAll(text, tenant, other), "")
	if open == text || strings.Contains(open, "applications") {
		t.Fatal("the applications were not found")
	}
	d.write(map[string]string{"contoso.json": open, "main.tf": required + `
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

	d.curl(load[0])
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
			for _, words := range curls(blocks[i]) {
				d.curl(words)
			}
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
	d.curl(curls(section.only(t, "shell", "\"cut\""))[0])
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
			body = seedOfTheGuide(t)["contoso.json"]
		case "POST faults":
			words := curls(section.blocks("shell")[0])[0]
			body = words[len(words)-1]
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

var (
	adminURL      = regexp.MustCompile(`http://([0-9.:]+)/_mock/([a-z]+)`)
	ppmockCommand = regexp.MustCompile("(?:`|\\(|\n)ppmock\\s([a-z]+)")
)

func TestAddressesOfTheGuideAreThoseOfTheMock(t *testing.T) {
	t.Parallel()
	text := guide(t, "testing-with-the-mock").text
	calls := adminCalls(t)
	for _, m := range adminURL.FindAllStringSubmatch(text, -1) {
		if _, get := calls["GET "+m[2]]; m[1] != documentedAddress || !get && calls["POST "+m[2]] == "" && m[2] != "seed" {
			t.Errorf("%s is not what the table says", m[0])
		}
	}
	usage, err := sit(t, nil).command(filepath.Join(built(t), program("ppmock")), "help").Output()
	if err != nil || !strings.Contains(string(usage), documentedAddress) {
		t.Errorf("%v\n%s", err, usage)
	}
}

// TestPpmockIsSteeredAsTheGuideSays starts the program with the seed of the guide and runs every command that it names.
func TestPpmockIsSteeredAsTheGuideSays(t *testing.T) {
	t.Parallel()
	p := guide(t, "testing-with-the-mock")
	d := sit(t, nil)
	d.write(seedOfTheGuide(t))
	words := curls(p.section(t, adminSection).blocks("shell")[0])[0]
	more := strings.ReplaceAll(d.read("contoso.json"), "00000000cccc", "00000000eeee")
	d.write(map[string]string{"faults.json": words[len(words)-1], "more.json": more})
	ppmock := filepath.Join(built(t), program("ppmock"))

	serve := d.command(ppmock, "serve", "--listen", "127.0.0.1:0", "--seed", "contoso.json")
	said, err := serve.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = serve.Wait() }) // the end of the test's context has ended it
	line, err := bufio.NewReader(said).ReadString('\n')
	address, ok := strings.CutPrefix(strings.TrimSpace(line), "ppmock is ready on ")
	if err != nil || !ok {
		t.Fatalf("%q %v", line, err)
	}
	d.env["POWER_PLATFORM_MOCK_HOST"] = address

	want := map[string]string{
		"env": "export POWER_PLATFORM_CLIENT_SECRET=" + mock.DefaultClientSecret, "state": "Expense claims", "help": "  serve  ", "journal": "", "reset": "", "faults": "", "seed": "",
	}
	named := map[string]bool{}
	for _, m := range ppmockCommand.FindAllStringSubmatch(p.text, -1) {
		name := m[1]
		if named[name] || name == "serve" {
			continue
		}
		named[name] = true
		args := []string{name}
		switch name {
		case "faults":
			args = append(args, "add", "faults.json")
		case "seed":
			args = append(args, "more.json")
		}
		text, known := want[name]
		out, err := d.command(ppmock, args...).CombinedOutput()
		if err != nil || !known || !strings.Contains(string(out), text) {
			t.Errorf("ppmock %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	if len(named) != len(want) {
		t.Errorf("the guide names the commands %v", named)
	}
}
