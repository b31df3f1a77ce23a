package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"golang.org/x/sync/errgroup"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/provider"
)

const (
	environment = "powerplatform_environment"
	parallelism = 10 // Terraform's default
)

// cost is what a phase took.
type cost struct {
	took           time.Duration
	requests       int
	bytes, objects uint64
}

// lifetime is what the phases of some environments took.
type lifetime struct {
	create, plan, destroy cost
	reads                 int // of environments, while planning
}

// life creates n environments, plans them with a fresh provider, and destroys them.
func life(ctx context.Context, n int) (lifetime, error) {
	platform := mock.New()
	tenant := uuid.NewString()
	if err := platform.Seed(mock.Seed{Tenants: []mock.TenantSeed{{ID: tenant}}}); err != nil {
		return lifetime{}, err
	}
	measure := func(f func(s *session, i int) error) (cost, error) {
		platform.ClearJournal(tenant)
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		started := time.Now()
		s, err := open(ctx, platform, tenant)
		if err != nil {
			return cost{}, err
		}
		var group errgroup.Group
		group.SetLimit(parallelism)
		for i := range n {
			group.Go(func() error { return f(s, i) })
		}
		err = group.Wait()
		c := cost{took: time.Since(started), requests: len(platform.Journal(tenant))}
		runtime.ReadMemStats(&after)
		c.bytes, c.objects = after.TotalAlloc-before.TotalAlloc, after.Mallocs-before.Mallocs
		return c, err
	}

	var l lifetime
	var err error
	states := make([]*tfprotov6.DynamicValue, n)
	l.create, err = measure(func(s *session, i int) (err error) {
		config := s.environment(i)
		states[i], err = s.change(ctx, s.null(), config, config)
		return err
	})
	if err != nil {
		return l, err
	}
	l.plan, err = measure(func(s *session, i int) error {
		return s.refreshAndPlan(ctx, states[i], s.environment(i))
	})
	if err != nil {
		return l, err
	}
	for _, e := range platform.Journal(tenant) {
		if e.Operation == "bap.environments.get" {
			l.reads++
		}
	}
	l.destroy, err = measure(func(s *session, i int) error {
		_, err := s.change(ctx, states[i], s.null(), s.null())
		return err
	})
	return l, err
}

// session is a provider that is configured.
type session struct {
	server tfprotov6.ProviderServer
	kind   tftypes.Object
}

func open(ctx context.Context, platform *mock.Platform, tenant string) (*session, error) {
	server, err := providerserver.NewProtocol6WithError(provider.New("bench", platform))()
	if err != nil {
		return nil, err
	}
	schemas, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return nil, err
	}
	kind, ok := schemas.ResourceSchemas[environment].ValueType().(tftypes.Object)
	block, fits := schemas.Provider.ValueType().(tftypes.Object)
	if !ok || !fits {
		return nil, errors.New("a schema is not an object")
	}
	config := dynamic(object(block, map[string]any{"tenant_id": tenant, "client_id": mock.DefaultClientID, "client_secret": mock.DefaultClientSecret}))
	configured, err := server.ConfigureProvider(ctx, &tfprotov6.ConfigureProviderRequest{Config: config})
	if err != nil {
		return nil, err
	}
	return &session{server, kind}, problem(configured.Diagnostics)
}

// environment is the configuration of the ith environment.
func (s *session) environment(i int) *tfprotov6.DynamicValue {
	return dynamic(object(s.kind, map[string]any{
		"display_name": fmt.Sprintf("Bench %d", i), "description": "Here for a moment.", "location": "unitedstates", "environment_type": "Sandbox",
		"deletion_policy": "delete",
		"dataverse":       map[string]any{"language_code": 1033, "currency_code": "USD", "domain": fmt.Sprintf("bench-%d", i)},
	}))
}

func (s *session) null() *tfprotov6.DynamicValue { return dynamic(tftypes.NewValue(s.kind, nil)) }

// change plans and applies; null stands for what is not there.
func (s *session) change(ctx context.Context, prior, config, proposed *tfprotov6.DynamicValue) (*tfprotov6.DynamicValue, error) {
	planned, err := s.server.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName: environment, PriorState: prior, ProposedNewState: proposed, Config: config,
	})
	if err == nil {
		err = problem(planned.Diagnostics)
	}
	if err != nil {
		return nil, err
	}
	applied, err := s.server.ApplyResourceChange(ctx, &tfprotov6.ApplyResourceChangeRequest{
		TypeName: environment, PriorState: prior, PlannedState: planned.PlannedState, Config: config,
		PlannedPrivate: planned.PlannedPrivate, PlannedIdentity: planned.PlannedIdentity,
	})
	if err == nil {
		err = problem(applied.Diagnostics)
	}
	if err != nil {
		return nil, err
	}
	return applied.NewState, nil
}

// refreshAndPlan does what a plan without changes does.
func (s *session) refreshAndPlan(ctx context.Context, state, config *tfprotov6.DynamicValue) error {
	read, err := s.server.ReadResource(ctx, &tfprotov6.ReadResourceRequest{TypeName: environment, CurrentState: state})
	if err == nil {
		err = problem(read.Diagnostics)
	}
	if err != nil {
		return err
	}
	planned, err := s.server.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName: environment, PriorState: read.NewState, ProposedNewState: read.NewState, Config: config, PriorIdentity: read.NewIdentity,
	})
	if err == nil {
		err = problem(planned.Diagnostics)
	}
	if err != nil {
		return err
	}
	before, err := read.NewState.Unmarshal(s.kind)
	if err != nil {
		return err
	}
	after, err := planned.PlannedState.Unmarshal(s.kind)
	if err == nil && !before.Equal(after) {
		err = errors.New("the plan is not empty")
	}
	return err
}

func problem(diagnostics []*tfprotov6.Diagnostic) error {
	for _, d := range diagnostics {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			return fmt.Errorf("%s: %s", d.Summary, d.Detail)
		}
	}
	return nil
}

// object makes a value of strings, numbers and objects; what is not given is null.
func object(kind tftypes.Object, given map[string]any) tftypes.Value {
	values := map[string]tftypes.Value{}
	for name, typ := range kind.AttributeTypes {
		inner, nested := typ.(tftypes.Object)
		if more, ok := given[name].(map[string]any); ok && nested {
			values[name] = object(inner, more)
			continue
		}
		values[name] = tftypes.NewValue(typ, given[name])
	}
	return tftypes.NewValue(kind, values)
}

// dynamic cannot fail for a value that object made.
func dynamic(v tftypes.Value) *tfprotov6.DynamicValue {
	d, err := tfprotov6.NewDynamicValue(v.Type(), v)
	if err != nil {
		panic(err)
	}
	return &d
}
