package core

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// imported imports what an import block names for an instance that is not in state, nil without one.
func (w *planWalk) imported(ctx context.Context, c *connection, r *resource, key cty.Value) (*instance, Diagnostics) {
	addr := r.addr() + suffix(key)
	at := slices.IndexFunc(w.cfg.imports, func(i *importBlock) bool { return i.to == addr })
	if at < 0 {
		return nil, nil
	}
	block := w.cfg.imports[at]
	var id string
	var identity cty.Value
	if block.id != nil {
		v, diags := w.scope.eval(block.id, nil)
		if diags.HasErrors() || !v.IsKnown() || v.IsNull() || v.Type() != cty.String || v.AsString() == "" {
			return nil, fromHCL(w.cfg, append(diags, errorAt(block.id.Range(), "Invalid import id argument", "The import ID value is invalid.")...))
		}
		id = v.AsString()
	} else if block.identity != nil {
		v, diags := w.scope.eval(block.identity, nil)
		typ := c.identities[r.typeName]
		converted, err := convert.Convert(v, typ)
		if diags.HasErrors() || err != nil {
			return nil, fromHCL(w.cfg, append(diags, errorAt(block.identity.Range(), "Invalid expression value", "%v", err)...))
		}
		identity = converted
	}
	i, found := w.bring(ctx, c, r, key, id, identity, block.rng)
	if found.failed() {
		return nil, found
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.prior.instances[addr] = i
	return i, found
}

// bring imports an object and reads it.
func (b *base) bring(ctx context.Context, c *connection, r *resource, key cty.Value, id string, identity cty.Value, rng hcl.Range) (*instance, Diagnostics) {
	addr := r.addr() + suffix(key)
	o := c.of(managedMode, r.typeName)
	req := &tfprotov6.ImportResourceStateRequest{TypeName: r.typeName, ID: id}
	if identity != cty.NilVal {
		req.Identity = &tfprotov6.ResourceIdentityData{IdentityData: dynamic(identity, identity.Type())}
	}
	resp, err := c.ImportResourceState(ctx, req)
	if err != nil {
		return nil, broken(addr, err)
	}
	found := fromProtocol(b.cfg, nil, addr, resp.Diagnostics)
	if found.failed() {
		return nil, found
	}
	if len(resp.ImportedResources) != 1 || resp.ImportedResources[0].TypeName != r.typeName {
		return nil, append(found, broken(addr, errNoImport)...)
	}
	one := resp.ImportedResources[0]
	i := &instance{
		addr: addr, block: r.addr(), typeName: r.typeName, name: r.name, key: key, provider: r.provider, version: o.version, private: one.Private,
		deps: b.resourceDeps(r.addr()),
	}
	if i.value, err = value(one.State, o.typ()); err != nil {
		return nil, append(found, broken(addr, err)...)
	}
	if more := c.keepIdentity(i, one.Identity); more.failed() {
		return nil, append(found, more...)
	}
	now, more := c.refresh(ctx, i, b.cfg, r.body)
	if found = append(found, more...); more.failed() {
		return nil, found
	}
	if now == nil {
		return nil, append(found, fromHCL(b.cfg, errorAt(rng, "Cannot import non-existent remote object",
			"While attempting to import an existing object to %q, the provider detected that no object exists with the given id. "+
				"Only pre-existing objects can be imported; check that the id is correct and that it is associated with the provider's configured region or endpoint, "+
				"or use \"terraform apply\" to create a new remote object for this resource.", addr))...)
	}
	return now, found
}

// walkImport is the command: the object goes to state, and nothing else changes.
func (t *Terraform) walkImport(ctx context.Context, cfg *config, variables map[string]cty.Value, addr, id string) Diagnostics {
	w := &planWalk{base: t.base(ctx, cfg, variables, t.current().clone())}
	r := cfg.resources[addr]
	if r == nil {
		return Diagnostics{{Summary: "resource address does not exist in the configuration", Detail: fmt.Sprintf("There is no resource %s.", addr)}}
	}
	w.providers()
	w.nodes[addr] = &node{after: []string{providerNode + r.provider}, run: func(ctx context.Context) Diagnostics {
		c := w.conn(r.provider)
		if _, found := w.schema(c, r); found.failed() {
			return found
		}
		i, found := w.bring(ctx, c, r, cty.NilVal, id, cty.NilVal, r.body.SrcRange)
		if !found.failed() {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.prior.instances[addr] = i
		}
		return found
	}}
	t.walk(ctx, w.nodes, &w.report)
	if !w.all.failed() {
		t.state = w.prior
	}
	return w.all
}
