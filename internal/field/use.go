package field

import (
	"github.com/hashicorp/terraform-plugin-framework-jsontypes/jsontypes"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/boolplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/float64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/listplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/mapplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/objectplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/setplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
)

// Typed is text of a type of the object's own.
func (u Use) Typed(description string, typ basetypes.StringTypable, checks ...validator.String) schema.StringAttribute {
	return u.string(description, typ, checks)
}

// Text is text whose case matters: types.String in a model.
func (u Use) Text(description string, checks ...validator.String) schema.StringAttribute {
	return u.string(description, nil, checks)
}

// Folded is text in which differences in case are no changes, such as an ID in Azure: customtype.Folded in a model.
func (u Use) Folded(description string, checks ...validator.String) schema.StringAttribute {
	return u.string(description, customtype.FoldedType{}, checks)
}

// UUID is a UUID, whose form is checked: customtype.UUID in a model.
func (u Use) UUID(description string, checks ...validator.String) schema.StringAttribute {
	return u.string(description, customtype.UUIDType{}, checks)
}

// JSON is a JSON text, compared by meaning: jsontypes.Normalized in a model.
func (u Use) JSON(description string, checks ...validator.String) schema.StringAttribute {
	return u.string(description, jsontypes.NormalizedType{}, checks)
}

func (u Use) string(description string, typ basetypes.StringTypable, checks []validator.String) schema.StringAttribute {
	r, o, c := u.who()
	a := schema.StringAttribute{
		MarkdownDescription: u.says(description), Required: r, Optional: o, Computed: c, Validators: checks,
		CustomType: typ,
	}
	if u.has(kept) {
		a.PlanModifiers = append(a.PlanModifiers, stringplanmodifier.UseStateForUnknown())
	}
	switch typ.(type) {
	case customtype.FoldedType, customtype.UUIDType:
		if u&(Required|Optional) != 0 { // before a replacement: another case is no reason for one
			a.PlanModifiers = append(a.PlanModifiers, customtype.KeepCase())
		}
	}
	last := modifiers(u&^kept, nil, stringplanmodifier.RequiresReplace, stringplanmodifier.RequiresReplaceIfConfigured)
	a.PlanModifiers = append(a.PlanModifiers, last...)
	return a
}

// Bool is a boolean: types.Bool in a model.
func (u Use) Bool(description string, checks ...validator.Bool) schema.BoolAttribute {
	r, o, c := u.who()
	return schema.BoolAttribute{
		MarkdownDescription: u.says(description), Required: r, Optional: o, Computed: c, Validators: checks,
		PlanModifiers: modifiers(u, boolplanmodifier.UseStateForUnknown,
			boolplanmodifier.RequiresReplace, boolplanmodifier.RequiresReplaceIfConfigured),
	}
}

// Number is a whole number: types.Int64 in a model.
func (u Use) Number(description string, checks ...validator.Int64) schema.Int64Attribute {
	r, o, c := u.who()
	return schema.Int64Attribute{
		MarkdownDescription: u.says(description), Required: r, Optional: o, Computed: c, Validators: checks,
		PlanModifiers: modifiers(u, int64planmodifier.UseStateForUnknown,
			int64planmodifier.RequiresReplace, int64planmodifier.RequiresReplaceIfConfigured),
	}
}

// Decimal is a number with a fraction: types.Float64 in a model.
func (u Use) Decimal(description string, checks ...validator.Float64) schema.Float64Attribute {
	r, o, c := u.who()
	return schema.Float64Attribute{
		MarkdownDescription: u.says(description), Required: r, Optional: o, Computed: c, Validators: checks,
		PlanModifiers: modifiers(u, float64planmodifier.UseStateForUnknown,
			float64planmodifier.RequiresReplace, float64planmodifier.RequiresReplaceIfConfigured),
	}
}

// List is a list of texts.
func (u Use) List(description string, checks ...validator.List) schema.ListAttribute {
	return u.TypedList(description, types.StringType, checks...)
}

