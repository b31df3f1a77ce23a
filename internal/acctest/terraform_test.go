package acctest

import (
	"maps"
	"os"
	"path/filepath"
	"testing"
)

func TestEnvironmentIsCompleted(t *testing.T) {
	t.Parallel()
	there := filepath.Join(t.TempDir(), "terraformrc")
	if err := os.WriteFile(there, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		cli        CLI
		have, want map[string]string
	}{
		"terraform": {
			cli:  CLI{Path: "/bin/terraform"},
			want: map[string]string{"TF_ACC_TERRAFORM_PATH": "/bin/terraform", "TF_ACC_PROVIDER_NAMESPACE": "seed-55d6eeba", "GOGC": "400"},
		},
		"opentofu has a registry of its own": {
			cli:  CLI{Path: "/bin/tofu", OpenTofu: true},
			want: map[string]string{"TF_ACC_TERRAFORM_PATH": "/bin/tofu", "TF_ACC_PROVIDER_NAMESPACE": "seed-55d6eeba", "TF_ACC_PROVIDER_HOST": "registry.opentofu.org", "GOGC": "400"},
		},
		"what the user set stays": {
			cli:  CLI{Path: "/bin/tofu", OpenTofu: true},
			have: map[string]string{"GOGC": "50", "TF_ACC_PROVIDER_NAMESPACE": "me", "TF_ACC_PROVIDER_HOST": "example.com", "TF_CLI_CONFIG_FILE": there},
			want: map[string]string{"TF_ACC_TERRAFORM_PATH": "/bin/tofu", "TF_ACC_PROVIDER_NAMESPACE": "me", "TF_ACC_PROVIDER_HOST": "example.com", "TF_CLI_CONFIG_FILE": there, "GOGC": "50"},
		},
		"a configuration file that is not there is forgotten": {
			cli:  CLI{Path: "/bin/terraform"},
			have: map[string]string{"TF_CLI_CONFIG_FILE": there + ".gone"},
			want: map[string]string{"TF_ACC_TERRAFORM_PATH": "/bin/terraform", "TF_ACC_PROVIDER_NAMESPACE": "seed-55d6eeba", "GOGC": "400"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := map[string]string{}
			maps.Copy(env, test.have)
			err := export(test.cli,
				func(name string) (string, bool) { v, ok := env[name]; return v, ok },
				func(name, value string) error { env[name] = value; return nil },
				func(name string) error { delete(env, name); return nil },
			)
			if err != nil || !maps.Equal(env, test.want) {
				t.Errorf("environment %v, want %v (%v)", env, test.want, err)
			}
		})
	}
}

func TestTerraformIsReadyForPluginTesting(t *testing.T) {
	t.Parallel()
	cli := Terraform(t)
	if cli != Terraform(t) {
		t.Error("two calls, two answers")
	}
	if got := os.Getenv("TF_ACC_TERRAFORM_PATH"); got != cli.Path || !filepath.IsAbs(got) || cli.Version == "" {
		t.Errorf("TF_ACC_TERRAFORM_PATH is %q, the CLI %+v", got, cli)
	}
	if file := os.Getenv("TF_CLI_CONFIG_FILE"); file != "" {
		if _, err := os.Stat(file); err != nil {
			t.Errorf("TF_CLI_CONFIG_FILE is left in the environment: %v", err)
		}
	}
}
