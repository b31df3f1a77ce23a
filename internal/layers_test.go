package internal_test

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/seed-55d6eeba/terraform-provider-powerplatform"

// layer is a package of the house, or all packages directly in a folder of it ("services/*").
type layer struct {
	name string
	to   []string
}

// arrows says for every layer which others it may import. Names are below internal/; the first layer that matches a
// package counts. A package that no layer matches has no place in the house.
var arrows = []layer{
	{"cloud", nil},
	{"auth", []string{"cloud"}},
	{"rest", nil},
	{"api", []string{"api/*", "cloud", "rest"}},
	{"api/apitest", []string{"cloud", "mock", "mock/*", "rest"}}, // for tests of clients
	{"api/*", []string{"cloud", "rest"}},                         // families never import one another
	{"geography", nil},
	{"openapi", nil},
	{"customtype", nil},
	{"field", []string{"customtype"}},
	{"entity", []string{"api", "rest", "customtype", "field"}},
	{"row", []string{"api", "api/*", "entity", "field", "rest", "customtype"}},
	{"services/*", []string{"api", "api/*", "cloud", "entity", "field", "geography", "openapi", "rest", "row", "customtype"}}, // services never import one another
	{"provider", []string{"api", "api/*", "auth", "cloud", "entity", "field", "geography", "rest", "services/*", "customtype"}},
	{"mock/schema", nil},
	{"mock/server/clock", nil},
	{"mock/server/route", nil},
	{"mock/server/wire", nil},
	{"mock/server/identity", []string{"mock/server/wire"}},
	{"mock/server/journal", []string{"mock/server/wire"}},
	{"mock/server/profile", []string{"mock/schema", "mock/server/clock", "mock/server/journal", "mock/server/route", "mock/server/wire"}},
	{"mock/server/fault", []string{"mock/schema", "mock/server/clock", "mock/server/journal", "mock/server/route", "mock/server/wire"}},
	{"mock/server/seed", []string{"mock/schema", "mock/server/fault", "mock/server/identity", "mock/server/profile", "mock/server/wire"}},
	{"mock/server/store", []string{"mock/server/clock", "mock/server/fault", "mock/server/profile", "mock/server/seed", "mock/server/wire"}},
	{"mock/server/state", []string{
		"mock/server/clock", "mock/server/identity", "mock/server/profile", "mock/server/seed", "mock/server/store", "mock/server/wire",
	}},
	{"mock/server", []string{"mock/schema", "mock/server/*"}}, // its rooms, under one roof
	{"mock/record", []string{"mock/schema", "mock/server"}},
	{"mock/arm", []string{"mock/bap", "mock/graph", "mock/schema", "mock/server", "mock/server/identity"}},  // environments are linked to policies; roles are given to principals
	{"mock/dataverse", []string{"mock/bap", "mock/schema", "mock/server"}},                                  // an organisation belongs to an environment
	{"mock/disk", []string{"mock/server"}},                                                                  // the state in a file
	{"mock/graph", []string{"mock/bap", "mock/server"}},                                                     // the hosts of clouds
	{"mock/keyvault", []string{"mock/arm", "mock/bap", "mock/dataverse", "mock/graph", "mock/server"}},      // vaults and roles; who reads secrets
	{"mock/licensing", []string{"mock/bap", "mock/record", "mock/schema", "mock/server"}},                   // a billing policy pays for environments
	{"mock/mocktest", []string{"mock", "mock/*"}},                                                           // what tests say to the whole of it
	{"mock/powerapps", []string{"mock/bap", "mock/dataverse", "mock/record", "mock/schema", "mock/server"}}, // connectors belong to rows in Dataverse
	{"mock/powerplatform", []string{"mock/bap", "mock/schema", "mock/server"}},                              // network diagnostics belong to an environment
	{"mock/login", []string{"mock/server", "mock/server/identity"}},                                         // tokens
	{"mock/preset", []string{"mock/schema", "mock/server", "mock/server/profile"}},
	{"mock/proxy", []string{"mock/server"}},
	{"mock/*", []string{"mock/record", "mock/schema", "mock/server"}},
	{"mock", []string{"mock/*"}},
	{"acctest/cli", nil},
	{"acctest/core", nil}, // what any provider serves
	{"acctest", []string{"acctest/cli", "acctest/core", "mock", "mock/*", "provider"}},
	{"main", []string{"provider"}},
	{"tools/ppmock", []string{"mock", "mock/*", "mock/server/profile"}},
	{"tools/clients", nil},
	{"tools/clients/signin", nil},
	{"tools/demo", []string{"acctest/cli"}},
	{"tools/bench", []string{"mock", "mock/*", "provider"}},
	{"tools/schema", []string{"provider"}},
	{"tools/seedschema", []string{"mock"}},
	{"tools/coverage", []string{"mock", "mock/*"}},
}

