// Package customtype holds the attribute types that Terraform's own do not cover, with their plan modifiers.
package customtype

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// TypeOf is the type of texts whose values are of the type V, which embeds basetypes.StringValue. With makes one of a
// plain value.
type TypeOf[V interface {
	attr.Value
	basetypes.StringValuable
	With(v basetypes.StringValue) V
}] struct{ basetypes.StringType }

// Equal reports whether o is the same type.
func (t TypeOf[V]) Equal(o attr.Type) bool { _, ok := o.(TypeOf[V]); return ok }

// String names the type.
func (t TypeOf[V]) String() string { return fmt.Sprintf("%TType", *new(V)) }

// ValueType returns an empty value.
func (t TypeOf[V]) ValueType(context.Context) attr.Value { return *new(V) }

// ValueFromString wraps a plain string.
func (t TypeOf[V]) ValueFromString(_ context.Context, v basetypes.StringValue) (basetypes.StringValuable, diag.Diagnostics) {
	return (*new(V)).With(v), nil
}

// ValueFromTerraform reads a string from the wire.
func (t TypeOf[V]) ValueFromTerraform(ctx context.Context, in tftypes.Value) (attr.Value, error) {
	v, err := t.StringType.ValueFromTerraform(ctx, in)
	if err != nil {
		return *new(V), err
	}
	s, ok := v.(basetypes.StringValue)
	if !ok {
		return *new(V), fmt.Errorf("expected a string, got %T", v)
	}
	return (*new(V)).With(s), nil
}
