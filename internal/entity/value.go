package entity

import (
	"context"
	"slices"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
)

// Remedy says what can be done about an error of the platform, "" if its cause is not known.
func Remedy(ctx context.Context, c *api.Client, err error) string { return remedy(ctx, c, "read", err) }

// KeyAttributes returns the attributes that address an instance, in the order of the import ID.
func (e *engine[M]) KeyAttributes() []string { return slices.Clone(e.Key) }
