package entity

import (
	"context"
	"fmt"
	"time"

	ds "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	rs "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// enough lets the timeouts attribute of a resource refuse what leaves no time.
func enough(a rs.Attribute) rs.Attribute {
	if t, ok := a.(rs.SingleNestedAttribute); ok {
		t.Validators = append(t.Validators, positive{})
		return t
	}
	return a
}

// enoughToRead is enough for a data source.
func enoughToRead(a ds.Attribute) ds.Attribute {
	if t, ok := a.(ds.SingleNestedAttribute); ok {
		t.Validators = append(t.Validators, positive{})
		return t
	}
	return a
}

// positive refuses durations that are not positive: an operation would end before its first request, with an apology for
// a slow platform. What is no duration at all is refused by the attribute itself.
type positive struct{}

func (positive) Description(context.Context) string { return "durations must be positive" }

func (p positive) MarkdownDescription(ctx context.Context) string { return p.Description(ctx) }

func (positive) ValidateObject(_ context.Context, req validator.ObjectRequest, resp *validator.ObjectResponse) {
	for name, value := range req.ConfigValue.Attributes() {
		text, ok := value.(interface{ ValueString() string })
		if !ok || value.IsNull() || value.IsUnknown() {
			continue
		}
		if d, err := time.ParseDuration(text.ValueString()); err == nil && d <= 0 {
			resp.Diagnostics.AddAttributeError(req.Path.AtName(name), "Invalid timeout",
				fmt.Sprintf("%q leaves the %s no time. A timeout is a positive duration, such as \"30m\"; without one the default applies.", text.ValueString(), name))
		}
	}
}
