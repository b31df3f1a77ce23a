// Package core is Terraform Core in process: it reads a configuration, plans and applies it through the protocol that
// providers serve, and keeps Terraform's own rules about what taints, what a plan may change, what a provider may answer,
// and in which order things are made and destroyed. A test that starts no program of the CLI takes milliseconds.
//
// It knows the part of the language that tests use. What it does not know it refuses, so that such a test runs the CLI;
// the same tests run with the CLI as well, which holds it to be right.
package core

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// Terraform runs the commands of the CLI on one state. A command has a provider of its own, as the CLI starts one.
type Terraform struct {
	// Provider makes a provider that is not configured.
	Provider func() (tfprotov6.ProviderServer, error)
	// ProviderName is the local name of the provider and the prefix of its types.
	ProviderName string
	// Warned are the warnings of all commands so far.
	Warned Diagnostics

	state  *state
	parsed *config // the last one

	mu      sync.Mutex
	halted  halt
	cancel  context.CancelFunc
	serving []*connection
}

// halt says how a command was stopped.
type halt int

const (
	running     halt = iota
	interrupted      // nothing new begins, and what runs ends as the provider sees fit
	killed           // what runs is lost
)

// Interrupt is Ctrl-C during Apply: the provider is asked to stop, and nothing new begins.
func (t *Terraform) Interrupt(ctx context.Context) {
	t.mu.Lock()
	t.halted = interrupted
	serving := slices.Clone(t.serving)
	t.mu.Unlock()
	for _, c := range serving {
		_, _ = c.StopProvider(ctx, &tfprotov6.StopProviderRequest{}) // it ends by itself in any case
	}
}

// Kill ends Apply where it is: state holds what was stored until then.
func (t *Terraform) Kill() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.halted = killed
	if t.cancel != nil {
		t.cancel()
	}
}

func (t *Terraform) begin() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.halted, t.serving, t.cancel = running, nil, nil
}

func (t *Terraform) stopped() halt {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.halted
}

// Diagnostic is an error or a warning of a command.
type Diagnostic struct {
	Warning         bool
	Summary, Detail string
	Object          string // the address of what it is about
	Attribute       string // the path of the argument, as text
	Place           string // what the CLI says of the place: with …, on … line …

	line int
}

// Diagnostics are in no particular order.
type Diagnostics []Diagnostic

// Error is what the CLI prints, without its frame.
func (d Diagnostics) Error() string {
	var b strings.Builder
	for _, one := range d {
		kind := "Error"
		if one.Warning {
			kind = "Warning"
		}
		fmt.Fprintf(&b, "\n%s: %s\n%s\n%s\n", kind, one.Summary, one.Place, one.Detail)
	}
	return b.String()
}

// split returns the errors and the warnings.
func (d Diagnostics) split() (failed, warned Diagnostics) {
	for _, one := range d {
		if one.Warning {
			warned = append(warned, one)
		} else {
			failed = append(failed, one)
		}
	}
	return failed, warned
}

func (d Diagnostics) failed() bool {
	failed, _ := d.split()
	return len(failed) > 0
}

// Options are those of plan.
type Options struct {
	Destroy   bool
	NoRefresh bool
	Variables map[string]json.RawMessage
}

// Plan plans a configuration. The error is Diagnostics.
func (t *Terraform) Plan(ctx context.Context, text string, o Options) (*Plan, error) {
	t.begin()
	c, diags := t.parse(text)
	if diags.HasErrors() {
		return nil, t.done(fromHCL(nil, diags))
	}
	variables, diags := c.given(o.Variables)
	if diags.HasErrors() {
		return nil, t.done(fromHCL(c, diags))
	}
	if found := t.walkValidate(ctx, c, variables); found.failed() {
		return nil, t.done(found)
	}
	if o.Destroy && !o.NoRefresh && len(t.current().instances) > 0 {
		before := o
		before.Destroy = false
		refreshed, found := t.walkPlan(ctx, c, before, variables, t.current())
		if found.failed() {
			return nil, t.done(found)
		}
		o.NoRefresh = true
		p, more := t.walkPlan(ctx, c, o, variables, refreshed.prior)
		return p, t.done(append(found, more...))
	}
	p, found := t.walkPlan(ctx, c, o, variables, t.current())
	return p, t.done(found)
}

