package entity

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
)

// Settings describes settings that exist as long as what they belong to: they are adopted, not created, and let go of,
// not deleted. They are never tainted: to let go of them, only to adopt them again, would do harm and no good.
type Settings[M any] struct {
	Name   string
	Key    []string
	Schema schema.Schema

	// Apply brings the settings from prior to m; prior is a zero model when they are adopted.
	Apply  func(ctx context.Context, c *api.Client, m, prior *M) error
	Read   func(ctx context.Context, c *api.Client, m *M) error
	Parent func(ctx context.Context, c *api.Client, m *M) error
	// Release undoes what must not outlive the resource. Optional: without it a destroy changes nothing.
	Release func(ctx context.Context, c *api.Client, m *M) error
	Ready   func(m *M) string
	Plan    func(ctx context.Context, c *api.Client, change *Change[M]) error

	Errors   []Diagnosis
	Upgrades []Upgrade
}

// Resource is the settings as the engine sees them.
func (s Settings[M]) Resource() Resource[M] {
	r := Resource[M]{
		Name: s.Name, Key: s.Key, Schema: s.Schema,
		Read: s.Read, Update: s.Apply, Delete: s.Release, Parent: s.Parent, Ready: s.Ready, Plan: s.Plan,
		Errors: s.Errors, Upgrades: s.Upgrades,
		lasting: s.Release == nil, Resumes: true,
	}
	if s.Apply != nil {
		r.Create = func(ctx context.Context, c *api.Client, m *M) error { return s.Apply(ctx, c, m, new(M)) }
	}
	return r
}

// New is the constructor that the provider registers.
func (s Settings[M]) New() resource.Resource { return s.Resource().New() }
