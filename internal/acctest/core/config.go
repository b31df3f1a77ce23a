package core

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// mode tells what is managed from what is only read.
type mode int

const (
	managedMode mode = iota
	dataMode
)

// fileName is the name of the configuration in messages.
const fileName = "main.tf"

// config is a root module.
type config struct {
	source    []byte
	providers map[string]*hclsyntax.Block // by alias, "" for the default one
	variables map[string]*hclsyntax.Block
	locals    map[string]hclsyntax.Expression
	outputs   map[string]*hclsyntax.Block
	resources map[string]*resource // by "type.name" and "data.type.name"
	imports   []*importBlock
	moved     [][2]string
	removed   []string // forgotten, not destroyed
	checks    []assertion
}

// resource is a resource or data block.
type resource struct {
	mode           mode
	typeName, name string
	provider       string // alias
	body           *hclsyntax.Body
	count, forEach hclsyntax.Expression
	dependsOn      []string

	createBeforeDestroy, preventDestroy, ignoreAll bool

	lenient bool // within a check block: a failure only warns
	ignore  []hcl.Traversal
}

type importBlock struct {
	to           string
	id, identity hclsyntax.Expression
	rng          hcl.Range
}

func (r *resource) addr() string {
	if r.mode == dataMode {
		return "data." + r.typeName + "." + r.name
	}
	return r.typeName + "." + r.name
}

// unsupported is what this package does not do. A test that needs it runs the CLI.
func unsupported(rng hcl.Range, what string) hcl.Diagnostics {
	return hcl.Diagnostics{{
		Severity: hcl.DiagError, Summary: "Not supported in process", Subject: &rng,
		Detail: what + " is not supported in process: run this test with the CLI.",
	}}
}

// parse reads a configuration, which the commands of a step share.
func (t *Terraform) parse(text string) (*config, hcl.Diagnostics) {
	if t.parsed != nil && string(t.parsed.source) == text {
		return t.parsed, nil
	}
	c, diags := parse(text)
	if len(diags) == 0 {
		t.parsed = c
	}
	return c, diags
}

// parse reads a configuration of one file.
func parse(text string) (*config, hcl.Diagnostics) {
	file, diags := hclsyntax.ParseConfig([]byte(text), fileName, hcl.InitialPos)
	if diags.HasErrors() {
		return nil, diags
	}
	c := &config{
		source: []byte(text), providers: map[string]*hclsyntax.Block{}, variables: map[string]*hclsyntax.Block{},
		locals: map[string]hclsyntax.Expression{}, outputs: map[string]*hclsyntax.Block{}, resources: map[string]*resource{},
	}
	body, ok := file.Body.(*hclsyntax.Body)
	if !ok {
		return nil, diags
	}
	for _, b := range body.Blocks {
		diags = append(diags, c.block(b)...)
	}
	return c, diags
}

func (c *config) block(b *hclsyntax.Block) hcl.Diagnostics {
	switch {
	case b.Type == "terraform" && len(b.Labels) == 0: // versions and sources: there is one provider
		return nil
	case b.Type == "provider" && len(b.Labels) == 1:
		alias := ""
		if a := b.Body.Attributes["alias"]; a != nil {
			alias = text(a.Expr)
		}
		c.providers[alias] = b
	case b.Type == "variable" && len(b.Labels) == 1:
		c.variables[b.Labels[0]] = b
	case b.Type == "output" && len(b.Labels) == 1:
		c.outputs[b.Labels[0]] = b
	case b.Type == "locals":
		for name, a := range b.Body.Attributes {
			c.locals[name] = a.Expr
		}
	case (b.Type == "resource" || b.Type == "data") && len(b.Labels) == 2:
		r, diags := parseResource(b)
		if other := c.resources[r.addr()]; other != nil {
			return append(diags, errorAt(b.DefRange(), "Duplicate resource", "%s is there twice.", r.addr())...)
		}
		c.resources[r.addr()] = r
		return diags
	case b.Type == "check" && len(b.Labels) == 1:
		return c.parseCheck(b)
	case b.Type == "import":
		i := &importBlock{rng: b.DefRange()}
		for name, a := range b.Body.Attributes {
			switch name {
			case "to":
				i.to = address(a.Expr)
			case "id":
				i.id = a.Expr
			case "identity":
				i.identity = a.Expr
			default:
				return unsupported(a.SrcRange, name)
			}
		}
		c.imports = append(c.imports, i)
	case b.Type == "moved":
		c.moved = append(c.moved, [2]string{address(b.Body.Attributes["from"].Expr), address(b.Body.Attributes["to"].Expr)})
	case b.Type == "removed":
		for _, inner := range b.Body.Blocks {
			if a := inner.Body.Attributes["destroy"]; inner.Type == "lifecycle" && a != nil {
				if v, _ := a.Expr.Value(nil); v.IsKnown() && v.False() {
					c.removed = append(c.removed, address(b.Body.Attributes["from"].Expr))
				}
			}
		}
	default:
		return unsupported(b.DefRange(), "a block "+b.Type)
	}
	return nil
}

