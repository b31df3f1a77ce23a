package connector

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/openapi"
)

// definitionType is the type of the text of an API definition, JSON or YAML.
type definitionType struct{ basetypes.StringType }

func (t definitionType) Equal(o attr.Type) bool               { _, ok := o.(definitionType); return ok }
func (t definitionType) String() string                       { return "connector.definitionType" }
func (t definitionType) ValueType(context.Context) attr.Value { return definition{} }

func (t definitionType) ValueFromString(_ context.Context, v basetypes.StringValue) (basetypes.StringValuable, diag.Diagnostics) {
	return definition{v}, nil
}

func (t definitionType) ValueFromTerraform(ctx context.Context, in tftypes.Value) (attr.Value, error) {
	v, err := t.StringType.ValueFromTerraform(ctx, in)
	if err != nil {
		return nil, err
	}
	s, ok := v.(basetypes.StringValue)
	if !ok {
		return nil, fmt.Errorf("expected a string, got %T", v)
	}
	return definition{s}, nil
}

// definition is the text of an API definition. Two that mean the same are equal.
type definition struct{ basetypes.StringValue }

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
