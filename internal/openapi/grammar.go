package openapi

// kind is a kind of object in a Swagger 2.0 definition.
type kind struct {
	fields   map[string]field
	required []string
	others   *field            // what keys that are no fields hold, for objects that are maps
	ref      string            // root key of what a $ref in its place may point to
	misused  map[string]string // keys that belong to another kind, and the rule that says so
	names    bool              // keys are names, whatever they start with
}

// field is what a key may hold: one of the types, an object of a kind, or a list or map of that.
type field struct {
	types  []string // as typeOf names them; none: anything
	values []string // of strings, if only some are allowed
	of     string   // kind of the object, or of those in a list or map
	list   bool
	dict   bool
}

func typed(types ...string) field    { return field{types: types} }
func among(values ...string) field   { return field{types: []string{"string"}, values: values} }
func one(kind string) field          { return field{of: kind} }
func list(kind string) field         { return field{of: kind, list: true} }
func dict(kind string) field         { return field{of: kind, dict: true} }
func texts() field                   { return field{types: []string{"string"}, list: true} }
func amongEach(v ...string) field    { return field{types: []string{"string"}, values: v, list: true} }
func plus(maps ...fields) fields     { return merge(maps) }
func (f field) pointer() *field      { return &f }
func (f field) allows(t string) bool { return len(f.types) == 0 || contains(f.types, t) }

type fields = map[string]field

var (
	text     = typed("string")
	flag     = typed("boolean")
	numeric  = typed("integer", "number")
	whole    = typed("integer")
	anything = typed()
)

// constraints are the keywords that parameters, their items, headers and schemas share.
var constraints = fields{
	"default": anything, "maximum": numeric, "exclusiveMaximum": flag, "minimum": numeric, "exclusiveMinimum": flag,
	"maxLength": whole, "minLength": whole, "pattern": text, "maxItems": whole, "minItems": whole, "uniqueItems": flag,
	"enum": typed("array"), "multipleOf": numeric, "format": text,
}

var primitive = plus(constraints, fields{
	"type": among("string", "number", "integer", "boolean", "array"), "items": one("items"), "collectionFormat": among("csv", "ssv", "tsv", "pipes"),
})

var inAny = fields{"name": text, "in": among("path", "query", "header", "formData", "body"), "description": text, "required": flag}

// grammar is Swagger 2.0: https://github.com/OAI/OpenAPI-Specification/blob/main/versions/2.0.md.
var grammar = map[string]kind{
	"root": {required: []string{"swagger", "info", "paths"}, fields: fields{
		"swagger": anything, "info": one("info"), "host": text, "basePath": text, "schemes": texts(), "consumes": texts(), "produces": texts(),
		"paths": one("paths"), "definitions": dict("schema"), "parameters": dict("parameter"), "responses": dict("response"),
		"security": list("requirement"), "securityDefinitions": dict("scheme"), "tags": list("tag"), "externalDocs": one("docs"),
	}},
	"info": {required: []string{"title", "version"}, fields: fields{
		"title": text, "version": text, "description": text, "termsOfService": text, "contact": one("contact"), "license": one("license"),
	}},
	"contact": {fields: fields{"name": text, "url": text, "email": text}},
	"license": {required: []string{"name"}, fields: fields{"name": text, "url": text}},
	"docs":    {required: []string{"url"}, fields: fields{"url": text, "description": text}},
	"tag":     {required: []string{"name"}, fields: fields{"name": text, "description": text, "externalDocs": one("docs")}},
	"paths":   {others: one("path").pointer()},
	"path": {fields: fields{
		"$ref": text, "parameters": list("parameter"), "get": one("operation"), "put": one("operation"), "post": one("operation"),
		"delete": one("operation"), "options": one("operation"), "head": one("operation"), "patch": one("operation"),
	}},
	"operation": {required: []string{"responses"}, fields: fields{
		"tags": texts(), "summary": text, "description": text, "externalDocs": one("docs"), "operationId": text, "consumes": texts(), "produces": texts(),
		"parameters": list("parameter"), "responses": one("responses"), "schemes": texts(), "deprecated": flag, "security": list("requirement"),
	}},
	"parameter": { // in path, query, header or formData
		ref: "parameters", required: []string{"name", "in", "type"}, misused: map[string]string{"schema": "NonBodyParameterSchemaNotValid"},
		fields: plus(primitive, inAny, fields{
			"type":            among("string", "number", "integer", "boolean", "array", "file"),
			"allowEmptyValue": flag, "collectionFormat": among("csv", "ssv", "tsv", "pipes", "multi"),
		}),
	},
	"body": {
		ref: "parameters", required: []string{"name", "in"}, misused: misuse("BodyParameterPropertyNotValid", primitive, fields{"allowEmptyValue": flag}),
		fields: plus(inAny, fields{"schema": one("schema")}),
	},
	"items":     {required: []string{"type"}, fields: primitive},
	"header":    {required: []string{"type"}, fields: plus(primitive, fields{"description": text})},
	"responses": {others: one("response").pointer()},
	"response": {ref: "responses", required: []string{"description"}, fields: fields{
		"description": text, "schema": one("schema"), "headers": dict("header"), "examples": typed("object"),
	}},
	"schema": {ref: "definitions", fields: plus(constraints, fields{
		"title": text, "description": text, "maxProperties": whole, "minProperties": whole, "required": texts(), "type": anything,
		"items": one("schema"), "allOf": list("schema"), "properties": dict("schema"), "additionalProperties": anything,
		"discriminator": text, "readOnly": flag, "xml": one("xml"), "externalDocs": one("docs"), "example": anything,
	})},
	"xml":         {fields: fields{"name": text, "namespace": text, "prefix": text, "attribute": flag, "wrapped": flag}},
	"requirement": {names: true, others: texts().pointer()},
	"scheme": {required: []string{"type"}, fields: fields{
		"type": among("basic", "apiKey", "oauth2"), "description": text, "name": text, "in": among("query", "header"),
		"flow": among("implicit", "password", "application", "accessCode"), "authorizationUrl": text, "tokenUrl": text, "scopes": one("scopes"),
	}},
	"scopes": {others: text.pointer()},
}

var methods = []string{"get", "put", "post", "delete", "options", "head", "patch"}

func isMethod(key string) bool { return contains(methods, key) }

func merge(maps []fields) fields {
	all := fields{}
	for _, m := range maps {
		for key, f := range m {
			all[key] = f
		}
	}
	return all
}

func misuse(rule string, maps ...fields) map[string]string {
	all := map[string]string{}
	for key := range merge(maps) {
		all[key] = rule
	}
	return all
}
