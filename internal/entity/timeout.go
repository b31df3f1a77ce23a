package entity

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// enough lets a timeouts attribute, of any kind of schema, refuse what leaves no time.
func enough[T any](a T) T {
	t := reflect.New(reflect.TypeOf(a)).Elem()
	t.Set(reflect.ValueOf(a))
	checks := t.FieldByName("Validators")
	checks.Set(reflect.Append(checks, reflect.ValueOf(positive{})))
	enough, _ := reflect.TypeAssert[T](t)
	return enough
}

// duration writes a duration as users do.
func duration(d time.Duration) string {
	return strings.Replace(strings.Replace(d.String(), "m0s", "m", 1), "h0m", "h", 1)
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
