package acctest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	ds "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	fw "github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/config"
)

// shop is a provider whose one resource does, on demand, everything that Terraform has a rule for. It notes the calls of
// the protocol.
type shop struct {
	mu     sync.Mutex
	things map[string]thing
	made   map[string]int // how many, by name
	calls  []string
}

type thing struct {
	ID     types.String `tfsdk:"id"`
	Name   types.String `tfsdk:"name"`
	Fixed  types.String `tfsdk:"fixed"`
	Note   types.String `tfsdk:"note"`
	Mode   types.String `tfsdk:"mode"` // what goes wrong
	Secret types.String `tfsdk:"secret"`
	Writes types.Int64  `tfsdk:"writes"` // how often it was written, as private state has it
	Parts  []part       `tfsdk:"parts"`
	Tags   []part       `tfsdk:"tags"`
}

type part struct {
	Label types.String `tfsdk:"label"`
	Code  types.String `tfsdk:"code"` // chosen once
}

func (s *shop) server() (tfprotov6.ProviderServer, error) {
	inner, err := providerserver.NewProtocol6WithError(s)()
	return noting{inner, s}, err
}

func (s *shop) note(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, fmt.Sprintf(format, args...))
}

// take returns the calls since the last time.
func (s *shop) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.calls
	s.calls = nil
	return out
}

func (s *shop) vanish(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, one := range s.things {
		if one.Name.ValueString() == name {
			delete(s.things, id)
		}
	}
}

// noting notes calls on their way.
type noting struct {
	tfprotov6.ProviderServer
	shop *shop
}

func name(d *tfprotov6.DynamicValue, t tftypes.Type) string {
	v, err := d.Unmarshal(t)
	attrs := map[string]tftypes.Value{}
	if err != nil || v.IsNull() || v.As(&attrs) != nil {
		return "-"
	}
	var out string
	if !attrs["name"].IsKnown() {
		return "?"
	}
	if attrs["name"].As(&out) != nil {
		return "-"
	}
	return out
}

var thingType = (&shop{}).schema().Type().TerraformType(context.Background()) //nolint:forbidigo // of no call

func (n noting) ReadResource(ctx context.Context, r *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	n.shop.note("read %s", name(r.CurrentState, thingType))
	return n.ProviderServer.ReadResource(ctx, r)
}

func (n noting) PlanResourceChange(ctx context.Context, r *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	n.shop.note("plan %s→%s", name(r.PriorState, thingType), name(r.ProposedNewState, thingType))
	return n.ProviderServer.PlanResourceChange(ctx, r)
}

func (n noting) ApplyResourceChange(ctx context.Context, r *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	n.shop.note("apply %s→%s", name(r.PriorState, thingType), name(r.PlannedState, thingType))
	return n.ProviderServer.ApplyResourceChange(ctx, r)
}

func (n noting) ImportResourceState(ctx context.Context, r *tfprotov6.ImportResourceStateRequest) (*tfprotov6.ImportResourceStateResponse, error) {
	n.shop.note("import %s", r.ID)
	return n.ProviderServer.ImportResourceState(ctx, r)
}

func (n noting) ReadDataSource(ctx context.Context, r *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	n.shop.note("data")
	return n.ProviderServer.ReadDataSource(ctx, r)
}

func (n noting) ConfigureProvider(ctx context.Context, r *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	n.shop.note("configure")
	return n.ProviderServer.ConfigureProvider(ctx, r)
}

func (*shop) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "shop"
}

func (*shop) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse)          {}
func (*shop) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {}

func (s *shop) Resources(context.Context) []func() fw.Resource {
	return []func() fw.Resource{func() fw.Resource { return things{s} }}
}

func (s *shop) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{func() datasource.DataSource { return counter{s} }}
}

