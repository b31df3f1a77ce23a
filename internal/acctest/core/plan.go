package core

import (
	"context"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/zclconf/go-cty/cty"
)

// action is what happens to an object.
type action string

const (
	noop         action = "no-op"
	create       action = "create"
	update       action = "update"
	remove       action = "delete"
	replaceLater action = "create before delete"
	replaceFirst action = "delete before create"
	readLater    action = "read"
	forgetIt     action = "forget"
)

// change is what is planned for one object.
type change struct {
	action    action
	addr      string
	r         *resource // nil for what is not configured any more
	key       cty.Value
	before    *instance // nil for what is to be created
	deposed   bool
	gone      bool // found out when it was read
	planned   answer
	importing bool
	paths     []cty.Path // that force replacement
	imported  cty.Value  // what was read, NilVal without an import
}

// Plan is what Apply makes true.
type Plan struct {
	cfg       *config
	variables map[string]cty.Value
	prior     *state // refreshed
	changes   map[string]*change
	outputs   map[string]cty.Value
	destroy   bool
	drifted   []string
	schemas   *schemas
}

type planWalk struct {
	*base

	o       Options
	plan    *Plan
	pending map[string]bool // blocks of which something changes, guarded by mu
}

func (t *Terraform) walkPlan(ctx context.Context, cfg *config, o Options, variables map[string]cty.Value, from *state) (*Plan, Diagnostics) {
	prior := from.clone()
	prior.move(cfg.moved)
	w := &planWalk{
		base: t.base(ctx, cfg, variables, prior), o: o, pending: map[string]bool{},
		plan: &Plan{cfg: cfg, variables: variables, prior: prior, changes: map[string]*change{}, outputs: map[string]cty.Value{}, destroy: o.Destroy},
	}
	w.providers()
	if !o.Destroy {
		for addr, r := range cfg.resources {
			w.nodes[addr] = &node{after: w.after(r), run: func(ctx context.Context) Diagnostics { return w.block(ctx, r) }}
		}
		w.outputs(w.plan.outputs)
		w.checks()
	}
	if o.Destroy {
		w.remember(prior)
	}
	for addr, i := range prior.instances {
		if r := cfg.resources[i.block]; !o.Destroy && r != nil {
			continue
		}
		if i.mode == dataMode {
			delete(prior.instances, addr)
			continue
		}
		w.nodes["orphan."+addr] = &node{after: []string{providerNode + i.provider}, run: func(ctx context.Context) Diagnostics { return w.orphan(ctx, i, false) }}
	}
	for addr, all := range prior.deposed {
		for n, i := range all {
			w.nodes["deposed."+addr+suffix(cty.NumberIntVal(int64(n)))] = &node{
				after: []string{providerNode + i.provider}, run: func(ctx context.Context) Diagnostics { return w.orphan(ctx, i, true) },
			}
		}
	}
	t.walk(ctx, w.nodes, &w.report)
	for _, i := range cfg.imports {
		if block, _, _ := strings.Cut(i.to, "["); cfg.resources[block] == nil && !o.Destroy {
			w.add(fromHCL(cfg, errorAt(i.rng, "Configuration for import target does not exist", "There is no resource %s.", i.to))...)
		}
	}
	for _, c := range w.conns {
		w.plan.schemas = c.schemas
	}
	return w.plan, w.all
}

// createFirst are the blocks that are created before they are destroyed: those that say so, and what they depend on.
func (b *base) createFirst() map[string]bool {
	out := map[string]bool{}
	for addr, r := range b.cfg.resources {
		if r.createBeforeDestroy {
			out[addr] = true
			for _, dep := range b.resourceDeps(addr) {
				out[dep] = true
			}
		}
	}
	return out
}

