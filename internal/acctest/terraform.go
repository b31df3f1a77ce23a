// Package acctest runs Terraform against the mock of the platform, each test in a tenant of its own.
package acctest

import (
	"errors"
	"io/fs"
	"os"
	"sync"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest/cli"
)

// CLI is the program that acceptance tests run: Terraform, or OpenTofu, which takes the same commands.
type CLI = cli.Terraform

// Terraform returns the CLI that this process tests with, and makes terraform-plugin-testing use it. It fails t, with one
// message that says what was tried, when there is none.
//
// It is the one that cli.Find finds. Both it and terraform-plugin-testing read what they need from the environment of the
// process, which the first call completes: whatever runs Terraform in a test calls this before.
func Terraform(t testing.TB) CLI {
	t.Helper()
	found.once.Do(func() {
		found.cli, found.err = cli.Find(t.Context())
		if found.err == nil {
			found.err = export(found.cli, os.LookupEnv, os.Setenv, os.Unsetenv) //nolint:usetesting // for the whole process, not for one test
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

// export completes the environment that terraform-plugin-testing and the CLI read. What the user has set stays, but for a
// TF_CLI_CONFIG_FILE that does not exist, of which the CLI would warn at every command.
func export(c CLI, lookup func(string) (string, bool), set func(name, value string) error, unset func(name string) error) error {
	// The address by which the tests' configurations know the provider is the one by which users know it.
	// A command of the CLI lives for a tenth of a second: collecting garbage costs it more than the memory is worth.
	defaults := map[string]string{"TF_ACC_PROVIDER_NAMESPACE": "seed-55d6eeba", "GOGC": "400"}
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
