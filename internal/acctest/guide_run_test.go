//go:build unix

package acctest_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/tools/clients"
)

// workshop is a machine as the guides expect it: a shell, curl, Terraform and Go, of which `go install` installs what was
// built here. A registry is not needed: Terraform finds the provider in a folder.
type workshop struct {
	*desk
	bin string // where go install puts programs
}

const installed = "github.com/seed-55d6eeba/terraform-provider-powerplatform/tools/ppmock@latest"

func furnish(t *testing.T) workshop {
	t.Helper()
	if _, err := clients.FindCurl(t.Context()); err != nil {
		t.Fatal(err)
	}
	d := sit(t, nil)
	home := t.TempDir()
	w := workshop{desk: d, bin: filepath.Join(home, "go", "bin")}
	mirror, tools := filepath.Join(home, "mirror"), filepath.Join(home, "tools")
	plugin := filepath.Join(mirror, registry(t), "seed-55d6eeba", "powerplatform", "1.0.0", runtime.GOOS+"_"+runtime.GOARCH)
	d.write(map[string]string{
		d.env["TF_CLI_CONFIG_FILE"]: fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", mirror),
		filepath.Join(tools, "go"): fmt.Sprintf("#!/bin/sh\ncase \"$*\" in\n\"install %s\") mkdir -p %[2]q && cp %[3]q %[2]q ;;\n\"env GOPATH\") echo %[4]q ;;\n*) exit 1 ;;\nesac\n",
			installed, w.bin, filepath.Join(built(t), "ppmock"), filepath.Dir(w.bin)),
	})
	for _, err := range []error{
		os.Chmod(filepath.Join(tools, "go"), 0o700),
		os.MkdirAll(plugin, 0o750),
		os.Symlink(filepath.Join(built(t), "terraform-provider-powerplatform"), filepath.Join(plugin, "terraform-provider-powerplatform_v1.0.0")),
		os.Symlink(acctest.Terraform(t).Path, filepath.Join(tools, "terraform")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	d.env["PATH"] = strings.Join([]string{tools, w.bin, d.env["PATH"]}, ":")
	d.env["HOME"], d.env["NO_COLOR"] = home, "1"
	d.env["TF_CLI_ARGS"] = "-no-color"
	d.address = vacant(t)
	d.env["POWER_PLATFORM_MOCK_HOST"] = d.address // where the mock listens, and is looked for, in place of the port that all would share
	return w
}

// vacant is an address on which nothing listens.
func vacant(t *testing.T) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// sh runs a script, which may leave processes behind until the end of the test, and returns what it wrote.
func (w workshop) sh(shell, script string) (string, error) {
	w.t.Helper()
	out := filepath.Join(w.t.TempDir(), "out")
	file, err := os.Create(out)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	cmd := w.command(shell, "-e", "-c", strings.ReplaceAll(script, documentedAddress, w.address))
	cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = file, file, &syscall.SysProcAttr{Setpgid: true}
	err = cmd.Start()
	if err == nil {
		w.t.Cleanup(func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
		err = cmd.Wait()
	}
	text, readErr := os.ReadFile(out)
	if readErr != nil {
		w.t.Fatal(readErr)
	}
	return string(text), err
}

// alone makes a block of shell end what it has started.
func alone(b block) string {
	return "trap 'test -z \"$(jobs -p)\" || kill $(jobs -p); wait' EXIT\n" + b.text
}

// TestShellOfTheGuidesRuns runs every block of shell of the guides of the mock, in order, in one folder. Where a block
// needs a mock and starts none, one runs already, as the text says.
func TestShellOfTheGuidesRuns(t *testing.T) {
	t.Parallel()
	for name, wants := range map[string][]string{
		"testing-with-the-mock":        {"2 passed, 0 failed", "Apply complete! Resources: 1 added", "operations are implemented", `"status": 429`, `"now"`},
		"point-any-client-at-the-mock": {"(bap.environments.list", "HTTPS_PROXY=http://127.0.0.1:", "NO_PROXY=registry.terraform.io,localhost"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := furnish(t)
			w.write(seedOfTheGuide(t))
			var said strings.Builder
			n := 0
			for _, b := range guide(t, name).blocks("shell") {
				n++
				script := alone(b)
				if !strings.Contains(b.text, "ppmock serve") && !strings.Contains(b.text, "ppmock exec") {
					script = "ppmock serve &\nppmock wait\n" + script + "ppmock faults list\n"
				}
				out, err := w.sh("bash", script)
				if err != nil {
					t.Fatalf("line %d: %v\n%s\n%s", b.line, err, b.text, out)
				}
				said.WriteString(out)
			}
			for _, want := range wants {
				if !strings.Contains(said.String(), want) {
					t.Errorf("nothing said %q:\n%s", want, &said)
				}
			}
			if n < 4 {
				t.Errorf("only %d blocks were found", n)
			}
		})
	}
}

// TestFiveCommandsAreFive counts them.
func TestFiveCommandsAreFive(t *testing.T) {
	t.Parallel()
	b := guide(t, "testing-with-the-mock").section(t, "Five commands").only(t, "shell", "main.tf")
	var first []string
	for _, words := range (block{text: heredoc.ReplaceAllString(b.text, "$1")}).commands() {
		first = append(first, words[0])
	}
	if !slices.Equal(first, []string{"go", "cat", "cat", "terraform", "ppmock"}) {
		t.Errorf("%q", first)
	}
}

// step is one step of a pipeline, of GitHub Actions or Azure Pipelines.
type step struct {
	Run, Script string // shell
	Uses, Task  string // actions that prepare the machine
}

// pipelines are the steps of the pipelines of the guide.
func pipelines(t *testing.T) map[string][]step {
	t.Helper()
	all := map[string][]step{}
	for _, b := range guide(t, "testing-with-the-mock").blocks("yaml") {
		var p struct {
			Jobs  map[string]struct{ Steps []step }
			Steps []step
		}
		if err := yaml.Unmarshal([]byte(b.text), &p); err != nil {
			t.Fatalf("line %d: %v", b.line, err)
		}
		for _, job := range p.Jobs {
			p.Steps = append(p.Steps, job.Steps...)
		}
		if len(p.Steps) > 0 {
			all[fmt.Sprintf("line %d", b.line)] = p.Steps
		}
	}
	return all
}

// TestPipelinesOfTheGuideRun runs the shell of their steps as the services do: each step a shell of its own, with what
// earlier ones have handed on.
func TestPipelinesOfTheGuideRun(t *testing.T) {
	t.Parallel()
	prepared := []string{"actions/checkout@v4", "actions/setup-go@v5", "hashicorp/setup-terraform@v3", "GoTool@0"}
	all := pipelines(t)
	if len(all) != 3 {
		t.Errorf("%d pipelines were found", len(all))
	}
	for name, steps := range all {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := furnish(t)
			w.write(moduleOfTheGuide(t))
			w.env["GITHUB_ENV"] = filepath.Join(t.TempDir(), "env")
			if slices.ContainsFunc(steps, func(s step) bool { return s.Script != "" }) { // setup-go adds the folder, GoTool does not
				w.env["PATH"] = strings.Replace(w.env["PATH"], w.bin+":", "", 1)
			}
			said := ""
			for _, s := range steps {
				if s.Run+s.Script == "" {
					if !slices.Contains(prepared, s.Uses+s.Task) {
						t.Errorf("%+v is not known", s)
					}
					continue
				}
				out, err := w.sh("bash", s.Run+s.Script)
				if err != nil {
					t.Fatalf("%s%s: %v\n%s", s.Run, s.Script, err, out)
				}
				said += out
				w.inherit(out)
			}
			if !strings.Contains(said, "2 passed, 0 failed") && !strings.Contains(said, "Apply complete! Resources: 1 added") {
				t.Error(said)
			}
		})
	}
}

