package entity

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	rs "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
)

// Check reports the mistakes in a description that one test finds for every registered object: a model that does not
// fit its schema or cannot hold what is unknown until apply, a missing description or operation, a key that could change,
// an argument that could change although there is no update, an ID whose spelling in another case would replace the object.
func (e *engine[M]) Check(ctx context.Context) error {
	p := problems{name: e.Name}
	s := e.Resource.Schema
	p.schema(s)
	p.add(fits[M](ctx, s, blank), fits[M](ctx, s, unknown), fits[M](ctx, s, filled))
	if e.Resource.Create == nil || e.Resource.Read == nil || e.Parent == nil || e.Resource.Delete == nil && !e.lasting {
		p.report("create (apply), read, delete and parent, or all and within, are required")
	}
	if _, ok := s.Attributes[e.Called].(rs.StringAttribute); e.All != nil && !ok {
		p.report("called names no string attribute, but there is all")
	}
	if s.Version != 0 {
		p.report("the version of the schema is the number of upgrades")
	}
	for _, name := range e.Choose {
		if _, ok := s.Attributes[name].(rs.StringAttribute); !ok {
			p.report("choose names %s, which is not a string attribute", name)
		}
	}
	for _, k := range e.Key {
		switch a, ok := s.Attributes[k].(rs.StringAttribute); {
		case !ok:
			p.report("key %s is not a string attribute", k)
		case (a.Required || a.Optional) && !has(a, replaces):
			p.report("key %s must force replacement", k)
		case a.Computed && !has(a, keeps):
			p.report("key %s must keep its state when it is unknown", k)
		}
	}
	for name, a := range s.Attributes {
		if e.Resource.Update == nil && (a.IsRequired() || a.IsOptional()) && !has(a, replaces) {
			p.report("%s must force replacement, because there is no update", name)
		}
	}
	p.spelling("", s.Attributes)
	p.errors(ctx, s, e.Errors)
	return errors.Join(p.all...)
}

type problems struct {
	name string
	all  []error
}

func (p *problems) report(format string, args ...any) {
	p.add(fmt.Errorf(format, args...))
}

func (p *problems) add(errs ...error) {
	for _, err := range errs {
		if err != nil {
			p.all = append(p.all, fmt.Errorf("%s: %w", p.name, err))
		}
	}
}

// errors reports diagnoses that every error fits, or that blame what the schema does not have.
func (p *problems) errors(ctx context.Context, s rs.Schema, all []Diagnosis) {
	for _, d := range all {
		if d.Codes == nil && d.Says == "" && d.Is == nil {
			p.report("a diagnosis without anything to recognize it by: %q", d.Remedy)
		}
		if _, missing := s.AttributeAtPath(ctx, d.At); len(d.At.Steps()) > 0 && missing.HasError() {
			p.report("a diagnosis blames %s, which the schema does not have", d.At)
		}
	}
}

// schema reports what has no description.
func (p *problems) schema(s rs.Schema) {
	if s.MarkdownDescription == "" {
		p.report("no description")
	}
	p.described("", s.Attributes)
}

func (p *problems) described(prefix string, all map[string]rs.Attribute) {
	for name, a := range all {
		if a.GetMarkdownDescription() == "" {
			p.report("attribute %s has no description", prefix+name)
		}
		p.described(prefix+name+".", nested(a))
	}
}

// spelling reports IDs that replace the object when they are written in another case.
func (p *problems) spelling(prefix string, all map[string]rs.Attribute) {
	for name, a := range all {
		p.spelling(prefix+name+".", nested(a))
		s, ok := a.(rs.StringAttribute)
		if !ok {
			continue
		}
		switch s.CustomType.(type) {
		case customtype.UUIDType, customtype.FoldedType:
			all := effects(s)
			keep, replace := slices.Index(all, folds), slices.Index(all, replaces)
			if replace >= 0 && (keep < 0 || keep > replace) {
				p.report("%s needs customtype.KeepCase before it forces replacement", prefix+name)
			}
		}
	}
}

