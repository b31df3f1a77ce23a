package connector

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/openapi"
)

// definitionType is the type of the text of an API definition, JSON or YAML.
type definitionType = customtype.TypeOf[definition]

// definition is the text of an API definition. Two that mean the same are equal.
type definition struct{ basetypes.StringValue }

// With makes a definition of a plain text.
func (definition) With(v basetypes.StringValue) definition { return definition{v} }

func definitionValue(text string) definition { return definition{basetypes.NewStringValue(text)} }

func (v definition) Type(context.Context) attr.Type { return definitionType{} }

func (v definition) Equal(o attr.Value) bool {
	other, ok := o.(definition)
	return ok && v.StringValue.Equal(other.StringValue)
}

func (v definition) StringSemanticEquals(ctx context.Context, o basetypes.StringValuable) (bool, diag.Diagnostics) {
	other, d := o.ToStringValue(ctx)
	if d.HasError() || v.ValueString() == other.ValueString() {
		return !d.HasError(), d
	}
	one, err := openapi.Parse(v.ValueString())
	if err != nil {
		return false, nil
	}
	two, err := openapi.Parse(other.ValueString())
	return err == nil && openapi.Equal(one, two), nil
}
