// Coverage writes docs/guides/mock-coverage.md: what the mock has, where that comes from, and which test has seen it work;
// and docs/guides/mock-presets.md: what can go wrong in it.
// With -witness it first takes over what tests have noted, see package witness.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/witness"
)

const (
	witnessFile = "internal/mock/witness.json"
	pageFile    = "docs/guides/mock-coverage.md"
	presetFile  = "docs/guides/mock-presets.md"
)

func main() {
	notes := flag.String("witness", "", "the `folder` in which tests have left notes; "+witnessFile+" is written from them")
	flag.Parse()
	if err := run(*notes); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(notes string) error {
	p := mock.New()
	if notes != "" {
		chosen, err := collect(notes)
		if err != nil {
			return err
		}
		raw, err := json.MarshalIndent(chosen, "", "  ") // maps come out sorted
		if err != nil {
			return err
		}
		if err := os.WriteFile(witnessFile, append(raw, '\n'), 0o644); err != nil { //nolint:gosec // it is committed
			return err
		}
		p.Witnesses(chosen)
	}
	for name, text := range map[string]string{pageFile: page(p.Coverage()), presetFile: presetPage()} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil { //nolint:gosec // it is published
			return err
		}
	}
	return nil
}

// collect picks a witness for every operation that the mock still has.
func collect(folder string) (map[string]string, error) {
	names, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s holds no notes: run the tests with %s=%s", folder, witness.Variable, folder)
	}
	var all []witness.Note
	for _, name := range names {
		raw, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		var note witness.Note
		if err := json.Unmarshal(raw, &note); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, note)
	}
	chosen := witness.Choose(all)
	known := map[string]bool{}
	for _, line := range mock.New().Coverage() {
		known[line.Operation] = known[line.Operation] || line.Implemented
	}
	for operation := range chosen {
		if !known[operation] {
			delete(chosen, operation)
		}
	}
	return chosen, nil
}
