package mock_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/seed"
)

// FuzzParseSeed looks for files that break the reading of seeds, or a family that fills itself from one.
func FuzzParseSeed(f *testing.F) {
	files, err := filepath.Glob(filepath.Join(examples, "*.yaml"))
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Add([]byte(`{"tenants":[{"environments":[{"display_name":"x","dataverse":{}}]}]}`))
	f.Add([]byte("tenants:\n- &a {environments: [{<<: *b}], b: &b {display_name: x}}\n- *a\n"))
	f.Add([]byte("tenants:\n- lags:\n  environments:\n"))
	f.Add([]byte("tenants: [{profile: {extends: realistic, speed: 60}, faults: [{answers: [{status: 500}]}]}]"))
	p := mock.New()
	f.Fuzz(func(t *testing.T, raw []byte) {
		loose, looseErr := seed.Parse(raw)
		s, err := p.ParseSeed(raw)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "line ") && len(raw) < 1<<20 {
				t.Errorf("no line: %v", err)
			}
			return
		}
		if looseErr != nil || len(loose.Tenants) != len(s.Tenants) {
			t.Errorf("only a platform can read it: %v", looseErr)
		}
		_ = p.Seed(s)
		if err := p.Reset(); err != nil {
			t.Fatal(err)
		}
	})
}
