package openapi

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func read(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func parse(t testing.TB, text string) *Definition {
	t.Helper()
	d, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func files(t testing.TB, pattern string) []string {
	t.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil || len(names) == 0 {
		t.Fatalf("%s: %v", pattern, err)
	}
	return names
}

// wanted are the findings that a definition names in its first lines.
func wanted(text string) []string {
	var all []string
	for line := range strings.Lines(text) {
		if want, ok := strings.CutPrefix(line, "# want: "); ok {
			all = append(all, strings.TrimSpace(want))
		}
	}
	return all
}

func listed(all []Finding) []string {
	var out []string
	for _, f := range all {
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s %s", f.Severity, f.Rule, f.Path)))
	}
	return out
}

func TestADefinitionHasTheFindingsThatItNames(t *testing.T) {
	t.Parallel()
	for _, name := range append(files(t, "testdata/valid/*"), files(t, "testdata/broken/*")...) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := read(t, name)
			all := Check(parse(t, text), Options{References: true})
			got, want := listed(all), wanted(text)
			for _, g := range got {
				if !slices.Contains(want, g) {
					t.Errorf("not wanted: %s", g)
				}
			}
			for _, w := range want {
				if !slices.Contains(got, w) {
					t.Errorf("missing: %s", w)
				}
			}
			for _, f := range all {
				if strings.Contains(f.Message, "{0}") || strings.Contains(f.Message, "{1}") || f.Message == "" {
					t.Errorf("%s: %s", f.Rule, f.Message)
				}
			}
			if !slices.IsSortedFunc(all, func(a, b Finding) int { return strings.Compare(string(a.Severity), string(b.Severity)) }) {
				t.Error("errors do not come first")
			}
			if strings.Contains(name, "valid") != (len(Errors(all)) == 0) {
				t.Errorf("errors: %v", Errors(all))
			}
		})
	}
}

// sized are definitions that are too large for testdata, by the rule that they break.
var sized = map[string]struct {
	text     func() string
	options  Options
	path     string
	severity Severity
}{
	"TotalOperationsCountExceedsMaxAllowed": {func() string { return Generate(257, 1) }, Options{}, "paths", Warning},
	"DefinitionTooLarge":                    {func() string { return Generate(4, 90) }, Options{MaxCharacters: 5000}, "", Error},
	"DefinitionLarge":                       {func() string { return Generate(256, 20) }, Options{}, "", Warning},
	"BodySchemaCountExceedsMaxAllowed":      {func() string { return Generate(1, 600) }, Options{}, "paths./things0/{id}.get.responses.200.schema", Warning},
	"OperationSchemaCountExceedsMaxAllowed": {func() string { return wide(16_500) }, Options{}, "paths./a.get", Warning},
	"SchemaTooDeep":                         {func() string { return deep(80) }, Options{}, "paths./a.get.responses.200.schema", Warning},
	"EnvironmentVariableNotSupported": {func() string {
		return strings.Replace(Generate(1, 1), `"things.contoso.com"`, `"@environmentVariables(\"contoso_Host\")"`, 1)
	}, Options{}, "host", Error},
}

func TestADefinitionBreaksTheLimits(t *testing.T) {
	t.Parallel()
	for rule, test := range sized {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			want := strings.TrimSpace(fmt.Sprintf("%s %s %s", test.severity, rule, test.path))
			if got := listed(Check(parse(t, test.text()), test.options)); !slices.Contains(got, want) {
				t.Errorf("got %q\nwant %s", got, want)
			}
		})
	}
}

func TestEveryRuleHasADefinitionThatBreaksIt(t *testing.T) {
	t.Parallel()
	var seen []string
	for _, name := range files(t, "testdata/broken/*") {
		for _, want := range wanted(read(t, name)) {
			seen = append(seen, strings.Join(strings.Fields(want)[:2], " "))
		}
	}
	for rule, test := range sized {
		seen = append(seen, string(test.severity)+" "+rule)
	}
	for _, r := range rules {
		if !slices.Contains(seen, string(r.severity)+" "+r.name) {
			t.Errorf("no definition breaks %s (%s)", r.name, r.severity)
		}
	}
	if len(rules) < 80 {
		t.Errorf("there are %d rules", len(rules))
	}
}

func TestAFindingSaysWhereAndWhat(t *testing.T) {
	t.Parallel()
	d := parse(t, `{"swagger":"2.0","info":{"title":"T","version":"1"},"paths":{"/cases/{id}":{"get":{"parameters":[{"name":"id","in":"path","type":"string"}],"responses":{"200":{"description":"OK"}}}}}}`)
	all := Check(d, Options{})
	if len(all) != 2 {
		t.Fatal(all)
	}
	if want := (Finding{
		"PathParameterMustBeRequired", Error, "/paths/~1cases~1{id}/get/parameters/0", "paths./cases/{id}.get.parameters[0]",
		"The parameter must be marked as required as it is used in the operation path. Include the 'required' property, with the value 'true'.",
	}); all[0] != want {
		t.Errorf("%+v\nwant %+v", all[0], want)
	}
	if got := all[1].String(); got != "paths./cases/{id}.get: The operation 'operationId' property is required. (OperationIdRequired)" {
		t.Error(got)
	}
}

func TestManyFindingsOfARuleAreSummedUp(t *testing.T) {
	t.Parallel()
	all := Check(parse(t, strings.ReplaceAll(Generate(30, 1), "operationId", "x-id")), Options{})
	if len(all) != 10 || !strings.HasSuffix(all[9].Message, "There are 20 more findings of this rule.") {
		t.Error(len(all), all)
	}
}

func TestATextThatCannotBeReadIsAFinding(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{`:                            "DefinitionNotReadable",
		`{"openapi":"3.0.1"}`:          "SpecificationVersionIncorrect",
		strings.Repeat(" ", MaxSize+1): "DefinitionTooLarge",
	} {
		if all := Validate(text, Options{}); len(all) != 1 || all[0].Rule != want || all[0].Severity != Error {
			t.Errorf("%.20s: %v", text, all)
		}
	}
	if all := Validate(Generate(1, 1), Options{}); len(all) != 0 {
		t.Error(all)
	}
}
