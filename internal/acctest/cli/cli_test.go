package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// machine is a computer with some programs on it.
type machine struct {
	env       map[string]string
	path      map[string]string // name, or the path itself → path
	versions  map[string]string // base name of the path → output of `version`
	cache     string
	offline   bool
	installed int
}

func (m *machine) search() search {
	return search{
		env: func(name string) (string, bool) { v, ok := m.env[name]; return v, ok },
		lookPath: func(file string) (string, error) {
			if path, ok := m.path[file]; ok {
				return path, nil
			}
			return "", errors.New("executable file not found in $PATH")
		},
		version: func(_ context.Context, path string) (string, error) {
			if out, ok := m.versions[filepath.Base(path)]; ok {
				return out, nil
			}
			return "", errors.New("exec format error")
		},
		cacheDir: func() (string, error) { return m.cache, nil },
		install: func(_ context.Context, dir string) (string, error) {
			if m.offline {
				return "", errors.New("no route to releases.hashicorp.com")
			}
			m.installed++
			path := filepath.Join(dir, "fresh")
			return path, os.WriteFile(path, nil, 0o700)
		},
	}
}

func TestCLIIsFoundWhereTheUserHasIt(t *testing.T) {
	t.Parallel()
	versions := map[string]string{
		"terraform": "Terraform v1.11.4\non linux_amd64\n", "terraform.exe": "Terraform v1.16.5\n",
		"tofu": "\nWarning: something first\n\nOpenTofu v1.12.6\non linux_amd64\n",
		"cat":  "cat (GNU coreutils) 9.1\n",
	}
	for name, test := range map[string]struct {
		machine machine
		path    string // ends with
		version string
		tofu    bool
		fails   []string
	}{
		"the named one comes first": {
			machine: machine{env: map[string]string{"TF_ACC_TERRAFORM_PATH": "/opt/tofu"}, path: map[string]string{"/opt/tofu": "/opt/tofu", "terraform": "/bin/terraform"}},
			path:    "/opt/tofu", version: "1.12.6", tofu: true,
		},
		"the named one may be a name": {
			machine: machine{env: map[string]string{"TF_ACC_TERRAFORM_PATH": "tofu"}, path: map[string]string{"tofu": "/bin/tofu", "terraform": "/bin/terraform"}},
			path:    "/bin/tofu", version: "1.12.6", tofu: true,
		},
		"a relative one becomes absolute": {
			machine: machine{env: map[string]string{"TF_ACC_TERRAFORM_PATH": "./terraform"}, path: map[string]string{"./terraform": "./terraform"}},
			path:    "/cli/terraform", version: "1.11.4",
		},
		"a wrong one is not replaced by another": {
			machine: machine{env: map[string]string{"TF_ACC_TERRAFORM_PATH": "/gone"}, path: map[string]string{"terraform": "/bin/terraform"}},
			fails:   []string{"TF_ACC_TERRAFORM_PATH", "not found"},
		},
		"terraform comes before tofu": {
			machine: machine{path: map[string]string{"tofu": "/bin/tofu", "terraform": "/bin/terraform"}},
			path:    "/bin/terraform", version: "1.11.4",
		},
		"tofu alone is enough": {
			machine: machine{path: map[string]string{"tofu": "/bin/tofu"}},
			path:    "/bin/tofu", version: "1.12.6", tofu: true,
		},
		"another program is refused": {
			machine: machine{env: map[string]string{"TF_ACC_TERRAFORM_PATH": "cat"}, path: map[string]string{"cat": "/bin/cat"}},
			fails:   []string{"/bin/cat", "neither Terraform nor OpenTofu"},
		},
		"a broken program is refused": {
			machine: machine{path: map[string]string{"terraform": "/bin/broken"}},
			fails:   []string{"/bin/broken", "exec format error"},
		},
		"nothing and no network": {
			machine: machine{offline: true},
			fails:   []string{"TF_ACC_TERRAFORM_PATH", "terraform", "tofu", "PATH", "no route", "https://"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := test.machine
			m.versions, m.cache = versions, t.TempDir()
			cli, err := m.search().find(t.Context())
			if len(test.fails) > 0 {
				if err == nil {
					t.Fatalf("found %v, want an error", cli)
				}
				for _, part := range test.fails {
					if !strings.Contains(err.Error(), part) {
						t.Errorf("%q does not mention %q", err, part)
					}
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if !filepath.IsAbs(cli.Path) || !strings.HasSuffix(filepath.ToSlash(cli.Path), test.path) || cli.Version != test.version || cli.OpenTofu != test.tofu {
				t.Errorf("found %+v, want %s %s (tofu %t)", cli, test.path, test.version, test.tofu)
			}
		})
	}
}

func TestCLIIsInstalledOnce(t *testing.T) {
	t.Parallel()
	m := machine{cache: t.TempDir(), versions: map[string]string{"terraform": "Terraform v1.16.5", "terraform.exe": "Terraform v1.16.5"}}
	for range 2 {
		cli, err := m.search().find(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(cli.Path, m.cache) || cli.Version != "1.16.5" {
			t.Errorf("found %+v, want Terraform 1.16.5 below %s", cli, m.cache)
		}
	}
	if m.installed != 1 {
		t.Errorf("installed %d times", m.installed)
	}
	left, err := filepath.Glob(filepath.Join(m.cache, "*", "install-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
