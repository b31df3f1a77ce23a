package entity_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
)

// toy is a provider with the objects of one test; client is nil while its configuration is not known.
type toy struct {
	client    *api.Client
	resources []func() resource.Resource
	data      []func() datasource.DataSource
}

func (p toy) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "powerplatform"
}

func (p toy) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{}
}

func (p toy) Configure(_ context.Context, _ provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	if p.client != nil {
		connection := entity.Connect(p.client)
		resp.ResourceData, resp.DataSourceData, resp.ListResourceData = connection, connection, connection
	}
}

func (p toy) Resources(context.Context) []func() resource.Resource { return p.resources }

func (p toy) ListResources(context.Context) []func() list.ListResource {
	return entity.ListResources(p.resources)
}

func (p toy) DataSources(context.Context) []func() datasource.DataSource { return p.data }

// server is Terraform's side of the protocol, without Terraform. It checks what Terraform checks.
type server struct {
	t      *testing.T
	ctx    context.Context // of the test; replaced to interrupt a run
	toy    toy
	server tfprotov6.ProviderServer
	name   string // type name of what the test is about
	kind   tftypes.Object
	ids    tftypes.Object // type of its identity
}

// drive runs f in a bubble with a virtual clock, against a provider with one object, which is made anew for every call.
func drive(t *testing.T, client *api.Client, constructor any, f func(t *testing.T, s *server)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := toy{client: client}
		switch c := constructor.(type) {
		case func() resource.Resource:
			p.resources = append(p.resources, c)
		case func() datasource.DataSource:
			p.data = append(p.data, c)
		}
		f(t, serve(t, p))
	})
}

func serve(t *testing.T, p toy) *server {
	t.Helper()
	served, err := providerserver.NewProtocol6WithError(p)()
	if err != nil {
		t.Fatal(err)
	}
	s := &server{t: t, ctx: t.Context(), toy: p, server: served}
	s.open()
	return s
}

func (s *server) open() {
	s.t.Helper()
	all, err := s.server.GetProviderSchema(s.ctx, &tfprotov6.GetProviderSchemaRequest{})
	s.check(err, all.Diagnostics)
	for name, sch := range all.ResourceSchemas {
		s.name, s.kind = name, object(s.t, sch.ValueType())
		ids, err := s.server.GetResourceIdentitySchemas(s.ctx, &tfprotov6.GetResourceIdentitySchemasRequest{})
		s.check(err, ids.Diagnostics)
		s.ids = object(s.t, ids.IdentitySchemas[name].ValueType())
	}
	for name, sch := range all.DataSourceSchemas {
		s.name, s.kind = name, object(s.t, sch.ValueType())
	}
	configured, err := s.server.ConfigureProvider(s.ctx, &tfprotov6.ConfigureProviderRequest{Config: s.dynamic(tftypes.Object{}, values{})})
	s.check(err, configured.Diagnostics)
}

func object(t *testing.T, typ tftypes.Type) tftypes.Object {
	t.Helper()
	o, ok := typ.(tftypes.Object)
	if !ok {
		t.Fatalf("%s is not an object", typ)
	}
	return o
}

// check fails the test for an error of the protocol or a diagnostic that is one.
func (s *server) check(err error, diagnostics []*tfprotov6.Diagnostic) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
	if said := said(diagnostics, tfprotov6.DiagnosticSeverityError); said != "" {
		s.t.Fatal(said)
	}
}

func said(diagnostics []*tfprotov6.Diagnostic, severity tfprotov6.DiagnosticSeverity) string {
	var out []string
	for _, d := range diagnostics {
		if d.Severity == severity {
			at := ""
			if d.Attribute != nil && len(d.Attribute.Steps()) > 0 {
				at = " [" + d.Attribute.String() + "]"
			}
			out = append(out, d.Summary+at+"\n"+d.Detail)
		}
	}
	return strings.Join(out, "\n---\n")
}

// result is what Terraform keeps of an operation.
type result struct {
	state    values // nil: nothing is in state
	identity values
	errors   string
	warnings string

	planned values
	replace string
	private []byte
}

