package core

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// parallelism is how many nodes the CLI works on at once.
const parallelism = 10

// node is a step of a walk. It runs when those that it comes after have run; where one of them failed, it does not.
type node struct {
	after []string
	run   func(ctx context.Context) Diagnostics
	done  chan struct{}
	ok    bool
}

// each does something for several at the same time.
func each[T any](all []T, do func(T) Diagnostics) Diagnostics {
	found := make([]Diagnostics, len(all))
	slots := make(chan struct{}, parallelism)
	var g sync.WaitGroup
	for i, one := range all {
		g.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			found[i] = do(one)
		})
	}
	g.Wait()
	return slices.Concat(found...)
}

// circle names nodes that wait for one another.
func circle(nodes map[string]*node) []string {
	state := map[string]int{} // 1: being visited, 2: visited
	var trail []string
	var visit func(name string) bool
	visit = func(name string) bool {
		if state[name] == 1 {
			trail = append(trail, name)
			return true
		}
		if state[name] == 2 || nodes[name] == nil {
			return false
		}
		state[name] = 1
		for _, before := range nodes[name].after {
			if before != name && visit(before) {
				trail = append(trail, name)
				return true
			}
		}
		state[name] = 2
		return false
	}
	for name := range nodes {
		if visit(name) {
			return trail
		}
	}
	return nil
}

// walk runs nodes at the same time as far as their order allows.
func (t *Terraform) walk(ctx context.Context, nodes map[string]*node, out *report) {
	if trail := circle(nodes); trail != nil {
		out.add(Diagnostic{Summary: "Cycle", Detail: strings.Join(trail, ", ")})
		return
	}
	slots := make(chan struct{}, parallelism)
	var all sync.WaitGroup
	for _, n := range nodes {
		n.done = make(chan struct{})
	}
	for _, n := range nodes {
		all.Go(func() {
			defer close(n.done)
			for _, name := range n.after {
				if before := nodes[name]; before != nil && before != n {
					<-before.done
					if !before.ok {
						return
					}
				}
			}
			slots <- struct{}{}
			defer func() { <-slots }()
			if t.stopped() != running {
				out.add(Diagnostic{Summary: "execution halted"})
				return
			}
			found := n.run(ctx)
			out.add(found...)
			n.ok = !found.failed()
		})
	}
	all.Wait()
}

// base is what the walks share.
type base struct {
	report

	t     *Terraform
	cfg   *config
	scope *scope

	conns map[string]*connection // by alias
	nodes map[string]*node
	prior *state // guarded by mu
	needs map[string][]string
	cbd   map[string]bool // what is created before it is destroyed
}

func (t *Terraform) base(ctx context.Context, cfg *config, variables map[string]cty.Value, prior *state) *base {
	b := &base{
		t: t, cfg: cfg, scope: &scope{cfg: cfg, variables: variables, values: map[string]cty.Value{}, functions: functions},
		conns: map[string]*connection{}, nodes: map[string]*node{}, prior: prior,
	}
	b.needs = b.closure()
	b.cbd = b.createFirst()
	if strings.Contains(string(cfg.source), "provider::") {
		provided, err := t.provided(ctx)
		b.add(broken("", err)...)
		b.scope.functions = clone(functions)
		maps.Copy(b.scope.functions, provided)
	}
	return b
}

// closure are the blocks that each block depends on, also through others.
func (b *base) closure() map[string][]string {
	direct := map[string][]string{}
	for addr, r := range b.cfg.resources {
		direct[addr] = b.direct(r)
	}
	for name, e := range b.cfg.locals {
		direct["local."+name] = references(e)
	}
	out := map[string][]string{}
	var visit func(from, at string)
	visit = func(from, at string) {
		for _, ref := range direct[at] {
			if !slices.Contains(out[from], ref) && ref != from {
				out[from] = append(out[from], ref)
				visit(from, ref)
			}
		}
	}
	for addr := range direct {
		visit(addr, addr)
	}
	return out
}

// after is what a block waits for.
func (b *base) after(r *resource) []string {
	if r.typeName == builtinType {
		return slices.Clone(b.needs[r.addr()])
	}
	return append(slices.Clone(b.needs[r.addr()]), providerNode+r.provider)
}

// direct are the nodes that a block refers to.
func (b *base) direct(r *resource) []string {
	out := append(inBody(r.body), r.dependsOn...)
	for _, i := range b.cfg.imports {
		if block, _, _ := strings.Cut(i.to, "["); block == r.addr() {
			for _, e := range []hclsyntax.Expression{i.id, i.identity} {
				if e != nil {
					out = append(out, references(e)...)
				}
			}
		}
	}
	return out
}

// resourceDeps are the managed blocks among those that a block depends on.
func (b *base) resourceDeps(addr string) []string {
	var out []string
	for _, dep := range b.needs[addr] {
		if r := b.cfg.resources[dep]; r != nil && r.mode == managedMode {
			out = append(out, dep)
		}
	}
	slices.Sort(out)
	return out
}

const providerNode = "provider."

// providers adds a node for each provider configuration, and for the one that nobody wrote.
func (b *base) providers() {
	aliases := map[string]*hclsyntax.Block{"": nil}
	maps.Copy(aliases, b.cfg.providers)
	for alias, block := range aliases {
		var after []string
		if block != nil {
			after = inBody(block.Body)
		}
		b.nodes[providerNode+alias] = &node{after: after, run: func(ctx context.Context) Diagnostics {
			if block == nil && !b.wanted(alias) {
				return nil
			}
			c, err := b.t.connect(ctx)
			if err != nil {
				return broken("", err)
			}
			b.mu.Lock()
			b.conns[alias] = c
			b.mu.Unlock()
			b.t.mu.Lock()
			b.t.serving = append(b.t.serving, c)
			b.t.mu.Unlock()
			return c.configure(ctx, b.scope, block)
		}}
	}
	for name, e := range b.cfg.locals {
		b.nodes["local."+name] = &node{after: references(e), run: func(context.Context) Diagnostics {
			v, diags := b.scope.eval(e, nil)
			b.scope.set("local."+name, v)
			return fromHCL(b.cfg, diags)
		}}
	}
}

