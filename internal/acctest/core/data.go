package core

import (
	"context"
	"slices"

	"github.com/zclconf/go-cty/cty"
)

// dataInstance reads a data source, or leaves it to apply if it depends on what is still to come.
func (w *planWalk) dataInstance(ctx context.Context, r *resource, key cty.Value) (cty.Value, Diagnostics) {
	c := w.conn(r.provider)
	o, found := w.schema(c, r)
	if found.failed() {
		return cty.NilVal, found
	}
	config, found := w.configured(ctx, c, r, o, key)
	if found.failed() {
		return cty.NilVal, found
	}
	addr := r.addr() + suffix(key)
	w.mu.Lock()
	later := !config.IsWhollyKnown() || slices.ContainsFunc(w.needs[r.addr()], func(dep string) bool { return w.pending[dep] })
	w.mu.Unlock()
	if later {
		v := unknownWhereComputed(o, config)
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.prior.instances, addr)
		w.plan.changes[addr] = &change{action: readLater, addr: addr, r: r, key: key, planned: answer{value: v}}
		w.pending[r.addr()] = true
		return v, found
	}
	i, more := w.readData(ctx, c, r, key, config)
	v := unknownWhereComputed(o, config)
	if i != nil {
		v = i.value
	}
	if r.lenient { // what a check looks at is read once more when everything is done
		w.mu.Lock()
		w.plan.changes[addr] = &change{action: readLater, addr: addr, r: r, key: key, planned: answer{value: v}}
		w.mu.Unlock()
	}
	if i == nil {
		return v, append(found, more...)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.prior.instances[addr] = i
	return v, append(found, more...)
}

// readData reads a data source into an instance.
func (b *base) readData(ctx context.Context, c *connection, r *resource, key, config cty.Value) (*instance, Diagnostics) {
	addr := r.addr() + suffix(key)
	v, said, err := c.data(ctx, r.typeName, config)
	if err != nil {
		return nil, broken(addr, err)
	}
	found := fromProtocol(b.cfg, r.body, addr, said)
	switch {
	case found.failed() && r.lenient:
		return nil, softened(found)
	case found.failed():
		return nil, found
	case v.IsNull(), !v.IsWhollyKnown():
		return nil, append(found, violation(addr, "Provider produced invalid object", "the object that it has read is null or not known")...)
	}
	return &instance{addr: addr, block: r.addr(), mode: dataMode, typeName: r.typeName, name: r.name, key: key, provider: r.provider, value: v}, found
}

// unknownWhereComputed is the value of a data source that is read later.
func unknownWhereComputed(o *object, config cty.Value) cty.Value {
	values := map[string]cty.Value{}
	for name, a := range o.attributes {
		v := config.GetAttr(name)
		if v.IsNull() && a.computed {
			v = cty.UnknownVal(a.typ)
		}
		values[name] = v
	}
	return cty.ObjectVal(values)
}
