package entity

import (
	"reflect"
	"slices"

	rs "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/boolplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/float64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/listplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/mapplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/objectplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/setplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
)

// effect is what a plan modifier does to a plan, as far as Check relies on it.
type effect int

const (
	replaces effect = iota + 1 // forces replacement, perhaps under a condition
	keeps                      // keeps the value in state where the plan does not know another
	folds                      // keeps the spelling in state where only the case differs
)

// effectOf knows the plan modifiers by their types, which the framework does not export: the text of a modifier is for
// readers and may be anything. All that force replacement, with a condition or without, are of one type for each kind of
// attribute.
var effectOf = map[reflect.Type]effect{
	reflect.TypeOf(boolplanmodifier.RequiresReplace()):    replaces,
	reflect.TypeOf(float64planmodifier.RequiresReplace()): replaces,
	reflect.TypeOf(int64planmodifier.RequiresReplace()):   replaces,
	reflect.TypeOf(listplanmodifier.RequiresReplace()):    replaces,
	reflect.TypeOf(mapplanmodifier.RequiresReplace()):     replaces,
	reflect.TypeOf(objectplanmodifier.RequiresReplace()):  replaces,
	reflect.TypeOf(setplanmodifier.RequiresReplace()):     replaces,
	reflect.TypeOf(stringplanmodifier.RequiresReplace()):  replaces,

	reflect.TypeOf(stringplanmodifier.UseStateForUnknown()):        keeps, // keys are strings
	reflect.TypeOf(stringplanmodifier.UseNonNullStateForUnknown()): keeps,

	reflect.TypeOf(customtype.KeepCase()): folds,
}

// effects are those of the plan modifiers of an attribute, in their order; 0 where there is none that Check relies on.
func effects(a rs.Attribute) []effect {
	all := reflect.ValueOf(a).FieldByName("PlanModifiers") // which every kind of attribute has
	out := make([]effect, all.Len())
	for i := range out {
		out[i] = effectOf[all.Index(i).Elem().Type()]
	}
	return out
}

func has(a rs.Attribute, e effect) bool { return slices.Contains(effects(a), e) }
