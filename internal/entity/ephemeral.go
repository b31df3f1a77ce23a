package entity

import (
	"context"
	"errors"
	"maps"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/ephemeral/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	es "github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	rs "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
)

// Ephemeral is something that exists while Terraform runs and in no file: neither in state nor in a plan. It is not
// renewed and nothing has to be closed.
type Ephemeral[M any] struct {
	Name   string    // type name without the provider prefix
	Schema rs.Schema // without timeouts; every attribute becomes one of an ephemeral resource
	// Open fills what the configuration leaves to be computed.
	Open func(ctx context.Context, c *api.Client, m *M) error
}

// New is the constructor that the provider registers.
func (d Ephemeral[M]) New() ephemeral.EphemeralResource { return &passing[M]{Ephemeral: d} }

type passing[M any] struct {
	Ephemeral[M]
	Connection
}

var _ ephemeral.EphemeralResourceWithConfigure = (*passing[struct{}])(nil)

func (p *passing[M]) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + p.Name
}

func (p *passing[M]) Schema(ctx context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	all, err := mirrorAll(p.Ephemeral.Schema.Attributes, ephemeralKinds, argument)
	if err != nil {
		resp.Diagnostics.AddError("Provider bug", p.Name+": "+err.Error())
		return
	}
	resp.Schema = es.Schema{MarkdownDescription: p.Ephemeral.Schema.MarkdownDescription, Attributes: all}
	resp.Schema.Attributes["timeouts"] = enoughToOpen(timeouts.AttributesWithOpts(ctx, timeouts.Opts{
		OpenDescription: "Time allowed, as a duration such as 90s, 30m or 2h. Default 5m.",
	}))
}

// ephemeralKinds are the types of attributes of an ephemeral resource. They are named like those of a resource.
var ephemeralKinds = []es.Attribute{
	es.StringAttribute{},
	es.BoolAttribute{},
	es.Int64Attribute{},
	es.Float64Attribute{},
	es.ListAttribute{},
	es.SetAttribute{},
	es.MapAttribute{},
	es.SingleNestedAttribute{},
	es.ListNestedAttribute{},
	es.SetNestedAttribute{},
	es.MapNestedAttribute{},
}

// openLimit is how long opening may take by default.
const openLimit = 5 * time.Minute

// enoughToOpen is enough for an ephemeral resource.
func enoughToOpen(a es.Attribute) es.Attribute {
	if t, ok := a.(es.SingleNestedAttribute); ok {
		t.Validators = append(t.Validators, positive{})
		return t
	}
	return a
}

func (p *passing[M]) Configure(_ context.Context, req ephemeral.ConfigureRequest, resp *ephemeral.ConfigureResponse) {
	p.connect(req.ProviderData, &resp.Diagnostics)
}

func (p *passing[M]) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	ctx, done := begin(ctx, &resp.Diagnostics, req.Config.GetAttribute, openLimit, timeouts.Value.Open)
	defer done()
	m := p.decode(ctx, req.Config.Raw, &resp.Diagnostics)
	if resp.Diagnostics.HasError() || unconfigured(p.client, &resp.Diagnostics) {
		return
	}
	if err := p.Ephemeral.Open(ctx, p.client, m); err != nil {
		report(ctx, &resp.Diagnostics, p.client, "open", noun(p.Name), err)
		return
	}
	resp.Result.Raw = p.encode(ctx, m, req.Config.Raw, &resp.Diagnostics)
}

// decode reads the model; the attribute that the engine added is no part of it.
func (p *passing[M]) decode(ctx context.Context, raw tftypes.Value, d *diag.Diagnostics) *M {
	own := p.Ephemeral.Schema
	m := new(M)
	d.Append(tfsdk.Config{Schema: own, Raw: conform(raw, own.Type().TerraformType(ctx))}.Get(ctx, m)...)
	return m
}

// encode is the reverse of decode, with what the engine added from like.
func (p *passing[M]) encode(ctx context.Context, m *M, like tftypes.Value, d *diag.Diagnostics) tftypes.Value {
	own := p.Ephemeral.Schema
	result := tfsdk.EphemeralResultData{Schema: own, Raw: tftypes.NewValue(own.Type().TerraformType(ctx), nil)}
	d.Append(result.Set(ctx, m)...)
	values, ok := attributes(result.Raw, d)
	given, ok2 := attributes(like, d)
	if !ok || !ok2 {
		return like
	}
	maps.Copy(given, values)
	return tftypes.NewValue(like.Type(), given)
}

// Check reports the mistakes in the description: a model that does not fit its schema, a missing description or Open.
func (p *passing[M]) Check(ctx context.Context) error {
	found := problems{name: "ephemeral " + p.Name}
	own := p.Ephemeral.Schema
	if p.Name == "" || p.Ephemeral.Open == nil {
		found.report("name and open are required")
	}
	found.schema(own)
	d := &diag.Diagnostics{}
	nothing := map[string]tftypes.Value{}
	for name, a := range own.Attributes {
		nothing[name] = tftypes.NewValue(a.GetType().TerraformType(ctx), nil)
	}
	raw := tftypes.NewValue(own.Type().TerraformType(ctx), nothing)
	m := p.decode(ctx, raw, d)
	p.encode(ctx, m, raw, d)
	found.diagnostics(*d)
	return errors.Join(found.all...)
}
