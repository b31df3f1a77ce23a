package openapi

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
)

const small = `{"swagger":"2.0","info":{"title":"T","version":"1"},"paths":{}}`

func TestParseSaysWhyATextIsNoDefinition(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                        "DefinitionNotReadable: the definition is empty",
		"\ufeff \n":               "DefinitionNotReadable: the definition is empty",
		"# nothing":               "DefinitionNotReadable: the definition is empty",
		"[]":                      "DefinitionNotReadable: a definition is an object; this is a value of type array",
		"null":                    "DefinitionNotReadable: a definition is an object; this is a value of type null",
		"swagger":                 "DefinitionNotReadable: a definition is an object; this is a value of type string",
		"\xff":                    "DefinitionNotReadable: the definition is not UTF-8 text",
		`{"a":1`:                  "DefinitionNotReadable: line 1, column 7: the definition ends too early",
		"{\n \"a\": [1,\n}":       "DefinitionNotReadable: line 3, column",
		`{"a":1}{"b":2}`:          "DefinitionNotReadable: line 1, column",
		`{"a":{"get":1,"get":2}}`: `DefinitionNotReadable: line 1, column 20: the key "get" occurs twice in a`,
		"a:\n  get: 1\n  get: 2":  `DefinitionNotReadable: line 3: the key "get" occurs twice in a`,
		"a: {200: x, '200': y}":   `DefinitionNotReadable: line 1: the key "200" occurs twice in a`,
		"a: [":                    "DefinitionNotReadable: the definition is neither JSON nor YAML: yaml: line 1",
		"a: 1\n---\nb: 2":         "DefinitionNotReadable: the definition is more than one YAML document",
		"? [a]\n: b":              "DefinitionNotReadable: line 1: a key must be a text",
		"a: .inf":                 `DefinitionNotReadable: line 1: ".inf" is no number that JSON knows`,
		"a: !!int x":              `DefinitionNotReadable: line 1: "x" is no number`,
		"a: &a [*a]":              "DefinitionNotReadable: line 1: the definition is nested deeper than 256 levels",
		"<<: text":                "DefinitionNotReadable: line 1: a merge key takes an object or a list of them",
		bomb():                    "DefinitionTooLarge: the definition has more than 1048576 bytes when its aliases are replaced",
		strings.Repeat("[", 300):  "DefinitionNotReadable: line 1, column 259: the definition is nested deeper than 256 levels",
		"x: " + strings.Repeat("[", 300) + strings.Repeat("]", 300): "DefinitionNotReadable: line 1: the definition is nested deeper than 256 levels",
		`{"openapi":"3.0.3","info":{}}`:                             "SpecificationVersionIncorrect: the definition is OpenAPI 3.0.3; the platform takes Swagger 2.0 only: convert it",
		"openapi: 3.1.0":                                            "SpecificationVersionIncorrect: the definition is OpenAPI 3.1.0; the platform takes Swagger 2.0 only: convert it",
		"a" + strings.Repeat(" ", MaxSize):                          fmt.Sprintf("DefinitionTooLarge: the definition has %d bytes; the platform takes less than %d", MaxSize+1, MaxSize),
	} {
		_, err := Parse(text)
		if e, ok := errors.AsType[*ParseError](err); !ok || !strings.HasPrefix(e.Rule+": "+e.Message, want) {
			t.Errorf("%.30q: %v\nwant %s", text, err, want)
		}
	}
}

// bomb is a text of a few lines that would grow into gigabytes.
func bomb() string {
	var b strings.Builder
	b.WriteString("a0: &a0 [lol,lol,lol,lol,lol,lol,lol,lol,lol,lol]\n")
	for i := 1; i < 12; i++ {
		fmt.Fprintf(&b, "a%d: &a%d [%s*a%d]\n", i, i, strings.Repeat(fmt.Sprintf("*a%d,", i-1), 9), i-1)
	}
	return b.String()
}

