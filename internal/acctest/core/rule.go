package core

import (
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/zclconf/go-cty/cty"
)

// proposed merges the configuration with what was there before, as Terraform does before it asks a provider for a plan:
// what is configured is taken, and what is computed and not configured keeps its value.
func proposed(o *object, prior, config cty.Value) cty.Value {
	if config.IsNull() || !config.IsKnown() {
		return prior
	}
	values := map[string]cty.Value{}
	for name, a := range o.attributes {
		before, given := cty.NullVal(a.typ), config.GetAttr(name)
		if !prior.IsNull() && prior.IsKnown() {
			before = prior.GetAttr(name)
		}
		switch {
		case a.computed && given.IsNull():
			values[name] = before
			if a.optional && a.nested != nil && holdsArguments(a.nested, before) {
				values[name] = given // it was configured before
			}
		case a.nested != nil:
			values[name] = proposedNested(a.nested, before, given)
		default:
			values[name] = given
		}
	}
	return cty.ObjectVal(values)
}

// holdsArguments reports whether a value holds something that only a configuration can have put there.
func holdsArguments(o *object, v cty.Value) bool {
	found := false
	_ = cty.Walk(v, func(p cty.Path, v cty.Value) (bool, error) {
		if v.IsNull() || !v.IsKnown() {
			return true, nil
		}
		if a := o.at(trim(p)); a != nil && a.nested == nil && !a.computed {
			found = true
		}
		return !found, nil
	})
	return found
}

// trim takes the steps into elements away.
func trim(p cty.Path) cty.Path {
	var out cty.Path
	for _, step := range p {
		if _, ok := step.(cty.GetAttrStep); ok {
			out = append(out, step)
		}
	}
	return out
}

func proposedNested(o *object, prior, config cty.Value) cty.Value {
	if config.IsNull() || !config.IsKnown() {
		return config
	}
	has := !prior.IsNull() && prior.IsKnown()
	element := func() cty.Value { return cty.NullVal(config.Type().ElementType()) }
	switch o.nesting {
	case tfprotov6.SchemaObjectNestingModeList:
		var out []cty.Value
		for i, given := range config.AsValueSlice() {
			before := element()
			if has && i < prior.LengthInt() {
				before = prior.Index(cty.NumberIntVal(int64(i)))
			}
			out = append(out, proposed(o, before, given))
		}
		if len(out) > 0 {
			return cty.ListVal(out)
		}
	case tfprotov6.SchemaObjectNestingModeMap:
		out := map[string]cty.Value{}
		for key, given := range config.AsValueMap() {
			before := element()
			if k := cty.StringVal(key); has && prior.HasIndex(k).True() {
				before = prior.Index(k)
			}
			out[key] = proposed(o, before, given)
		}
		if len(out) > 0 {
			return cty.MapVal(out)
		}
	case tfprotov6.SchemaObjectNestingModeSet:
		var out, rest []cty.Value
		if has {
			rest = prior.AsValueSlice()
		}
		for _, given := range config.AsValueSlice() {
			before := element()
			for i, candidate := range rest {
				if fits(o, candidate, given) {
					before = candidate
					rest = append(rest[:i:i], rest[i+1:]...)
					break
				}
			}
			out = append(out, proposed(o, before, given))
		}
		if len(out) > 0 {
			return cty.SetVal(out)
		}
	default:
		return proposed(o, prior, config)
	}
	return config
}

// fits reports whether an element that was there can be the one that is configured: they differ in nothing but what is
// computed and not configured.
func fits(o *object, prior, config cty.Value) bool {
	if prior.IsNull() || config.IsNull() || !config.IsKnown() {
		return false
	}
	for name, a := range o.attributes {
		before, given := prior.GetAttr(name), config.GetAttr(name)
		switch {
		case given.RawEquals(before), a.computed && given.IsNull():
		case a.nested != nil && a.nested.nesting == tfprotov6.SchemaObjectNestingModeSingle && fits(a.nested, before, given):
		default:
			return false
		}
	}
	return true
}

// planned says what is wrong with a plan: a provider may choose what is computed and not configured, and keep what is
// equivalent, but nothing else.
func planned(o *object, prior, config, plan cty.Value, at string) []string {
	if plan.IsNull() || !plan.IsKnown() || config.IsNull() {
		return nil
	}
	var wrong []string
	for name, a := range o.attributes {
		given, now, before := config.GetAttr(name), plan.GetAttr(name), cty.NullVal(a.typ)
		if !prior.IsNull() && prior.IsKnown() {
			before = prior.GetAttr(name)
		}
		where := at + "." + name
		switch {
		case a.writeOnly:
			if !now.IsNull() {
				wrong = append(wrong, where+": a write-only attribute has a planned value")
			}
		case now.RawEquals(given):
		case !given.IsNull() && !before.IsNull() && now.RawEquals(before):
		case a.nested != nil && !now.IsNull() && now.IsKnown() && !given.IsNull() && given.IsKnown():
			wrong = append(wrong, plannedNested(a.nested, before, given, now, where)...)
		case a.computed && given.IsNull():
		case given.IsNull():
			wrong = append(wrong, fmt.Sprintf("%s: planned value %#v for a non-computed attribute", where, now))
		default:
			wrong = append(wrong, fmt.Sprintf("%s: planned value %#v does not match config value %#v nor prior value %#v", where, now, given, before))
		}
	}
	return wrong
}