// refreshed upgrades an object of the state and reads it, unless the run is not to. It returns nil if it is gone.
func (w *planWalk) refreshed(ctx context.Context, i *instance, deposed bool) (*instance, Diagnostics) {
	c := w.conn(i.provider)
	if i.typeName == builtinType {
		return i, nil
	}
	if found := c.upgrade(ctx, i); found.failed() {
		return i, found
	}
	if w.o.NoRefresh {
		return i, nil
	}
	var now *instance
	var found Diagnostics
	if r := w.cfg.resources[i.block]; r != nil {
		now, found = c.refresh(ctx, i, w.cfg, r.body)
	} else {
		now, found = c.refresh(ctx, i, w.cfg, nil)
	}
	if found.failed() {
		return i, found
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if now == nil || !now.value.RawEquals(i.value) {
		w.plan.drifted = append(w.plan.drifted, i.addr)
	}
	switch {
	case deposed && now == nil:
		w.prior.forget(i.addr, i)
	case deposed:
		*i = *now
		return i, found
	case now == nil:
		delete(w.prior.instances, i.addr)
	default:
		w.prior.instances[i.addr] = now
	}
	return now, found
}

// orphan plans to destroy what is in state only.
func (w *planWalk) orphan(ctx context.Context, i *instance, deposed bool) Diagnostics {
	forgotten := slices.ContainsFunc(w.cfg.removed, func(from string) bool { return from == i.block || from == i.addr }) && w.cfg.resources[i.block] == nil && !w.o.Destroy
	now, found := i, Diagnostics(nil)
	if !forgotten {
		now, found = w.refreshed(ctx, i, deposed)
	}
	if found.failed() || now == nil && deposed {
		return found
	}
	c := &change{action: remove, addr: i.addr, key: i.key, before: now, deposed: deposed}
	if now == nil { // the CLI plans to destroy it all the same, and then finds that there is nothing to do
		c.before, c.gone = i, true
	}
	if forgotten {
		c.action = forgetIt
	} else {
		if r := w.cfg.resources[i.block]; r != nil && r.preventDestroy {
			return append(found, w.prevented(r, i.addr)...)
		}
		more := w.destroyed(ctx, c)
		found = append(found, more...)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	name := i.addr
	if deposed {
		name = "deposed." + i.addr
	}
	w.plan.changes[name] = c
	w.pending[i.block] = true
	return found
}

func (w *planWalk) prevented(r *resource, addr string) Diagnostics {
	return fromHCL(w.cfg, errorAt(r.body.SrcRange, "Instance cannot be destroyed",
		"Resource %s has lifecycle.prevent_destroy set, but the plan calls for this resource to be destroyed.", addr))
}

// destroyed asks the provider about a destroy.
func (b *base) destroyed(ctx context.Context, c *change) Diagnostics {
	conn := b.conn(c.before.provider)
	null := cty.NullVal(c.before.value.Type())
	planned, said, err := conn.plan(ctx, c.before.typeName, c.before.value, null, c.before.private, conn.identity(c.before))
	if err != nil {
		return broken(c.addr, err)
	}
	found := fromProtocol(b.cfg, nil, c.addr, said)
	if !found.failed() && !planned.value.IsNull() {
		found = append(found, violation(c.addr, "Provider produced invalid plan", "a destroy was asked for, and it planned a value")...)
	}
	c.planned = planned
	return found
}

// block plans all instances of a block.
func (w *planWalk) block(ctx context.Context, r *resource) Diagnostics {
	keys, found := w.keys(r)
	if found.failed() {
		return found
	}
	all := map[string]cty.Value{}
	found = append(found, each(keys, func(key cty.Value) Diagnostics {
		var v cty.Value
		var more Diagnostics
		if r.mode == dataMode {
			v, more = w.dataInstance(ctx, r, key)
		} else {
			v, more = w.instance(ctx, r, key)
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		all[r.addr()+suffix(key)] = v
		return more
	})...)
	for _, i := range w.of(r.addr()) {
		if _, wanted := all[i.addr]; wanted {
			continue
		}
		if i.mode == dataMode {
			w.drop(i.addr)
			continue
		}
		found = append(found, w.orphan(ctx, i, false)...)
	}
	if !found.failed() {
		w.scope.set(r.addr(), aggregate(r, all, keys))
	}
	return found
}

func (w *planWalk) of(block string) []*instance {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.prior.of(block)
}

func (w *planWalk) drop(addr string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.prior.instances, addr)
}

// instance plans one managed object.
func (w *planWalk) instance(ctx context.Context, r *resource, key cty.Value) (cty.Value, Diagnostics) {
	addr := r.addr() + suffix(key)
	conn := w.conn(r.provider)
	if conn == nil {
		conn = &connection{schemas: &schemas{}} // of terraform_data
	}
	o, found := w.schema(conn, r)
	if found.failed() {
		return cty.NilVal, found
	}
	w.mu.Lock()
	i := w.prior.instances[addr]
	w.mu.Unlock()
	c := &change{addr: addr, r: r, key: key}
	if i == nil {
		var more Diagnostics
		if i, more = w.imported(ctx, conn, r, key); more.failed() {
			return cty.NilVal, append(found, more...)
		}
		if c.importing = i != nil; c.importing {
			c.imported = i.value
		}
	} else {
		var more Diagnostics
		i, more = w.refreshed(ctx, i, false)
		if found = append(found, more...); more.failed() {
			return cty.NilVal, found
		}
	}
	c.before = i
	config, more := w.configured(ctx, conn, r, o, key)
	if found = append(found, more...); more.failed() {
		return cty.NilVal, found
	}
	more = w.decide(ctx, conn, o, c, config)
	if found = append(found, more...); more.failed() {
		return cty.NilVal, found
	}
	if r.preventDestroy && (c.action == replaceFirst || c.action == replaceLater) {
		return cty.NilVal, append(found, w.prevented(r, addr)...)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.plan.changes[addr] = c
	if c.action != noop {
		w.pending[r.addr()] = true
	}
	return c.planned.value, found
}

// decide lets the provider plan, and finds out what has to be done.
func (w *planWalk) decide(ctx context.Context, conn *connection, o *object, c *change, config cty.Value) Diagnostics {
	null := cty.NullVal(o.typ())
	prior, private, id := null, []byte(nil), (*tfprotov6.ResourceIdentityData)(nil)
	if c.before != nil && !c.before.tainted {
		prior, private, id = c.before.value, c.before.private, conn.identity(c.before)
		config = ignoring(c.r, prior, config)
	}
	planned, found := w.ask(ctx, conn, o, c, prior, config, private, id)
	if found.failed() {
		return found
	}
	c.planned = planned
	replaced := replaceFirst
	if w.cbd[c.r.addr()] {
		replaced = replaceLater
	}
	for _, p := range planned.replace {
		was, err := p.Apply(prior)
		is, err2 := p.Apply(planned.value)
		if !prior.IsNull() && (err != nil || err2 != nil || !is.RawEquals(was)) {
			c.paths = append(c.paths, p)
		}
	}
	switch {
	case c.before != nil && c.before.tainted:
		c.action = replaced
	case prior.IsNull():
		c.action = create
	case len(c.paths) > 0:
		c.action = replaced
		again, more := w.ask(ctx, conn, o, c, null, config, nil, nil)
		c.planned = again
		return append(found, more...)
	case planned.value.RawEquals(prior):
		c.action = noop
	default:
		c.action = update
	}
	return found
}

// ask lets the provider plan, and checks what it plans.
func (b *base) ask(ctx context.Context, conn *connection, o *object, c *change, prior, config cty.Value, private []byte, id *tfprotov6.ResourceIdentityData) (answer, Diagnostics) {
	out, said, err := conn.plan(ctx, c.r.typeName, prior, config, private, id)
	if err != nil {
		return out, broken(c.addr, err)
	}
	found := fromProtocol(b.cfg, c.r.body, c.addr, said)
	if found.failed() {
		return out, found
	}
	switch wrong := planned(o, prior, config, out.value, ""); {
	case out.value.IsNull():
		found = append(found, violation(c.addr, "Provider produced invalid plan", "it planned no value")...)
	case len(wrong) > 0:
		found = append(found, violation(c.addr, "Provider produced invalid plan", "it planned invalid values:"+bullets(wrong))...)
	}
	return out, found
}

// ignoring takes what ignore_changes names from what was there.
func ignoring(r *resource, prior, config cty.Value) cty.Value {
	if r.ignoreAll {
		return prior
	}
	for _, t := range r.ignore {
		var p cty.Path
		for name := range strings.SplitSeq(strings.TrimPrefix(relative(t), "."), ".") {
			p = p.GetAttr(name)
		}
		was, err := p.Apply(prior)
		if err != nil {
			continue
		}
		config, _ = cty.Transform(config, func(at cty.Path, v cty.Value) (cty.Value, error) {
			if at.Equals(p) {
				return was, nil
			}
			return v, nil
		})
	}
	return config
}
