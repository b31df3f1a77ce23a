package core

import (
	"encoding/json"
	"maps"
	"slices"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/zclconf/go-cty/cty"
)

// providerAddress stands for the one provider in what checks see.
func (t *Terraform) providerAddress(typeName string) string {
	if typeName == builtinType {
		return "terraform.io/builtin/terraform"
	}
	return "registry.terraform.io/hashicorp/" + t.ProviderName
}

// State is the state as terraform show -json tells it.
func (t *Terraform) State() *tfjson.State {
	s := t.current()
	values := &tfjson.StateValues{Outputs: map[string]*tfjson.StateOutput{}, RootModule: &tfjson.StateModule{}}
	for name, v := range s.outputs {
		typ := v.Type()
		values.Outputs[name] = &tfjson.StateOutput{Value: plain(v), Type: typ}
	}
	for _, addr := range slices.Sorted(maps.Keys(s.instances)) {
		values.RootModule.Resources = append(values.RootModule.Resources, t.resource(s.instances[addr]))
	}
	if len(s.instances) == 0 && len(s.outputs) == 0 {
		values = nil
	}
	return &tfjson.State{FormatVersion: "1.0", TerraformVersion: version, Values: values}
}

func (t *Terraform) resource(i *instance) *tfjson.StateResource {
	out := &tfjson.StateResource{
		Address: i.addr, Mode: tfjson.ManagedResourceMode, Type: i.typeName, Name: i.name, ProviderName: t.providerAddress(i.typeName),
		SchemaVersion: uint64(max(0, i.version)), DependsOn: i.deps, Tainted: i.tainted, Index: index(i.key),
	}
	if i.mode == dataMode {
		out.Mode = tfjson.DataResourceMode
	}
	out.AttributeValues, _ = plain(i.value).(map[string]any)
	if s := schemasOf(t.ProviderName); s != nil && s.of(i.mode, i.typeName) != nil {
		out.SensitiveValues, _ = json.Marshal(s.of(i.mode, i.typeName).secrets())
	}
	if i.identity != cty.NilVal {
		out.IdentityValues, _ = plain(i.identity).(map[string]any)
	}
	return out
}

func index(key cty.Value) any {
	if key == cty.NilVal {
		return nil
	}
	return plain(key)
}

// Unchanged reports whether a plan has nothing to do. To read the data source of a check is nothing.
func (t *Terraform) Unchanged(p *Plan) bool {
	for _, c := range p.changes {
		if c.action != noop && (c.r == nil || !c.r.lenient) {
			return false
		}
	}
	return true
}

// JSON is the plan as terraform show -json tells it.
func (t *Terraform) JSON(p *Plan) *tfjson.Plan {
	out := &tfjson.Plan{
		FormatVersion: "1.2", TerraformVersion: version, OutputChanges: map[string]*tfjson.Change{}, PriorState: (&Terraform{ProviderName: t.ProviderName, state: p.prior}).State(),
	}
	for _, name := range slices.Sorted(maps.Keys(p.changes)) {
		c := p.changes[name]
		one := &tfjson.ResourceChange{Address: c.addr, Mode: tfjson.ManagedResourceMode, Change: &tfjson.Change{Actions: actions[c.action]}, Index: index(c.key)}
		if c.before != nil {
			one.Type, one.Name, one.Change.Before = c.before.typeName, c.before.name, plain(c.before.value)
		}
		if c.r != nil {
			one.Type, one.Name = c.r.typeName, c.r.name
			if c.r.mode == dataMode {
				one.Mode = tfjson.DataResourceMode
			}
			one.Change.After, one.Change.AfterUnknown = plain(c.planned.value), unknown(c.planned.value)
		}
		if c.deposed {
			one.DeposedKey = "deposed"
		}
		if c.importing {
			one.Change.Importing = &tfjson.Importing{}
		}
		for _, path := range c.paths {
			one.Change.ReplacePaths = append(one.Change.ReplacePaths, plainPath(path))
		}
		one.ProviderName = t.providerAddress(one.Type)
		out.ResourceChanges = append(out.ResourceChanges, one)
	}
	for _, addr := range p.drifted {
		out.ResourceDrift = append(out.ResourceDrift, &tfjson.ResourceChange{Address: addr})
	}
	before := t.current().outputs
	for name := range before {
		if _, still := p.outputs[name]; !still {
			out.OutputChanges[name] = &tfjson.Change{Actions: tfjson.Actions{tfjson.ActionDelete}, Before: plain(before[name])}
		}
	}
	for name, v := range p.outputs {
		change := &tfjson.Change{Actions: tfjson.Actions{tfjson.ActionCreate}, After: plain(v), AfterUnknown: unknown(v)}
		if was, had := before[name]; had {
			change.Before, change.Actions = plain(was), tfjson.Actions{tfjson.ActionUpdate}
			if was.RawEquals(v) {
				change.Actions = tfjson.Actions{tfjson.ActionNoop}
			}
		}
		out.OutputChanges[name] = change
	}
	return out
}

var actions = map[action]tfjson.Actions{
	noop: {tfjson.ActionNoop}, create: {tfjson.ActionCreate}, update: {tfjson.ActionUpdate}, remove: {tfjson.ActionDelete}, readLater: {tfjson.ActionRead},
	replaceFirst: {tfjson.ActionDelete, tfjson.ActionCreate}, replaceLater: {tfjson.ActionCreate, tfjson.ActionDelete}, forgetIt: {tfjson.ActionForget},
}

func plainPath(p cty.Path) []any {
	var out []any
	for _, step := range p {
		switch step := step.(type) {
		case cty.GetAttrStep:
			out = append(out, step.Name)
		case cty.IndexStep:
			out = append(out, plain(step.Key))
		}
	}
	return out
}

// plain is what encoding/json makes of a value; what is not known is left out.
func plain(v cty.Value) any {
	switch {
	case v.IsNull(), !v.IsKnown():
		return nil
	case v.Type() == cty.String:
		return v.AsString()
	case v.Type() == cty.Bool:
		return v.True()
	case v.Type() == cty.Number:
		return json.Number(string(asJSON(v)))
	case v.Type().IsObjectType(), v.Type().IsMapType():
		out := map[string]any{}
		for name, member := range v.AsValueMap() {
			if member.IsKnown() {
				out[name] = plain(member)
			}
		}
		return out
	}
	out := []any{}
	for _, element := range v.AsValueSlice() {
		out = append(out, plain(element))
	}
	return out
}

// unknown is true for what is not known, in the shape of the value around it.
func unknown(v cty.Value) any {
	switch {
	case !v.IsKnown():
		return true
	case v.IsNull(), v.Type().IsPrimitiveType():
		return false
	case v.Type().IsObjectType(), v.Type().IsMapType():
		out := map[string]any{}
		for name, member := range v.AsValueMap() {
			if inner := unknown(member); inner != false {
				out[name] = inner
			}
		}
		return out
	}
	out := []any{}
	for _, element := range v.AsValueSlice() {
		out = append(out, unknown(element))
	}
	return out
}
