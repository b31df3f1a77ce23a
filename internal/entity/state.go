package entity

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// decode reads the model; attributes that the engine added are no part of it.
func (e *engine[M]) decode(ctx context.Context, raw tftypes.Value, d *diag.Diagnostics) (*M, bool) {
	m := new(M)
	core := e.Resource.Schema
	typ := core.Type().TerraformType(ctx)
	attrs, ok := attributes(raw, d)
	if !ok {
		return nil, false
	}
	object, ok := typ.(tftypes.Object)
	if !ok {
		d.AddError("Provider bug", "The schema of "+e.Name+" is not an object.")
		return nil, false
	}
	maps.DeleteFunc(attrs, func(name string, _ tftypes.Value) bool { _, of := object.AttributeTypes[name]; return !of })
	st := tfsdk.State{Schema: core, Raw: tftypes.NewValue(typ, attrs)}
	d.Append(st.Get(ctx, m)...)
	return m, !d.HasError()
}

// encode is the reverse of decode: the model, and from like what the engine added.
func (e *engine[M]) encode(ctx context.Context, m *M, like tftypes.Value, d *diag.Diagnostics) tftypes.Value {
	core := e.Resource.Schema
	st := tfsdk.State{Schema: core, Raw: tftypes.NewValue(core.Type().TerraformType(ctx), nil)}
	d.Append(st.Set(ctx, m)...)
	attrs, ok := attributes(like, d)
	if !ok || d.HasError() {
		return like
	}
	own, ok := attributes(st.Raw, d)
	if !ok {
		return like
	}
	maps.Copy(attrs, own)
	return tftypes.NewValue(like.Type(), attrs)
}

// attributes returns a copy of the attributes of an object.
func attributes(raw tftypes.Value, d *diag.Diagnostics) (map[string]tftypes.Value, bool) {
	attrs := map[string]tftypes.Value{}
	if err := raw.As(&attrs); err != nil {
		d.AddError("Provider bug", err.Error())
		return nil, false
	}
	return maps.Clone(attrs), true
}

// save writes the model and its identity. What the platform does not tell is null.
func (e *engine[M]) save(ctx context.Context, m *M, like tftypes.Value, state *tfsdk.State, id *tfsdk.ResourceIdentity, d *diag.Diagnostics) {
	raw, err := tftypes.Transform(e.encode(ctx, m, like, d), func(_ *tftypes.AttributePath, v tftypes.Value) (tftypes.Value, error) {
		if !v.IsKnown() {
			return tftypes.NewValue(v.Type(), nil), nil
		}
		return v, nil
	})
	if err != nil {
		d.AddError("Provider bug", err.Error())
		return
	}
	state.Raw = raw
	if id != nil {
		e.identify(ctx, m, id, d)
	}
}

func (e *engine[M]) identify(ctx context.Context, m *M, id *tfsdk.ResourceIdentity, d *diag.Diagnostics) {
	for i, k := range e.Key {
		d.Append(id.SetAttribute(ctx, path.Root(k), e.address(ctx, m)[i])...)
	}
}

// address is the values of the key, "" for one that is not known.
func (e *engine[M]) address(ctx context.Context, m *M) []string {
	core := e.Resource.Schema
	st := tfsdk.State{Schema: core, Raw: tftypes.NewValue(core.Type().TerraformType(ctx), nil)}
	out := make([]string, len(e.Key))
	if st.Set(ctx, m).HasError() {
		return out
	}
	attrs, ok := attributes(st.Raw, &diag.Diagnostics{})
	if !ok {
		return out
	}
	for i, k := range e.Key {
		if v := attrs[k]; v.IsKnown() && !v.IsNull() {
			if v.As(&out[i]) != nil {
				out[i] = ""
			}
		}
	}
	return out
}

func (e *engine[M]) addressed(ctx context.Context, m *M) bool {
	for _, v := range e.address(ctx, m) {
		if v == "" {
			return false
		}
	}
	return true
}

// withSecrets puts the write-only arguments, which are only ever in the configuration, into what the model is read from.
func withSecrets(ctx context.Context, plan tftypes.Value, config tfsdk.Config) tftypes.Value {
	out, err := tftypes.Transform(plan, func(p *tftypes.AttributePath, v tftypes.Value) (tftypes.Value, error) {
		a, err := config.Schema.AttributeAtTerraformPath(ctx, p)
		if err != nil || !a.IsWriteOnly() {
			return v, nil //nolint:nilerr // paths into elements have no attribute of their own
		}
		given, _, err := tftypes.WalkAttributePath(config.Raw, p)
		if secret, ok := given.(tftypes.Value); err == nil && ok {
			return secret, nil
		}
		return v, nil //nolint:nilerr // not in the configuration
	})
	if err != nil {
		return plan
	}
	return out
}
