// Package mock is the platform seen from the other side of the wire: every API family that the provider calls, stateful,
// in memory. It shares no code with the clients that it is there to test.
package mock

import (
	"log/slog"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/dataverse"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/graph"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/keyvault"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/licensing"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/login"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/powerapps"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/powerplatform"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/preset"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// What users of the mock need of package server, under one roof.
type (
	// Platform is a whole cloud in memory.
	Platform = server.Platform
	// Tenant is one customer with everything in it.
	Tenant = server.Tenant
	// Collection holds the documents of one kind in a tenant.
	Collection = server.Collection
	// Doc is one JSON object as it goes over the wire.
	Doc = server.Doc
	// Fault makes matching requests go wrong.
	Fault = server.Fault
	// Entry is one request in the journal.
	Entry = server.Entry
	// Lag makes readers see the past for some reads after a write.
	Lag = server.Lag
	// Script decides how long-running operations of a kind end.
	Script = server.Script
	// Operation is a long-running operation.
	Operation = server.Operation
	// Seed is what a platform is filled with.
	Seed = server.Seed
	// TenantSeed is what a tenant is filled with.
	TenantSeed = server.TenantSeed
	// Application is an app registration that may sign in.
	Application = server.Application
	// User is a person who may sign in.
	User = server.User
	// Federation is a federated identity credential of an application.
	Federation = server.Federation
	// Latency says how the platform treats time.
	Latency = server.Latency
	// Limits bound what one client can ask of a mock that listens on a socket.
	Limits = server.Limits
)

// How the platform treats time.
const (
	// Instant makes waiting cost nothing: what a client is asked to wait passes on a virtual clock.
	Instant = server.Instant
	// Real lets operations take the time that they take on the platform.
	Real = server.Real
)

// The identity that a mock accepts from the start.
const (
	// DefaultTenantID is the tenant that is there from the start.
	DefaultTenantID = server.DefaultTenantID
	// DefaultClientID is the application of every tenant that names none.
	DefaultClientID = server.DefaultClientID
	// DefaultClientSecret is the secret of that application.
	DefaultClientSecret = server.DefaultClientSecret
)

// The models by which a tenant places its data.
const (
	// GeographyLocation is the model in which an environment names one location.
	GeographyLocation = server.GeographyLocation
	// GeographyMacroRegion is the model in which an environment names a macro region.
	GeographyMacroRegion = server.GeographyMacroRegion
)

// Option changes what New makes.
type Option func(*server.Options)

// WithLatency makes the platform treat time so; Instant is the default.
func WithLatency(l Latency) Option { return func(o *server.Options) { o.Latency = l } }

// WithLenient lets requests pass that the platform would refuse for their form, and notes in the journal why it would.
func WithLenient() Option { return func(o *server.Options) { o.Lenient = true } }

// WithLimits bounds what one client can ask of the platform over a socket.
func WithLimits(l Limits) Option { return func(o *server.Options) { o.Limits = l } }

// WithLog tells a log of every request, at debug level, and of mistakes of the mock itself.
func WithLog(l *slog.Logger) Option { return func(o *server.Options) { o.Log = l } }

// WithProfile makes the platform behave in time as a profile says; "instant" is the default.
func WithProfile(profile server.Profile) Option {
	return func(o *server.Options) { o.Profile = profile }
}

// New returns a platform with all families and the default tenant.
func New(options ...Option) *Platform {
	p := empty(options)
	for _, t := range Baseline().Tenants {
		p.AddTenant(t)
	}
	return p
}

// empty is a platform with all families, without a tenant.
func empty(options []Option) *Platform {
	var o server.Options
	for _, option := range options {
		option(&o)
	}
	p := server.New(o)
	for _, register := range []func(*Platform){login.Register, bap.Register, dataverse.Register, licensing.Register, powerapps.Register, powerplatform.Register, arm.Register, graph.Register, keyvault.Register, preset.Register} {
		register(p)
	}
	p.Witnesses(witnesses())
	p.SetBaseline(Baseline())
	return p
}

// Baseline is what New fills a platform with: the default tenant, whose application signs in with its secret, as the
// system-assigned managed identity, and from the main branch of a repository on GitHub (login.GitHubSubject), with the
// subscriptions and role assignments of Landscape.
func Baseline() Seed {
	landscape := Landscape()
	return Seed{Tenants: []TenantSeed{{
		ID: DefaultTenantID, Domains: []string{"contoso.onmicrosoft.com"},
		Applications: []Application{{
			ClientID: DefaultClientID, ClientSecret: DefaultClientSecret, DisplayName: "Terraform", Admin: true,
			ManagedIdentity: "system", Federated: []Federation{login.GitHub(login.GitHubSubject)},
		}},
		Items: map[string][]Doc{"subscriptions": landscape["subscriptions"], "role_assignments": landscape["role_assignments"]},
	}}}
}