// inherit takes over what a step hands on to those that follow.
func (w workshop) inherit(out string) {
	w.t.Helper()
	handed, err := os.ReadFile(w.env["GITHUB_ENV"])
	if err == nil {
		for line := range strings.Lines(string(handed)) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
			w.env[name] = value
		}
	}
	for line := range strings.Lines(out) {
		if folder, ok := strings.CutPrefix(strings.TrimSpace(line), "##vso[task.prependpath]"); ok {
			w.env["PATH"] = folder + ":" + w.env["PATH"]
		}
	}
}

// TestOtherShellsOfTheGuidesAreUnderstood parses what is for other systems, and runs what is ours of it.
func TestOtherShellsOfTheGuidesAreUnderstood(t *testing.T) {
	t.Parallel()
	w := furnish(t)
	if out, err := w.sh("sh", "go install "+installed); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	own := 0
	for _, b := range guide(t, "point-any-client-at-the-mock").blocks() {
		switch b.lang {
		case "shell": // run elsewhere
		case "bash", "zsh":
			cmd := exec.CommandContext(t.Context(), "bash", "-n", "-c", b.text)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("line %d: %v\n%s", b.line, err, out)
			}
		case "fish", "powershell":
			command, _, piped := strings.Cut(b.text, " | ")
			if !strings.HasPrefix(command, "ppmock ") {
				continue
			}
			own++
			if out, err := w.sh("sh", command); !piped || err != nil || !strings.Contains(out, "HTTPS_PROXY") {
				t.Errorf("line %d: %v\n%s", b.line, err, out)
			}
		default:
			t.Errorf("line %d: nothing reads %s", b.line, b.lang)
		}
	}
	if own != 2 {
		t.Errorf("%d commands of ours were found", own)
	}
}

// TestVariablesOfTheGuideAreThoseOfTheCommand compares the table with what ppmock env prints.
func TestVariablesOfTheGuideAreThoseOfTheCommand(t *testing.T) {
	t.Parallel()
	w := furnish(t)
	out, err := w.sh("sh", "go install "+installed+" && ppmock env --proxy --shell github")
	if err != nil {
		t.Fatalf("%v %s", err, out)
	}
	var printed, told []string
	for line := range strings.Lines(out) {
		if name, _, _ := strings.Cut(line, "="); name == strings.ToUpper(name) {
			printed = append(printed, name)
		}
	}
	for _, row := range guide(t, "point-any-client-at-the-mock").section(t, "For a shell").rows() {
		told = append(told, row[0]...)
	}
	slices.Sort(printed)
	slices.Sort(told)
	if !slices.Equal(printed, told) {
		t.Errorf("printed\n%q\ntold\n%q", printed, told)
	}
}
