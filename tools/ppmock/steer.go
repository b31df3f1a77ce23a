package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"
)

// resetCommand is ppmock reset.
type resetCommand struct{ target }

// Help gives the details.
func (*resetCommand) Help() string {
	return `Forgets all tenants, faults and journal entries, and returns to the seed that the mock started with.

Example:

    ppmock reset`
}

// Run resets the mock.
func (c *resetCommand) Run(ctx context.Context, p program) error {
	return p.send(ctx, c.target, http.MethodPost, "reset", nil, nil)
}

// send calls the admin API and drops what it answers.
func (p program) send(ctx context.Context, t target, method, path string, query url.Values, body []byte) error {
	to, err := p.client(t)
	if err != nil {
		return err
	}
	_, err = to.call(ctx, method, path, query, body)
	return err
}

// show calls the admin API and prints what it answers.
func (p program) show(ctx context.Context, t target, path string, query url.Values) error {
	to, err := p.client(t)
	if err != nil {
		return err
	}
	raw, err := to.call(ctx, http.MethodGet, path, query, nil)
	if err != nil {
		return err
	}
	text, err := indent(raw)
	if err != nil {
		return err
	}
	return p.print(text)
}

// upload sends a file to the admin API.
func (p program) upload(ctx context.Context, t target, path, file string) error {
	raw, err := p.read(file)
	if err != nil {
		return err
	}
	if err := p.send(ctx, t, http.MethodPost, path, nil, raw); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

// seedCommand is ppmock seed.
type seedCommand struct {
	target
	File string `arg:"" help:"YAML or JSON; - is the standard input."`
}

// Help gives the details.
func (*seedCommand) Help() string {
	return `Adds tenants; one that is there already is added to. A mistake is refused with its place, and nothing is changed.

Example:

    ppmock seed contoso.yaml`
}

// Run adds the tenants.
func (c *seedCommand) Run(ctx context.Context, p program) error {
	return p.upload(ctx, c.target, "seed", c.File)
}

// faultsCommand is ppmock faults.
type faultsCommand struct {
	List   faultsList   `cmd:"" default:"1" help:"Show the faults and how often each has struck, as JSON; the default."`
	Add    faultsAdd    `cmd:"" help:"Add faults from a file."`
	Preset faultsPreset `cmd:"" help:"Add what has a name, or list the names."`
	Clear  faultsClear  `cmd:"" help:"Remove faults."`
}

type faultsList struct{ target }

// Help gives the details.
func (*faultsList) Help() string {
	return `Example:

    ppmock faults list`
}

// Run prints the faults.
func (c *faultsList) Run(ctx context.Context, p program) error {
	return p.show(ctx, c.target, "faults", nil)
}

type faultsAdd struct {
	target
	File string `arg:"" help:"YAML or JSON: a fault, a list of them, or {faults: […]}; - is the standard input."`
}

// Help gives the details.
func (*faultsAdd) Help() string {
	return `A fault says which calls it meets (tenant, operation, method, host, path, query; * stands for anything), how often (skip, times; -1 is
always), what is answered (status, headers, body, or hang, or cut), and whether the call takes effect all the same (effect).

Example:

    echo '{"method": "POST", "path": "*/environments", "status": 429, "headers": {"Retry-After": "10"}}' | ppmock faults add -`
}

// Run adds the faults.
func (c *faultsAdd) Run(ctx context.Context, p program) error {
	return p.upload(ctx, c.target, "faults", c.File)
}

type faultsPreset struct {
	target
	ID     string `arg:"" optional:"" help:"The name of a preset; without it all are listed."`
	Tenant string `placeholder:"ID" help:"The tenant in which it strikes. Default: the mock's own."`
}

// Help gives the details.
func (*faultsPreset) Help() string {
	return `Presets are troubles that clients of the platform were observed to have: faults, and what goes with them.

Examples:

    ppmock faults preset
    ppmock faults preset E09`
}

// Run applies a preset, or lists them.
func (c *faultsPreset) Run(ctx context.Context, p program) error {
	if c.ID != "" {
		in := map[string]string{"id": c.ID}
		if c.Tenant != "" {
			in["tenant"] = c.Tenant
		}
		body, err := json.Marshal(in)
		if err != nil {
			return err
		}
		return p.send(ctx, c.target, http.MethodPost, "faults/presets", nil, body)
	}
	to, err := p.client(c.target)
	if err != nil {
		return err
	}
	var answer struct {
		Presets []struct{ ID, Title, Lacks string } `json:"presets"`
	}
	if err := to.read(ctx, &answer, "faults/presets", nil); err != nil {
		return err
	}
	var out strings.Builder
	table := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	for _, one := range answer.Presets {
		if one.Lacks != "" {
			one.Title += " (cannot be applied: " + one.Lacks + ")"
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\n", one.ID, one.Title)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	return p.print(out.String())
}

type faultsClear struct {
	target
	Tenant string `placeholder:"ID" help:"Only those of one tenant."`
}

// Help gives the details.
func (*faultsClear) Help() string {
	return `Example:

    ppmock faults clear`
}

// Run removes the faults.
func (c *faultsClear) Run(ctx context.Context, p program) error {
	return p.send(ctx, c.target, http.MethodDelete, "faults", of(c.Tenant), nil)
}

// clockCommand is ppmock clock.
type clockCommand struct {
	Advance clockAdvance `cmd:"" help:"Let time pass."`
}

type clockAdvance struct {
	target
	Duration time.Duration `arg:"" help:"Such as 90m or 36h."`
	Tenant   string        `placeholder:"ID" help:"Only in one tenant."`
}

// Help gives the details.
func (*clockAdvance) Help() string {
	return `Moves the virtual clock of the tenants: what takes so long is done by then, what expires has expired. Prints what time it is.

Example:

    ppmock clock advance 48h`
}

// Run moves the clock.
func (c *clockAdvance) Run(ctx context.Context, p program) error {
	if c.Duration < 0 {
		return usageError{fmt.Errorf("time does not run backwards: %v", c.Duration)}
	}
	body, err := json.Marshal(map[string]string{"advance": c.Duration.String(), "tenant": c.Tenant})
	if err != nil {
		return err
	}
	to, err := p.client(c.target)
	if err != nil {
		return err
	}
	raw, err := to.call(ctx, http.MethodPost, "clock", nil, body)
	if err != nil {
		return err
	}
	text, err := indent(raw)
	if err != nil {
		return err
	}
	return p.print(text)
}