func (r result) ok(t *testing.T) result {
	t.Helper()
	if r.errors != "" {
		t.Fatal(r.errors)
	}
	return r
}

func (s *server) validate(config values) string {
	s.t.Helper()
	resp, err := s.server.ValidateResourceConfig(s.ctx, &tfprotov6.ValidateResourceConfigRequest{TypeName: s.name, Config: s.dynamic(s.kind, config)})
	s.check(err, nil)
	return said(resp.Diagnostics, tfprotov6.DiagnosticSeverityError)
}

// plan plans from prior, nil for nothing, to config, nil for a destroy.
func (s *server) plan(prior, config values) result {
	s.t.Helper()
	resp, err := s.server.PlanResourceChange(s.ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName: s.name, PriorState: s.dynamic(s.kind, null(prior)), Config: s.dynamic(s.kind, null(config)),
		ProposedNewState: s.dynamic(s.kind, null(s.proposed(prior, config))),
	})
	s.check(err, nil)
	var replace []string
	for _, p := range resp.RequiresReplace {
		replace = append(replace, p.String())
	}
	return result{
		state: prior, planned: s.read(resp.PlannedState, s.kind), replace: strings.Join(replace, " "), private: resp.PlannedPrivate,
		errors: said(resp.Diagnostics, tfprotov6.DiagnosticSeverityError), warnings: said(resp.Diagnostics, tfprotov6.DiagnosticSeverityWarning),
	}
}

// proposed is Terraform's own guess: what is configured, and from prior what is only computed.
func (s *server) proposed(prior, config values) values {
	if config == nil {
		return nil
	}
	out := maps.Clone(config)
	for name, v := range prior {
		given, has := out[name]
		inner, object := given.(values)
		switch before, ok := v.(values); {
		case !has && slices.Contains(computed, name):
			out[name] = v
		case object && ok:
			out[name] = s.proposed(before, inner)
		}
	}
	return out
}

func null(v values) any {
	if v == nil {
		return nil
	}
	return v
}

// apply plans and applies. identity is what the state holds; nil before Terraform 1.12.
func (s *server) apply(prior, config, identity values) result {
	s.t.Helper()
	p := s.plan(prior, config)
	if p.errors != "" {
		return p
	}
	var known *tfprotov6.ResourceIdentityData
	if identity != nil {
		known = &tfprotov6.ResourceIdentityData{IdentityData: s.dynamic(s.ids, identity)}
	}
	resp, err := s.server.ApplyResourceChange(s.ctx, &tfprotov6.ApplyResourceChangeRequest{
		TypeName: s.name, PriorState: s.dynamic(s.kind, null(prior)), Config: s.dynamic(s.kind, null(config)),
		PlannedState: s.dynamic(s.kind, null(p.planned)), PlannedPrivate: p.private, PlannedIdentity: known,
	})
	s.check(err, nil)
	out := result{
		planned: p.planned, state: s.read(resp.NewState, s.kind), private: resp.Private,
		errors: said(resp.Diagnostics, tfprotov6.DiagnosticSeverityError), warnings: said(resp.Diagnostics, tfprotov6.DiagnosticSeverityWarning),
	}
	if resp.NewIdentity != nil {
		out.identity = s.read(resp.NewIdentity.IdentityData, s.ids)
	}
	if strings.Contains(fmt.Sprint(out.state), "{}") {
		s.t.Errorf("something unknown was saved: %v", out.state)
	}
	if out.errors == "" && config != nil {
		s.consistent("", p.planned, out.state)
	}
	return out
}

// consistent checks that everything that was planned came about.
func (s *server) consistent(path string, planned, got any) {
	s.t.Helper()
	switch planned := planned.(type) {
	case later:
		return
	case values:
		got, ok := got.(values)
		if ok {
			for name := range s.both(planned, got) {
				s.consistent(path+"."+name, planned[name], got[name])
			}
			return
		}
	case []any:
		got, ok := got.([]any)
		if ok && len(got) == len(planned) {
			for i := range planned {
				s.consistent(fmt.Sprintf("%s[%d]", path, i), planned[i], got[i])
			}
			return
		}
	}
	if fmt.Sprint(planned) != fmt.Sprint(got) {
		s.t.Errorf("inconsistent result after apply: %s was planned as %v and is %v", path, planned, got)
	}
}

