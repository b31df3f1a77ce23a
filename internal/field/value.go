package field

import (
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Given reports whether a value is there: neither null, unknown nor the empty text.
func Given(v attr.Value) bool {
	if text, ok := v.(interface{ ValueString() string }); ok {
		return text.ValueString() != ""
	}
	return !v.IsNull() && !v.IsUnknown()
}

// OrNull is a text of the platform, null where it has none.
func OrNull(said string) types.String { return types.StringPointerValue(OrNil(said)) }

// OrNil is a text of the platform, nil where it has none.
func OrNil(said string) *string {
	if said == "" {
		return nil
	}
	return &said
}

// Deref is what a pointer leads to, or nothing.
func Deref[T any](p *T) T {
	if p == nil {
		return *new(T)
	}
	return *p
}

// TextIfChanged is the value to send for a text: nil if it is not configured or is what it was. Two spellings of
// nothing, null and "", are the same.
func TextIfChanged[T interface {
	IsUnknown() bool
	IsNull() bool
	ValueString() string
}](now, before T,
) *string {
	if now.IsUnknown() || now.IsNull() || now.ValueString() == before.ValueString() {
		return nil
	}
	return new(now.ValueString())
}

// BoolIfChanged is the value to send for a boolean: nil if it is not configured or is what it was.
func BoolIfChanged(now, before types.Bool) *bool {
	if now.IsUnknown() || now.IsNull() || now.Equal(before) {
		return nil
	}
	return new(now.ValueBool())
}

// Strings are the texts of a list or a set, in order; what is null or unknown is "".
func Strings(all interface{ Elements() []attr.Value }) []string {
	out := []string{}
	for _, v := range all.Elements() {
		if text, ok := v.(interface{ ValueString() string }); ok {
			out = append(out, text.ValueString())
		}
	}
	return out
}

// ListOf is a list of texts; nothing is an empty list.
func ListOf(all []string) types.List { return types.ListValueMust(types.StringType, values(all)) }

// SetOf is a set of texts; nothing is an empty set.
func SetOf(all []string) types.Set { return types.SetValueMust(types.StringType, values(all)) }

func values(all []string) []attr.Value {
	out := make([]attr.Value, len(all))
	for i, s := range all {
		out[i] = types.StringValue(s)
	}
	return out
}

// StringMap are the texts of a map by name.
func StringMap(all types.Map) map[string]string {
	out := map[string]string{}
	for name, v := range all.Elements() {
		if text, ok := v.(types.String); ok {
			out[name] = text.ValueString()
		}
	}
	return out
}

// MapOf is a map of texts; nothing is an empty map.
func MapOf(all map[string]string) types.Map {
	out := make(map[string]attr.Value, len(all))
	for name, s := range all {
		out[name] = types.StringValue(s)
	}
	return types.MapValueMust(types.StringType, out)
}
