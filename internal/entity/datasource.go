package entity

import (
	"context"
	"iter"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/datasourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	ds "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	rs "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
)

// DataSource looks up one object of a kind that a resource schema already describes.
type DataSource[M any] struct {
	Name   string
	Schema rs.Schema // every attribute becomes computed
	Omit   []string  // attributes that only make sense where the object is managed
	By     []string  // attributes that find the object: one of them must be given; none for a singleton
	Read   func(ctx context.Context, c *api.Client, m *M) error
}

// New is the constructor that the provider registers.
func (d DataSource[M]) New() datasource.DataSource {
	return &lookup[M]{DataSource: d}
}

type lookup[M any] struct {
	DataSource[M]
	reader
}

var (
	_ datasource.DataSourceWithConfigure        = (*lookup[struct{}])(nil)
	_ datasource.DataSourceWithConfigValidators = (*lookup[struct{}])(nil)
)

func (l *lookup[M]) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + l.Name
}

func (l *lookup[M]) Schema(ctx context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes, err := computed(l.DataSource.Schema.Attributes, l.Omit...)
	for _, name := range l.By {
		if err == nil {
			attributes[name], err = given(l.DataSource.Schema.Attributes[name], len(l.By) == 1)
		}
	}
	l.finish(ctx, resp, l.Name, l.DataSource.Schema.MarkdownDescription, attributes, err)
}

func (l *lookup[M]) ConfigValidators(context.Context) []datasource.ConfigValidator {
	if len(l.By) < 2 {
		return nil
	}
	return []datasource.ConfigValidator{datasourcevalidator.ExactlyOneOf(expressions(l.By)...)}
}

func expressions(names []string) []path.Expression {
	out := make([]path.Expression, len(names))
	for i, name := range names {
		out[i] = path.MatchRoot(name)
	}
	return out
}

func (l *lookup[M]) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	ctx, done := l.open(ctx, req.Config, &resp.Diagnostics)
	defer done()
	e := engine[M]{Resource: Resource[M]{Name: l.Name, Key: l.By, Schema: l.DataSource.Schema}, client: l.client}
	m, ok := e.decode(ctx, widen(ctx, req.Config.Raw, l.DataSource.Schema), &resp.Diagnostics)
	if !ok {
		return
	}
	if err := l.DataSource.Read(ctx, l.client, m); err != nil {
		report(ctx, &resp.Diagnostics, l.client, "read", noun(l.Name), err)
		return
	}
	resp.State.Raw = narrow(e.encode(ctx, m, widen(ctx, req.Config.Raw, l.DataSource.Schema), &resp.Diagnostics), req.Config.Raw)
}

// widen adds the attributes of the resource that the data source leaves out.
func widen(ctx context.Context, raw tftypes.Value, full rs.Schema) tftypes.Value {
	attrs, ok := attributes(raw, &diag.Diagnostics{})
	object, isObject := full.Type().TerraformType(ctx).(tftypes.Object)
	if !ok || !isObject {
		return raw
	}
	kinds := map[string]tftypes.Type{}
	for name, v := range attrs {
		kinds[name] = v.Type()
	}
	for name, t := range object.AttributeTypes {
		if _, has := attrs[name]; !has {
			attrs[name], kinds[name] = tftypes.NewValue(t, nil), t
		}
	}
	return tftypes.NewValue(tftypes.Object{AttributeTypes: kinds}, attrs)
}

// narrow drops what like does not have, and turns what is left unknown into null.
func narrow(raw, like tftypes.Value) tftypes.Value {
	attrs, ok := attributes(raw, &diag.Diagnostics{})
	object, isObject := like.Type().(tftypes.Object)
	if !ok || !isObject {
		return like
	}
	for name, v := range attrs {
		if _, has := object.AttributeTypes[name]; !has {
			delete(attrs, name)
		} else if !v.IsKnown() {
			attrs[name] = tftypes.NewValue(v.Type(), nil)
		}
	}
	return tftypes.NewValue(object, attrs)
}

