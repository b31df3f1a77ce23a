package acctest_test

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/auth"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/provider"
)

const required = `
terraform {
  required_providers {
    powerplatform = { source = "seed-55d6eeba/powerplatform" }
  }
}
`

var (
	usedVariable     = regexp.MustCompile(`\bvar\.([a-z_]+)`)
	interpolation    = regexp.MustCompile(`\$\{[^}]*\}`)
	object           = regexp.MustCompile(`\b([a-z_]+)\s*=\s*\{([^{}]*)\}`)
	key              = regexp.MustCompile(`([a-z_]+)\s*=`)
	declaredVariable = regexp.MustCompile(`(?m)^variable "([a-z_]+)"`)
)

// complete adds what an excerpt of a configuration leaves out: the source of the provider, its variables, and something
// that uses the provider, without which its block is not looked at.
func complete(text string) string {
	known := map[string]bool{}
	for _, m := range declaredVariable.FindAllStringSubmatch(text, -1) {
		known[m[1]] = true
	}
	if !strings.Contains(text, "required_providers") {
		text += required
	}
	if !strings.Contains(text, `resource "`) {
		text += "data \"powerplatform_whoami\" \"user\" {}\n"
	}
	for _, m := range usedVariable.FindAllStringSubmatch(text, -1) {
		if !known[m[1]] {
			known[m[1]] = true
			text += fmt.Sprintf("variable %q {}\n", m[1])
		}
	}
	return text
}

// The blocks that are not a module are run by tests of their own.
func isModule(b block) bool {
	return !strings.Contains(b.text, "\nrun \"") && !strings.HasPrefix(b.text, "provider_installation")
}

