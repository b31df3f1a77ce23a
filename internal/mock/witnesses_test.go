package mock_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
)

// A witness that is gone, or stands for what the mock has not, is one line to take out: `make witness` writes the file.
func TestWitnessesExist(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("witness.json")
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]string{}
	if err := json.Unmarshal(raw, &named); err != nil {
		t.Fatal(err)
	}
	implemented := map[string]bool{}
	for _, line := range mock.New().Coverage() {
		implemented[line.Operation] = implemented[line.Operation] || line.Implemented
		if line.Implemented && named[line.Operation] != "" && line.Witness != named[line.Operation] {
			t.Errorf("the witness of %s is %q, not %q", line.Operation, line.Witness, named[line.Operation])
		}
	}
	tests := map[string]map[string]bool{} // of a package
	for operation, test := range named {
		at := strings.LastIndex(test, ".")
		if at < 0 || !implemented[operation] {
			t.Errorf("%s: the mock does not have it, or %q is no test", operation, test)
			continue
		}
		folder, function := test[:at], test[at+1:]
		if _, ok := tests[folder]; !ok {
			tests[folder] = functions(t, filepath.Join("..", "..", filepath.FromSlash(folder)))
		}
		if !tests[folder][function] {
			t.Errorf("%s: %s has no %s", operation, folder, function)
		}
	}
}

var declared = regexp.MustCompile(`(?m)^func (\w+)\(`)

// functions are those of the tests in a folder.
func functions(t *testing.T, folder string) map[string]bool {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]bool{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range declared.FindAllSubmatch(text, -1) {
			all[string(found[1])] = true
		}
	}
	return all
}
