package core

import (
	"fmt"
	"maps"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

// object is the schema of a resource, a data source, a provider or a nested attribute.
type object struct {
	nesting    tfprotov6.SchemaObjectNestingMode // of a nested attribute; invalid at the top
	version    int64
	attributes map[string]*attribute
}

// attribute is one argument or attribute.
type attribute struct {
	name                                               string
	typ                                                cty.Type
	required, optional, computed, sensitive, writeOnly bool
	nested                                             *object // nil unless it has attributes of its own
}

// read translates a schema of the protocol. Blocks other than attributes are refused: no object here has any.
func read(s *tfprotov6.Schema) (*object, error) {
	if s == nil || s.Block == nil {
		return &object{attributes: map[string]*attribute{}}, nil
	}
	if len(s.Block.BlockTypes) > 0 {
		return nil, fmt.Errorf("nested blocks, such as %s, are not supported", s.Block.BlockTypes[0].TypeName)
	}
	o, err := readObject(s.Block.Attributes)
	if err == nil {
		o.version = s.Version
	}
	return o, err
}

func readObject(in []*tfprotov6.SchemaAttribute) (*object, error) {
	o := &object{attributes: map[string]*attribute{}}
	for _, a := range in {
		out := &attribute{
			name: a.Name, required: a.Required, optional: a.Optional, computed: a.Computed, sensitive: a.Sensitive, writeOnly: a.WriteOnly,
		}
		var err error
		if out.typ, err = ctyType(a.ValueType()); err != nil {
			return nil, err
		}
		if a.NestedType != nil {
			if out.nested, err = readObject(a.NestedType.Attributes); err != nil {
				return nil, err
			}
			out.nested.nesting = a.NestedType.Nesting
		}
		o.attributes[a.Name] = out
	}
	return o, nil
}

func ctyType(t tftypes.Type) (cty.Type, error) {
	text, err := t.MarshalJSON() //nolint:staticcheck // the form in which both libraries know a type
	if err != nil {
		return cty.NilType, err
	}
	return ctyjson.UnmarshalType(text)
}

// typ is the type of a value of the schema.
func (o *object) typ() cty.Type {
	types := map[string]cty.Type{}
	for name, a := range o.attributes {
		types[name] = a.typ
	}
	return cty.Object(types)
}

// null is a value whose attributes are all null.
func (o *object) null() cty.Value {
	values := map[string]cty.Value{}
	for name, a := range o.attributes {
		values[name] = cty.NullVal(a.typ)
	}
	return cty.ObjectVal(values)
}

// wanted is the type to which an expression is converted: nested attributes may be left out unless they are required.
func (a *attribute) wanted() cty.Type {
	if a.nested == nil {
		return a.typ
	}
	types, left := map[string]cty.Type{}, []string{}
	for name, inner := range a.nested.attributes {
		types[name] = inner.wanted()
		if !inner.required {
			left = append(left, name)
		}
	}
	one := cty.ObjectWithOptionalAttrs(types, left)
	switch a.nested.nesting {
	case tfprotov6.SchemaObjectNestingModeList:
		return cty.List(one)
	case tfprotov6.SchemaObjectNestingModeSet:
		return cty.Set(one)
	case tfprotov6.SchemaObjectNestingModeMap:
		return cty.Map(one)
	default:
		return one
	}
}

// at finds the attribute that a path leads to; steps into elements belong to the attribute that holds them.
func (o *object) at(p cty.Path) *attribute {
	var found *attribute
	for _, step := range p {
		name, ok := step.(cty.GetAttrStep)
		if !ok {
			found = nil // an element is no attribute
			continue
		}
		if o == nil {
			return nil
		}
		found = o.attributes[name.Name]
		if found == nil {
			return nil
		}
		o = found.nested
	}
	return found
}

// secrets says what of a value is sensitive, in the form of Terraform's JSON: true, or the members that are.
func (o *object) secrets() map[string]any {
	out := map[string]any{}
	for name, a := range o.attributes {
		if a.sensitive {
			out[name] = true
		}
	}
	return out
}

// builtin is what Terraform itself provides.
var builtin = &object{attributes: map[string]*attribute{
	"id":               {name: "id", typ: cty.String, computed: true},
	"input":            {name: "input", typ: cty.DynamicPseudoType, optional: true},
	"output":           {name: "output", typ: cty.DynamicPseudoType, computed: true},
	"triggers_replace": {name: "triggers_replace", typ: cty.DynamicPseudoType, optional: true},
}}

// schemas are those of one provider, by type name.
type schemas struct {
	provider        *object
	resources, data map[string]*object
	identities      map[string]cty.Type
}

func readSchemas(s *tfprotov6.GetProviderSchemaResponse, ids *tfprotov6.GetResourceIdentitySchemasResponse) (*schemas, error) {
	out := &schemas{resources: map[string]*object{}, data: map[string]*object{}, identities: map[string]cty.Type{}}
	var err error
	if out.provider, err = read(s.Provider); err != nil {
		return nil, err
	}
	for name, one := range s.ResourceSchemas {
		if out.resources[name], err = read(one); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	for name, one := range s.DataSourceSchemas {
		if out.data[name], err = read(one); err != nil {
			return nil, fmt.Errorf("data.%s: %w", name, err)
		}
	}
	for name, one := range ids.IdentitySchemas {
		types := map[string]cty.Type{}
		for _, a := range one.IdentityAttributes {
			if types[a.Name], err = ctyType(a.Type); err != nil {
				return nil, err
			}
		}
		out.identities[name] = cty.Object(types)
	}
	return out, nil
}

func (s *schemas) of(mode mode, typeName string) *object {
	if mode == dataMode {
		return s.data[typeName]
	}
	if typeName == builtinType {
		return builtin
	}
	return s.resources[typeName]
}

func clone[K comparable, V any](m map[K]V) map[K]V {
	if m == nil {
		return map[K]V{}
	}
	return maps.Clone(m)
}
