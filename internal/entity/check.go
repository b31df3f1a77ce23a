package entity

import (
	"context"
	"errors"
	"fmt"
	"strings"

	ds "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	rs "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Check reports the mistakes in a description that one test finds for every registered object: a model that does not
// fit its schema, a missing description or operation, an argument that could change although there is no update.
func (e *engine[M]) Check(ctx context.Context) error {
	var problems []error
	problem := func(format string, args ...any) {
		problems = append(problems, fmt.Errorf(e.Name+": "+format, args...))
	}
	if err := fits[M](ctx, e.Resource.Schema); err != nil {
		problem("%w", err)
	}
	if e.Resource.Create == nil || e.Resource.Read == nil || e.Parent == nil {
		problem("create, read and parent are required")
	}
	for _, k := range e.Key {
		if _, ok := e.Resource.Schema.Attributes[k].(rs.StringAttribute); !ok {
			problem("key %s is not a string attribute", k)
		}
	}
	if e.Resource.Schema.MarkdownDescription == "" {
		problem("no description")
	}
	for name, a := range e.Resource.Schema.Attributes {
		describedResource(name, a, problem)
		if e.Resource.Update == nil && (a.IsRequired() || a.IsOptional()) && !replaces(ctx, a) {
			problem("%s must force replacement, because there is no update", name)
		}
	}
	return errors.Join(problems...)
}

// fits decodes an empty object: framework reflection reports every attribute that model and schema do not share.
func fits[M any](ctx context.Context, schema rs.Schema) error {
	typ, ok := schema.Type().TerraformType(ctx).(tftypes.Object)
	if !ok {
		return errors.New("the schema is not an object")
	}
	null := map[string]tftypes.Value{}
	for name, t := range typ.AttributeTypes {
		null[name] = tftypes.NewValue(t, nil)
	}
	st := tfsdk.State{Schema: schema, Raw: tftypes.NewValue(typ, null)}
	m := new(M)
	if d := st.Get(ctx, m); d.HasError() {
		return fmt.Errorf("model and schema differ: %s", d.Errors()[0].Detail())
	}
	if d := st.Set(ctx, m); d.HasError() {
		return fmt.Errorf("model and schema differ: %s", d.Errors()[0].Detail())
	}
	return nil
}

func describedResource(name string, a rs.Attribute, problem func(string, ...any)) {
	if a.GetMarkdownDescription() == "" {
		problem("attribute %s has no description", name)
	}
	var nested map[string]rs.Attribute
	switch a := a.(type) {
	case rs.SingleNestedAttribute:
		nested = a.Attributes
	case rs.ListNestedAttribute:
		nested = a.NestedObject.Attributes
	case rs.SetNestedAttribute:
		nested = a.NestedObject.Attributes
	case rs.MapNestedAttribute:
		nested = a.NestedObject.Attributes
	}
	for n, a := range nested {
		describedResource(name+"."+n, a, problem)
	}
}

// replacement is how the framework's plan modifiers say that they force one.
const replacement = "destroy and recreate the resource"

// replaces reports whether some plan modifier of a forces replacement.
func replaces(ctx context.Context, a rs.Attribute) bool {
	var all []planmodifier.Describer
	switch a := a.(type) {
	case rs.StringAttribute:
		all = describers(a.PlanModifiers)
	case rs.BoolAttribute:
		all = describers(a.PlanModifiers)
	case rs.Int64Attribute:
		all = describers(a.PlanModifiers)
	case rs.ListAttribute:
		all = describers(a.PlanModifiers)
	case rs.SetAttribute:
		all = describers(a.PlanModifiers)
	case rs.MapAttribute:
		all = describers(a.PlanModifiers)
	case rs.SingleNestedAttribute:
		all = describers(a.PlanModifiers)
	case rs.ListNestedAttribute:
		all = describers(a.PlanModifiers)
	case rs.SetNestedAttribute:
		all = describers(a.PlanModifiers)
	case rs.MapNestedAttribute:
		all = describers(a.PlanModifiers)
	}
	for _, m := range all {
		if strings.Contains(m.Description(ctx), replacement) {
			return true
		}
	}
	return false
}

func describers[D planmodifier.Describer](in []D) []planmodifier.Describer {
	out := make([]planmodifier.Describer, len(in))
	for i, d := range in {
		out[i] = d
	}
	return out
}

// Check reports the mistakes in the description of a data source.
func (l *lookup[M]) Check(ctx context.Context) error {
	if l.DataSource.Read == nil {
		return fmt.Errorf("data source %s: read is required", l.Name)
	}
	if err := fits[M](ctx, l.DataSource.Schema); err != nil {
		return fmt.Errorf("data source %s: %w", l.Name, err)
	}
	return nil
}

// Check reports the mistakes in the description of a list.
func (l *listing[M]) Check(ctx context.Context) error {
	if l.Each == nil {
		return fmt.Errorf("data source %s: each is required", l.Name)
	}
	for name, a := range l.Args {
		if _, ok := a.(ds.StringAttribute); !ok {
			return fmt.Errorf("data source %s: argument %s is not a string", l.Name, name)
		}
	}
	if err := fits[M](ctx, l.List.Schema); err != nil {
		return fmt.Errorf("data source %s: %w", l.Name, err)
	}
	return nil
}
