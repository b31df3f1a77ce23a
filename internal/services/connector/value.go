package connector

import (
	"context"
	"encoding/json"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
)

var setName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]*$`)

// onlyTrue refuses false, which would mean that something else is set.
type onlyTrue struct{}

func (onlyTrue) Description(context.Context) string             { return "must be true" }
func (o onlyTrue) MarkdownDescription(c context.Context) string { return o.Description(c) }

func (onlyTrue) ValidateBool(_ context.Context, req validator.BoolRequest, resp *validator.BoolResponse) {
	if !req.ConfigValue.IsNull() && !req.ConfigValue.IsUnknown() && !req.ConfigValue.ValueBool() {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid Attribute Value", "It must be true, or left out where another authentication is chosen.")
	}
}

// object is a JSON object. The platform does not mind the case of names, and neither do the functions below.
type object = map[string]any

// lookup finds a member by its path.
func lookup(value any, names ...string) any {
	for _, name := range names {
		o, _ := value.(object)
		var found any
		for k, v := range o {
			if k == name {
				found = v
				break
			}
			if strings.EqualFold(k, name) {
				found = v
			}
		}
		value = found
	}
	return value
}

// textAt is the text at a path, "" if there is none.
func textAt(value any, names ...string) string {
	s, _ := lookup(value, names...).(string)
	return s
}

func valueAt(value any, names ...string) types.String {
	return types.StringValue(textAt(value, names...))
}

// boolAt reads a boolean, which the platform also writes as text.
func boolAt(value any, names ...string) types.Bool {
	switch v := lookup(value, names...).(type) {
	case bool:
		return types.BoolValue(v)
	case string:
		return types.BoolValue(strings.EqualFold(v, "true"))
	}
	return types.BoolValue(false)
}

func textsAt(value any, names ...string) types.List {
	all, _ := lookup(value, names...).([]any)
	out := []string{}
	for _, one := range all {
		if s, ok := one.(string); ok {
			out = append(out, s)
		}
	}
	return field.ListOf(out)
}

// encoded is a value as JSON, which every value here can be written as.
func encoded(value any) string {
	raw, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return string(raw)
}

// decoded is the object in a JSON text, nil for anything else.
func decoded(text string) object {
	var o object
	if json.Unmarshal([]byte(text), &o) != nil {
		return nil
	}
	return o
}
