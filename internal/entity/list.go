package entity

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	ds "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	rs "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
)

// List is the data source of all objects of a kind, or of those that its arguments choose. A is the model of the
// arguments, struct{} if there are none. Where M is nothing but an item of the list, it may be plain Go: a pointer is null
// if it is nil.
type List[M, A any] struct {
	Name   string    // such as environments
	Items  string    // attribute that holds what was found; default: Name
	Schema rs.Schema // of one item; every attribute becomes computed
	Omit   []string  // attributes that only make sense where an object is managed
	Args   map[string]rs.Attribute
	Each   func(ctx context.Context, c *api.Client, args *A) iter.Seq2[M, error]
	Errors []Diagnosis // what is known of the platform's errors; optional

	model rs.Schema // what A holds; default: Args
}

// New is the constructor that the provider registers.
func (l List[M, A]) New() datasource.DataSource {
	if l.Items == "" {
		l.Items = l.Name
	}
	if l.model.Attributes == nil {
		l.model.Attributes = l.Args
	}
	return &listing[M, A]{List: l}
}

type listing[M, A any] struct {
	List[M, A]
	reader
}

var _ datasource.DataSourceWithConfigure = (*listing[struct{}, struct{}])(nil)

func (l *listing[M, A]) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + l.Name
}

func (l *listing[M, A]) Schema(ctx context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	item, err := computed(l.List.Schema.Attributes, l.Omit...)
	all, problem := mirrorAll(l.Args, dataKinds, argument)
	if err = cmp.Or(err, problem); err == nil {
		all[l.Items] = held(item, hasDynamic(l.List.Schema.Attributes))
	}
	l.finish(ctx, resp, l.Name, l.List.Schema.MarkdownDescription, all, err)
}

// held is the attribute that holds the items. A list whose items have values of any type has to be such a value itself:
// the framework knows no nested attributes around one, so the description tells what an item has.
func held(item map[string]ds.Attribute, dynamic bool) ds.Attribute {
	const found = "What was found; empty if there is nothing."
	if !dynamic {
		return ds.ListNestedAttribute{
			MarkdownDescription: found, Computed: true, NestedObject: ds.NestedAttributeObject{Attributes: item},
		}
	}
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(item)) {
		what := strings.TrimSuffix(item[name].GetMarkdownDescription(), ".")
		parts = append(parts, fmt.Sprintf("`%s` (%s)", name, what))
	}
	return ds.DynamicAttribute{MarkdownDescription: found + " An item has " + strings.Join(parts, ", ") + ".", Computed: true}
}

func (l *listing[M, A]) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	ctx, done := begin(ctx, &resp.Diagnostics, req.Config.GetAttribute, readLimit, timeouts.Value.Read)
	defer done()
	all, ok := attributes(req.Config.Raw, &resp.Diagnostics)
	if !ok || unconfigured(l.client, &resp.Diagnostics) {
		return
	}
	args, ok := (&engine[A]{Resource: Resource[A]{Schema: l.model}}).given(ctx, req.Config.Raw, &resp.Diagnostics)
	item, err := computed(l.List.Schema.Attributes, l.Omit...)
	if !ok || err != nil {
		return
	}
	kind := ds.Schema{Attributes: item}.Type().TerraformType(ctx)
	e := engine[M]{Resource: Resource[M]{Name: l.Name, Schema: l.List.Schema, Errors: l.Errors}}
	items := []tftypes.Value{}
	for m, err := range l.Each(ctx, l.client, args) {
		if err != nil {
			report(ctx, &resp.Diagnostics, l.client, "read", noun(l.Name), e.explained(ctx, "read", &m, err))
			return
		}
		items = append(items, conform(e.raw(ctx, &m, &resp.Diagnostics), kind))
	}
	if resp.Diagnostics.HasError() {
		return
	}
	if hasDynamic(l.List.Schema.Attributes) {
		all[l.Items] = tuple(items)
	} else {
		all[l.Items] = tftypes.NewValue(tftypes.List{ElementType: kind}, items)
	}
	resp.State.Raw = tftypes.NewValue(req.Config.Raw.Type(), all)
}

// tuple holds values each of which has the types that it turned out to have.
func tuple(all []tftypes.Value) tftypes.Value {
	out, kinds := make([]tftypes.Value, len(all)), make([]tftypes.Type, len(all))
	for i, v := range all {
		out[i] = settled(v)
		kinds[i] = out[i].Type()
	}
	return tftypes.NewValue(tftypes.Tuple{ElementTypes: kinds}, out)
}

// settled is an object whose values of any type have the one that they turned out to have.
func settled(v tftypes.Value) tftypes.Value {
	var all map[string]tftypes.Value
	if !v.Type().Is(tftypes.Object{}) || v.IsNull() || v.As(&all) != nil {
		return v
	}
	out, kinds := map[string]tftypes.Value{}, map[string]tftypes.Type{}
	for name, a := range all {
		out[name] = settled(a)
		kinds[name] = out[name].Type()
	}
	return tftypes.NewValue(tftypes.Object{AttributeTypes: kinds}, out)
}
