package powerapps_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/powerapps"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

func TestDefinitionsAreChecked(t *testing.T) {
	t.Parallel()
	operation := func(path string, o doc) func(doc) {
		return func(d doc) { d["paths"] = doc{path: doc{"get": o}} }
	}
	ok := doc{"200": doc{"description": "OK"}}
	for title, c := range map[string]struct {
		change func(doc)
		want   string // "" if it is valid
	}{
		"valid":                {func(doc) {}, ""},
		"version":              {func(d doc) { d["swagger"] = "3.0" }, `Error : swagger : The 'swagger' property must have the string value "2.0".`},
		"title":                {func(d doc) { d["info"] = doc{"version": "1"} }, "Error : info : The property 'title' is required."},
		"host":                 {func(d doc) { d["host"] = "https://x" }, "Error : host : The host name 'https://x' is not valid."},
		"reference":            {func(d doc) { d["host"] = `@environmentVariables("a_b")` }, "Error : host : The host name '@environmentVariables(\"a_b\")' is not valid."},
		"base path":            {func(d doc) { d["basePath"] = "v1" }, "Error : basePath : The base path 'v1'"},
		"no paths":             {func(d doc) { delete(d, "paths") }, "The property 'paths' is required."},
		"no operationId":       {operation("/a/b", doc{"responses": ok}), "Error : paths/~1a~1b/get : The operation 'operationId' property is required."},
		"no responses":         {operation("/a", doc{"operationId": "A"}), "must have at least one response"},
		"placeholder":          {operation("/a/{id}", doc{"operationId": "A", "responses": ok}), "missing the path parameter 'id'"},
		"parameter":            {operation("/a", doc{"operationId": "A", "responses": ok, "parameters": []any{doc{"in": "path", "name": "id", "required": true}}}), "'id' is not defined in the path template"},
		"optional placeholder": {operation("/a/{id}", doc{"operationId": "A", "responses": ok, "parameters": []any{doc{"in": "path", "name": "id"}}}), "'id' must be marked as required"},
		"shared parameter": {func(d doc) {
			operation("/a/{id}", doc{"operationId": "A", "responses": ok, "parameters": []any{doc{"$ref": "#/parameters/id"}}})(d)
			d["parameters"] = doc{"id": doc{"in": "path", "name": "id", "required": true}}
		}, ""},
		"twice": {func(d doc) {
			d["paths"] = doc{"/a": doc{"get": doc{"operationId": "A", "responses": ok}, "put": doc{"operationId": "A", "responses": ok}}}
		}, "The operationId 'A' is used multiple times."},
		"size": {func(d doc) { server.Assign(d, "info.description", strings.Repeat("x", 1_000_000)) }, "more than 1 MB"},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil, nil)
			d := swagger()
			c.change(d)
			a := r.Send("POST", "/objectIds/"+oid+"/validateApiSwagger", d).Want(200)
			var text string
			if err := json.Unmarshal([]byte(a.Raw), &text); err != nil || c.want == "" && text != "" || !strings.Contains(text, c.want) {
				t.Errorf("validated as %s", a.Raw)
			}
			a = r.Send("POST", "/apis"+in(env), body(env, doc{"openApiDefinition": d}))
			if c.want == "" {
				a.Want(201)
				return
			}
			a.Want(400, "InvalidSwagger").Has(doc{"error.message": mocktest.Like("*" + c.want + "*")}).Has(doc{
				"error.message": mocktest.Like("Specified swagger has the following errors: 'Definition is not valid. Error: 'Error : *"),
			})
		})
	}
}

func TestValidationMayRefuse(t *testing.T) {
	t.Parallel()
	r := newRig(t, map[string]string{powerapps.SwitchValidateAnswer: "400"}, nil)
	r.Send("POST", "/objectIds/"+oid+"/validateApiSwagger", doc{"swagger": "3.0"}).Want(400, "InvalidSwagger")
	r.Send("POST", "/objectIds/"+oid+"/validateApiSwagger", "[]").Want(400, "InvalidRequestContent")
}