func (*shop) schema() schema.Schema {
	parts := schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
		"label": schema.StringAttribute{Required: true},
		"code":  schema.StringAttribute{Computed: true},
	}}
	return schema.Schema{Attributes: map[string]schema.Attribute{
		"id":     schema.StringAttribute{Computed: true, PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}},
		"name":   schema.StringAttribute{Required: true},
		"fixed":  schema.StringAttribute{Optional: true, PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()}},
		"note":   schema.StringAttribute{Optional: true, Computed: true},
		"mode":   schema.StringAttribute{Optional: true},
		"secret": schema.StringAttribute{Optional: true, WriteOnly: true},
		"writes": schema.Int64Attribute{Computed: true},
		"parts":  schema.ListNestedAttribute{Optional: true, NestedObject: parts},
		"tags":   schema.SetNestedAttribute{Optional: true, NestedObject: parts},
	}}
}

// things is the resource.
type things struct{ *shop }

var (
	_ fw.ResourceWithImportState = things{}
	_ fw.ResourceWithIdentity    = things{}
	_ fw.ResourceWithModifyPlan  = things{}
)

func (things) Metadata(_ context.Context, _ fw.MetadataRequest, resp *fw.MetadataResponse) {
	resp.TypeName = "shop_thing"
}

func (t things) Schema(_ context.Context, _ fw.SchemaRequest, resp *fw.SchemaResponse) {
	resp.Schema = t.schema()
}

func (things) IdentitySchema(_ context.Context, _ fw.IdentitySchemaRequest, resp *fw.IdentitySchemaResponse) {
	resp.IdentitySchema.Attributes = map[string]identityschema.Attribute{"id": identityschema.StringAttribute{RequiredForImport: true}}
}

func (things) ModifyPlan(ctx context.Context, req fw.ModifyPlanRequest, resp *fw.ModifyPlanResponse) {
	var m types.String
	if req.Plan.Raw.IsNull() || req.Plan.GetAttribute(ctx, path.Root("mode"), &m).HasError() {
		return
	}
	switch m.ValueString() {
	case "plans something else":
		resp.Plan.SetAttribute(ctx, path.Root("name"), "something else")
	case "refuses the plan":
		resp.Diagnostics.AddAttributeError(path.Root("mode"), "Refused", "It was refused while planning.")
	}
}

// put stores a thing, with what is chosen for it, and counts the writes in private state.
func (t things) put(m *thing, writes int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if m.ID.ValueString() == "" {
		t.made[m.Name.ValueString()]++
		m.ID = types.StringValue(fmt.Sprintf("%s-%d", m.Name.ValueString(), t.made[m.Name.ValueString()]))
	}
	if m.Note.IsUnknown() {
		m.Note = types.StringValue("chosen")
	}
	for _, all := range [][]part{m.Parts, m.Tags} {
		for i := range all {
			all[i].Code = types.StringValue("code of " + all[i].Label.ValueString())
		}
	}
	m.Writes, m.Secret = types.Int64Value(int64(writes)), types.StringNull()
	t.things[m.ID.ValueString()] = *m
}

func (t things) Create(ctx context.Context, req fw.CreateRequest, resp *fw.CreateResponse) {
	var m thing
	resp.Diagnostics.Append(req.Plan.Get(ctx, &m)...)
	var secret types.String
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("secret"), &secret)...)
	if m.Mode.ValueString() == "create fails" {
		resp.Diagnostics.AddError("Refused", "Nothing was made.")
		return
	}
	if !secret.IsNull() {
		t.note("secret %s", secret.ValueString())
	}
	t.put(&m, 1)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, "writes", []byte("1"))...)
	switch m.Mode.ValueString() {
	case "create fails late":
		resp.Diagnostics.AddAttributeError(path.Root("name"), "Broken", "It was made, but it is broken.")
	case "lies":
		m.Name = types.StringValue("a lie")
	case "leaves it unknown":
		m.Note = types.StringUnknown()
	}
	t.save(ctx, m, &resp.State, resp.Identity)
	if m.Mode.ValueString() == "forgets" {
		resp.State.RemoveResource(ctx)
	}
}