// reach says what layers must not depend on, however indirectly.
var reach = []struct {
	from  []string
	never []string // prefixes of import paths
	why   string
}{
	{
		from:  []string{"cloud", "auth", "rest", "api", "api/*", "openapi"},
		never: []string{"github.com/hashicorp/terraform-plugin"},
		why:   "the wire knows nothing of Terraform",
	},
	{
		from:  []string{"mock", "mock/*"},
		never: []string{"github.com/hashicorp/", "github.com/Azure/"},
		why:   "the mirror rests on the standard library and few, small ones",
	},
	{
		from: []string{"main"},
		never: []string{
			module + "/internal/mock", module + "/internal/acctest", "github.com/hashicorp/terraform-plugin-testing",
			"github.com/hashicorp/hc-install", "github.com/hashicorp/terraform-exec", "net/http/httptest",
		},
		why: "users install neither the mock nor a test library",
	},
}

// doors says which layers alone may import a package, from outside or meant for tests.
var doors = []struct {
	pkg string
	by  []string
	why string
}{
	{"github.com/Azure/azure-sdk-for-go/sdk/azidentity", []string{"auth", "tools/clients/signin"}, "credentials are made in auth; the other is a stranger to the house"},
	{"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime", []string{"auth", "rest"}, "HTTP pipelines are made in rest, and in auth for the identity provider"},
	{module + "/internal/mock/mocktest", []string{"api/apitest"}, "it is for tests alone"},
	{module + "/internal/api/apitest", nil, "it is for tests alone"},
}

type pkg struct {
	ImportPath    string
	Imports, Deps []string
}

func TestLayers(t *testing.T) {
	t.Parallel()
	all := packages(t)

	t.Run("arrows point one way", func(t *testing.T) {
		t.Parallel()
		for _, p := range all {
			from := place(p.ImportPath)
			i := slices.IndexFunc(arrows, func(l layer) bool { return matches(from, l.name) })
			if i < 0 {
				t.Errorf("%s has no place in the house: move it, or draw its arrows here", from)
				continue
			}
			for _, imported := range p.Imports {
				if strings.HasPrefix(imported, module+"/") && !matches(place(imported), arrows[i].to...) {
					t.Errorf("%s imports %s; it may import only %v", from, place(imported), arrows[i].to)
				}
			}
		}
	})

	t.Run("nothing is reached by accident", func(t *testing.T) {
		t.Parallel()
		for _, rule := range reach {
			for _, from := range rule.from {
				seen := false
				for _, p := range all {
					if !matches(place(p.ImportPath), from) {
						continue
					}
					seen = true
					for _, never := range rule.never {
						if i := slices.IndexFunc(p.Deps, func(dep string) bool { return strings.HasPrefix(dep, never) }); i >= 0 {
							t.Errorf("%s reaches %s: %s", place(p.ImportPath), p.Deps[i], rule.why)
						}
					}
				}
				if !seen {
					t.Errorf("no package is called %s: the rule guards nothing", from)
				}
			}
		}
	})

	t.Run("some packages are reached through one door", func(t *testing.T) {
		t.Parallel()
		for _, p := range all {
			for _, door := range doors {
				if from := place(p.ImportPath); slices.Contains(p.Imports, door.pkg) && !matches(from, door.by...) {
					t.Errorf("%s imports %s: %s", from, door.pkg, door.why)
				}
			}
		}
	})
}

// place is the name of a package on the map: its path below internal/, or below the module for a program.
func place(importPath string) string {
	if importPath == module {
		return "main"
	}
	return strings.TrimPrefix(strings.TrimPrefix(importPath, module+"/"), "internal/")
}

// matches reports whether one of the patterns of the map means a place.
func matches(place string, patterns ...string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		ok, err := path.Match(pattern, place)
		return err == nil && ok
	})
}

// packages asks the go command for the packages of the module, without their tests.
func packages(t *testing.T) []pkg {
	t.Helper()
	notice(t, "..")
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports,Deps", "./...")
	cmd.Dir = ".."
	cmd.Stderr = t.Output()
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []pkg
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		switch err := d.Decode(&p); {
		case errors.Is(err, io.EOF):
			return all
		case err != nil:
			t.Fatal(err)
		case p.ImportPath != module+"/internal": // only tests
			all = append(all, p)
		}
	}
}

// notice looks at every Go file, so that a cached result of this test is not taken for the truth after one has changed:
// go test sees which files a test looks at, but not which ones the go command does.
func notice(t *testing.T, root string) {
	t.Helper()
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != root && strings.HasPrefix(entry.Name(), "."):
			return fs.SkipDir
		case filepath.Ext(name) == ".go":
			_, err = os.Stat(name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
