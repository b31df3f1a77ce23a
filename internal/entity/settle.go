package entity

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// settleReads is how often a value that was just written may read back stale.
const settleReads = 10

// readEvery is the pause between reads where the platform names none.
const readEvery = 5 * time.Second

// target is what an apply is asked for: the plan, what was there before, and the configuration.
type target struct{ plan, prior, config tftypes.Value }

// asked reports whether the value of an attribute, named as a.b, was asked for: it is configured, or planned to change.
// Other values are the platform's, and may change by themselves at any time.
func (t target) asked(name string) bool {
	p := tftypes.NewAttributePath()
	for part := range strings.SplitSeq(name, ".") {
		p = p.WithAttributeName(part)
	}
	at := func(v tftypes.Value) (tftypes.Value, bool) {
		found, _, err := tftypes.WalkAttributePath(v, p)
		value, ok := found.(tftypes.Value)
		return value, err == nil && ok
	}
	if configured, ok := at(t.config); ok && !configured.IsNull() {
		return true
	}
	before, had := at(t.prior)
	planned, ok := at(t.plan)
	return !had || !ok || !before.Equal(planned)
}

// readBack reads until the object shows, is ready and shows what was asked for. Values that stay stale are reported as
// a warning and kept as planned: the next refresh tells whether they were really lost. An object that does not show is
// awaited until the deadline, or for absences reads if that is not zero.
func (e *engine[M]) readBack(ctx context.Context, m *M, t target, absences int) error {
	var missing string // what the last read lacked
	var late []string  // or, if nothing, what it showed stale
	asked := *m        // a Read may replace what was asked for by what shows
	for stale, absent := 0, 0; stale < settleReads; {
		read := asked
		err := e.Resource.Read(ctx, e.client, &read)
		if err == nil {
			*m = read
		}
		switch {
		case e.gone(err):
			if absent++; absent == absences {
				return err
			}
			missing, late, err = "it does not show yet", nil, nil
		case err == nil:
			if missing, late = e.lacks(ctx, m, t); missing == "" {
				stale++
			}
			if missing == "" && len(late) == 0 {
				e.adopt(ctx, m, t.plan) // Terraform takes no other values, even for what changed by itself
				return nil
			}
		}
		if err == nil && stale < settleReads {
			err = rest.Wait(ctx, readEvery)
		}
		if err == nil {
			continue
		}
		over := rest.IsTimeout(err)
		switch {
		case over && missing != "":
			return &unreadyError{missing, err}
		case over && len(late) > 0:
			stale = settleReads
		default:
			return err
		}
	}
	Warn(ctx, "The platform does not show the new values yet",
		"The platform accepted the change but still returns the old value of "+strings.Join(late, ", ")+
			". The new values are kept in state; the next plan shows whether they were applied.")
	e.adopt(ctx, m, t.plan)
	return nil
}

// lacks says what an object that was read still lacks or, if nothing, which values that were asked for it does not show.
func (e *engine[M]) lacks(ctx context.Context, m *M, t target) (string, []string) {
	if e.Ready != nil {
		if missing := e.Ready(m); missing != "" {
			return missing, nil
		}
	}
	return "", slices.DeleteFunc(e.differs(ctx, m, t.plan), func(name string) bool { return !t.asked(name) })
}

// unreadyError is an object that exists but could not be used in time.
type unreadyError struct {
	missing string
	err     error
}

func (e *unreadyError) Error() string { return "it is not ready: " + e.missing + ": " + e.err.Error() }
func (e *unreadyError) Unwrap() error { return e.err }

// differs lists the attributes whose planned, known value does not show yet. What cannot be encoded is told by adopt, once
// there is nothing to wait for.
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
		if err == nil && err2 == nil {
			late = append(late, different(ctx, name, w, g)...)
		}
	}
	slices.Sort(late)
	return late
}

// different compares a planned value with what was read, leaf by leaf, and names the leaves that differ.
func different(ctx context.Context, name string, want, got attr.Value) []string {
	if want.IsUnknown() || want.Equal(got) {
		return nil
	}
	if want.IsNull() || got.IsNull() {
		return []string{name}
	}
	var late []string
	switch w := want.(type) {
	case basetypes.ObjectValuable:
		if g, ok := got.(basetypes.ObjectValuable); ok {
			w, _ := w.ToObjectValue(ctx)
			g, _ := g.ToObjectValue(ctx)
			for k, v := range w.Attributes() {
				late = append(late, different(ctx, name+"."+k, v, g.Attributes()[k])...)
			}
			return late
		}
	case basetypes.MapValuable:
		if g, ok := got.(basetypes.MapValuable); ok {
			w, _ := w.ToMapValue(ctx)
			g, _ := g.ToMapValue(ctx)
			for k, v := range w.Elements() {
				if of, has := g.Elements()[k]; !has || different(ctx, name, v, of) != nil {
					return []string{name}
				}
			}
			if len(w.Elements()) == len(g.Elements()) {
				return nil
			}
		}
	case basetypes.ListValuable:
		if g, ok := got.(basetypes.ListValuable); ok {
			w, _ := w.ToListValue(ctx)
			g, _ := g.ToListValue(ctx)
			if slices.EqualFunc(w.Elements(), g.Elements(), same(ctx)) {
				return nil
			}
		}
	case basetypes.SetValuable:
		if g, ok := got.(basetypes.SetValuable); ok {
			w, _ := w.ToSetValue(ctx)
			g, _ := g.ToSetValue(ctx)
			rest := g.Elements()
			for _, v := range w.Elements() {
				i := slices.IndexFunc(rest, func(of attr.Value) bool { return same(ctx)(v, of) })
				if i < 0 {
					return []string{name}
				}
				rest = slices.Delete(rest, i, i+1)
			}
			if len(rest) == 0 {
				return nil
			}
		}
	case basetypes.StringValuableWithSemanticEquals:
		if g, ok := got.(basetypes.StringValuable); ok {
			if same, d := w.StringSemanticEquals(ctx, g); same && !d.HasError() {
				return nil
			}
		}
	}
	return []string{name}
}

func same(ctx context.Context) func(want, got attr.Value) bool {
	return func(want, got attr.Value) bool { return len(different(ctx, "", want, got)) == 0 }
}

// adopt puts the planned values over what was read.
func (e *engine[M]) adopt(ctx context.Context, m *M, plan tftypes.Value) {
	var encoding, decoding diag.Diagnostics
	got := e.encode(ctx, m, plan, &encoding)
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
		decoding.AddError("Provider bug", err.Error())
	} else if kept, ok := e.decode(ctx, merged, &decoding); ok {
		*m = *kept
	}
	tell(ctx, append(encoding, decoding...)...)
}
