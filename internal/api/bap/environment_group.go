package bap

import (
	"context"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// EnvironmentGroup is a group of environments that one administrator governs together.
type EnvironmentGroup struct {
	ID          string `json:"id,omitempty"`
	DisplayName string `json:"displayName,omitempty"`
	Description string `json:"description,omitempty"`
}

// EnvironmentGroup reads one group.
func (c *Client) EnvironmentGroup(ctx context.Context, id string) (EnvironmentGroup, error) {
	return rest.Get[EnvironmentGroup](ctx, c.rest, rest.Path(prefix+"/environmentGroups/", id), rest.Version(version2021))
}