// remember lets expressions refer to what is in state: a destroy evaluates nothing but the configuration of providers.
func (b *base) remember(s *state) {
	for addr, r := range b.cfg.resources {
		all, keys := map[string]cty.Value{}, []cty.Value{}
		for _, i := range s.of(addr) {
			all[i.addr] = i.value
			keys = append(keys, i.key)
		}
		if len(keys) > 0 {
			b.scope.set(addr, aggregate(r, all, keys))
		}
	}
}

// wanted reports whether something in configuration or state uses a provider.
func (b *base) wanted(alias string) bool {
	for _, r := range b.cfg.resources {
		if r.provider == alias && r.typeName != builtinType {
			return true
		}
	}
	for _, i := range b.prior.instances {
		if i.provider == alias && i.typeName != builtinType {
			return true
		}
	}
	return len(b.prior.deposed) > 0
}

func (b *base) conn(alias string) *connection {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.conns[alias]
}

// schema is that of a block, or a diagnostic.
func (b *base) schema(c *connection, r *resource) (*object, Diagnostics) {
	if o := c.of(r.mode, r.typeName); o != nil {
		return o, nil
	}
	kind := "resource"
	if r.mode == dataMode {
		kind = "data source"
	}
	return nil, fromHCL(b.cfg, errorAt(r.body.SrcRange, "Invalid "+kind+" type", "The provider does not support %s type %q.", kind, r.typeName))
}

// keys are the instances of a block, and what each.* or count.* is in them.
func (b *base) keys(r *resource) ([]cty.Value, Diagnostics) {
	switch {
	case r.count != nil:
		n, diags := b.scope.eval(r.count, nil)
		if diags.HasErrors() || !n.IsKnown() {
			return nil, fromHCL(b.cfg, append(diags, errorAt(r.count.Range(), "Invalid count argument", "The count is not known.")...))
		}
		var out []cty.Value
		count, _ := n.AsBigFloat().Int64()
		for i := range count {
			out = append(out, cty.NumberIntVal(i))
		}
		return out, nil
	case r.forEach != nil:
		v, diags := b.scope.eval(r.forEach, nil)
		if diags.HasErrors() || !v.IsKnown() {
			return nil, fromHCL(b.cfg, append(diags, errorAt(r.forEach.Range(), "Invalid for_each argument", "The keys are not known.")...))
		}
		var out []cty.Value
		for it := v.ElementIterator(); it.Next(); {
			key, element := it.Element()
			if v.Type().IsSetType() {
				key = element
			}
			out = append(out, key)
		}
		return out, nil
	}
	return []cty.Value{cty.NilVal}, nil
}

// inside is what each and count are in an instance.
func (b *base) inside(r *resource, key cty.Value) map[string]cty.Value {
	switch {
	case key == cty.NilVal && (r.count != nil || r.forEach != nil): // any instance
		return map[string]cty.Value{
			"count": cty.ObjectVal(map[string]cty.Value{"index": cty.UnknownVal(cty.Number)}),
			"each":  cty.ObjectVal(map[string]cty.Value{"key": cty.UnknownVal(cty.String), "value": cty.DynamicVal}),
		}
	case r.count != nil:
		return map[string]cty.Value{"count": cty.ObjectVal(map[string]cty.Value{"index": key})}
	case r.forEach != nil:
		v, _ := b.scope.eval(r.forEach, nil)
		member := key
		switch {
		case v.Type().IsObjectType():
			member = v.GetAttr(key.AsString())
		case v.Type().IsMapType():
			member = v.Index(key)
		}
		return map[string]cty.Value{"each": cty.ObjectVal(map[string]cty.Value{"key": key, "value": member})}
	}
	return nil
}

// configured evaluates the arguments of an instance and lets the provider validate them.
func (b *base) configured(ctx context.Context, c *connection, r *resource, o *object, key cty.Value) (cty.Value, Diagnostics) {
	v, diags := b.scope.body(r.body, o, meta, b.inside(r, key))
	if diags.HasErrors() {
		return v, fromHCL(b.cfg, diags)
	}
	found := fromHCL(b.cfg, diags)
	addr := r.addr() + suffix(key)
	if r.typeName == builtinType {
		return v, found
	}
	var err error
	var said Diagnostics
	if r.mode == dataMode {
		said, err = c.validateData(ctx, b.cfg, r, addr, v)
	} else {
		said, err = c.validate(ctx, b.cfg, r, addr, v)
	}
	if err != nil {
		return v, broken(addr, err)
	}
	return v, append(found, said...)
}

// output is a value of a configuration.
func (b *base) outputs(into map[string]cty.Value) {
	for name, block := range b.cfg.outputs {
		a := block.Body.Attributes["value"]
		if a == nil {
			continue
		}
		b.nodes["output."+name] = &node{after: references(a.Expr), run: func(context.Context) Diagnostics {
			v, diags := b.scope.eval(a.Expr, nil)
			b.mu.Lock()
			defer b.mu.Unlock()
			into[name] = v
			return fromHCL(b.cfg, diags)
		}}
	}
}
