package openapi

import maps0 "maps"

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
func (f field) pointer() *field      { return &f }
func (f field) allows(t string) bool { return len(f.types) == 0 || contains(f.types, t) }

type fields = map[string]field

var (
	textField    = typed("string")
	flagField    = typed("boolean")
	numberField  = typed("integer", "number")
	integerField = typed("integer")
	anyField     = typed()
)

// constraints are the keywords that parameters, their items, headers and schemas share.
var constraints = fields{
	"default": anyField, "maximum": numberField, "exclusiveMaximum": flagField, "minimum": numberField, "exclusiveMinimum": flagField,
	"maxLength": integerField, "minLength": integerField, "pattern": textField, "maxItems": integerField, "minItems": integerField, "uniqueItems": flagField,
	"enum": typed("array"), "multipleOf": numberField, "format": textField,
}

var primitive = plus(constraints, fields{
	"type": among("string", "number", "integer", "boolean", "array"), "items": one("items"), "collectionFormat": among("csv", "ssv", "tsv", "pipes"),
})

var inAny = fields{"name": textField, "in": among("path", "query", "header", "formData", "body"), "description": textField, "required": flagField}

// grammar is Swagger 2.0: https://github.com/OAI/OpenAPI-Specification/blob/main/versions/2.0.md.
var grammar = map[string]kind{
	"root": {required: []string{"swagger", "info", "paths"}, fields: fields{
		"swagger": anyField, "info": one("info"), "host": textField, "basePath": textField, "schemes": texts(), "consumes": texts(), "produces": texts(),
		"paths": one("paths"), "definitions": dict("schema"), "parameters": dict("parameter"), "responses": dict("response"),
		"security": list("requirement"), "securityDefinitions": dict("scheme"), "tags": list("tag"), "externalDocs": one("docs"),
	}},
	"info": {required: []string{"title", "version"}, fields: fields{
		"title": textField, "version": textField, "description": textField, "termsOfService": textField, "contact": one("contact"), "license": one("license"),
	}},
	"contact": {fields: fields{"name": textField, "url": textField, "email": textField}},
	"license": {required: []string{"name"}, fields: fields{"name": textField, "url": textField}},
	"docs":    {required: []string{"url"}, fields: fields{"url": textField, "description": textField}},
	"tag":     {required: []string{"name"}, fields: fields{"name": textField, "description": textField, "externalDocs": one("docs")}},
	"paths":   {others: one("path").pointer()},
	"path": {fields: fields{
		"$ref": textField, "parameters": list("parameter"), "get": one("operation"), "put": one("operation"), "post": one("operation"),
		"delete": one("operation"), "options": one("operation"), "head": one("operation"), "patch": one("operation"),
	}},
	"operation": {required: []string{"responses"}, fields: fields{
		"tags": texts(), "summary": textField, "description": textField, "externalDocs": one("docs"), "operationId": textField, "consumes": texts(), "produces": texts(),
		"parameters": list("parameter"), "responses": one("responses"), "schemes": texts(), "deprecated": flagField, "security": list("requirement"),
	}},
	"parameter": { // in path, query, header or formData
		ref: "parameters", required: []string{"name", "in", "type"}, misused: map[string]string{"schema": "NonBodyParameterSchemaNotValid"},
		fields: plus(primitive, inAny, fields{
			"type":            among("string", "number", "integer", "boolean", "array", "file"),
			"allowEmptyValue": flagField, "collectionFormat": among("csv", "ssv", "tsv", "pipes", "multi"),
		}),
	},
	"body": {
		ref: "parameters", required: []string{"name", "in"}, misused: misusedInBody(),
		fields: plus(inAny, fields{"schema": one("schema")}),
	},
	"items":     {required: []string{"type"}, fields: primitive},
	"header":    {required: []string{"type"}, fields: plus(primitive, fields{"description": textField})},
	"responses": {others: one("response").pointer()},
	"response": {ref: "responses", required: []string{"description"}, fields: fields{
		"description": textField, "schema": one("schema"), "headers": dict("header"), "examples": typed("object"),
	}},
	"schema": {ref: "definitions", fields: plus(constraints, fields{
		"title": textField, "description": textField, "maxProperties": integerField, "minProperties": integerField, "required": texts(), "type": anyField,
		"items": one("schema"), "allOf": list("schema"), "properties": dict("schema"), "additionalProperties": anyField,
		"discriminator": textField, "readOnly": flagField, "xml": one("xml"), "externalDocs": one("docs"), "example": anyField,
	})},
	"xml":         {fields: fields{"name": textField, "namespace": textField, "prefix": textField, "attribute": flagField, "wrapped": flagField}},
	"requirement": {names: true, others: texts().pointer()},
	"scheme": {required: []string{"type"}, fields: fields{
		"type": among("basic", "apiKey", "oauth2"), "description": textField, "name": textField, "in": among("query", "header"),
		"flow": among("implicit", "password", "application", "accessCode"), "authorizationUrl": textField, "tokenUrl": textField, "scopes": one("scopes"),
	}},
	"scopes": {others: textField.pointer()},
}

var methods = []string{"get", "put", "post", "delete", "options", "head", "patch"}

func isMethod(key string) bool { return contains(methods, key) }

// plus is all fields of some maps; the last one with a name counts.
func plus(maps ...fields) fields {
	all := fields{}
	for _, m := range maps {
		maps0.Copy(all, m)
	}
	return all
}

func misusedInBody() map[string]string {
	all := map[string]string{"allowEmptyValue": "BodyParameterPropertyNotValid"}
	for key := range primitive {
		all[key] = "BodyParameterPropertyNotValid"
	}
	return all
}
