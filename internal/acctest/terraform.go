// Package acctest runs Terraform against the mock of the platform, each test in a tenant of its own.
package acctest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/hc-install/product"
	"github.com/hashicorp/hc-install/releases"
)

// CLI is the program that acceptance tests run: Terraform, or OpenTofu, which takes the same commands.
type CLI struct {
	Path     string // absolute
	Version  string // its own number, such as "1.11.4"
	OpenTofu bool
}

// Terraform returns the CLI that this process tests with, and makes terraform-plugin-testing use it. It fails t, with one
// message that says what was tried, when there is none.
//
// TF_ACC_TERRAFORM_PATH names it (a path, or a name on PATH); else it is terraform, then tofu, on PATH; else the newest
// Terraform is installed once into the user's cache folder. Both read what they need from the environment of the process,
// which the first call completes: whatever runs Terraform in a test calls this before.
func Terraform(t testing.TB) CLI {
	t.Helper()
	found.once.Do(func() {
		found.cli, found.err = hostSearch().find(t.Context())
		if found.err == nil {
			found.err = found.cli.export(os.LookupEnv, os.Setenv, os.Unsetenv) //nolint:usetesting // for the whole process, not for one test
		}
	})
	if found.err != nil {
		t.Fatal(found.err)
	}
	return found.cli
}

var found struct {
	once sync.Once
	cli  CLI
	err  error
}

// search is where a CLI is looked for.
type search struct {
	env      func(name string) (string, bool)
	lookPath func(file string) (string, error)
	version  func(ctx context.Context, path string) (string, error)
	cacheDir func() (string, error)
	install  func(ctx context.Context, dir string) (path string, err error)
}

func hostSearch() search {
	return search{env: os.LookupEnv, lookPath: exec.LookPath, version: printedVersion, cacheDir: os.UserCacheDir, install: download}
}

// find returns the first CLI that answers for its version.
func (s search) find(ctx context.Context) (CLI, error) {
	if name, _ := s.env("TF_ACC_TERRAFORM_PATH"); name != "" {
		path, err := s.lookPath(name)
		if err != nil {
			return CLI{}, fmt.Errorf("TF_ACC_TERRAFORM_PATH names no program to run: %w", err)
		}
		return s.identify(ctx, path)
	}
	for _, name := range []string{"terraform", "tofu"} {
		if path, err := s.lookPath(name); err == nil {
			return s.identify(ctx, path)
		}
	}
	path, err := s.cached(ctx)
	if err != nil {
		return CLI{}, fmt.Errorf("no Terraform to test with: TF_ACC_TERRAFORM_PATH is not set, neither terraform nor tofu is on PATH, "+
			"and Terraform could not be installed (%w). Install it from https://developer.hashicorp.com/terraform/install, "+
			"or name one in TF_ACC_TERRAFORM_PATH", err)
	}
	return s.identify(ctx, path)
}

// cached returns the Terraform of the cache folder, which it fills when it is empty. Several test programs may do so at
// the same time: each installs into a folder of its own, and the first to move its file into place wins.
func (s search) cached(ctx context.Context) (string, error) {
	user, err := s.cacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(user, "terraform-provider-powerplatform")
	path := filepath.Join(dir, "terraform")
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return "", err
	}
	own, err := os.MkdirTemp(dir, "install-")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(own) }()
	fresh, err := s.install(ctx, own)
	if err != nil {
		return "", err
	}
	if err := os.Rename(fresh, path); err != nil {
		if _, other := os.Stat(path); other != nil {
			return "", err
		}
	}
	return path, nil
}

// banner is the first line of `terraform version` and `tofu version`, which warnings may precede.
var banner = regexp.MustCompile(`(?m)^(Terraform|OpenTofu) v(\S+)`)

func (s search) identify(ctx context.Context, path string) (CLI, error) {
	path, err := filepath.Abs(path) // tests run in the folder of their package, hc-install refuses relative paths
	if err != nil {
		return CLI{}, err
	}
	out, err := s.version(ctx, path)
	if err != nil {
		return CLI{}, fmt.Errorf("%s version: %w", path, err)
	}
	m := banner.FindStringSubmatch(out)
	if m == nil {
		return CLI{}, fmt.Errorf("%s is neither Terraform nor OpenTofu: its version is %q", path, strings.TrimSpace(out))
	}
	return CLI{Path: path, Version: m[2], OpenTofu: m[1] == "OpenTofu"}, nil
}

// export completes the environment that terraform-plugin-testing and the CLI read. What the user has set stays, but for a
// TF_CLI_CONFIG_FILE that does not exist, of which the CLI would warn at every command.
func (c CLI) export(lookup func(string) (string, bool), set func(name, value string) error, unset func(name string) error) error {
	// The address by which the tests' configurations know the provider is the one by which users know it.
	defaults := map[string]string{"TF_ACC_PROVIDER_NAMESPACE": "seed-55d6eeba"}
	if c.OpenTofu {
		defaults["TF_ACC_PROVIDER_HOST"] = "registry.opentofu.org"
	}
	errs := []error{set("TF_ACC_TERRAFORM_PATH", c.Path)}
	for name, value := range defaults {
		if have, _ := lookup(name); have == "" {
			errs = append(errs, set(name, value))
		}
	}
	if file, _ := lookup("TF_CLI_CONFIG_FILE"); file != "" {
		if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, unset("TF_CLI_CONFIG_FILE"))
		}
	}
	return errors.Join(errs...)
}

func printedVersion(ctx context.Context, path string) (string, error) {
	cmd := exec.CommandContext(ctx, path, "version")
	cmd.Env = append(os.Environ(), "CHECKPOINT_DISABLE=1")
	out, err := cmd.Output()
	return string(out), err
}

// download installs the newest Terraform, checked against HashiCorp's signature.
func download(ctx context.Context, dir string) (string, error) {
	source := &releases.LatestVersion{Product: product.Terraform, InstallDir: dir, Timeout: 5 * time.Minute}
	return source.Install(ctx)
}
