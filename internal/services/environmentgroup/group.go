// Package environmentgroup manages groups of environments, which are governed together.
package environmentgroup

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// Resource is powerplatform_environment_group.
func Resource() entity.Resource[model] {
	return entity.Resource[model]{
		Name: "environment_group", Schema: group, Called: "display_name",
		Create: create, Read: read, Update: update, Delete: remove, All: all,
		Within: func(ctx context.Context, c *api.Client, _ *model) error { return c.BAP.SeesEnvironments(ctx) },
		Errors: []entity.Diagnosis{{
			Codes: []string{"PolicyAssignedToEnvironmentGroup"}, Remedy: "rules are still assigned to it; take them away first",
		}},
		Explain: members,
	}
}

// DataSource is data.powerplatform_environment_group.
func DataSource() entity.DataSource[model] {
	return Resource().One("One environment group, found by its ID or by its display name.")
}

// List is data.powerplatform_environment_groups.
func List() entity.List[model, model] {
	return Resource().List("environment_groups", "Every environment group of the tenant.")
}

var group = schema.Schema{
	MarkdownDescription: "An [environment group](https://learn.microsoft.com/power-platform/admin/environment-groups): " +
		"environments that are governed together, by its rules. Only one without environments and rules can be deleted.",
	Attributes: field.Attributes{
		"id":           field.ID("ID of the group, as `environment_group_id` of `powerplatform_environment` takes it."),
		"display_name": field.Name("Name of the group."),
		"description":  field.Note("What the group is for."),
	},
}

type model struct {
	ID          customtype.UUID `tfsdk:"id"`
	DisplayName types.String    `tfsdk:"display_name"`
	Description types.String    `tfsdk:"description"`
}

func (m *model) expand(g bap.EnvironmentGroup) bap.EnvironmentGroup {
	g.DisplayName, g.Description = m.DisplayName.ValueString(), m.Description.ValueString()
	return g
}

func (m *model) flatten(g bap.EnvironmentGroup) {
	*m = model{customtype.UUIDValue(g.ID), types.StringValue(g.DisplayName), types.StringValue(g.Description)}
}

func create(ctx context.Context, c *api.Client, m *model) error {
	g, err := c.BAP.CreateEnvironmentGroup(ctx, m.expand(bap.EnvironmentGroup{}))
	m.ID = customtype.UUIDValue(g.ID)
	return err
}

func read(ctx context.Context, c *api.Client, m *model) error {
	g, err := c.BAP.EnvironmentGroup(ctx, m.ID.ValueString())
	if err == nil {
		m.flatten(g)
	}
	return err
}

// update sends what is there, because the platform replaces the whole group.
func update(ctx context.Context, c *api.Client, m, _ *model) error {
	g, err := c.BAP.EnvironmentGroup(ctx, m.ID.ValueString())
	if err == nil {
		err = c.BAP.UpdateEnvironmentGroup(ctx, m.expand(g))
	}
	return err
}

func remove(ctx context.Context, c *api.Client, m *model) error {
	return c.BAP.DeleteEnvironmentGroup(ctx, m.ID.ValueString())
}

func all(ctx context.Context, c *api.Client, _ *model) iter.Seq2[model, error] {
	return entity.Models(c.BAP.EnvironmentGroups(ctx), (*model).flatten)
}

// members names the environments for which a group cannot be deleted.
func members(ctx context.Context, c *api.Client, _ string, m *model, refused error) error {
	if !rest.HasCode(refused, "EnvironmentsInEnvironmentGroup") {
		return refused
	}
	var names []string
	for e, err := range c.BAP.Environments(ctx) {
		if err == nil && strings.EqualFold(e.Group(), m.ID.ValueString()) {
			names = append(names, field.Deref(e.Properties.DisplayName)+" "+e.Name)
		}
	}
	return fmt.Errorf("take its environments out of it first (%s): %w", strings.Join(names, ", "), refused)
}
