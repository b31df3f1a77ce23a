package openapi

import (
	"slices"
	"strings"
	"testing"
)

func TestReferencesAreReadAsWritten(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", MaxSchemaName+1)
	for text, want := range map[string]string{
		`@environmentVariables("contoso_Host")`:             "contoso_Host",
		`@environmentVariables("` + long[1:] + `")`:         long[1:],
		"cases.contoso.com":                                 "-",
		"":                                                  "-",
		"someone@example.com":                               "-",
		`@environmentVariables('contoso_Host')`:             "! write the schema name in double quotes",
		`@environmentVariables(contoso_Host)`:               "! write the schema name in double quotes",
		`@environmentVariables("contoso_Host)`:              "! write the schema name in double quotes",
		`@environmentVariables("contoso_Host"`:              "! it must be the whole value",
		`@environmentVariables("contoso_Host") `:            "! it must be the whole value",
		`https://@environmentVariables("contoso_Host")`:     "! it must be the whole value",
		`@environmentVariables("contoso_Host").contoso.com`: "! it must be the whole value",
		`@EnvironmentVariables("contoso_Host")`:             "! in these upper and lower case letters",
		`@environmentVariables("")`:                         "! is empty",
		`@environmentVariables("Host of the API")`:          "! a display name is not a schema name",
		`@environmentVariables("` + long + `")`:             "! has 101 characters; it can have 100",
	} {
		name, ok, err := ParseReference(text)
		switch problem, bad := strings.CutPrefix(want, "! "); {
		case bad:
			if !ok || err == nil || !strings.Contains(err.Error(), problem) {
				t.Errorf("%s: %q %v %v, want %s", text, name, ok, err, problem)
			}
		case want == "-":
			if ok || err != nil || name != "" {
				t.Errorf("%s: %q %v %v", text, name, ok, err)
			}
		default:
			if !ok || err != nil || name != want || Reference(name) != text {
				t.Errorf("%s: %q %v %v", text, name, ok, err)
			}
		}
	}
}

func TestReferencesAreFoundInAnyText(t *testing.T) {
	t.Parallel()
	const text = `{"host":"@environmentVariables(\"b_Host\")","clientId":"x"} @environmentVariables("a_Id") @environmentVariables("b_Host") @environmentVariables('no')`
	if got := FindReferences(text); !slices.Equal(got, []string{"b_Host", "a_Id"}) {
		t.Error(got)
	}
	if got := FindReferences("none"); got != nil {
		t.Error(got)
	}
}

func TestUnusualSchemaNamesAreNamed(t *testing.T) {
	t.Parallel()
	for name, usual := range map[string]bool{"contoso_Host": true, "new_a1_b": true, "Host": false, "1a_b": false, "a_b": false, "contoso_": false, "contoso-Host": false, "muchtoolong_Host": false} {
		if got := SchemaNameWarning(name); (got == "") != usual {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func FuzzReference(f *testing.F) {
	for _, seed := range []string{`@environmentVariables("contoso_Host")`, `@environmentVariables('x')`, `@ENVIRONMENTVARIABLES(""`, "İ@environmentVariables(", `a @environmentVariables(\"b\") c`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		name, ok, err := ParseReference(text)
		if err == nil && ok && (Reference(name) != text || !slices.Equal(FindReferences(text), []string{name}) || CheckSchemaName(name) != nil) {
			t.Fatalf("%q: %q, found %q", text, name, FindReferences(text))
		}
		if !ok && (err != nil || name != "") || err != nil && err.Error() == "" {
			t.Fatalf("%q: %q %v %v", text, name, ok, err)
		}
		if CheckSchemaName(text) == nil {
			if back, ok, err := ParseReference(Reference(text)); back != text || !ok || err != nil {
				t.Fatalf("%q came back as %q: %v", text, back, err)
			}
		}
		for _, found := range FindReferences(text) {
			if found == "" || !strings.Contains(text, found) {
				t.Fatalf("%q: found %q", text, found)
			}
		}
	})
}
