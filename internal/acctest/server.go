package acctest

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
)

// Server is one configured provider without a CLI in front: for what a CLI hides, such as an interruption or the number
// of requests of one process.
type Server struct {
	tfprotov6.ProviderServer

	w      *World
	schema *tfprotov6.GetProviderSchemaResponse
}

// Values are the attributes of an object that are not null.
type Values = map[string]tftypes.Value

// Text is a string attribute.
func Text(s string) tftypes.Value { return tftypes.NewValue(tftypes.String, s) }

// Number is a number, such as an Int64 attribute.
func Number(n int) tftypes.Value { return tftypes.NewValue(tftypes.Number, n) }

// Bool is a Boolean attribute.
func Bool(b bool) tftypes.Value { return tftypes.NewValue(tftypes.Bool, b) }

// Texts is a list of strings.
func Texts(all ...string) tftypes.Value {
	out := []tftypes.Value{}
	for _, s := range all {
		out = append(out, Text(s))
	}
	return tftypes.NewValue(tftypes.List{ElementType: tftypes.String}, out)
}

// Serve configures a provider for the tenant; more sets further arguments of the provider block.
func (w *World) Serve(more Values) *Server {
	w.t.Helper()
	p, err := w.Factories()["powerplatform"]()
	if err != nil {
		w.t.Fatal(err)
	}
	s := &Server{ProviderServer: p, w: w}
	if s.schema, err = p.GetProviderSchema(w.t.Context(), &tfprotov6.GetProviderSchemaRequest{}); err != nil {
		w.t.Fatal(err)
	}
	args := Values{"tenant_id": Text(w.ID), "client_id": Text(mock.DefaultClientID), "client_secret": Text(mock.DefaultClientSecret)}
	maps.Copy(args, more)
	resp, err := p.ConfigureProvider(w.t.Context(), &tfprotov6.ConfigureProviderRequest{
		TerraformVersion: "1.11.4", Config: s.dynamic(s.object(s.schema.Provider, args)),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	s.must(resp.Diagnostics)
	return s
}

// Read reads a data source.
func (s *Server) Read(ctx context.Context, name string, args Values) (Values, []*tfprotov6.Diagnostic) {
	s.w.t.Helper()
	schema := s.schema.DataSourceSchemas[name]
	resp, err := s.ReadDataSource(ctx, &tfprotov6.ReadDataSourceRequest{TypeName: name, Config: s.dynamic(s.object(schema, args))})
	if err != nil {
		s.w.t.Fatal(err)
	}
	return s.values(schema, resp.State), resp.Diagnostics
}

// Plan validates and plans a new object, and returns what is planned, where values may be unknown, and what is said.
func (s *Server) Plan(ctx context.Context, name string, args Values) (Values, []*tfprotov6.Diagnostic) {
	s.w.t.Helper()
	schema := s.schema.ResourceSchemas[name]
	valid, err := s.ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{
		TypeName: name, Config: s.dynamic(s.object(schema, args)),
	})
	if err != nil {
		s.w.t.Fatal(err)
	}
	plan := s.plan(ctx, name, args)
	return s.values(schema, plan.PlannedState), slices.Concat(valid.Diagnostics, plan.Diagnostics)
}

func (s *Server) plan(ctx context.Context, name string, args Values) *tfprotov6.PlanResourceChangeResponse {
	s.w.t.Helper()
	schema := s.schema.ResourceSchemas[name]
	plan, err := s.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName: name, PriorState: s.dynamic(tftypes.NewValue(schema.ValueType(), nil)),
		Config: s.dynamic(s.object(schema, args)), ProposedNewState: s.dynamic(s.proposed(schema, args)),
	})
	if err != nil {
		s.w.t.Fatal(err)
	}
	return plan
}

// Create plans and applies a resource, and returns the state that is left.
func (s *Server) Create(ctx context.Context, name string, args Values) (Values, []*tfprotov6.Diagnostic) {
	s.w.t.Helper()
	schema := s.schema.ResourceSchemas[name]
	config, null := s.dynamic(s.object(schema, args)), s.dynamic(tftypes.NewValue(schema.ValueType(), nil))
	plan := s.plan(ctx, name, args)
	s.must(plan.Diagnostics)
	resp, err := s.ApplyResourceChange(ctx, &tfprotov6.ApplyResourceChangeRequest{
		TypeName: name, PriorState: null, Config: config, PlannedState: plan.PlannedState, PlannedPrivate: plan.PlannedPrivate, PlannedIdentity: plan.PlannedIdentity,
	})
	if err != nil {
		s.w.t.Fatal(err)
	}
	return s.values(schema, resp.NewState), resp.Diagnostics
}

// Said is the text of diagnostics.
func Said(diagnostics []*tfprotov6.Diagnostic) string {
	var b strings.Builder
	for _, d := range diagnostics {
		b.WriteString(d.Summary + "\n" + d.Detail + "\n")
	}
	return b.String()
}

func (s *Server) must(diagnostics []*tfprotov6.Diagnostic) {
	s.w.t.Helper()
	for _, d := range diagnostics {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			s.w.t.Fatal(Said(diagnostics))
		}
	}
}

// object is a configuration: what is not given is null.
func (s *Server) object(schema *tfprotov6.Schema, given Values) tftypes.Value {
	return s.fill(schema, given, func(*tfprotov6.SchemaAttribute) any { return nil })
}

// proposed is what the CLI proposes for a new object: what is not given and computed is unknown.
func (s *Server) proposed(schema *tfprotov6.Schema, given Values) tftypes.Value {
	return s.fill(schema, given, func(a *tfprotov6.SchemaAttribute) any {
		if a.Computed {
			return tftypes.UnknownValue
		}
		return nil
	})
}

func (s *Server) fill(schema *tfprotov6.Schema, given Values, missing func(*tfprotov6.SchemaAttribute) any) tftypes.Value {
	all := Values{}
	for _, a := range schema.Block.Attributes {
		if v, ok := given[a.Name]; ok {
			all[a.Name] = v
			continue
		}
		all[a.Name] = tftypes.NewValue(a.ValueType(), missing(a))
	}
	return tftypes.NewValue(schema.ValueType(), all)
}

func (s *Server) dynamic(v tftypes.Value) *tfprotov6.DynamicValue {
	s.w.t.Helper()
	d, err := tfprotov6.NewDynamicValue(v.Type(), v)
	if err != nil {
		s.w.t.Fatal(err)
	}
	return &d
}

func (s *Server) values(schema *tfprotov6.Schema, d *tfprotov6.DynamicValue) Values {
	s.w.t.Helper()
	out := Values{}
	if d == nil {
		return out
	}
	v, err := d.Unmarshal(schema.ValueType())
	if err != nil {
		s.w.t.Fatal(err)
	}
	if v.IsNull() {
		return out
	}
	if err := v.As(&out); err != nil {
		s.w.t.Fatal(err)
	}
	maps.DeleteFunc(out, func(_ string, v tftypes.Value) bool { return v.IsNull() })
	return out
}

// Len is the number of elements of a list, -1 if it is null or not known.
func Len(v tftypes.Value) int {
	var all []tftypes.Value
	if v.IsNull() || !v.IsKnown() || v.As(&all) != nil {
		return -1
	}
	return len(all)
}
