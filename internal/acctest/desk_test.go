package acctest_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
)

const root = "../.."

// programs are the provider and its mock as users have them, built once for all tests of the process.
var programs struct {
	once   sync.Once
	folder string
	err    error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if programs.folder != "" {
		_ = os.RemoveAll(programs.folder)
	}
	os.Exit(code)
}

// built returns the folder with the programs. The provider is there under a second name: it plays
// microsoft/power-platform, whose types it has, where both are needed.
func built(t *testing.T) string {
	t.Helper()
	programs.once.Do(func() { programs.folder, programs.err = build(t.Context()) })
	if programs.err != nil {
		t.Fatal(programs.err)
	}
	return programs.folder
}

func build(ctx context.Context) (string, error) {
	folder, err := os.MkdirTemp("", "powerplatform-")
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-o", folder, ".", "./tools/ppmock")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return folder, fmt.Errorf("%w\n%s", err, out)
	}
	return folder, os.Link(filepath.Join(folder, program("terraform-provider-powerplatform")), filepath.Join(folder, program("terraform-provider-power-platform")))
}

func program(name string) string {
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return name
}

// registry is where the CLI looks for providers whose source names no host.
func registry(t *testing.T) string {
	t.Helper()
	if acctest.Terraform(t).OpenTofu {
		return "registry.opentofu.org"
	}
	return "registry.terraform.io"
}

// desk is where somebody works with the provider: a folder, and programs that see only the environment given here.
type desk struct {
	t *testing.T
	// ctx ends the programs.
	ctx    context.Context //nolint:containedctx // a desk lives as long as its test
	folder string
	env    map[string]string
	// address is where the mock listens, if there is one.
	address string
}

// sit returns a desk whose CLI finds the provider and whose platform is p; none if p is nil.
func sit(t *testing.T, p http.Handler) *desk {
	t.Helper()
	settings := filepath.Join(t.TempDir(), "terraform.rc")
	d := &desk{t: t, ctx: t.Context(), folder: t.TempDir(), env: map[string]string{"TF_CLI_CONFIG_FILE": settings, "CHECKPOINT_DISABLE": "1"}}
	for _, name := range []string{"GOGC", "HOME", "PATH", "SystemRoot", "TEMP", "TMP", "TMPDIR"} {
		if value, ok := os.LookupEnv(name); ok {
			d.env[name] = value
		}
	}
	folder := built(t)
	d.write(map[string]string{settings: fmt.Sprintf("provider_installation {\n  dev_overrides {\n    %q = %q\n    %q = %[2]q\n  }\n}\n",
		registry(t)+"/seed-55d6eeba/powerplatform", folder, registry(t)+"/microsoft/power-platform")})
	if p != nil {
		listener := httptest.NewServer(p)
		t.Cleanup(listener.Close)
		d.address = strings.TrimPrefix(listener.URL, "http://")
		d.env["POWER_PLATFORM_MOCK_HOST"] = d.address
	}
	return d
}

// write writes files, below the folder unless their path is absolute.
func (d *desk) write(files map[string]string) {
	d.t.Helper()
	for name, text := range files {
		if !filepath.IsAbs(name) {
			name = filepath.Join(d.folder, name)
		}
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o750), os.WriteFile(name, []byte(text), 0o600)); err != nil {
			d.t.Fatal(err)
		}
	}
}

// read reads a file of the folder; it is empty if there is none.
func (d *desk) read(name string) string {
	d.t.Helper()
	text, err := os.ReadFile(filepath.Join(d.folder, name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		d.t.Fatal(err)
	}
	return string(text)
}

func (d *desk) command(name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(d.ctx, name, args...)
	cmd.Dir, cmd.Env, cmd.WaitDelay = d.folder, []string{}, time.Second // what it has started may still hold its output
	for name, value := range d.env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	return cmd
}

// try runs the CLI, answers its questions with yes, and returns what it wrote.
func (d *desk) try(args ...string) (string, error) {
	cmd := d.command(acctest.Terraform(d.t).Path, args...)
	cmd.Stdin = strings.NewReader("yes\n")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// terraform runs the CLI, which must succeed, and returns what it wrote.
func (d *desk) terraform(args ...string) string {
	d.t.Helper()
	out, err := d.try(args...)
	if err != nil {
		d.t.Fatalf("terraform %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// unchanged fails if a plan, with these further arguments, holds any change. To read the data source of a check block is
// none, although it makes Terraform's exit code say so.
func (d *desk) unchanged(more ...string) {
	d.t.Helper()
	out, err := d.try(append([]string{"plan", "-detailed-exitcode", "-no-color"}, more...)...)
	checking := strings.Contains(out, "Plan: 0 to add, 0 to change, 0 to destroy.") && !strings.Contains(out, "Changes to Outputs")
	if err != nil && !checking {
		d.t.Errorf("%v\n%s", err, out)
	}
}
