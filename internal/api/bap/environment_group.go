package bap

import (
	"context"
	"iter"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// EnvironmentGroup is a group of environments that are governed together. What is empty is left out by the platform.
type EnvironmentGroup struct {
	ID            string     `json:"id,omitempty"`
	DisplayName   string     `json:"displayName"`
	Description   string     `json:"description"`
	ParentGroupID string     `json:"parentGroupId,omitempty"`
	CreatedBy     *Principal `json:"createdBy,omitempty"` // an empty one is written
}

// Principal is somebody in the directory.
type Principal struct {
	ID   string `json:"id,omitempty"`
	Type string `json:"type,omitempty"`
}

const groups = prefix + "/environmentGroups"

// EnvironmentGroup reads one group.
func (c *Client) EnvironmentGroup(ctx context.Context, id string) (EnvironmentGroup, error) {
	return rest.Get[EnvironmentGroup](ctx, c.rest, rest.Path(groups+"/", id), rest.Version(version2021))
}

// EnvironmentGroups yields every group of the tenant.
func (c *Client) EnvironmentGroups(ctx context.Context) iter.Seq2[EnvironmentGroup, error] {
	return rest.List[EnvironmentGroup](ctx, c.rest, groups, rest.Version(version2021))
}

// CreateEnvironmentGroup makes a group and returns it.
func (c *Client) CreateEnvironmentGroup(ctx context.Context, g EnvironmentGroup) (EnvironmentGroup, error) {
	g.CreatedBy = &Principal{}
	return rest.Post[EnvironmentGroup](ctx, c.rest, groups, g, rest.Version(version2021))
}

// UpdateEnvironmentGroup replaces a group.
func (c *Client) UpdateEnvironmentGroup(ctx context.Context, g EnvironmentGroup) error {
	g.CreatedBy = &Principal{}
	_, err := rest.Put[rest.None](ctx, c.rest, rest.Path(groups+"/", g.ID), g, rest.Version(version2021))
	return err
}

// DeleteEnvironmentGroup deletes a group. One with environments or with rules is refused.
func (c *Client) DeleteEnvironmentGroup(ctx context.Context, id string) error {
	return rest.Delete(ctx, c.rest, rest.Path(groups+"/", id), nil, rest.Version(version2021))
}