// TypedList is a list of values of any type.
func (u Use) TypedList(description string, of attr.Type, checks ...validator.List) schema.ListAttribute {
	r, o, c := u.who()
	return schema.ListAttribute{
		MarkdownDescription: u.says(description), Required: r, Optional: o, Computed: c, Validators: checks,
		PlanModifiers: modifiers(u, listplanmodifier.UseStateForUnknown,
			listplanmodifier.RequiresReplace, listplanmodifier.RequiresReplaceIfConfigured),
		ElementType: of,
	}
}

// Set is a set of texts.
func (u Use) Set(description string, checks ...validator.Set) schema.SetAttribute {
	r, o, c := u.who()
	return schema.SetAttribute{
		MarkdownDescription: u.says(description), Required: r, Optional: o, Computed: c, Validators: checks,
		PlanModifiers: modifiers(u, setplanmodifier.UseStateForUnknown,
			setplanmodifier.RequiresReplace, setplanmodifier.RequiresReplaceIfConfigured),
		ElementType: types.StringType,
	}
}

// Map is a map of texts.
func (u Use) Map(description string, checks ...validator.Map) schema.MapAttribute {
	r, o, c := u.who()
	return schema.MapAttribute{
		MarkdownDescription: u.says(description), Required: r, Optional: o, Computed: c, Validators: checks,
		PlanModifiers: modifiers(u, mapplanmodifier.UseStateForUnknown,
			mapplanmodifier.RequiresReplace, mapplanmodifier.RequiresReplaceIfConfigured),
		ElementType: types.StringType,
	}
}

// Object is an object with attributes of its own.
func (u Use) Object(description string, all Attributes, checks ...validator.Object) schema.SingleNestedAttribute {
	r, o, c := u.who()
	return schema.SingleNestedAttribute{
		MarkdownDescription: u.says(description), Required: r, Optional: o, Computed: c, Validators: checks,
		PlanModifiers: modifiers(u, objectplanmodifier.UseStateForUnknown,
			objectplanmodifier.RequiresReplace, objectplanmodifier.RequiresReplaceIfConfigured),
		Attributes: all,
	}
}

// Objects is a list of objects.
func (u Use) Objects(description string, all Attributes, checks ...validator.List) schema.ListNestedAttribute {
	r, o, c := u.who()
	return schema.ListNestedAttribute{
		MarkdownDescription: u.says(description), Required: r, Optional: o, Computed: c, Validators: checks,
		PlanModifiers: modifiers(u, listplanmodifier.UseStateForUnknown,
			listplanmodifier.RequiresReplace, listplanmodifier.RequiresReplaceIfConfigured),
		NestedObject: schema.NestedAttributeObject{Attributes: all},
	}
}

// ObjectSet is a set of objects.
func (u Use) ObjectSet(description string, all Attributes, checks ...validator.Set) schema.SetNestedAttribute {
	r, o, c := u.who()
	return schema.SetNestedAttribute{
		MarkdownDescription: u.says(description), Required: r, Optional: o, Computed: c, Validators: checks,
		PlanModifiers: modifiers(u, setplanmodifier.UseStateForUnknown,
			setplanmodifier.RequiresReplace, setplanmodifier.RequiresReplaceIfConfigured),
		NestedObject: schema.NestedAttributeObject{Attributes: all},
	}
}

// who says who gives the value.
func (u Use) who() (required, optional, computed bool) {
	return u.has(Required), u.has(Optional), u.has(Computed)
}

func (u Use) has(use Use) bool { return u&use != 0 }

func (u Use) says(description string) string {
	if u.has(fixed) {
		return description + Replaces
	}
	return description
}

// modifiers are the plan modifiers of a use, in the order that they need. What is computed where it is not configured
// is unknown then, which is no reason for a replacement.
func modifiers[M any](u Use, keep, replace, replaceIfConfigured func() M) []M {
	var all []M
	if u.has(kept) {
		all = append(all, keep())
	}
	switch {
	case u.has(fixed) && u.has(Computed):
		all = append(all, replaceIfConfigured())
	case u.has(fixed):
		all = append(all, replace())
	}
	return all
}