func TestParseReadsYAMLAsJSON(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"a: 1":                                  `{"a":1}`,
		"\ufeffa: 1.50":                         `{"a":1.5}`,
		`{a: 1, "b": 'x'}`:                      `{"a":1,"b":"x"}`,
		"a: 0x1F":                               `{"a":31}`,
		"a: 1_000":                              `{"a":1000}`,
		"a: +1.e3":                              `{"a":1000}`,
		"a: 12345678901234567890123":            `{"a":1.2345678901234567890123e22}`,
		"a: 2024-05-01":                         `{"a":"2024-05-01"}`,
		"a: yes\nb: true\nc: ~\nd:":             `{"a":"yes","b":true,"c":null,"d":null}`,
		"200: &x {y: 1}\nz: *x":                 `{"200":{"y":1},"z":{"y":1}}`,
		"b: 1\na: 2":                            `{"b":1,"a":2}`,
		"x: &x {p: 1, q: 2}\ny: {<<: *x, q: 3}": `{"x":{"p":1,"q":2},"y":{"q":3,"p":1}}`,
		"a: |\n  <b> & \"c\"\n":                 `{"a":"<b> & \"c\"\n"}`,
		"a: \"\\u2028\\x01é\"":                  `{"a":"\u2028\u0001é"}`,
	} {
		d, err := Parse(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
		} else if got := d.JSON(); got != want {
			t.Errorf("%q: %s\nwant %s", text, got, want)
		}
	}
}

