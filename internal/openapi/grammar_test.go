package openapi

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/go-openapi/spec"
)

// official are the names of the grammar's kinds in the official schema.
var official = map[string]string{
	"info": "info", "contact": "contact", "license": "license", "docs": "externalDocs", "tag": "tag", "path": "pathItem", "operation": "operation",
	"body": "bodyParameter", "items": "primitivesItems", "header": "header", "response": "response", "schema": "schema", "xml": "xml",
}

// union are the official names of what is one kind here.
var union = map[string][]string{
	"parameter": {"headerParameterSubSchema", "queryParameterSubSchema", "formDataParameterSubSchema", "pathParameterSubSchema"},
	"scheme":    {"basicAuthenticationSecurity", "apiKeySecurity", "oauth2ImplicitSecurity", "oauth2PasswordSecurity", "oauth2ApplicationSecurity", "oauth2AccessCodeSecurity"},
}

type officialKind struct {
	Properties map[string]json.RawMessage
	Required   []string
}

func TestTheGrammarIsTheOfficialOne(t *testing.T) {
	t.Parallel()
	schema, err := spec.Swagger20Schema()
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(schema)
	if err != nil {
		t.Fatal(err)
	}
	var all struct {
		officialKind
		Definitions map[string]officialKind
	}
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	compare := func(name string, fields map[string]json.RawMessage, required []string) {
		got, want := slices.Sorted(maps.Keys(grammar[name].fields)), slices.Sorted(maps.Keys(fields))
		want = slices.DeleteFunc(want, func(key string) bool { return key == "$ref" && grammar[name].ref != "" })
		if !slices.Equal(got, want) {
			t.Errorf("%s has the fields %q\nthe official schema %q", name, got, want)
		}
		for _, key := range grammar[name].required {
			// a parameter needs a type, says the text of the specification; a body's schema is a rule of its own
			if !slices.Contains(required, key) && name+"."+key != "parameter.type" && name+"."+key != "header.type" && name+"."+key != "items.type" {
				t.Errorf("%s requires %s, the official schema does not", name, key)
			}
		}
		for _, key := range required {
			if !slices.Contains(grammar[name].required, key) && name+"."+key != "body.schema" && name != "scheme" {
				t.Errorf("%s does not require %s, the official schema does", name, key)
			}
		}
	}
	compare("root", all.Properties, all.Required)
	for name, theirs := range official {
		compare(name, all.Definitions[theirs].Properties, all.Definitions[theirs].Required)
	}
	for name, theirs := range union {
		fields := map[string]json.RawMessage{}
		var required []string
		for _, kind := range theirs {
			maps.Copy(fields, all.Definitions[kind].Properties)
			required = all.Definitions["nonBodyParameter"].Required
		}
		if name == "scheme" {
			required = []string{"type"}
		}
		compare(name, fields, required)
	}
}

func TestOthersReadTheDefinitionsToo(t *testing.T) {
	t.Parallel()
	for _, name := range files(t, "testdata/valid/*") {
		d := parse(t, read(t, name))
		var typed spec.Swagger
		if err := json.Unmarshal([]byte(d.JSON()), &typed); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		n := 0
		for _, item := range typed.Paths.Paths {
			for _, o := range []*spec.Operation{item.Get, item.Put, item.Post, item.Delete, item.Options, item.Head, item.Patch} {
				if o != nil && slices.Contains(d.OperationIDs(), o.ID) {
					n++
				}
			}
		}
		if n != len(d.OperationIDs()) || typed.Info.Title != d.Title() || strings.TrimSuffix(typed.Host, "/") != d.Host() {
			t.Errorf("%s: %d operations, title %q", name, n, typed.Info.Title)
		}
	}
}

// TestReferencesAreFollowedAsOthersDo compares the resolution of references with that of go-openapi/spec.
func TestReferencesAreFollowedAsOthersDo(t *testing.T) {
	t.Parallel()
	for _, name := range files(t, "testdata/valid/*") {
		d := parse(t, read(t, name))
		var root any
		if err := json.Unmarshal([]byte(d.JSON()), &root); err != nil {
			t.Fatal(err)
		}
		for _, r := range newIndex(d, Options{}).references {
			if r.section != "definitions" {
				continue
			}
			theirs, err := spec.ResolveRef(root, new(spec.MustCreateRef(r.text("$ref"))))
			if err != nil || r.target.object == nil {
				t.Errorf("%s: %s: %v", name, r.text("$ref"), err)
				continue
			}
			if theirs.Type != nil && theirs.Type[0] != r.target.object.text("type") {
				t.Errorf("%s: %s is %v", name, r.text("$ref"), theirs.Type)
			}
		}
	}
}