func (things) save(ctx context.Context, m thing, state *tfsdk.State, id *tfsdk.ResourceIdentity) {
	state.Set(ctx, &m)
	if id != nil {
		id.SetAttribute(ctx, path.Root("id"), m.ID)
	}
}

func (t things) Read(ctx context.Context, req fw.ReadRequest, resp *fw.ReadResponse) {
	var id types.String
	resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("id"), &id)...)
	t.mu.Lock()
	m, ok := t.things[id.ValueString()]
	t.mu.Unlock()
	if m.Mode.ValueString() == "read fails" {
		resp.Diagnostics.AddError("Hidden", "It cannot be read.")
		return
	}
	if resp.Identity != nil {
		resp.Identity.SetAttribute(ctx, path.Root("id"), id)
	}
	if !ok {
		resp.State.RemoveResource(ctx)
		return
	}
	t.save(ctx, m, &resp.State, resp.Identity)
}

func (t things) Update(ctx context.Context, req fw.UpdateRequest, resp *fw.UpdateResponse) {
	var m thing
	resp.Diagnostics.Append(req.Plan.Get(ctx, &m)...)
	text, _ := req.Private.GetKey(ctx, "writes")
	var writes int
	if err := json.Unmarshal(text, &writes); err != nil && len(text) > 0 {
		resp.Diagnostics.AddError("Private state", err.Error())
		return
	}
	switch m.Mode.ValueString() {
	case "update fails":
		resp.Diagnostics.AddError("Refused", "Nothing was changed.")
		return
	case "update fails late":
		resp.Diagnostics.AddError("Broken", "It was changed, but it is broken.")
	}
	t.put(&m, writes+1)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, "writes", []byte(strconv.Itoa(writes+1)))...)
	t.save(ctx, m, &resp.State, resp.Identity)
}

func (t things) Delete(ctx context.Context, req fw.DeleteRequest, resp *fw.DeleteResponse) {
	var m thing
	resp.Diagnostics.Append(req.State.Get(ctx, &m)...)
	t.mu.Lock()
	defer t.mu.Unlock()
	if m.Mode.ValueString() == "delete fails" && t.things[m.ID.ValueString()].Mode.ValueString() == "delete fails" {
		resp.Diagnostics.AddError("Refused", "It stays.")
		return
	}
	delete(t.things, m.ID.ValueString())
}

func (things) ImportState(ctx context.Context, req fw.ImportStateRequest, resp *fw.ImportStateResponse) {
	fw.ImportStatePassthroughWithIdentity(ctx, path.Root("id"), path.Root("id"), req, resp)
}

// counter is a data source: how many things have a name that begins so.
type counter struct{ *shop }

func (counter) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = "shop_count"
}

func (counter) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = ds.Schema{Attributes: map[string]ds.Attribute{
		"prefix": ds.StringAttribute{Required: true}, "count_of": ds.Int64Attribute{Computed: true},
	}}
}

func (c counter) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var prefix types.String
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("prefix"), &prefix)...)
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, one := range c.things {
		if strings.HasPrefix(one.Name.ValueString(), prefix.ValueString()) {
			n++
		}
	}
	resp.State.Raw = req.Config.Raw
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("count_of"), int64(n))...)
}

// names are the things that are there.
func (s *shop) names() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, one := range s.things {
		out = append(out, one.Name.ValueString())
	}
	slices.Sort(out)
	return out
}

// idOf is a variable: the ID of a thing, once it is there.
func (s *shop) idOf(name string) config.Variable { return chosen{s, name} }

type chosen struct {
	shop *shop
	name string
}

// MarshalJSON is how Terraform gets the value.
func (f chosen) MarshalJSON() ([]byte, error) {
	f.shop.mu.Lock()
	defer f.shop.mu.Unlock()
	for id, one := range f.shop.things {
		if one.Name.ValueString() == f.name {
			return json.Marshal(id)
		}
	}
	return nil, fmt.Errorf("there is no %s", f.name)
}
