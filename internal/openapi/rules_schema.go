package openapi

import (
	"encoding/json"
	"math/big"
)

// schemaRules are about schemas, and about parameters, their items and headers, which are much like them.
var schemaRules = []rule{
	{"DefaultValueMustMatchType", Error, `The 'default' value is of type '{0}', but should match the given type '{1}'.`, defaultType},
	{"InvalidEnumValue", Error, `The type of the enum value is '{0}' but it should be '{1}' as specified in the schema.`, enumType},
	{"SchemaTypeFileNotValid", Error, `The schema type 'file' is not valid. Only parameters in 'formData' and the root response schema may be of type 'file'.`, fileSchema},
	{"EnumMustContainAtLeastOneElement", Warning, `The 'enum' array requires at least one value.`, enumEmpty},
	{"ArrayDuplicateValue", Warning, `The array contains duplicate values, values must be unique.`, duplicateValue},
	{"ArrayHasNoItems", Warning, `The array should have items specified.`, arrayItems},
	{"RequiredPropertyArrayEmpty", Warning, `The 'required' array requires at least one value. If no properties are required in the schema, remove the 'required' property.`, requiredEmpty},
	{"RequiredPropertyDefinitionMissing", Warning, `The required property '{0}' is not defined in the object schema.`, requiredUndefined},
	{"RequiredPropertyNotOnObject", Warning, `The property 'required' is applicable to schemas with 'object' type only and should be removed.`, requiredElsewhere},
	{"RequiredReadOnlyPropertyNotAllowedAsInput", Warning, `An input property cannot be 'readonly' and required.`, requiredReadOnly},
	{"DiscriminatorMustBeARequiredStringProperty", Warning, `The 'discriminator' value must be the name of a required string property.`, discriminator},
}

// constrained are the kinds of objects that have a type and constraints.
var constrained = []string{"parameter", "items", "header", "schema"}

func (x *index) constrained(f func(n node)) {
	for _, kind := range constrained {
		for _, n := range x.found[kind] {
			f(n)
		}
	}
}

// fits reports whether a value is of a type. Null is of every type, and what has no single type takes everything.
func fits(value any, want string) bool {
	got := typeOf(value)
	switch want {
	case "", "file", "null":
		return true
	case "number":
		return got == "number" || got == "integer" || got == "null"
	default:
		return got == want || got == "null"
	}
}

func defaultType(x *index, say reporter) {
	x.constrained(func(n node) {
		if value, ok := n.get("default"); ok && !fits(value, n.text("type")) {
			say(n.at.at("default"), typeOf(value), n.text("type"))
		}
	})
}

func enumType(x *index, say reporter) {
	x.constrained(func(n node) {
		for i, value := range n.list("enum") {
			if !fits(value, n.text("type")) {
				say(n.at.at("enum").element(i), typeOf(value), n.text("type"))
			}
		}
	})
}

func enumEmpty(x *index, say reporter) {
	x.constrained(func(n node) {
		if n.has("enum") && empty(n.fields["enum"]) {
			say(n.at.at("enum"))
		}
	})
}

// duplicateValue looks at the lists that are sets.
func duplicateValue(x *index, say reporter) {
	look := func(n node, keys ...string) {
		for _, key := range keys {
			seen := map[any]bool{}
			for i, value := range n.list(key) {
				if _, ok := value.([]any); ok {
					continue // no key of a map
				}
				if seen[value] {
					say(n.at.at(key).element(i))
				}
				seen[value] = true
			}
		}
	}
	x.constrained(func(n node) { look(n, "enum", "required") })
	for _, kind := range []string{"root", "operation"} {
		for _, n := range x.found[kind] {
			look(n, "schemes", "consumes", "produces", "tags")
		}
	}
}

func arrayItems(x *index, say reporter) {
	x.constrained(func(n node) {
		if n.text("type") == "array" && !n.has("items") {
			say(n.at)
		}
	})
}

func requiredEmpty(x *index, say reporter) {
	for _, n := range x.found["schema"] {
		if n.has("required") && empty(n.fields["required"]) {
			say(n.at.at("required"))
		}
	}
}

// requiredUndefined leaves schemas alone that are made of others.
func requiredUndefined(x *index, say reporter) {
	for _, n := range x.found["schema"] {
		if n.has("allOf") || !n.has("properties") {
			continue
		}
		for i, name := range n.list("required") {
			if name, ok := name.(string); ok && !n.object.object("properties").has(name) {
				say(n.at.at("required").element(i), name)
			}
		}
	}
}

func requiredElsewhere(x *index, say reporter) {
	for _, n := range x.found["schema"] {
		if kind := n.text("type"); kind != "" && kind != "object" && len(n.list("required")) > 0 {
			say(n.at.at("required"))
		}
	}
}

