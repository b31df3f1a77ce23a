package customtype

import (
	"context"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// Known warns of a value that is none of those that this provider knows, in any case. The platform adds values by itself,
// so it and not the provider refuses.
func Known(values ...string) validator.String { return known(values) }

type known []string

func (k known) Description(context.Context) string {
	return "known values are " + strings.Join(k, ", ")
}

func (k known) MarkdownDescription(ctx context.Context) string { return k.Description(ctx) }

// ValidateString adds a warning.
func (k known) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	v := req.ConfigValue
	if v.IsNull() || v.IsUnknown() || slices.ContainsFunc(k, func(s string) bool { return strings.EqualFold(s, v.ValueString()) }) {
		return
	}
	resp.Diagnostics.AddAttributeWarning(req.Path, "Unknown value of "+req.Path.String(),
		`"`+v.ValueString()+`" is sent to the platform as it is, which may refuse it; `+k.Description(ctx)+".")
}
