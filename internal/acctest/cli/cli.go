// Package cli finds the Terraform, or the OpenTofu, that tests and tools run.
package cli

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"time"

	"github.com/hashicorp/hc-install/product"
	"github.com/hashicorp/hc-install/releases"
)

// Terraform is the program to run: Terraform, or OpenTofu, which takes the same commands.
type Terraform struct {
	Path     string // absolute
	Version  string // its own number, such as "1.11.4"
	OpenTofu bool
}

// Find looks for the program. TF_ACC_TERRAFORM_PATH names it (a path, or a name on PATH); else it is terraform, then tofu,
// on PATH; else the newest Terraform is installed once into the user's cache folder. The error says what was tried.
func Find(ctx context.Context) (Terraform, error) { return host().find(ctx) }

// search is where a CLI is looked for.
type search struct {
	env      func(name string) (string, bool)
	lookPath func(file string) (string, error)
	version  func(ctx context.Context, path string) (string, error)
	cacheDir func() (string, error)
	install  func(ctx context.Context, dir string) (path string, err error)
}

func host() search {
	return search{env: os.LookupEnv, lookPath: exec.LookPath, version: printedVersion, cacheDir: os.UserCacheDir, install: download}
}

// find returns the first CLI that answers for its version.
func (s search) find(ctx context.Context) (Terraform, error) {
	if name, _ := s.env("TF_ACC_TERRAFORM_PATH"); name != "" {
		path, err := s.lookPath(name)
		if err != nil {
			return Terraform{}, fmt.Errorf("TF_ACC_TERRAFORM_PATH names no program to run: %w", err)
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
		return Terraform{}, fmt.Errorf("there is no Terraform to run: TF_ACC_TERRAFORM_PATH is not set, neither terraform nor tofu is on PATH, "+
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

func (s search) identify(ctx context.Context, path string) (Terraform, error) {
	path, err := filepath.Abs(path) // tests run in the folder of their package, hc-install refuses relative paths
	if err != nil {
		return Terraform{}, err
	}
	out, err := s.version(ctx, path)
	if err != nil {
		return Terraform{}, fmt.Errorf("%s version: %w", path, err)
	}
	m := banner.FindStringSubmatch(out)
	if m == nil {
		return Terraform{}, fmt.Errorf("%s is neither Terraform nor OpenTofu: its version is %q", path, strings.TrimSpace(out))
	}
	return Terraform{Path: path, Version: m[2], OpenTofu: m[1] == "OpenTofu"}, nil
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