func plannedNested(o *object, prior, config, plan cty.Value, at string) []string {
	var wrong []string
	has := !prior.IsNull() && prior.IsKnown()
	switch o.nesting {
	case tfprotov6.SchemaObjectNestingModeSingle:
		return planned(o, prior, config, plan, at)
	case tfprotov6.SchemaObjectNestingModeSet:
		if plan.LengthInt() > config.LengthInt() || config.LengthInt() > 0 && plan.LengthInt() == 0 {
			return []string{fmt.Sprintf("%s: %d elements are planned instead of %d", at, plan.LengthInt(), config.LengthInt())}
		}
		return nil
	default: // element by element
	}
	if plan.LengthInt() != config.LengthInt() {
		return []string{fmt.Sprintf("%s: count in plan (%d) disagrees with count in config (%d)", at, plan.LengthInt(), config.LengthInt())}
	}
	for it := config.ElementIterator(); it.Next(); {
		key, given := it.Element()
		if !plan.HasIndex(key).True() {
			wrong = append(wrong, at+suffix(key)+": missing")
			continue
		}
		before := cty.NullVal(config.Type().ElementType())
		if has && prior.HasIndex(key).True() {
			before = prior.Index(key)
		}
		wrong = append(wrong, planned(o, before, given, plan.Index(key), at+suffix(key))...)
	}
	return wrong
}

// applied says what of a new value is not what was planned: what was known must have come true.
func applied(o *object, plan, actual cty.Value, at string) []string {
	var wrong []string
	for name, a := range o.attributes {
		if a.sensitive && len(compatible(plan.GetAttr(name), actual.GetAttr(name), "")) > 0 {
			wrong = append(wrong, at+"."+name+": inconsistent values for sensitive attribute")
			continue
		}
		wrong = append(wrong, compatible(plan.GetAttr(name), actual.GetAttr(name), at+"."+name)...)
	}
	return wrong
}

func compatible(plan, actual cty.Value, at string) []string {
	switch {
	case !plan.IsKnown():
		return nil
	case plan.IsNull() && actual.IsNull():
		return nil
	case plan.IsNull():
		return []string{fmt.Sprintf("%s: was null, but now %#v", at, actual)}
	case actual.IsNull():
		return []string{fmt.Sprintf("%s: was %#v, but now null", at, plan)}
	case !actual.IsKnown():
		return []string{at + ": still unknown"}
	}
	t := plan.Type()
	var wrong []string
	switch {
	case t.IsObjectType():
		for name := range t.AttributeTypes() {
			if !actual.Type().HasAttribute(name) {
				return []string{fmt.Sprintf("%s: attribute %s is gone", at, name)}
			}
			wrong = append(wrong, compatible(plan.GetAttr(name), actual.GetAttr(name), at+"."+name)...)
		}
	case t.IsSetType():
		rest := actual.AsValueSlice()
		if plan.IsWhollyKnown() && plan.LengthInt() != actual.LengthInt() {
			return []string{fmt.Sprintf("%s: length changed from %d to %d", at, plan.LengthInt(), actual.LengthInt())}
		}
	elements:
		for _, p := range plan.AsValueSlice() {
			for i, a := range rest {
				if len(compatible(p, a, at)) == 0 {
					rest = append(rest[:i:i], rest[i+1:]...)
					continue elements
				}
			}
			wrong = append(wrong, fmt.Sprintf("%s: planned set element %#v does not correlate with any element in actual", at, p))
		}
	case t.IsListType(), t.IsMapType(), t.IsTupleType():
		if plan.LengthInt() != actual.LengthInt() {
			return []string{fmt.Sprintf("%s: length changed from %d to %d", at, plan.LengthInt(), actual.LengthInt())}
		}
		for it := plan.ElementIterator(); it.Next(); {
			key, p := it.Element()
			if !actual.HasIndex(key).True() {
				wrong = append(wrong, at+suffix(key)+": has vanished")
				continue
			}
			wrong = append(wrong, compatible(p, actual.Index(key), at+suffix(key))...)
		}
	case !plan.RawEquals(actual):
		wrong = append(wrong, fmt.Sprintf("%s: was %#v, but now %#v", at, plan, actual))
	}
	return wrong
}

// bullets joins problems as Terraform lists them.
func bullets(lines []string) string {
	var b strings.Builder
	for _, line := range lines {
		b.WriteString("\n  - " + line)
	}
	return b.String()
}
