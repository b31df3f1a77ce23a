package customtype

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/attr/xattr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
)

// UUIDType is the type of an ID of the form 00000000-0000-0000-0000-000000000000. It is checked at plan time and
// compared without regard to case.
type UUIDType = TypeOf[UUID]

// UUID is an ID.
type UUID struct{ basetypes.StringValue }

var (
	_ basetypes.StringValuableWithSemanticEquals = UUID{}
	_ xattr.ValidateableAttribute                = UUID{}
)

// ZeroUUID is how the platform and its users say "none".
const ZeroUUID = "00000000-0000-0000-0000-000000000000"

var uuidForm = regexp.MustCompile(`^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$`)

// With returns a UUID of a plain value.
func (UUID) With(v basetypes.StringValue) UUID { return UUID{v} }

// UUIDValue returns a known UUID.
func UUIDValue(s string) UUID { return UUID{basetypes.NewStringValue(s)} }

// UUIDNull returns a null UUID.
func UUIDNull() UUID { return UUID{basetypes.NewStringNull()} }

// Type returns UUIDType.
func (v UUID) Type(context.Context) attr.Type { return UUIDType{} }

// Equal reports whether o is a UUID with the same text.
func (v UUID) Equal(o attr.Value) bool {
	other, ok := o.(UUID)
	return ok && v.StringValue.Equal(other.StringValue)
}

// StringSemanticEquals ignores case.
func (v UUID) StringSemanticEquals(ctx context.Context, o basetypes.StringValuable) (bool, diag.Diagnostics) {
	other, d := o.ToStringValue(ctx)
	return strings.EqualFold(v.ValueString(), other.ValueString()), d
}

// ValidateAttribute reports text that is not a UUID.
func (v UUID) ValidateAttribute(_ context.Context, req xattr.ValidateAttributeRequest, resp *xattr.ValidateAttributeResponse) {
	if v.IsNull() || v.IsUnknown() || uuidForm.MatchString(v.ValueString()) {
		return
	}
	resp.Diagnostics.AddAttributeError(req.Path, "Invalid UUID in "+req.Path.String(),
		fmt.Sprintf("%q is not a UUID. It has the form 00000000-0000-0000-0000-000000000000.", v.ValueString()))
}

// Set reports whether the UUID is known and names something: neither null nor zero.
func (v UUID) Set() bool {
	return !v.IsNull() && !v.IsUnknown() && v.ValueString() != "" && v.ValueString() != ZeroUUID
}

// UUIDOrNone is what state shows for an ID that the platform reports as id, where "" and zero mean none: null, or the
// zero that the user wrote for it.
func UUIDOrNone(written UUID, id string) UUID {
	switch {
	case id != "" && id != ZeroUUID:
		return UUIDValue(id)
	case written.ValueString() == ZeroUUID:
		return written
	}
	return UUIDNull()
}
