package core

import (
	"context"
	"errors"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/zclconf/go-cty/cty"
)

type applyWalk struct {
	*base

	plan  *Plan
	state *state // guarded by mu
}

// walkApply makes the changes of a plan in Terraform's order: what an object depends on is made before it and destroyed
// after it.
func (t *Terraform) walkApply(ctx context.Context, p *Plan) Diagnostics {
	w := &applyWalk{base: t.base(ctx, p.cfg, p.variables, p.prior), plan: p, state: p.prior.clone()}
	w.providers()
	blocks := map[string][]*change{}
	var destroys []*change
	for _, c := range p.changes {
		if slices.Contains([]action{remove, forgetIt, replaceFirst, replaceLater}, c.action) {
			destroys = append(destroys, c)
		}
		if c.r != nil {
			blocks[c.r.addr()] = append(blocks[c.r.addr()], c)
		}
	}
	if !p.destroy {
		for addr, r := range p.cfg.resources {
			after := w.after(r)
			for _, c := range destroys {
				if c.first() && (c.before.block == addr || w.depended(addr, c.before.block)) {
					after = append(after, destroyNode(c))
				}
			}
			w.nodes[addr] = &node{after: after, run: func(ctx context.Context) Diagnostics { return w.block(ctx, r, blocks[addr]) }}
		}
		w.state.outputs = map[string]cty.Value{}
		w.outputs(w.state.outputs)
		w.checks()
	}
	if p.destroy {
		w.remember(p.prior)
	}
	for _, c := range destroys {
		if c.action == replaceLater && !c.deposed {
			delete(w.state.instances, c.addr)
			w.state.deposed[c.addr] = append(w.state.deposed[c.addr], c.before)
		}
		w.nodes[destroyNode(c)] = &node{after: w.afterwards(c, destroys), run: func(ctx context.Context) Diagnostics { return w.destroy(ctx, c) }}
	}
	t.walk(ctx, w.nodes, &w.report)
	if p.destroy && !w.all.failed() {
		w.state.outputs = map[string]cty.Value{}
		for addr, i := range w.state.instances {
			if i.mode == dataMode {
				delete(w.state.instances, addr)
			}
		}
	}
	for addr, all := range w.state.deposed { // nothing took its place
		if c := p.changes[addr]; c != nil && c.action == replaceLater && w.state.instances[addr] == nil {
			w.state.instances[addr] = all[len(all)-1]
			w.state.forget(addr, all[len(all)-1])
		}
	}
	t.state = w.state
	return w.all
}

// first reports whether an object is destroyed before what depended on it changes, and before another takes its place.
func (c *change) first() bool {
	return !c.deposed && (c.action == replaceFirst || c.action == remove && !c.before.cbd)
}

// depended reports whether an instance of a block depended on another block when it was last written.
func (w *applyWalk) depended(block, on string) bool {
	return slices.ContainsFunc(w.plan.prior.of(block), func(i *instance) bool { return slices.Contains(i.deps, on) })
}

func destroyNode(c *change) string {
	if c.deposed {
		return "destroy deposed " + c.addr
	}
	return "destroy " + c.addr
}

// afterwards is what a destroy waits for: that of everything that depended on the object and, where it is not destroyed
// first, the new object and the change of what depended on the old one.
func (w *applyWalk) afterwards(c *change, destroys []*change) []string {
	after := []string{providerNode + c.before.provider}
	gone := map[string]bool{}
	for _, other := range destroys {
		gone[other.addr] = true
		if other != c && slices.Contains(other.before.deps, c.before.block) {
			after = append(after, destroyNode(other))
		}
	}
	if c.action == replaceLater {
		after = append(after, c.before.block)
	}
	if c.first() || w.plan.destroy {
		return after
	}
	for _, i := range w.plan.prior.instances {
		if !gone[i.addr] && i.mode == managedMode && slices.Contains(i.deps, c.before.block) {
			after = append(after, i.block)
		}
	}
	return after
}

// destroy destroys one object.
func (w *applyWalk) destroy(ctx context.Context, c *change) Diagnostics {
	i := c.before
	keep := func(now *instance) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.t.stopped() == killed {
			return
		}
		aside := c.deposed || c.action == replaceLater
		switch {
		case aside && now == nil:
			w.state.forget(i.addr, i)
		case aside:
		case now == nil:
			delete(w.state.instances, i.addr)
		default:
			w.state.instances[i.addr] = now
		}
	}
	if c.action == forgetIt || c.gone {
		keep(nil)
		return nil
	}
	conn := w.conn(i.provider)
	if conn == nil {
		conn = &connection{schemas: &schemas{}}
	}
	if c.deposed || c.action == replaceLater { // of these only the new object was planned
		old := &change{addr: c.addr, before: i}
		if found := w.destroyed(ctx, old); found.failed() {
			return found
		}
	}
	null := cty.NullVal(i.value.Type())
	out, said, err := conn.apply(ctx, i.typeName, i.value, null, answer{value: null, private: c.planned.private, identity: c.planned.identity})
	if err != nil {
		return broken(i.addr, err)
	}
	found := fromProtocol(w.cfg, nil, i.addr, said)
	switch {
	case !found.failed() && !out.value.IsNull():
		return append(found, violation(i.addr, "Provider returned invalid result object after apply", "there is still a value after the destroy")...)
	case !found.failed():
		keep(nil)
	case !out.value.IsNull():
		now := *i
		now.value, now.private = out.value, out.private
		keep(&now)
	}
	return found
}