func (s *server) both(a, b values) values {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

func (s *server) create(config values) result {
	s.t.Helper()
	return s.apply(nil, config, nil)
}

func (s *server) refresh(state, identity values) result {
	s.t.Helper()
	var known *tfprotov6.ResourceIdentityData
	if identity != nil {
		known = &tfprotov6.ResourceIdentityData{IdentityData: s.dynamic(s.ids, identity)}
	}
	resp, err := s.server.ReadResource(s.ctx, &tfprotov6.ReadResourceRequest{TypeName: s.name, CurrentState: s.dynamic(s.kind, state), CurrentIdentity: known})
	s.check(err, nil)
	out := result{
		state:  s.read(resp.NewState, s.kind),
		errors: said(resp.Diagnostics, tfprotov6.DiagnosticSeverityError), warnings: said(resp.Diagnostics, tfprotov6.DiagnosticSeverityWarning),
	}
	if resp.NewIdentity != nil {
		out.identity = s.read(resp.NewIdentity.IdentityData, s.ids)
	}
	return out
}

// imported imports by ID or identity, then reads as Terraform does.
func (s *server) imported(id string, identity values) result {
	s.t.Helper()
	req := &tfprotov6.ImportResourceStateRequest{TypeName: s.name, ID: id}
	if identity != nil {
		req.Identity = &tfprotov6.ResourceIdentityData{IdentityData: s.dynamic(s.ids, identity)}
	}
	resp, err := s.server.ImportResourceState(s.ctx, req)
	s.check(err, nil)
	if e := said(resp.Diagnostics, tfprotov6.DiagnosticSeverityError); e != "" {
		return result{errors: e}
	}
	one := resp.ImportedResources[0]
	read, err := s.server.ReadResource(s.ctx, &tfprotov6.ReadResourceRequest{TypeName: s.name, CurrentState: one.State, CurrentIdentity: one.Identity, Private: one.Private})
	s.check(err, nil)
	out := result{state: s.read(read.NewState, s.kind), errors: said(read.Diagnostics, tfprotov6.DiagnosticSeverityError)}
	if read.NewIdentity != nil {
		out.identity = s.read(read.NewIdentity.IdentityData, s.ids)
	}
	return out
}

// moved moves the state of another provider's object.
func (s *server) moved(provider, typeName, state string) result {
	s.t.Helper()
	resp, err := s.server.MoveResourceState(s.ctx, &tfprotov6.MoveResourceStateRequest{
		SourceProviderAddress: provider, SourceTypeName: typeName, SourceState: &tfprotov6.RawState{JSON: []byte(state)}, TargetTypeName: s.name,
	})
	s.check(err, nil)
	out := result{state: s.read(resp.TargetState, s.kind), errors: said(resp.Diagnostics, tfprotov6.DiagnosticSeverityError)}
	if resp.TargetIdentity != nil {
		out.identity = s.read(resp.TargetIdentity.IdentityData, s.ids)
	}
	return out
}

// data validates and reads a data source.
func (s *server) data(config values) result {
	s.t.Helper()
	d := s.dynamic(s.kind, config)
	valid, err := s.server.ValidateDataResourceConfig(s.ctx, &tfprotov6.ValidateDataResourceConfigRequest{TypeName: s.name, Config: d})
	s.check(err, nil)
	if e := said(valid.Diagnostics, tfprotov6.DiagnosticSeverityError); e != "" {
		return result{errors: e}
	}
	resp, err := s.server.ReadDataSource(s.ctx, &tfprotov6.ReadDataSourceRequest{TypeName: s.name, Config: d})
	s.check(err, nil)
	return result{
		state:  s.read(resp.State, s.kind),
		errors: said(resp.Diagnostics, tfprotov6.DiagnosticSeverityError), warnings: said(resp.Diagnostics, tfprotov6.DiagnosticSeverityWarning),
	}
}
