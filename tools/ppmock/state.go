package main

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
)

// stateCommand is ppmock state.
type stateCommand struct {
	Show   stateShow   `cmd:"" default:"withargs" help:"Show every document of every tenant and the operations that run, as JSON, without secrets; the default."`
	Export stateExport `cmd:"" help:"Write everything into a file, secrets too."`
	Import stateImport `cmd:"" help:"Replace everything by what was exported."`
}

type stateShow struct {
	target
	Tenant string `placeholder:"ID" help:"Only one tenant."`
}

// Help gives the details.
func (*stateShow) Help() string {
	return `Example:

    ppmock state show --tenant contoso.onmicrosoft.com`
}

// Run prints the state.
func (c *stateShow) Run(ctx context.Context, p program) error {
	return p.show(ctx, c.target, "state", of(c.Tenant))
}

type stateExport struct {
	target
	File   string `arg:"" default:"-" help:"Where to; .json is written as JSON, anything else as YAML. - is the standard output."`
	Format string `enum:",yaml,json" default:"" placeholder:"FORMAT" help:"yaml or json, whatever the name says."`
}

// Help gives the details.
func (*stateExport) Help() string {
	return `The file is sorted, so that two exports can be compared and reviewed, and holds everything: tenants, applications with their
secrets, documents, running operations, clocks, faults.

Example:

    ppmock state export contoso.yaml`
}

// Run writes the state.
func (c *stateExport) Run(ctx context.Context, p program) error {
	to, err := p.client(c.target)
	if err != nil {
		return err
	}
	format := cmp.Or(c.Format, map[string]string{".json": "json"}[strings.ToLower(filepath.Ext(c.File))], "yaml")
	text, err := to.call(ctx, http.MethodGet, "export", url.Values{"format": {format}}, nil)
	if err != nil {
		return err
	}
	return p.write(c.File, text)
}

type stateImport struct {
	target
	File string `arg:"" help:"YAML or JSON; - is the standard input."`
}

// Help gives the details.
func (*stateImport) Help() string {
	return `Everything that was there is replaced. A file of an older version is upgraded, or refused with both versions.

Example:

    ppmock state import contoso.yaml`
}

// Run replaces the state.
func (c *stateImport) Run(ctx context.Context, p program) error {
	return p.upload(ctx, c.target, "import", c.File)
}

// snapshotCommand is ppmock snapshot.
type snapshotCommand struct {
	Save snapshotSave `cmd:"" help:"Keep the state under a name."`
	Load snapshotLoad `cmd:"" help:"Return to the state that was kept under a name."`
	List snapshotList `cmd:"" help:"Print the names."`
}

type snapshotSave struct {
	target
	Name string `arg:"" help:"The name; what was kept under it before is replaced."`
}

// Help gives the details.
func (*snapshotSave) Help() string {
	return `Example:

    ppmock snapshot save before-migration`
}

// Run keeps the state.
func (c *snapshotSave) Run(ctx context.Context, p program) error {
	return p.send(ctx, c.target, http.MethodPost, "snapshots/save", url.Values{"name": {c.Name}}, nil)
}

type snapshotLoad struct {
	target
	Name string `arg:"" help:"The name."`
}

// Help gives the details.
func (*snapshotLoad) Help() string {
	return `Example:

    ppmock snapshot load before-migration`
}

// Run returns to the state.
func (c *snapshotLoad) Run(ctx context.Context, p program) error {
	return p.send(ctx, c.target, http.MethodPost, "snapshots/load", url.Values{"name": {c.Name}}, nil)
}

type snapshotList struct{ target }

// Help gives the details.
func (*snapshotList) Help() string {
	return `Example:

    ppmock snapshot list`
}

// Run prints the names.
func (c *snapshotList) Run(ctx context.Context, p program) error {
	to, err := p.client(c.target)
	if err != nil {
		return err
	}
	var answer struct {
		Snapshots []string `json:"snapshots"`
	}
	if err := to.read(ctx, &answer, "snapshots", nil); err != nil {
		return err
	}
	var out strings.Builder
	for _, name := range answer.Snapshots {
		out.WriteString(name + "\n")
	}
	return p.print(out.String())
}
