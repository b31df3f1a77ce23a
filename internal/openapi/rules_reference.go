package openapi

// maxSchemaDepth is not documented; deeper schemas are of no use to makers, who would open that many levels.
const maxSchemaDepth = 64

// referenceRules are about what $ref points to.
var referenceRules = []rule{
	{"SchemaReferenceNotValid", Error, `The schema reference '{0}' is not valid. Schema references must start with '#/definitions/' and be valid JSON Pointers.`, broken("definitions", "NotValid")},
	{"SchemaReferenceNotFound", Error, `The schema reference '{0}' could not be found in the swagger document.`, broken("definitions", "NotFound")},
	{"ParameterReferenceNotValid", Error, `The parameter reference '{0}' is not valid. Parameter references must start with '#/parameters/' and be valid JSON Pointers.`, broken("parameters", "NotValid")},
	{"ParameterReferenceNotFound", Error, `The parameter reference '{0}' could not be found in the swagger document.`, broken("parameters", "NotFound")},
	{"ResponseReferenceNotValid", Error, `The response reference '{0}' is not valid. Response references must start with '#/responses/' and be valid JSON Pointers.`, broken("responses", "NotValid")},
	{"ResponseReferenceNotFound", Error, `The response reference '{0}' could not be found in the swagger document.`, broken("responses", "NotFound")},
	{"SchemaRefLoopNotAllowed", Error, `The schema definition may not use a '$ref' to point to another definition. The reference '{0}' leads back to itself.`, schemaLoop},
	{"ParameterRefLoopNotAllowed", Error, `The parameter definition may not use a '$ref' to point to another definition.`, flawed("ParameterRefLoopNotAllowed")},
	{"ResponseRefLoopNotAllowed", Error, `The response definition may not use a '$ref' to point to another definition.`, flawed("ResponseRefLoopNotAllowed")},
	{"RequiredLoopInSchemaNotAllowed", Error, `Loops of required schema properties are not allowed.`, requiredLoop},
	{"AdditionalPropertyNotAllowedAdjacentToRef", Warning, `When '$ref' is defined, no other properties may be specified.`, flawed("AdditionalPropertyNotAllowedAdjacentToRef")},
	{"SchemaTooDeep", Warning, `The schema exceeds the maximum allowed depth. Schemas must not exceed a depth of '{0}', including referenced ('$ref') schemas.`, schemaDepth},
	{"BodySchemaCountExceedsMaxAllowed", Warning, `The total number of schemas in the object exceeds the max schema count allowed value of '512'. Please remove any unnecessary property or item definitions.`, schemasOfBody},
	{"OperationSchemaCountExceedsMaxAllowed", Warning, `The total number of schemas in the operation has exceeded the maximum allowed value of '16384'. Please remove any unnecessary property or item definitions.`, schemasOfOperation},
}

func broken(section, why string) func(*index, reporter) {
	return func(x *index, say reporter) {
		for _, r := range x.references {
			if r.section == section && r.broken == why {
				say(r.at.at("$ref"), r.text("$ref"))
			}
		}
	}
}

func schemaLoop(x *index, say reporter) {
	for _, r := range x.references {
		if r.section != "definitions" {
			continue
		}
		if _, loop := x.follow(r.node.object); loop {
			say(r.at.at("$ref"), r.text("$ref"))
		}
	}
}

func requiredLoop(x *index, say reporter) {
	for _, s := range x.unending() {
		say(s.at)
	}
}

// schemaDepth names the schemas of bodies and responses; what is inside of them is as deep.
func schemaDepth(x *index, say reporter) {
	for _, o := range x.operations {
		for _, b := range x.bodies(o) {
			if s, _ := x.follow(b.value); deepest(s) > maxSchemaDepth {
				say(b.at, maxSchemaDepth)
			}
		}
	}
}

const (
	maxSchemasOfBody      = 512
	maxSchemasOfOperation = 16_384
)

type body struct {
	at    *place
	value any
}

// bodies are the schemas of an operation: of its body, its responses and its notification.
func (x *index) bodies(o *operation) []body {
	var all []body
	add := func(at *place, from *object) {
		if value, ok := from.get("schema"); ok {
			all = append(all, body{at.at("schema"), value})
		}
	}
	for _, p := range o.parameters() {
		add(p.at, p.object)
	}
	for _, r := range x.responses(o) {
		add(r.at, r.object)
	}
	for _, from := range []node{o.item, o.node} {
		add(from.at.at(notificationContent), from.object.object(notificationContent))
	}
	return all
}

func schemasOfBody(x *index, say reporter) {
	for _, o := range x.operations {
		for _, b := range x.bodies(o) {
			if x.count(maxSchemasOfBody, b.value) > maxSchemasOfBody {
				say(b.at)
			}
		}
	}
}

func schemasOfOperation(x *index, say reporter) {
	for _, o := range x.operations {
		var values []any
		for _, b := range x.bodies(o) {
			values = append(values, b.value)
		}
		if x.count(maxSchemasOfOperation, values...) > maxSchemasOfOperation {
			say(o.at)
		}
	}
}