// block makes the changes of a block, and computes what others refer to.
func (w *applyWalk) block(ctx context.Context, r *resource, changes []*change) Diagnostics {
	found := each(changes, func(c *change) Diagnostics {
		switch c.action {
		case noop:
			w.keep(c.addr, c.before, r)
		case readLater:
			return w.read(ctx, c)
		case create, update, replaceFirst, replaceLater:
			return w.change(ctx, c)
		case remove, forgetIt: // nodes of their own
		}
		return nil
	})
	keys, more := w.keys(r)
	if found = append(found, more...); found.failed() {
		return found
	}
	all := map[string]cty.Value{}
	w.mu.Lock()
	for _, key := range keys {
		addr := r.addr() + suffix(key)
		all[addr] = cty.DynamicVal
		if i := w.state.instances[addr]; i != nil {
			all[addr] = i.value
		}
	}
	w.mu.Unlock()
	w.scope.set(r.addr(), aggregate(r, all, keys))
	return found
}

// keep stores an object with what its block depends on now.
func (w *applyWalk) keep(addr string, i *instance, r *resource) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.t.stopped() == killed {
		return
	}
	if i == nil {
		delete(w.state.instances, addr)
		return
	}
	one := *i
	one.deps, one.cbd = w.resourceDeps(r.addr()), w.cbd[r.addr()]
	w.state.instances[addr] = &one
}

func (w *applyWalk) read(ctx context.Context, c *change) Diagnostics {
	conn := w.conn(c.r.provider)
	config, found := w.configured(ctx, conn, c.r, conn.of(dataMode, c.r.typeName), c.key)
	if found.failed() {
		return found
	}
	i, more := w.readData(ctx, conn, c.r, c.key, config)
	if i != nil {
		w.mu.Lock()
		w.state.instances[c.addr] = i
		w.mu.Unlock()
	}
	return append(found, more...)
}

// change creates or updates one object: it is planned once more, with what is known by now, and then applied.
func (w *applyWalk) change(ctx context.Context, c *change) Diagnostics {
	conn := w.conn(c.r.provider)
	if conn == nil {
		conn = &connection{schemas: &schemas{}}
	}
	o := conn.of(managedMode, c.r.typeName)
	config, found := w.configured(ctx, conn, c.r, o, c.key)
	if found.failed() {
		return found
	}
	prior, private, id := cty.NullVal(o.typ()), []byte(nil), (*tfprotov6.ResourceIdentityData)(nil)
	next := &instance{
		addr: c.addr, block: c.r.addr(), typeName: c.r.typeName, name: c.r.name, key: c.key, provider: c.r.provider, version: o.version,
	}
	if c.action == update {
		prior, private, id = c.before.value, c.before.private, conn.identity(c.before)
		config = ignoring(c.r, prior, config)
		next.identity = c.before.identity
	}
	final, more := w.ask(ctx, conn, o, c, prior, config, private, id)
	if found = append(found, more...); more.failed() {
		return found
	}
	if wrong := applied(o, c.planned.value, final.value, ""); len(wrong) > 0 {
		return append(found, violation(c.addr, "Provider produced inconsistent final plan", "when the rest was known, it planned other values:"+bullets(wrong))...)
	}
	out, said, err := conn.apply(ctx, c.r.typeName, prior, config, final)
	if err != nil {
		return append(found, broken(c.addr, err)...)
	}
	more = fromProtocol(w.cfg, c.r.body, c.addr, said)
	failed := more.failed()
	if !failed {
		more = append(more, w.verify(o, c, final, out)...)
	}
	if !out.value.IsNull() {
		out.value = cty.UnknownAsNull(out.value)
		more = append(more, conn.keepIdentity(next, out.identity)...)
	}
	next.value, next.private = out.value, out.private
	switch {
	case out.value.IsNull() && more.failed():
		if c.action == update {
			w.keep(c.addr, c.before, c.r) // the provider has nothing to say of it: it is as it was
		}
	case out.value.IsNull():
		w.keep(c.addr, nil, c.r)
	default:
		next.tainted = more.failed() && c.action != update
		w.keep(c.addr, next, c.r)
	}
	return append(found, more...)
}

// verify checks an answer to an apply that is said to have worked.
func (w *applyWalk) verify(o *object, c *change, planned, out answer) Diagnostics {
	switch wrong := []string(nil); {
	case out.value.IsNull():
		return violation(c.addr, "Provider produced inconsistent result after apply", "the object was present, but now absent")
	case !out.value.IsWhollyKnown():
		return violation(c.addr, "Provider returned invalid result object after apply", "values are still unknown")
	default:
		if wrong = applied(o, planned.value, out.value, ""); len(wrong) > 0 {
			return violation(c.addr, "Provider produced inconsistent result after apply", "it produced an unexpected new value:"+bullets(wrong))
		}
	}
	return nil
}

var errNoImport = errors.New("the provider imported nothing")
