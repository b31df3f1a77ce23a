package entity

import (
	"context"
	"iter"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// decode reads the model; attributes that the engine added are no part of it.
func (e *engine[M]) decode(ctx context.Context, raw tftypes.Value, d *diag.Diagnostics) (*M, bool) {
	m := new(M)
	attrs, ok := attributes(raw, d)
	if !ok {
		return nil, false
	}
	delete(attrs, "timeouts")
	st := tfsdk.State{Schema: e.Resource.Schema, Raw: tftypes.NewValue(e.Resource.Schema.Type().TerraformType(ctx), attrs)}
	d.Append(st.Get(ctx, m)...)
	return m, !d.HasError()
}

// encode is the reverse of decode: the model without its write-only arguments, and from like what the engine added.
func (e *engine[M]) encode(ctx context.Context, m *M, like tftypes.Value, d *diag.Diagnostics) tftypes.Value {
	attrs, ok := attributes(like, d)
	own, ok2 := attributes(e.raw(ctx, m, d), d)
	if !ok || !ok2 {
		return like
	}
	maps.Copy(attrs, own)
	return tftypes.NewValue(like.Type(), attrs)
}

// raw is the model alone. What does not fit the schema, such as an ID that is none, is reported and left out.
func (e *engine[M]) raw(ctx context.Context, m *M, d *diag.Diagnostics) tftypes.Value {
	core := e.Resource.Schema
	st := tfsdk.State{Schema: core, Raw: tftypes.NewValue(core.Type().TerraformType(ctx), nil)}
	if problems := st.Set(ctx, m); problems.HasError() {
		d.Append(problems...)
		e.salvage(ctx, m, &st, d)
	}
	return e.hide(ctx, st.Raw, hidden.IsWriteOnly, d)
}

// hidden is what may be a reason not to show an attribute.
type hidden interface {
	IsSensitive() bool
	IsWriteOnly() bool
}

// hide makes the attributes of a model null that are to be hidden, at any depth.
func (e *engine[M]) hide(ctx context.Context, raw tftypes.Value, is func(hidden) bool, d *diag.Diagnostics) tftypes.Value {
	core := e.Resource.Schema
	if !some(core.Attributes, is) {
		return raw
	}
	public, err := tftypes.Transform(raw, func(p *tftypes.AttributePath, v tftypes.Value) (tftypes.Value, error) {
		if a, err := core.AttributeAtTerraformPath(ctx, p); err == nil && is(a) {
			return tftypes.NewValue(v.Type(), nil), nil
		}
		return v, nil
	})
	if err != nil {
		d.AddError("Provider bug", err.Error())
		return raw
	}
	return public
}

// salvage encodes each attribute for itself, and the key as it is: without it nobody finds the object again.
func (e *engine[M]) salvage(ctx context.Context, m *M, st *tfsdk.State, d *diag.Diagnostics) {
	for name, value := range fields(m) {
		d.Append(st.SetAttribute(ctx, path.Root(name), value)...)
	}
	attrs, ok := attributes(st.Raw, d)
	if !ok || attrs == nil {
		return
	}
	for i, value := range e.address(m) {
		if value != "" {
			attrs[e.Key[i]] = tftypes.NewValue(tftypes.String, value)
		}
	}
	st.Raw = tftypes.NewValue(st.Raw.Type(), attrs)
}

// fields yields the attributes of a model as it holds them.
func fields[M any](m *M) iter.Seq2[string, any] {
	v := reflect.ValueOf(m).Elem()
	return func(yield func(string, any) bool) {
		for _, f := range reflect.VisibleFields(v.Type()) { // those of embedded structs are among them
			if name := f.Tag.Get("tfsdk"); name != "" && name != "-" && !yield(name, v.FieldByIndex(f.Index).Interface()) {
				return
			}
		}
	}
}

func some(attributes map[string]schema.Attribute, is func(hidden) bool) bool {
	for _, a := range attributes {
		if is(a) || some(nested(a), is) {
			return true
		}
	}
	return false
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

// conform makes a value fit a type that has other attributes, at any depth: those that it lacks are null, those that it
// has too much are dropped. What is unknown becomes null.
func conform(v tftypes.Value, to tftypes.Type) tftypes.Value {
	if v.IsNull() || !v.IsKnown() {
		return tftypes.NewValue(to, nil)
	}
	var of map[string]tftypes.Value
	switch t := to.(type) {
	case tftypes.Object:
		if v.As(&of) != nil {
			return tftypes.NewValue(to, nil)
		}
		out := map[string]tftypes.Value{}
		for name, typ := range t.AttributeTypes {
			if a, has := of[name]; has {
				out[name] = conform(a, typ)
			} else {
				out[name] = tftypes.NewValue(typ, nil)
			}
		}
		return tftypes.NewValue(to, out)
	case tftypes.Map:
		if v.As(&of) != nil {
			return tftypes.NewValue(to, nil)
		}
		out := map[string]tftypes.Value{}
		for name, a := range of {
			out[name] = conform(a, t.ElementType)
		}
		return tftypes.NewValue(to, out)
	case tftypes.List:
		return conformAll(v, t, t.ElementType)
	case tftypes.Set:
		return conformAll(v, t, t.ElementType)
	}
	return v
}

func conformAll(v tftypes.Value, to, element tftypes.Type) tftypes.Value {
	var all []tftypes.Value
	if v.As(&all) != nil {
		return tftypes.NewValue(to, nil)
	}
	all = slices.Clone(all)
	for i := range all {
		all[i] = conform(all[i], element)
	}
	return tftypes.NewValue(to, all)
}

// save writes the model and its identity. What the platform does not tell is null.
func (e *engine[M]) save(ctx context.Context, m *M, like tftypes.Value, state *tfsdk.State, id *tfsdk.ResourceIdentity, d *diag.Diagnostics) {
	state.Raw = conform(e.encode(ctx, m, like, d), like.Type())
	if id != nil {
		e.identify(ctx, m, id, d)
	}
}

// identify writes the key into an identity. It never changes for the life of an object, so that the spelling which
// is there already stays: the platform may answer in another case.
func (e *engine[M]) identify(ctx context.Context, m *M, id *tfsdk.ResourceIdentity, d *diag.Diagnostics) {
	for i, value := range e.address(m) {
		var before types.String
		if id.GetAttribute(ctx, path.Root(e.Key[i]), &before).HasError() || !strings.EqualFold(before.ValueString(), value) {
			d.Append(id.SetAttribute(ctx, path.Root(e.Key[i]), value)...)
		}
	}
}

// address is the values of the key, "" for one that is not known.
func (e *engine[M]) address(m *M) []string {
	out := make([]string, len(e.Key))
	for i, k := range e.Key {
		out[i] = textOf(valueOf(m, k))
	}
	return out
}

func (e *engine[M]) addressed(m *M) bool { return !slices.Contains(e.address(m), "") }

// withSecrets puts the write-only arguments, which are only ever in the configuration, into what the model is read from.
func withSecrets(ctx context.Context, plan tftypes.Value, config tfsdk.Config, d *diag.Diagnostics) tftypes.Value {
	out, err := tftypes.Transform(plan, func(p *tftypes.AttributePath, v tftypes.Value) (tftypes.Value, error) {
		a, err := config.Schema.AttributeAtTerraformPath(ctx, p)
		if err != nil || !a.IsWriteOnly() {
			return v, nil //nolint:nilerr // paths into elements have no attribute of their own
		}
		given, _, err := tftypes.WalkAttributePath(config.Raw, p)
		if secret, ok := given.(tftypes.Value); err == nil && ok {
			return secret, nil
		}
		return v, nil
	})
	if err != nil {
		d.AddError("Provider bug", err.Error())
		return plan
	}
	return out
}
