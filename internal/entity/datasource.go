package entity

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/datasourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	ds "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	rs "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
)

// DataSource looks up one object of a kind that a resource schema already describes.
type DataSource[M any] struct {
	Name   string
	Schema rs.Schema // every attribute becomes computed
	Omit   []string  // attributes that only make sense where the object is managed
	By     []string  // attributes that find the object: one of them must be given; none for a singleton
	Args   []string  // further arguments: required or optional, and checked, as the schema says
	Read   func(ctx context.Context, c *api.Client, m *M) error
	Errors []Diagnosis // what is known of the platform's errors; optional
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
	if err != nil {
		l.finish(ctx, resp, l.Name, "", nil, err)
		return
	}
	for _, name := range l.By {
		a, ok := l.DataSource.Schema.Attributes[name].(rs.StringAttribute)
		if !ok {
			err = cmp.Or(err, fmt.Errorf("an object is found by strings, and %s is none", name))
			continue
		}
		attributes[name], _ = mirror(a, dataKinds, finder(len(l.By) == 1))
	}
	for _, name := range l.Args {
		if err == nil {
			attributes[name], err = mirror(l.DataSource.Schema.Attributes[name], dataKinds, argument)
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
	ctx, done := begin(ctx, &resp.Diagnostics, req.Config.GetAttribute, readLimit, timeouts.Value.Read)
	defer done()
	e := engine[M]{Resource: Resource[M]{Name: l.Name, Key: l.By, Schema: l.DataSource.Schema, Errors: l.Errors}}
	m, ok := e.given(ctx, req.Config.Raw, &resp.Diagnostics)
	if !ok || unconfigured(l.client, &resp.Diagnostics) {
		return
	}
	given := slices.DeleteFunc(e.address(m), func(value string) bool { return value == "" })
	what := strings.Join(append([]string{noun(l.Name)}, given...), " ")
	if err := l.DataSource.Read(ctx, l.client, m); err != nil {
		report(ctx, &resp.Diagnostics, l.client, "read", what, e.explained(ctx, "read", m, err))
		return
	}
	found, ok := attributes(conform(e.raw(ctx, m, &resp.Diagnostics), req.Config.Raw.Type()), &resp.Diagnostics)
	config, ok2 := attributes(req.Config.Raw, &resp.Diagnostics)
	if !ok || !ok2 || resp.Diagnostics.HasError() {
		return
	}
	found["timeouts"] = config["timeouts"]
	resp.State.Raw = tftypes.NewValue(req.Config.Raw.Type(), found)
}

// readLimit is how long a data source may take by default.
const readLimit = 20 * time.Minute

// reader is what every data source shares: the client and the schema around the attributes.
type reader struct{ Connection }

func (r *reader) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	r.connect(req.ProviderData, &resp.Diagnostics)
}

func (r *reader) finish(ctx context.Context, resp *datasource.SchemaResponse, name, description string, attributes map[string]ds.Attribute, err error) {
	if err != nil {
		resp.Diagnostics.AddError("Provider bug", name+": "+err.Error())
		return
	}
	attributes["timeouts"] = enough(timeouts.Attributes(ctx))
	resp.Schema = ds.Schema{MarkdownDescription: description, Attributes: attributes}
}