func parseResource(b *hclsyntax.Block) (*resource, hcl.Diagnostics) {
	r := &resource{typeName: b.Labels[0], name: b.Labels[1], body: b.Body}
	if b.Type == "data" {
		r.mode = dataMode
	}
	var diags hcl.Diagnostics
	for name, a := range b.Body.Attributes {
		switch name {
		case "count":
			r.count = a.Expr
		case "for_each":
			r.forEach = a.Expr
		case "provider":
			_, r.provider, _ = strings.Cut(address(a.Expr), ".")
		case "depends_on":
			for _, t := range a.Expr.Variables() {
				r.dependsOn = append(r.dependsOn, reference(t))
			}
		}
	}
	for _, inner := range b.Body.Blocks {
		if inner.Type != "lifecycle" {
			diags = append(diags, unsupported(inner.DefRange(), "a block "+inner.Type+" in a resource")...)
			continue
		}
		if len(inner.Body.Blocks) > 0 {
			diags = append(diags, unsupported(inner.Body.Blocks[0].DefRange(), "a condition")...)
		}
		for name, a := range inner.Body.Attributes {
			switch name {
			case "create_before_destroy":
				r.createBeforeDestroy = truth(a.Expr)
			case "prevent_destroy":
				r.preventDestroy = truth(a.Expr)
			case "ignore_changes":
				exprs, list := hcl.ExprList(a.Expr)
				r.ignoreAll = list.HasErrors()
				for _, e := range exprs {
					t, _ := hcl.RelTraversalForExpr(e)
					r.ignore = append(r.ignore, t)
				}
			default:
				diags = append(diags, unsupported(a.SrcRange, name)...)
			}
		}
	}
	return r, diags
}

func truth(e hclsyntax.Expression) bool {
	v, diags := e.Value(nil)
	return !diags.HasErrors() && v.IsKnown() && v.True()
}

func text(e hclsyntax.Expression) string {
	v, diags := e.Value(nil)
	if diags.HasErrors() || v.IsNull() {
		return ""
	}
	return v.AsString()
}

// address is the resource or instance that an expression such as a.b["c"] names.
func address(e hclsyntax.Expression) string {
	t, diags := hcl.AbsTraversalForExpr(e)
	if diags.HasErrors() {
		return ""
	}
	var b strings.Builder
	for _, step := range t {
		switch step := step.(type) {
		case hcl.TraverseRoot:
			b.WriteString(step.Name)
		case hcl.TraverseAttr:
			b.WriteString("." + step.Name)
		case hcl.TraverseIndex:
			b.WriteString(suffix(step.Key))
		}
	}
	return b.String()
}

// reference is the node that a traversal refers to, "" for what is none.
func reference(t hcl.Traversal) string {
	names := []string{t.RootName()}
	for _, step := range t[1:] {
		a, ok := step.(hcl.TraverseAttr)
		if !ok {
			break
		}
		names = append(names, a.Name)
	}
	n := 2
	switch names[0] {
	case "each", "count", "path", "terraform", "self":
		return ""
	case "data":
		n = 3
	}
	return strings.Join(names[:min(n, len(names))], ".")
}

// references are the nodes that an expression refers to.
func references(e hclsyntax.Expression) []string {
	var out []string
	for _, t := range e.Variables() {
		if ref := reference(t); ref != "" && !slices.Contains(out, ref) {
			out = append(out, ref)
		}
	}
	return out
}

// inBody are the nodes that a body refers to.
func inBody(b *hclsyntax.Body) []string {
	var out []string
	for _, a := range b.Attributes {
		out = append(out, references(a.Expr)...)
	}
	return out
}

// meta are the arguments of a resource block that are Terraform's own.
var meta = []string{"count", "for_each", "provider", "depends_on"}

func errorAt(rng hcl.Range, summary, format string, args ...any) hcl.Diagnostics {
	return hcl.Diagnostics{{Severity: hcl.DiagError, Summary: summary, Detail: fmt.Sprintf(format, args...), Subject: &rng}}
}

// relative is the path that ignore_changes names, with dots.
func relative(t hcl.Traversal) string {
	var b strings.Builder
	for _, step := range t {
		switch step := step.(type) {
		case hcl.TraverseRoot:
			b.WriteString("." + step.Name)
		case hcl.TraverseAttr:
			b.WriteString("." + step.Name)
		}
	}
	return b.String()
}