// requiredReadOnly looks at the properties of what operations take.
func requiredReadOnly(x *index, say reporter) {
	for _, p := range x.found["body"] {
		s, _ := x.follow(p.fields["schema"])
		if s == nil {
			continue
		}
		for _, name := range s.list("required") {
			name, _ := name.(string)
			if property := s.object.object("properties").object(name); property.flag("readOnly") {
				say(s.at.at("properties").at(name))
			}
		}
	}
}

func discriminator(x *index, say reporter) {
	for _, n := range x.found["schema"] {
		name := n.text("discriminator")
		if name == "" {
			continue
		}
		required := false
		for _, value := range n.list("required") {
			required = required || value == name
		}
		if property := n.object.object("properties").object(name); !required || property.text("type") != "string" {
			say(n.at.at("discriminator"))
		}
	}
}

// fileSchema allows files as a whole response only.
func fileSchema(x *index, say reporter) {
	roots := map[*object]bool{}
	for _, n := range x.found["response"] {
		roots[n.object.object("schema")] = true
	}
	for _, n := range x.found["schema"] {
		if n.text("type") == "file" && !roots[n.object] {
			say(n.at.at("type"))
		}
	}
}

// boundRules are about pairs of limits.
var boundRules = []rule{
	{"MinimumShouldBeLessThanOrEqualToMaximum", Warning, `The 'minimum' value should be less than or equal to the 'maximum' value.`, ordered("minimum", "maximum")},
	{"MinItemsShouldBeLessThanOrEqualToMaxItems", Warning, `The 'minItems' value should be less than or equal to the 'maxItems' value.`, ordered("minItems", "maxItems")},
	{"MinLengthShouldBeLessThanOrEqualToMaxLength", Warning, `The 'minLength' value should be less than or equal to the 'maxLength' value.`, ordered("minLength", "maxLength")},
	{"ExclusiveMaximumRequiresMaximum", Warning, `The 'exclusiveMaximum' keyword can only be specified if the 'maximum' keyword is also specified.`, together("exclusiveMaximum", "maximum")},
	{"ExclusiveMinimumRequiresMinimum", Warning, `The 'exclusiveMinimum' keyword can only be specified if the 'minimum' keyword is also specified.`, together("exclusiveMinimum", "minimum")},
	{"MultipleOfMustBeGreaterThanZero", Warning, `The 'multipleOf' value must be greater than zero.`, sign("multipleOf", 1)},
	{"MaxItemsMustBeGreaterThanOrEqualToZero", Warning, `The 'maxItems' value must be greater than or equal to zero.`, sign("maxItems", 0)},
	{"MaxLengthMustBeGreaterThanOrEqualToZero", Warning, `The 'maxLength' value must be greater than or equal to zero.`, sign("maxLength", 0)},
	{"MaxPropertiesMustBeGreaterThanOrEqualToZero", Warning, `The 'maxProperties' value must be greater than or equal to zero.`, sign("maxProperties", 0)},
	{"MinItemsMustBeGreaterThanOrEqualToZero", Warning, `The 'minItems' value must be greater than or equal to zero.`, sign("minItems", 0)},
	{"MinLengthMustBeGreaterThanOrEqualToZero", Warning, `The 'minLength' value must be greater than or equal to zero.`, sign("minLength", 0)},
	{"MinPropertiesMustBeGreaterThanOrEqualToZero", Warning, `The 'minProperties' value must be greater than or equal to zero.`, sign("minProperties", 0)},
}

// limit is a number to compare with, in enough digits for limits.
func limit(n node, key string) (*big.Float, bool) {
	number, ok := n.fields[key].(json.Number)
	if !ok {
		return nil, false
	}
	f, _, err := big.ParseFloat(string(number), 10, 128, big.ToNearestEven)
	return f, err == nil
}

func ordered(low, high string) func(*index, reporter) {
	return func(x *index, say reporter) {
		x.constrained(func(n node) {
			a, ok := limit(n, low)
			if b, both := limit(n, high); ok && both && a.Cmp(b) > 0 {
				say(n.at.at(low))
			}
		})
	}
}

func together(key, other string) func(*index, reporter) {
	return func(x *index, say reporter) {
		x.constrained(func(n node) {
			if n.has(key) && !n.has(other) {
				say(n.at.at(key))
			}
		})
	}
}

func sign(key string, least int) func(*index, reporter) {
	return func(x *index, say reporter) {
		x.constrained(func(n node) {
			if f, ok := limit(n, key); ok && f.Sign() < least {
				say(n.at.at(key))
			}
		})
	}
}
