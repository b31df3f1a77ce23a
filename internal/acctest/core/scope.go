package core

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

// scope is what expressions can refer to in one walk.
type scope struct {
	cfg       *config
	variables map[string]cty.Value
	functions map[string]function.Function

	mu     sync.Mutex
	values map[string]cty.Value // of resources and locals, by node
}

func (s *scope) set(node string, v cty.Value) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.values[node] = v
}

// context holds what the expressions refer to.
func (s *scope) context(refs []string, more map[string]cty.Value) *hcl.EvalContext {
	s.mu.Lock()
	defer s.mu.Unlock()
	tree := map[string]map[string]cty.Value{}
	data := map[string]map[string]cty.Value{}
	put := func(in map[string]map[string]cty.Value, group, name string, v cty.Value) {
		if in[group] == nil {
			in[group] = map[string]cty.Value{}
		}
		in[group][name] = v
	}
	for _, ref := range refs {
		parts := strings.Split(ref, ".")
		switch {
		case parts[0] == "var" && len(parts) == 2:
			if v, ok := s.variables[parts[1]]; ok {
				put(tree, "var", parts[1], v)
			}
		case parts[0] == "data" && len(parts) == 3:
			if v, ok := s.values[ref]; ok {
				put(data, parts[1], parts[2], v)
			}
		case len(parts) == 2:
			if v, ok := s.values[ref]; ok {
				put(tree, parts[0], parts[1], v)
			}
		}
	}
	variables := clone(more)
	for group, members := range tree {
		variables[group] = cty.ObjectVal(members)
	}
	if len(data) > 0 {
		types := map[string]cty.Value{}
		for typeName, members := range data {
			types[typeName] = cty.ObjectVal(members)
		}
		variables["data"] = cty.ObjectVal(types)
	}
	return &hcl.EvalContext{Variables: variables, Functions: s.functions}
}

func (s *scope) eval(e hclsyntax.Expression, more map[string]cty.Value) (cty.Value, hcl.Diagnostics) {
	v, diags := e.Value(s.context(references(e), more))
	if diags.HasErrors() {
		return cty.DynamicVal, diags
	}
	v, _ = v.UnmarkDeep()
	return v, diags
}

// body evaluates the arguments of a schema. Names in skip are Terraform's own.
func (s *scope) body(b *hclsyntax.Body, schema *object, skip []string, more map[string]cty.Value) (cty.Value, hcl.Diagnostics) {
	values := map[string]cty.Value{}
	var diags hcl.Diagnostics
	for name, a := range b.Attributes {
		if !slices.Contains(skip, name) && schema.attributes[name] == nil {
			diags = append(diags, errorAt(a.NameRange, "Unsupported argument", "An argument named %q is not expected here.", name)...)
		}
	}
	for name, a := range schema.attributes {
		given := b.Attributes[name]
		if given == nil {
			if a.required {
				rng := b.MissingItemRange()
				diags = append(diags, errorAt(rng, "Missing required argument", "The argument %q is required, but no definition was found.", name)...)
			}
			values[name] = cty.NullVal(a.typ)
			continue
		}
		v, more := s.eval(given.Expr, more)
		diags = append(diags, more...)
		if more.HasErrors() {
			values[name] = cty.UnknownVal(a.typ)
			continue
		}
		converted, err := convert.Convert(v, a.wanted())
		switch {
		case err != nil:
			diags = append(diags, errorAt(given.Expr.Range(), "Incorrect attribute value type", "Inappropriate value for attribute %q: %s.", name, message(err))...)
			converted = cty.UnknownVal(a.typ)
		case converted.IsNull():
			converted = cty.NullVal(a.typ)
			if a.required {
				diags = append(diags, errorAt(given.Expr.Range(), "Missing required argument", "The argument %q is required, but no definition was found.", name)...)
			}
		}
		values[name] = converted
	}
	return cty.ObjectVal(values), diags
}

// message is a conversion error with the path into the value.
func message(err error) string {
	if p, ok := err.(cty.PathError); ok { //nolint:errorlint // convert returns it bare
		var b strings.Builder
		for _, step := range p.Path {
			switch step := step.(type) {
			case cty.GetAttrStep:
				b.WriteString("." + step.Name)
			case cty.IndexStep:
				b.WriteString(suffix(step.Key))
			}
		}
		if b.Len() > 0 {
			return strings.TrimPrefix(b.String(), ".") + ": " + p.Error()
		}
	}
	return err.Error()
}

// given are the variables of a run: what is set, else the default.
func (c *config) given(set map[string]json.RawMessage) (map[string]cty.Value, hcl.Diagnostics) {
	out := map[string]cty.Value{}
	var diags hcl.Diagnostics
	for name, b := range c.variables {
		typ := cty.DynamicPseudoType
		if a := b.Body.Attributes["type"]; a != nil {
			if typ = typeOf(a.Expr); typ == cty.NilType {
				diags = append(diags, unsupported(a.SrcRange, "this type of a variable")...)
				continue
			}
		}
		v := cty.NilVal
		if a := b.Body.Attributes["default"]; a != nil {
			v, _ = a.Expr.Value(nil)
		}
		if raw, ok := set[name]; ok {
			implied, err := ctyjson.ImpliedType(raw)
			if err == nil {
				v, err = ctyjson.Unmarshal(raw, implied)
			}
			if err != nil {
				diags = append(diags, errorAt(b.DefRange(), "Invalid value for variable", "%s", err)...)
				continue
			}
		}
		if v == cty.NilVal {
			diags = append(diags, errorAt(b.DefRange(), "No value for required variable", "The variable %q has no value.", name)...)
			continue
		}
		converted, err := convert.Convert(v, typ)
		if err != nil {
			diags = append(diags, errorAt(b.DefRange(), "Invalid value for input variable", "%s", err)...)
			continue
		}
		out[name] = converted
	}
	return out, diags
}

// typeOf reads the constraints that tests use.
func typeOf(e hclsyntax.Expression) cty.Type {
	simple := map[string]cty.Type{"string": cty.String, "number": cty.Number, "bool": cty.Bool, "any": cty.DynamicPseudoType}
	if name := hcl.ExprAsKeyword(e); name != "" {
		return simple[name]
	}
	call, ok := e.(*hclsyntax.FunctionCallExpr)
	if !ok || len(call.Args) != 1 {
		return cty.NilType
	}
	element := typeOf(call.Args[0])
	if element == cty.NilType {
		return cty.NilType
	}
	switch call.Name {
	case "list":
		return cty.List(element)
	case "set":
		return cty.Set(element)
	case "map":
		return cty.Map(element)
	}
	return cty.NilType
}

// suffix is the index of an instance as it stands in an address.
func suffix(key cty.Value) string {
	switch {
	case key == cty.NilVal:
		return ""
	case key.Type() == cty.Number:
		n, _ := key.AsBigFloat().Int64()
		return fmt.Sprintf("[%d]", n)
	}
	return fmt.Sprintf("[%q]", key.AsString())
}
