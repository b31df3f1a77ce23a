package core

import (
	"context"

	"github.com/zclconf/go-cty/cty"
)

// walkValidate checks every block by itself before anything is read: what others give to it is not known yet.
func (t *Terraform) walkValidate(ctx context.Context, cfg *config, variables map[string]cty.Value) Diagnostics {
	b := t.base(ctx, cfg, variables, newState())
	c, err := t.connect(ctx)
	if err != nil {
		return broken("", err)
	}
	for addr := range cfg.resources {
		b.scope.set(addr, cty.DynamicVal)
	}
	for name := range cfg.locals {
		b.scope.set("local."+name, cty.DynamicVal)
	}
	for addr, r := range cfg.resources {
		b.nodes[addr] = &node{after: b.needs[addr], run: func(ctx context.Context) Diagnostics {
			o, found := b.schema(c, r)
			if found.failed() {
				return found
			}
			_, found = b.configured(ctx, c, r, o, cty.NilVal)
			return found
		}}
	}
	t.walk(ctx, b.nodes, &b.report)
	failed, _ := b.all.split()
	return failed
}