func TestNumbersHaveOneForm(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"0": "0", "-0": "0", "0.000": "0", "-0e5": "0", "1": "1", "1.0": "1", "1e0": "1", "10E-1": "1", "-1.50": "-1.5", "100": "100", "1e2": "100",
		"1e20": "100000000000000000000", "1e21": "1e21", "1.5e21": "1.5e21", "0.001": "0.001", "1e-5": "0.00001", "1e-7": "1e-7", "12e-9": "1.2e-8",
		"123.456e1": "1234.56", "9007199254740993": "9007199254740993", "1E99999999999999999999": "1e99999999999999999999", "-1e400": "-1e400",
	} {
		if got := string(number(text)); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func TestEqualComparesByMeaning(t *testing.T) {
	t.Parallel()
	const rest = `"info":{"title":"T","version":"1"},"paths":{"/a":{"get":{"operationId":"A","parameters":[{"name":"q","in":"query","type":"number","default":%s}],"responses":{"200":{"description":"OK"}}%s}}}`
	base := `{"swagger":"2.0",` + fmt.Sprintf(rest, "1", "") + `}`
	for text, want := range map[string]bool{
		`{` + fmt.Sprintf(rest, "1", "") + `,"swagger":"2.0"}`: true,
		"\ufeff" + base: true,
		`{"swagger":"2.0",` + fmt.Sprintf(rest, "1.0", "") + `}`: true,
		`{"swagger":"2.0","basePath":"/","security":[],"securityDefinitions":{},"definitions":{},"parameters":{},"responses":{},"tags":[],"consumes":[],"produces":[],` + fmt.Sprintf(rest, "1", "") + `}`: true,
		strings.Replace(base, `"title"`, `"description":"","title"`, 1):                                  true,
		strings.Replace(base, `"title"`, `"description":"D","title"`, 1):                                 false,
		`{"swagger":"2.0",` + fmt.Sprintf(rest, "2", "") + `}`:                                           false,
		`{"swagger":"2.0",` + fmt.Sprintf(rest, `"1"`, "") + `}`:                                         false,
		`{"swagger":"2.0",` + fmt.Sprintf(rest, "1", `,"security":[]`) + `}`:                             false,
		`{"swagger":"2.0","basePath":"/v1",` + fmt.Sprintf(rest, "1", "") + `}`:                          false,
		`{"swagger":"2.0","security":[{"a":[]}],` + fmt.Sprintf(rest, "1", "") + `}`:                     false,
		strings.Replace(base, `{"name":"q"`, `{"name":"p","in":"query","type":"string"},{"name":"q"`, 1): false,
		"swagger: '2.0'\ninfo: {version: '1', title: T}\npaths: {/a: {get: {operationId: A, parameters: [{name: q, in: query, type: number, default: 1}], responses: {200: {description: OK}}}}}": true,
	} {
		a, b := parse(t, base), parse(t, text)
		if Equal(a, b) != want || Equal(b, a) != want || (a.Canonical() == b.Canonical()) != want {
			t.Errorf("%s: not %v", text, want)
		}
	}
	a, b := parse(t, strings.Replace(small, "{}}", `{},"tags":[{"name":"a"},{"name":"b"}]}`, 1)), parse(t, strings.Replace(small, "{}}", `{},"tags":[{"name":"b"},{"name":"a"}]}`, 1))
	if Equal(a, b) {
		t.Error("the order of lists matters")
	}
}

func TestTextsForSendingAreStableAndMeanTheSame(t *testing.T) {
	t.Parallel()
	for _, name := range append(files(t, "testdata/valid/*"), files(t, "testdata/broken/*")...) {
		d := parse(t, read(t, name))
		for _, text := range []string{d.JSON(), d.Canonical()} {
			again := parse(t, text)
			if !Equal(d, again) || again.Canonical() != d.Canonical() {
				t.Errorf("%s: %s", name, text)
			}
		}
		if parse(t, d.JSON()).JSON() != d.JSON() {
			t.Errorf("%s: the text changes", name)
		}
	}
	d := parse(t, `{"paths":{"b":1,"a":2},"swagger":"2.0"}`)
	if d.JSON() != `{"paths":{"b":1,"a":2},"swagger":"2.0"}` || d.Canonical() != `{"paths":{"a":2,"b":1},"swagger":"2.0"}` {
		t.Error(d.JSON(), d.Canonical())
	}
}

func TestADefinitionTellsWhatItSays(t *testing.T) {
	t.Parallel()
	d := parse(t, read(t, "testdata/valid/cases.json"))
	if d.Title() != "Case API" || d.Description() != "Cases of Contoso" || d.ServiceURL() != "https://cases.contoso.com/api" || d.Host() != "cases.contoso.com" {
		t.Error(d.Title(), d.Description(), d.ServiceURL())
	}
	if got := strings.Join(d.OperationIDs(), " "); got != "ListCases CreateCase GetCase UpdateCase DeleteCase" {
		t.Error(got)
	}
	other := d.WithHost("other.contoso.com").WithBasePath("/v2/")
	if other.ServiceURL() != "https://other.contoso.com/v2" || d.ServiceURL() != "https://cases.contoso.com/api" || d.WithHost("") != d {
		t.Error(other.ServiceURL(), d.ServiceURL())
	}
	empty := parse(t, `{"schemes":["http"],"paths":[],"info":[]}`)
	if empty.ServiceURL() != "" || empty.BasePath() != "/" || empty.WithHost("h").ServiceURL() != "http://h" || empty.OperationIDs() != nil {
		t.Error(empty.ServiceURL())
	}
}

func TestNothingIsFetched(t *testing.T) {
	t.Parallel()
	name := t.TempDir() + "/definitions.json"
	if err := os.WriteFile(name, []byte(`{"definitions":{"A":{"type":"string"}}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, ref := range []string{name, "file://" + name + "#/definitions/A", name + "#/definitions/A", "http://127.0.0.1:1/#/definitions/A", "#/definitions/%", "//definitions/A"} {
		all := Check(parse(t, fmt.Sprintf(`{"swagger":"2.0","info":{"title":"T","version":"1"},"paths":{},"definitions":{"A":{"$ref":%q}}}`, ref)), Options{})
		if len(all) != 1 || all[0].Rule != "SchemaReferenceNotValid" {
			t.Errorf("%s: %v", ref, all)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range append(files(f, "testdata/valid/*"), files(f, "testdata/broken/*")...) {
		f.Add(read(f, name))
	}
	f.Add(deep(70))
	f.Fuzz(func(t *testing.T, text string) {
		d, err := Parse(text)
		if err != nil {
			if _, ok := errors.AsType[*ParseError](err); !ok || err.Error() == "" {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		again, err := Parse(d.JSON())
		if err != nil {
			if len(d.JSON()) > MaxSize {
				return // quotes and escapes of JSON can make a definition larger than its YAML
			}
			t.Fatalf("%v: %s", err, d.JSON())
		}
		if !Equal(d, again) || d.Canonical() != again.Canonical() || d.JSON() != again.JSON() {
			t.Fatalf("%s\nis not\n%s", d.JSON(), again.JSON())
		}
		for _, o := range []Options{{}, {References: true}} {
			if a, b := Check(d, o), Check(again, o); fmt.Sprint(a) != fmt.Sprint(b) {
				t.Fatalf("%v\nis not\n%v", a, b)
			}
		}
		d.Security()
		d.ServiceURL()
		d.OperationIDs()
	})
}