// Apply makes a plan come true, as far as it goes. The error is Diagnostics.
func (t *Terraform) Apply(ctx context.Context, p *Plan) error {
	t.begin()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	t.mu.Lock()
	t.cancel = cancel
	t.mu.Unlock()
	return t.done(t.walkApply(ctx, p))
}

// Refresh reads everything that is in state. The command plans, and keeps what it has read.
func (t *Terraform) Refresh(ctx context.Context, text string, variables map[string]json.RawMessage) error {
	p, err := t.Plan(ctx, text, Options{Variables: variables})
	if err == nil {
		t.state = p.prior
		t.state.outputs = p.outputs
	}
	return err
}

// Taint marks an object to be replaced.
func (t *Terraform) Taint(address string) error {
	i := t.current().instances[address]
	if i == nil {
		return fmt.Errorf("no such resource instance: %s", address)
	}
	i.tainted = true
	return nil
}

// Import brings an object into state, as the command does.
func (t *Terraform) Import(ctx context.Context, text, address, id string, variables map[string]json.RawMessage) error {
	if t.current().instances[address] != nil {
		return Diagnostics{{Summary: "Resource already managed by Terraform", Detail: address + " is in state already."}}
	}
	c, diags := t.parse(text)
	if diags.HasErrors() {
		return t.done(fromHCL(nil, diags))
	}
	given, diags := c.given(variables)
	if diags.HasErrors() {
		return t.done(fromHCL(c, diags))
	}
	return t.done(t.walkImport(ctx, c, given, address, id))
}

// Empty reports whether nothing is managed.
func (t *Terraform) Empty() bool {
	return len(t.current().managed()) == 0 && len(t.current().deposed) == 0 && len(t.current().outputs) == 0
}

func (t *Terraform) current() *state {
	if t.state == nil {
		t.state = newState()
	}
	return t.state
}

// done keeps the warnings and returns the errors, in the order of the configuration.
func (t *Terraform) done(d Diagnostics) error {
	slices.SortStableFunc(d, func(a, b Diagnostic) int { return a.line - b.line })
	failed, warned := d.split()
	t.Warned = append(t.Warned, warned...)
	if len(failed) > 0 {
		return failed
	}
	return nil
}

// report collects diagnostics of what runs at the same time.
type report struct {
	mu  sync.Mutex
	all Diagnostics
}

func (r *report) add(d ...Diagnostic) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, d...)
}

func fromHCL(c *config, in hcl.Diagnostics) Diagnostics {
	var out Diagnostics
	for _, d := range in {
		one := Diagnostic{Warning: d.Severity == hcl.DiagWarning, Summary: d.Summary, Detail: d.Detail}
		if d.Subject != nil {
			one.Place, one.line = c.place("", *d.Subject), d.Subject.Start.Line
		}
		out = append(out, one)
	}
	return out
}

// place is what the CLI says of a place in the configuration.
func (c *config) place(object string, rng hcl.Range) string {
	var b strings.Builder
	if object != "" {
		fmt.Fprintf(&b, "\n  with %s,", object)
	}
	fmt.Fprintf(&b, "\n  on %s line %d", fileName, rng.Start.Line)
	if c != nil {
		lines := strings.Split(string(c.source), "\n")
		if n := rng.Start.Line; n >= 1 && n <= len(lines) {
			if block := c.around(n); block != "" {
				fmt.Fprintf(&b, ", in %s", block)
			}
			fmt.Fprintf(&b, ":\n  %2d: %s", n, lines[n-1])
		}
	}
	b.WriteString("\n")
	return b.String()
}

// around is the head of the block that a line is in.
func (c *config) around(line int) string {
	for _, r := range c.resources {
		if rng := r.body.SrcRange; rng.Start.Line <= line && line <= rng.End.Line {
			kind := "resource"
			if r.mode == dataMode {
				kind = "data"
			}
			return fmt.Sprintf("%s %q %q", kind, r.typeName, r.name)
		}
	}
	return ""
}
