package entity

import (
	"context"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// differs lists the attributes whose planned, known value does not show yet.
func (e *engine[M]) differs(ctx context.Context, m *M, plan tftypes.Value) []string {
	d := &diag.Diagnostics{}
	got, ok := attributes(e.encode(ctx, m, plan, d), d)
	want, ok2 := attributes(plan, d)
	if !ok || !ok2 {
		return nil
	}
	var late []string
	for name, a := range e.Resource.Schema.Attributes {
		w, err := a.GetType().ValueFromTerraform(ctx, want[name])
		g, err2 := a.GetType().ValueFromTerraform(ctx, got[name])
		if err != nil || err2 != nil || a.IsWriteOnly() {
			continue
		}
		late = append(late, different(ctx, name, w, g)...)
	}
	slices.Sort(late)
	return late
}

// different compares a planned value with what was read, leaf by leaf, and names the leaves that differ.
func different(ctx context.Context, name string, want, got attr.Value) []string {
	if want.IsUnknown() || want.Equal(got) {
		return nil
	}
	if w, ok := want.(basetypes.ObjectValuable); ok && !want.IsNull() && !got.IsNull() {
		if g, ok := got.(basetypes.ObjectValuable); ok {
			wo, _ := w.ToObjectValue(ctx)
			g, _ := g.ToObjectValue(ctx)
			var late []string
			for k, v := range wo.Attributes() {
				late = append(late, different(ctx, name+"."+k, v, g.Attributes()[k])...)
			}
			return late
		}
	}
	if w, ok := want.(basetypes.StringValuableWithSemanticEquals); ok && !want.IsNull() && !got.IsNull() {
		if g, ok := got.(basetypes.StringValuable); ok {
			if same, d := w.StringSemanticEquals(ctx, g); same && !d.HasError() {
				return nil
			}
		}
	}
	return []string{name}
}

// adopt puts the planned values over what was read.
func (e *engine[M]) adopt(ctx context.Context, m *M, plan tftypes.Value) {
	d := &diag.Diagnostics{}
	got := e.encode(ctx, m, plan, d)
	merged, err := tftypes.Transform(plan, func(p *tftypes.AttributePath, v tftypes.Value) (tftypes.Value, error) {
		if v.IsKnown() {
			return v, nil
		}
		if read, _, err := tftypes.WalkAttributePath(got, p); err == nil {
			if read, ok := read.(tftypes.Value); ok {
				return read, nil
			}
		}
		return tftypes.NewValue(v.Type(), nil), nil
	})
	if err != nil {
		return
	}
	if kept, ok := e.decode(ctx, merged, d); ok {
		*m = *kept
	}
}

func warnStale(ctx context.Context, late []string) {
	Warn(ctx, "The platform does not show the new values yet",
		"The platform accepted the change but still returns the old value of "+strings.Join(late, ", ")+
			". The new values are kept in state; the next plan shows whether they were applied.")
}
