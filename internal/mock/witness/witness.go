// Package witness notes, for tests, which operations of the mock they have seen work.
package witness

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// Variable is the environment variable that names the folder in which tests leave their notes; without it they leave none.
const Variable = "POWERPLATFORM_MOCK_WITNESS"

// Note is what one test has seen.
type Note struct {
	// Test is the test, as its package below the module, a dot, and its function.
	Test string `json:"test"`
	// Operations are the operations that answered it well, sorted.
	Operations []string `json:"operations"`
}

// Record leaves a note, when the test has ended, of the operations that a platform has answered well; with a tenant, of
// those of that tenant.
func Record(t testing.TB, p *server.Platform, tenant string) {
	t.Helper()
	folder := os.Getenv(Variable)
	if folder == "" {
		return
	}
	t.Cleanup(func() {
		if t.Failed() {
			return
		}
		if err := leave(folder, t.Name(), Seen(p.Journal(tenant))); err != nil {
			t.Error(err)
		}
	})
}

// refusals are operations that consist in refusing.
var refusals = []string{".refused", ".unknown", ".nowhere", ".nobody"}

// Seen lists the operations that were answered well. Of those that consist in refusing any answer counts.
func Seen(entries []server.Entry) []string {
	var out []string
	for _, e := range entries {
		refuses := slices.ContainsFunc(refusals, func(suffix string) bool { return strings.HasSuffix(e.Operation, suffix) })
		if e.Operation != "" && e.Reason == "" && e.Status > 0 && (e.Status < 400 || refuses) {
			out = append(out, e.Operation)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func leave(folder, name string, operations []string) error {
	if len(operations) == 0 {
		return nil
	}
	where, err := place()
	if err != nil {
		return err
	}
	function, _, _ := strings.Cut(name, "/")
	raw, err := json.Marshal(Note{where + "." + function, operations})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, uuid.NewString()+".json"), raw, 0o600)
}

// place is the folder of the package under test, below the module.
func place() (string, error) {
	here, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for root := here; ; {
		switch _, err := os.Stat(filepath.Join(root, "go.mod")); {
		case err == nil:
			below, err := filepath.Rel(root, here)
			return filepath.ToSlash(below), err
		case !errors.Is(err, fs.ErrNotExist):
			return "", err
		case filepath.Dir(root) == root:
			return "", fmt.Errorf("%s is in no module", here)
		}
		root = filepath.Dir(root)
	}
}

// Choose picks one test for each operation out of notes: one of the family's own package before one of another package of
// the mock, before any other; of several the first by name.
func Choose(notes []Note) map[string]string {
	out := map[string]string{}
	for _, note := range notes {
		for _, operation := range note.Operations {
			if before, seen := out[operation]; !seen || better(operation, note.Test, before) {
				out[operation] = note.Test
			}
		}
	}
	return out
}

func better(operation, test, than string) bool {
	family, _, _ := strings.Cut(operation, ".")
	distance := func(test string) int {
		switch {
		case strings.HasPrefix(test, "internal/mock/"+family+"."):
			return 0
		case strings.HasPrefix(test, "internal/mock"):
			return 1
		}
		return 2
	}
	if a, b := distance(test), distance(than); a != b {
		return a < b
	}
	return test < than
}
