package entity

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
)

// Strings returns a list of strings; nothing is an empty list.
func Strings(all []string) types.List {
	out := make([]attr.Value, len(all))
	for i, s := range all {
		out[i] = types.StringValue(s)
	}
	return types.ListValueMust(types.StringType, out)
}

// Remedy says what can be done about an error of the platform, "" if its cause is not known.
func Remedy(ctx context.Context, c *api.Client, err error) string { return remedy(ctx, c, "read", err) }

// KeyAttributes returns the attributes that address an instance, in the order of the import ID.
func (e *engine[M]) KeyAttributes() []string { return slices.Clone(e.Key) }
