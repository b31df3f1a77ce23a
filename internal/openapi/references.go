package openapi

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// MaxSchemaName is the longest schema name of an environment variable, in characters (column schemaname of the table
// environmentvariabledefinition).
const MaxSchemaName = 100

const referenceCall = "@environmentVariables"

var (
	referenceForm  = regexp.MustCompile(`^@environmentVariables\("([^"\\()]*)"\)$`)
	referenceInAny = regexp.MustCompile(`@environmentVariables\(\\?"([^"\\()]+)\\?"\)`)
	schemaName     = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]{1,7}_[A-Za-z0-9_]+$`)
)

// Reference is the text by which a solution-aware connector refers to an environment variable:
// https://learn.microsoft.com/connectors/custom-connectors/environment-variables. The platform puts the value in its place
// when the connector is saved. What ParseReference refuses is not checked here.
func Reference(name string) string { return referenceCall + `("` + name + `")` }

// ParseReference reads a reference to an environment variable. ok says whether the text is meant to be one; err, what is
// wrong with it.
func ParseReference(text string) (name string, ok bool, err error) {
	at := strings.Index(strings.ToLower(text), strings.ToLower(referenceCall))
	if at < 0 {
		return "", false, nil
	}
	form := referenceForm.FindStringSubmatch(text)
	switch {
	case form != nil:
		return form[1], true, CheckSchemaName(form[1])
	case at == 0 && !strings.HasPrefix(text, referenceCall):
		return "", true, fmt.Errorf("%q is no reference to an environment variable: it is spelt %s, in these upper and lower case letters", text, referenceCall)
	case at > 0 || !strings.HasSuffix(text, ")"):
		return "", true, fmt.Errorf(`%q is no reference to an environment variable: it must be the whole value, in the form %s`, text, Reference("schema_name"))
	default:
		return "", true, fmt.Errorf(`%q is no reference to an environment variable: write the schema name in double quotes, in the form %s`, text, Reference("schema_name"))
	}
}

// FindReferences lists the schema names of the environment variables that a text refers to, each once, in the order of the
// text. It also finds them where the quotes are escaped, as in JSON.
func FindReferences(text string) []string {
	var names []string
	seen := map[string]bool{}
	for _, found := range referenceInAny.FindAllStringSubmatch(text, -1) {
		if name := found[1]; !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	return names
}

// CheckSchemaName reports why a text can be no schema name of an environment variable.
func CheckSchemaName(name string) error {
	switch {
	case name == "":
		return fmt.Errorf("the schema name of an environment variable is empty")
	case len([]rune(name)) > MaxSchemaName:
		return fmt.Errorf("the schema name of an environment variable has %d characters; it can have %d", len([]rune(name)), MaxSchemaName)
	case strings.ContainsAny(name, `"\()@`) || strings.ContainsFunc(name, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }):
		return fmt.Errorf("%q is no schema name of an environment variable: it has letters, digits and underscores only; a display name is not a schema name", name)
	default:
		return nil
	}
}

// SchemaNameWarning says what is unusual about a schema name, or is empty. Names of environment variables are expected to
// start with the prefix of a publisher; whether the platform insists is not documented.
func SchemaNameWarning(name string) string {
	if schemaName.MatchString(name) {
		return ""
	}
	return fmt.Sprintf("%q does not look like a schema name: those have the prefix of a publisher, an underscore and a name, such as contoso_ApiHost", name)
}