// modules are the configurations that users are shown, file by file, but for the examples of the objects: they are
// applied, each by the test of all objects.
func modules(t *testing.T) map[string]map[string]string {
	t.Helper()
	all := map[string]map[string]string{}
	for _, p := range guides(t) {
		for _, b := range p.blocks("terraform", "hcl") {
			if isModule(b) {
				all[fmt.Sprintf("%s:%d", p.name, b.line)] = map[string]string{"main.tf": complete(b.text)}
			}
		}
	}
	files, err := filepath.Glob(filepath.Join(root, "examples", "provider", "*.tf"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		name := "examples/provider/" + filepath.Base(file)
		all[name] = map[string]string{"main.tf": complete(open(t, name).text)}
	}
	scenarios := filepath.Join(root, "examples", "scenarios")
	err = filepath.WalkDir(scenarios, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".tf" && !strings.HasSuffix(path, ".swagger.json") {
			return err
		}
		name, err := filepath.Rel(scenarios, path)
		if err != nil {
			return err
		}
		scenario, _, _ := strings.Cut(filepath.ToSlash(name), "/")
		if all[scenario] == nil {
			all[scenario] = map[string]string{}
		}
		text, err := os.ReadFile(path)
		all[scenario][entry.Name()] = string(text) // what lies in a folder is to be copied beside the others
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestEveryConfigurationThatUsersAreShownIsValid(t *testing.T) {
	t.Parallel()
	nested := map[string][]string{}
	for _, s := range schemas(t).ResourceSchemas {
		for _, a := range s.Block.Attributes {
			if a.NestedType != nil {
				nested[a.Name] = names(a.NestedType.Attributes)
			}
		}
	}
	for name, files := range modules(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := sit(t, nil)
			d.write(files)
			d.terraform("validate", "-no-color")
			for _, text := range files { // the CLI drops what an object has in excess
				for _, object := range object.FindAllStringSubmatch(interpolation.ReplaceAllString(text, ""), -1) {
					for _, m := range key.FindAllStringSubmatch(object[2], -1) {
						if known := nested[object[1]]; known != nil && !slices.Contains(known, m[1]) {
							t.Errorf("%s has no %s", object[1], m[1])
						}
					}
				}
			}
		})
	}
}

func names(attributes []*tfprotov6.SchemaAttribute) []string {
	var all []string
	for _, a := range attributes {
		all = append(all, a.Name)
	}
	return all
}

func schemas(t *testing.T) *tfprotov6.GetProviderSchemaResponse {
	t.Helper()
	server, err := providerserver.NewProtocol6WithError(provider.New("test", nil))()
	if err != nil {
		t.Fatal(err)
	}
	all, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// argumentVariables are the environment variables of every provider argument, in the order of its description.
func argumentVariables(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for _, a := range schemas(t).Provider.Block.Attributes {
		if _, list, ok := strings.Cut(a.Description, "From the environment: "); ok {
			all[a.Name] = spans(list)
		}
	}
	return all
}

var (
	variable     = regexp.MustCompile(`(?:\b(?:POWER_PLATFORM|ARM|AZURE|AZURESUBSCRIPTION|ACTIONS|SYSTEM)|…)_[A-Z_]*[A-Z]\b`)
	argument     = regexp.MustCompile(`^([a-z]+(?:_[a-z]+)+)(?: = .+)?$`)
	target       = regexp.MustCompile("`?make ((?:[a-z]+ ?)+)")
	makeVariable = regexp.MustCompile(`make [a-z]+|[A-Z]+="[^"]*"`)
)

// knownVariables are the environment variables that the provider reads.
func knownVariables(t *testing.T) map[string]bool {
	t.Helper()
	known := map[string]bool{auth.MockHostVariable: true}
	for _, a := range schemas(t).Provider.Block.Attributes {
		for _, name := range variable.FindAllString(a.Description, -1) {
			known[name] = true
		}
	}
	return known
}

func TestEveryEnvironmentVariableThatUsersAreToldOfExists(t *testing.T) {
	t.Parallel()
	known := knownVariables(t)
	pages := guides(t)
	err := filepath.WalkDir(filepath.Join(root, "examples"), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			name, _ := filepath.Rel(root, path)
			pages = append(pages, open(t, filepath.ToSlash(name)))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pages {
		for _, name := range variable.FindAllString(p.text, -1) {
			if !known[strings.Replace(name, "…", "POWER_PLATFORM", 1)] {
				t.Errorf("%s names %s, which the provider does not read", p.name, name)
			}
		}
	}
}

func TestEveryNameInTheGuidesIsOneOfTheSchema(t *testing.T) {
	t.Parallel()
	known := map[string]bool{"depends_on": true, "ignore_changes": true, "create_before_destroy": true} // the language's own
	var add func(attributes []*tfprotov6.SchemaAttribute)
	add = func(attributes []*tfprotov6.SchemaAttribute) {
		for _, a := range attributes {
			known[a.Name] = true
			if a.NestedType != nil {
				add(a.NestedType.Attributes)
			}
		}
	}
	all := schemas(t)
	add(all.Provider.Block.Attributes)
	for name := range all.Functions {
		known[name] = true
	}
	for _, objects := range []map[string]*tfprotov6.Schema{all.ResourceSchemas, all.DataSourceSchemas, all.EphemeralResourceSchemas} {
		for name, s := range objects {
			known[name] = true
			add(s.Block.Attributes)
		}
	}
	for _, name := range []string{
		"authentication", "corporate-networks", "custom-connectors", "moving-from-microsoft-power-platform", "private-networking", "secrets-from-key-vault",
	} {
		p := guide(t, name)
		for _, word := range spans(p.text) {
			if m := argument.FindStringSubmatch(word); m != nil && !known[m[1]] {
				t.Errorf("%s: %s is neither an argument nor an object", p.name, m[1])
			}
		}
	}
}

func TestReadmeSpeaksOfWhatIsThere(t *testing.T) {
	t.Parallel()
	readme := open(t, "README.md")
	makefile := open(t, "GNUmakefile").text
	made := 0
	for _, m := range target.FindAllStringSubmatch(readme.text, -1) {
		for name := range strings.FieldsSeq(m[1]) {
			if made++; !strings.Contains(makefile, "\n"+name+": ##") {
				t.Errorf("README.md says make %s, which is no target", name)
			}
		}
	}
	if made < 7 {
		t.Errorf("only %d targets were found", made)
	}
	line := makeVariable.FindAllString(readme.only(t, "shell", "make mock").text, -1)
	cmd := exec.CommandContext(t.Context(), "make", "--dry-run", "--no-print-directory", "mock", strings.ReplaceAll(line[1], `"`, ""))
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "ppmock serve --seed FILE") {
		t.Errorf("%q: %v\n%s", line, err, out)
	}
	for _, row := range readme.section(t, "How it works").rows() {
		for _, name := range row[0] {
			if found, err := filepath.Glob(filepath.Join(root, "internal", name)); err != nil || len(found) == 0 {
				t.Errorf("README.md describes internal/%s, which is not there", name)
			}
		}
	}
}

// TestProviderOfOnesOwnRunsAsTheReadmeSays uses its CLI configuration, with the folder of the built provider, for its taste.
func TestProviderOfOnesOwnRunsAsTheReadmeSays(t *testing.T) {
	t.Parallel()
	d := sit(t, mock.New())
	readme := open(t, "README.md")
	settings := readme.only(t, "hcl", "provider_installation").text
	taken := strings.Replace(settings, "/home/me/go/bin", filepath.ToSlash(built(t)), 1)
	if taken == settings {
		t.Fatal("the folder of the block was not found")
	}
	d.write(map[string]string{d.env["TF_CLI_CONFIG_FILE"]: taken, "main.tf": complete(readme.section(t, "A taste").only(t, "terraform").text)})
	d.env["TF_VAR_tenant_id"], d.env["TF_VAR_security_group_id"] = mock.DefaultTenantID, "00000000-0000-0000-0000-000000000000"
	if out := d.terraform("apply", "-auto-approve", "-no-color"); !strings.Contains(out, "4 added") {
		t.Error(out)
	}
	d.unchanged()
}
