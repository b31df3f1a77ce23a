package auth

import (
	"fmt"
	"strconv"
	"strings"
)

// Value is the text of one argument and where it was found. It prints as its source, never as its text, so that a secret
// cannot reach a message by accident.
type Value struct {
	attribute string
	source    string
	text      *string // behind a pointer, which even a print of every field does not follow
	explicit  bool
}

// Attribute returns the Value that the provider block gives to that argument. An empty text means not given.
func Attribute(attribute, text string) Value {
	if text == "" {
		return Value{attribute: attribute}
	}
	return Value{attribute: attribute, source: "provider argument " + attribute, text: &text, explicit: true}
}

// IsSet tells whether a text was found.
func (v Value) IsSet() bool { return v.text != nil }

// Text returns the text, which may be a secret.
func (v Value) Text() string {
	if v.text == nil {
		return ""
	}
	return *v.text
}

// Source says where the text was found ("environment variable ARM_CLIENT_ID"), empty when it was not.
func (v Value) Source() string { return v.source }

// String returns the argument and its source, without the text.
func (v Value) String() string {
	if !v.IsSet() {
		return v.attribute + ": not set"
	}
	return v.attribute + ": set by " + v.source
}

// GoString returns the same as String.
func (v Value) GoString() string { return v.String() }

// Switch is the state of one boolean argument and where it was found.
type Switch struct {
	attribute string
	source    string
	known, on bool
	explicit  bool
}

// On tells whether the switch was found and is true.
func (s Switch) On() bool { return s.known && s.on }

// Off tells whether the switch was found and is false; a switch that was not found is neither on nor off.
func (s Switch) Off() bool { return s.known && !s.on }

// Source says where the switch was found, empty when it was not.
func (s Switch) Source() string { return s.source }

// Environment looks an environment variable up; os.Getenv is one. An empty result means that it is not set.
type Environment func(name string) string

// Value returns given where the provider block sets it, else the first of the variables that is set.
func (e Environment) Value(attribute, given string, variables ...string) Value {
	if given != "" {
		return Attribute(attribute, given)
	}
	for _, name := range variables {
		if text := e(name); text != "" {
			return Value{attribute: attribute, source: "environment variable " + name, text: &text}
		}
	}
	return Value{attribute: attribute}
}

// Switch returns given where the provider block sets it, else the first of the variables that is set. A variable that is
// no boolean is a Problem that names it and its value.
func (e Environment) Switch(attribute string, given *bool, variables ...string) (Switch, error) {
	if given != nil {
		return Switch{attribute: attribute, source: "provider argument " + attribute, known: true, on: *given, explicit: true}, nil
	}
	v := e.Value(attribute, "", variables...)
	if !v.IsSet() {
		return Switch{attribute: attribute}, nil
	}
	on, err := strconv.ParseBool(strings.ToLower(strings.TrimSpace(v.Text())))
	if err != nil {
		return Switch{}, &Problem{
			Attribute: attribute,
			Summary:   "Invalid boolean",
			Detail:    fmt.Sprintf("The %s is %q. Expected true or false.", v.source, v.Text()),
		}
	}
	return Switch{attribute: attribute, source: v.source, known: true, on: on}, nil
}

// Problem is a fault of the configuration that one provider argument is to blame for. It never holds a secret.
type Problem struct {
	// Attribute is the name of the provider argument, empty when none is to blame more than the others.
	Attribute string
	// Summary is a short title without a period.
	Summary string
	// Detail says in sentences what was found where and what to do.
	Detail string
}

// Error returns the summary and the detail.
func (p *Problem) Error() string { return p.Summary + ": " + p.Detail }
