package core

import (
	"context"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// assertion is a check block, without its data source.
type assertion struct {
	name   string
	blocks []*hclsyntax.Block
}

// parseCheck reads a check block: a failure of its data source, and of what it asserts, only warns.
func (c *config) parseCheck(b *hclsyntax.Block) hcl.Diagnostics {
	a := assertion{name: b.Labels[0]}
	for _, inner := range b.Body.Blocks {
		switch {
		case inner.Type == "data" && len(inner.Labels) == 2:
			r, diags := parseResource(inner)
			if diags.HasErrors() {
				return diags
			}
			r.lenient = true
			c.resources[r.addr()] = r
		case inner.Type == "assert":
			a.blocks = append(a.blocks, inner)
		}
	}
	c.checks = append(c.checks, a)
	return nil
}

// checks adds a node for each check block.
func (b *base) checks() {
	for _, a := range b.cfg.checks {
		var after []string
		for _, block := range a.blocks {
			after = append(after, inBody(block.Body)...)
		}
		b.nodes["check."+a.name] = &node{after: after, run: func(context.Context) Diagnostics { return b.assert(a) }}
	}
}

func (b *base) assert(a assertion) Diagnostics {
	var found Diagnostics
	for _, block := range a.blocks {
		condition := block.Body.Attributes["condition"].Expr
		v, diags := b.scope.eval(condition, nil)
		if diags.HasErrors() || !v.IsKnown() || v.IsNull() || v.True() {
			found = append(found, softened(fromHCL(b.cfg, diags))...)
			continue
		}
		said, diags := b.scope.eval(block.Body.Attributes["error_message"].Expr, nil)
		text := "the message is not known"
		if !diags.HasErrors() && said.IsKnown() {
			text = said.AsString()
		}
		found = append(found, softened(fromHCL(b.cfg, errorAt(condition.Range(), "Check block assertion failed", "%s", text)))...)
	}
	return found
}

// softened makes warnings of errors.
func softened(d Diagnostics) Diagnostics {
	for i := range d {
		d[i].Warning = true
	}
	return d
}