// List reads all objects of a kind, or those that its arguments choose.
type List[M any] struct {
	Name   string    // such as environments; also the attribute that holds the items
	Schema rs.Schema // of one item; every attribute becomes computed
	Omit   []string
	Args   map[string]ds.Attribute // arguments; strings only
	Each   func(ctx context.Context, c *api.Client, args Args) iter.Seq2[M, error]
}

// Args are the arguments of a List by name; what is not given is "".
type Args map[string]string

// New is the constructor that the provider registers.
func (l List[M]) New() datasource.DataSource { return &listing[M]{List: l} }

type listing[M any] struct {
	List[M]
	reader
}

var _ datasource.DataSourceWithConfigure = (*listing[struct{}])(nil)

func (l *listing[M]) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + l.Name
}

func (l *listing[M]) Schema(ctx context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	item, err := computed(l.List.Schema.Attributes, l.Omit...)
	all := map[string]ds.Attribute{l.Name: ds.ListNestedAttribute{
		MarkdownDescription: "What was found; empty if there is nothing.",
		Computed:            true,
		NestedObject:        ds.NestedAttributeObject{Attributes: item},
	}}
	for name, a := range l.Args {
		all[name] = a
	}
	l.finish(ctx, resp, l.Name, l.List.Schema.MarkdownDescription, all, err)
}

func (l *listing[M]) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	ctx, done := l.open(ctx, req.Config, &resp.Diagnostics)
	defer done()
	args := Args{}
	for name := range l.Args {
		var v types.String
		resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root(name), &v)...)
		args[name] = v.ValueString()
	}
	item := engine[M]{Resource: Resource[M]{Name: l.Name, Schema: l.List.Schema}}
	blank := widen(ctx, tftypes.NewValue(tftypes.Object{}, map[string]tftypes.Value{}), l.List.Schema)
	kind := itemType(req.Config.Raw.Type(), l.Name)
	items := []tftypes.Value{}
	for m, err := range l.Each(ctx, l.client, args) {
		if err != nil {
			report(ctx, &resp.Diagnostics, l.client, "read", noun(l.Name), err)
			return
		}
		items = append(items, narrow(item.encode(ctx, &m, blank, &resp.Diagnostics), tftypes.NewValue(kind, nil)))
	}
	all, ok := attributes(req.Config.Raw, &resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	all[l.Name] = tftypes.NewValue(tftypes.List{ElementType: kind}, items)
	resp.State.Raw = tftypes.NewValue(req.Config.Raw.Type(), all)
}

// itemType is the element type of the attribute that holds the items.
func itemType(config tftypes.Type, name string) tftypes.Type {
	if object, ok := config.(tftypes.Object); ok {
		if list, ok := object.AttributeTypes[name].(tftypes.List); ok {
			return list.ElementType
		}
	}
	return tftypes.DynamicPseudoType
}

// reader is what every data source shares: the client, the timeout and the schema around the attributes.
type reader struct{ client *api.Client }

func (r *reader) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	if req.ProviderData == nil {
		return
	}
	c, ok := req.ProviderData.(*api.Client)
	if !ok {
		resp.Diagnostics.AddError("Provider bug", "The provider handed over something else than its client. Please report this to the provider developers.")
		return
	}
	r.client = c
}

func (r *reader) finish(ctx context.Context, resp *datasource.SchemaResponse, name, description string, attributes map[string]ds.Attribute, err error) {
	if err != nil {
		resp.Diagnostics.AddError("Provider bug", name+": "+err.Error())
		return
	}
	attributes["timeouts"] = timeouts.Attributes(ctx)
	resp.Schema = ds.Schema{MarkdownDescription: description, Attributes: attributes}
}

// open begins a read that lasts as long as the timeouts attribute allows, 20 minutes by default.
func (r *reader) open(ctx context.Context, config tfsdk.Config, d *diag.Diagnostics) (context.Context, func()) {
	ctx, flush := open(ctx, d)
	limit := 20 * time.Minute
	var t timeouts.Value
	if !config.GetAttribute(ctx, path.Root("timeouts"), &t).HasError() {
		if v, problems := t.Read(ctx, limit); !problems.HasError() {
			limit = v
		}
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	return ctx, func() { cancel(); flush() }
}