func nested(a rs.Attribute) map[string]rs.Attribute {
	switch a := a.(type) {
	case rs.SingleNestedAttribute:
		return a.Attributes
	case rs.ListNestedAttribute:
		return a.NestedObject.Attributes
	case rs.SetNestedAttribute:
		return a.NestedObject.Attributes
	case rs.MapNestedAttribute:
		return a.NestedObject.Attributes
	}
	return nil
}

// specimen says how to fill the attributes of an object that a model is to hold.
type specimen int

const (
	blank   specimen = iota // all null
	unknown                 // what is computed is unknown
	filled                  // every nested object is there once, and what is computed in it is unknown
	said                    // all is there, and says as little as possible
)

// fits decodes and encodes an object: framework reflection reports every attribute that model and schema do not share.
func fits[M any](ctx context.Context, schema rs.Schema, s specimen) error {
	raw := s.object(ctx, schema.Type().TerraformType(ctx), schema.Attributes)
	st := tfsdk.State{Schema: schema, Raw: raw}
	m := new(M)
	if d := st.Get(ctx, m); d.HasError() {
		return fmt.Errorf("model and schema differ: %s", d.Errors()[0].Detail())
	}
	if d := st.Set(ctx, m); d.HasError() {
		return fmt.Errorf("model and schema differ: %s", d.Errors()[0].Detail())
	}
	return nil
}

func (s specimen) object(ctx context.Context, typ tftypes.Type, all map[string]rs.Attribute) tftypes.Value {
	values := map[string]tftypes.Value{}
	for name, a := range all {
		values[name] = s.value(ctx, a)
	}
	return tftypes.NewValue(typ, values)
}

func (s specimen) value(ctx context.Context, a rs.Attribute) tftypes.Value {
	typ, inner := a.GetType().TerraformType(ctx), nested(a)
	switch {
	case s >= filled && inner != nil:
	case s == said && typ.Is(tftypes.String):
		return tftypes.NewValue(typ, customtype.ZeroUUID) // which a text of any type may be
	case s == said:
		return zero(typ)
	case s != blank && a.IsComputed():
		return tftypes.NewValue(typ, tftypes.UnknownValue)
	default:
		return tftypes.NewValue(typ, nil)
	}
	switch t := typ.(type) {
	case tftypes.List:
		return tftypes.NewValue(t, []tftypes.Value{s.object(ctx, t.ElementType, inner)})
	case tftypes.Set:
		return tftypes.NewValue(t, []tftypes.Value{s.object(ctx, t.ElementType, inner)})
	case tftypes.Map:
		return tftypes.NewValue(t, map[string]tftypes.Value{"key": s.object(ctx, t.ElementType, inner)})
	}
	return s.object(ctx, typ, inner)
}

// Check reports the mistakes in the description of a data source: a model that does not fit its schema, a missing
// description or read, an attribute that cannot be derived or looked up by.
func (l *lookup[M]) Check(ctx context.Context) error {
	p := problems{name: "data source " + l.Name}
	if l.DataSource.Read == nil {
		p.report("read is required")
	}
	p.derived(ctx, l, l.DataSource.Schema)
	p.errors(ctx, l.DataSource.Schema, l.Errors)
	p.add(fits[M](ctx, l.DataSource.Schema, blank))
	return errors.Join(p.all...)
}

// Check reports the mistakes in the description of a list, as for a data source, and arguments that A does not hold.
func (l *listing[M, A]) Check(ctx context.Context) error {
	p := problems{name: "data source " + l.Name}
	if l.Each == nil {
		p.report("each is required")
	}
	for name, a := range l.Args {
		if a.GetMarkdownDescription() == "" {
			p.report("argument %s has no description", name)
		}
	}
	p.add(fits[A](ctx, l.model, blank), fits[A](ctx, l.model, filled))
	p.derived(ctx, l, l.List.Schema)
	p.add(fits[M](ctx, l.List.Schema, said)) // an item is only written: its model may be plain Go
	return errors.Join(p.all...)
}

func (p *problems) derived(ctx context.Context, d datasource.DataSource, from rs.Schema) {
	p.schema(from)
	resp := &datasource.SchemaResponse{}
	d.Schema(ctx, datasource.SchemaRequest{}, resp)
	for _, problem := range resp.Diagnostics {
		p.report("%s", problem.Detail())
	}
}
