package schema_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/schema"
)

func pets() *schema.Shape {
	return schema.Object("", "A house.",
		schema.Text("name", "The name.").Required(),
		schema.Objects("pets", "Pets.",
			schema.Text("name", "The name.").Defines("pets").Required(),
			schema.Text("kind", "The kind.").Enum("cat", "dog"),
			schema.Whole("age", "The age.").Between(0, 30),
			schema.Number("weight", "The weight.").Or(schema.Text("", "")),
			schema.GUID("chip", "The chip."),
			schema.Moment("born", "When it was born."),
			schema.Duration("nap", "How long it sleeps."),
			schema.Flag("fed", "Whether it was fed."),
			schema.Text("friend", "Another pet.").Refers("pets")),
		schema.Table("toys", "Toys.", schema.Whole("", "")),
		schema.Free("notes", "Anything."),
		schema.Any("extra", "Any value."))
}

func check(text string) string {
	n, err := schema.Parse([]byte(text))
	if err != nil {
		return err.Error()
	}
	if err := pets().Check(n, "").Err(); err != nil {
		return err.Error()
	}
	return ""
}

func TestWhatIsWrongIsNamedWithLineAndPath(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"name: a": "",
		"name: a\npets:\n  - name: Tom\n    kind: cat\n    age: 3\n    weight: 3.5\n    fed: true\n    born: 2020-01-02T03:04:05Z\n    nap: 1h30m\ntoys: {ball: 1}\nnotes: {x: [1, null]}\nextra: {a: {b: [c]}}": "",
		"# a house\nnaem: a": "line 2: naem: unknown key; did you mean name?\nline 2: name is required",
		"name: 1":            "line 1: name: must be a text, not 1 (a text needs quotes)",
		"name: a\npets:\n  - name: Tom\n    kind: rat":              "line 4: pets[0].kind: must be one of cat, dog, not \"rat\"; did you mean cat?",
		"name: a\npets:\n  - name: Tom\n    colour: red":            "line 4: pets[0].colour: unknown key; known are age, born, chip, fed, friend, kind, name, nap, weight",
		"name: a\npets: {name: Tom}":                                "line 2: pets: must be a list, not an object",
		"name: a\npets:\n  - kind: cat":                             "line 3: pets[0]: name is required",
		"name: a\npets:\n  - name: Tom\n    age: 31":                "line 4: pets[0].age: must be between 0 and 30, not 31",
		"name: a\npets:\n  - name: Tom\n    age: 1.5":               "line 4: pets[0].age: must be a whole number, not 1.5 (a text needs quotes)",
		"name: a\npets:\n  - name: Tom\n    chip: x":                "line 4: pets[0].chip: must be a GUID such as 00000000-0000-4000-8000-00000000aaaa, not \"x\"",
		"name: a\npets:\n  - name: Tom\n    born: soon":             "line 4: pets[0].born: must be a time such as 2026-01-31T12:00:00Z, not \"soon\"",
		"name: a\npets:\n  - name: Tom\n    nap: -1s":               "line 4: pets[0].nap: must be a duration such as \"90s\" or \"1h30m\", not \"-1s\"",
		"name: a\npets:\n  - name: Tom\n    weight: [1]":            "line 4: pets[0].weight: must be a number or a text, not a list",
		"name: a\ntoys:\n  ball: x":                                 "line 3: toys.ball: must be a whole number, not the text \"x\"",
		"name: a\nname: b":                                          "line 2: the key \"name\" is there already, on line 1",
		"{\"name\":\"a\",\n\"name\":\"b\"}":                         "line 2: invalid JSON: the key \"name\" is there twice",
		"{\n\t\"name\": \"a\",\n\t\"pets\": [\n\t\t{\"name\": 1}]}": "line 4: pets[0].name: must be a text, not 1 (a text needs quotes)",
		"{name: a, # flow style\n pets: []}":                        "",
		"name: !secret a":                                           "line 1: the tag !secret has no meaning here",
		"name: a\ntoys: {ball: .inf}":                               "line 2: .inf is no number that JSON can hold",
		"name: a\n---\nname: b":                                     "line 2: the file holds more than one document",
		"name: [":                                                   "line 1: invalid YAML: did not find expected node content",
		"":                                                          "line 1: the file is empty",
		"# nothing":                                                 "line 1: the file is empty",
		"name: a\n? [x]\n: 1":                                       "line 2: a key must be a text",
		"- 1":                                                       "line 1: must be an object, not a list",
	} {
		if got := check(text); got != want {
			t.Errorf("%s\ngives %s\nwant  %s", text, got, want)
		}
	}
}

func TestAnchorsAndMergesAreUnderstoodAndBounded(t *testing.T) {
	t.Parallel()
	n, err := schema.Parse([]byte("name: a\nnotes: &cat {kind: cat, age: 3}\npets:\n  - name: Tom\n    <<: *cat\n    age: 4\n  - {<<: [*cat], name: Tim}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(n.Plain()); got != "map[name:a notes:map[age:3 kind:cat] pets:[map[age:4 kind:cat name:Tom] map[age:3 kind:cat name:Tim]]]" {
		t.Error(got)
	}
	bomb := "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'm'; c++ {
		bomb += fmt.Sprintf("%c: &%c [%s]\n", c, c, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c,", c-1), 10), ","))
	}
	for text, want := range map[string]string{
		bomb:               "aliases stand for more than 100000 values",
		"name: &a [*a]":    "nested deeper than 64 levels",
		"name: *nobody":    "unknown anchor 'nobody' referenced",
		"<<: 1":            "<< merges objects only",
		"name: a\n<<: [1]": "<< merges objects only",
		"name: " + strings.Repeat("[", 70) + strings.Repeat("]", 70): "nested deeper than 64 levels",
		strings.Repeat("[", 70) + strings.Repeat("]", 70):            "nested deeper than 64 levels",
	} {
		if got := check(text); !strings.Contains(got, want) || !strings.HasPrefix(got, "line ") {
			t.Errorf("%.60s gives %s, want %s", text, got, want)
		}
	}
}

func TestObjectsOfAProgramMayHaveOtherIDs(t *testing.T) {
	t.Parallel()
	n := schema.Of(map[string]any{"name": "a", "pets": []any{map[string]any{"name": "Tom", "chip": "first"}}})
	if err := pets().CheckLax(n, "").Err(); err != nil {
		t.Error(err)
	}
	if err := pets().Check(n, "houses[2]").Err(); err == nil || !strings.HasPrefix(err.Error(), "houses[2].pets[0].chip: must be a GUID") {
		t.Error(err)
	}
}

func TestManyProblemsAreCutShort(t *testing.T) {
	t.Parallel()
	got := check("name: a\n" + keys(30))
	if lines := strings.Split(got, "\n"); len(lines) != 21 || lines[20] != "and 10 more" {
		t.Error(got)
	}
}

func keys(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "key%d: x\n", i)
	}
	return b.String()
}
