// Package field is the vocabulary of schemas: an attribute is one short line, whose words say who gives the value, of
// which type it is and what a change of it means. It knows the order of plan modifiers, so that nobody else has to.
//
//	"display_name": field.Name("Name of the group."),
//	"region":       field.Fixed.Text("Region of the group.", field.OneOf("east", "west")),
//	"state":        field.Shown.Text("State of the group."),
//
// The same attributes describe data sources, which the engine derives: there all but the arguments are computed.
package field

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/listdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/setdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// Attributes are those of an object, by name.
type Attributes = map[string]schema.Attribute

// Use says who gives a value, and what a plan does with it. Its methods make attributes of each type.
type Use uint8

// Terraform's own words.
const (
	Required Use = 1 << iota // must be configured, and can change
	Optional                 // can be configured, and is null if it is not
	Computed                 // what the platform says, unknown in the plan of every change
	kept                     // planned as it is in state where it is not configured
	fixed                    // a change replaces the object
)

// What they come to in most attributes.
const (
	Fixed      = Required | fixed           // must be configured; a change replaces the object
	FixedIfSet = Kept | fixed               // as Kept; a change that is configured replaces the object
	Kept       = Optional | Computed | kept // can be configured; what is not stays as it is
	Filled     = Optional | Computed        // can be configured; what is not is filled in, by a plan or by the platform
	Shown      = Computed | kept            // what the platform says, which no plan is expected to change
)

// Replaces ends the description of each argument that is fixed.
const Replaces = " A change replaces the resource."

// ID is the ID that the platform gives to an object, a UUID.
func ID(description string) schema.StringAttribute { return Shown.UUID(description) }

// Name is a text that is required, can change and must not be empty.
func Name(description string, checks ...validator.String) schema.StringAttribute {
	return Required.Text(description, append([]validator.String{NotEmpty()}, checks...)...)
}

// Note is an optional text for people, empty where it is not configured.
func Note(description string, checks ...validator.String) schema.StringAttribute {
	return TextOr(description, "", checks...)
}

// TextOr is an optional text with a default, which its description names unless it is empty.
func TextOr(description, usual string, checks ...validator.String) schema.StringAttribute {
	if usual != "" {
		description += " Default: `" + usual + "`."
	}
	a := Filled.Text(description, checks...)
	a.Default = stringdefault.StaticString(usual)
	return a
}

// BoolOr is an optional boolean with a default, which its description names.
func BoolOr(description string, usual bool) schema.BoolAttribute {
	a := Filled.Bool(description + map[bool]string{false: " Default: `false`.", true: " Default: `true`."}[usual])
	a.Default = booldefault.StaticBool(usual)
	return a
}

// ListOrNone is an optional list of texts, empty where it is not configured, as its description says.
func ListOrNone(description string, checks ...validator.List) schema.ListAttribute {
	a := Filled.List(description+" Default: none.", checks...)
	a.Default = listdefault.StaticValue(ListOf(nil))
	return a
}

// SetOrNone is an optional set of texts, empty where it is not configured, as its description says.
func SetOrNone(description string, checks ...validator.Set) schema.SetAttribute {
	a := Filled.Set(description+" Default: none.", checks...)
	a.Default = setdefault.StaticValue(SetOf(nil))
	return a
}

// WithDataverse says which environments EnvironmentID means.
const WithDataverse = ", which must have Dataverse"

// EnvironmentID is the argument of what belongs to an environment; which says more about that, and begins with the
// blank or comma that separates it.
func EnvironmentID(which ...string) schema.StringAttribute {
	return Fixed.Folded("ID of the environment"+strings.Join(which, "")+".", EnvironmentForm())
}

// With adds plan modifiers of an object's own, which come last.
func With(a schema.StringAttribute, own ...planmodifier.String) schema.StringAttribute {
	a.PlanModifiers = append(a.PlanModifiers, own...)
	return a
}

// Sensitive keeps Terraform from showing a text.
func Sensitive(a schema.StringAttribute) schema.StringAttribute {
	a.Sensitive = true
	return a
}
