package main

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"text/tabwriter"
)

// versionCommand is ppmock version.
type versionCommand struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// Help gives the details.
func (*versionCommand) Help() string {
	return `Example:

    ppmock version --json`
}

// Run prints the version.
func (c *versionCommand) Run(_ context.Context, p program) error {
	v := version
	if info, ok := debug.ReadBuildInfo(); ok && v == "dev" && info.Main.Version != "" && info.Main.Version != "(devel)" {
		v = info.Main.Version
	}
	if !c.JSON {
		return p.print(v + "\n")
	}
	raw, err := json.MarshalIndent(map[string]string{"version": v, "go": runtime.Version(), "os": runtime.GOOS, "arch": runtime.GOARCH}, "", "  ")
	if err != nil {
		return err
	}
	return p.print(string(raw) + "\n")
}

// coverageCommand is ppmock coverage.
type coverageCommand struct {
	target
	JSON bool `name:"json" help:"Print JSON."`
}

// Help gives the details.
func (*coverageCommand) Help() string {
	return `For every operation: whether the mock has it, where the fact about it comes from and how sure it is, and the test that proves it.

Example:

    ppmock coverage --json`
}

// Run prints the coverage.
func (c *coverageCommand) Run(ctx context.Context, p program) error {
	if c.JSON {
		return p.show(ctx, c.target, "coverage", nil)
	}
	to, err := p.client(c.target)
	if err != nil {
		return err
	}
	var answer struct {
		Operations []struct {
			Operation, Method, Host, Path, Confidence, Witness string
			Implemented                                        bool
		} `json:"operations"`
	}
	if err := to.read(ctx, &answer, "coverage", nil); err != nil {
		return err
	}
	var out strings.Builder
	table := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	there := 0
	for _, o := range answer.Operations {
		state := "absent"
		if o.Implemented {
			state = "implemented"
			there++
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s https://%s%s\n", o.Operation, state, o.Confidence, o.Witness, o.Method, o.Host, o.Path)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	return p.print(out.String() + fmt.Sprintf("%d of %d operations are implemented.\n", there, len(answer.Operations)))
}
