package customtype

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
)

// FoldedType is the type of a string that the platform stores in lower case or compares without regard to case.
type FoldedType = TypeOf[Folded]

// Folded is a string that is equal to itself in any case.
type Folded struct{ basetypes.StringValue }

var _ basetypes.StringValuableWithSemanticEquals = Folded{}

// With returns a Folded of a plain value.
func (Folded) With(v basetypes.StringValue) Folded { return Folded{v} }

// FoldedValue returns a known Folded.
func FoldedValue(s string) Folded { return Folded{basetypes.NewStringValue(s)} }

// FoldedNull returns a null Folded.
func FoldedNull() Folded { return Folded{basetypes.NewStringNull()} }

// Type returns FoldedType.
func (v Folded) Type(context.Context) attr.Type { return FoldedType{} }

// Equal reports whether o is a Folded with the same text.
func (v Folded) Equal(o attr.Value) bool {
	other, ok := o.(Folded)
	return ok && v.StringValue.Equal(other.StringValue)
}

// StringSemanticEquals ignores case.
func (v Folded) StringSemanticEquals(ctx context.Context, o basetypes.StringValuable) (bool, diag.Diagnostics) {
	other, d := o.ToStringValue(ctx)
	return strings.EqualFold(v.ValueString(), other.ValueString()), d
}

// KeepCase keeps the spelling in state where the configuration differs from it in case only. Semantic equality alone
// does not cover this: after an import there is no earlier spelling to keep.
func KeepCase() planmodifier.String { return keepCase{} }

type keepCase struct{}

func (keepCase) Description(context.Context) string {
	return "Differences in case are not changes."
}

func (k keepCase) MarkdownDescription(ctx context.Context) string { return k.Description(ctx) }

func (keepCase) PlanModifyString(_ context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	if !req.StateValue.IsNull() && !req.PlanValue.IsNull() && !req.PlanValue.IsUnknown() && strings.EqualFold(req.StateValue.ValueString(), req.PlanValue.ValueString()) {
		resp.PlanValue = req.StateValue
	}
}
