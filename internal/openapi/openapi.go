// Package openapi reads the API definitions of custom connectors and knows the platform's rules for them. It is pure: it
// asks neither the network nor the file system, whatever a definition refers to.
//
// YAML is read with go.yaml.in/yaml/v3, references with go-openapi/jsonreference and jsonpointer, on which go-openapi/spec
// rests. The typed models of go-openapi/spec and of kin-openapi's openapi2 are left to the tests: both read every object
// several times, which takes a second or more for a definition of 1 MB, both forget the order of keys, which makers see as
// the order of fields, go-openapi/spec drops the unknown properties that the platform refuses and folds the names of
// extensions, and openapi2 resolves no references. Here a definition is a tree that keeps all of it, grammar.go says what
// Swagger 2.0 allows in which place, and the tests compare that with the official schema that go-openapi/spec carries.
package openapi

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// MaxSize is the largest definition that Parse reads, in bytes. The documented limit is 1 MB:
// https://learn.microsoft.com/connectors/custom-connectors/faq.
const MaxSize = 1 << 20

// maxDepth is the deepest tree that Parse reads.
const maxDepth = 256

// Definition is an API definition, as its author wrote it. It never changes; the With methods return another one.
type Definition struct{ root *object }

// ParseError says why a text is no definition. Rule is the name that a finding about it has.
type ParseError struct {
	Rule    string
	Message string
}

// Error implements error.
func (e *ParseError) Error() string { return e.Message }

func unreadable(format string, args ...any) error {
	return &ParseError{ruleUnreadable, fmt.Sprintf(format, args...)}
}

// Parse reads a Swagger 2.0 definition, JSON or YAML, with or without a byte-order mark. The error is a *ParseError. What
// is well-formed but breaks a rule is read: see Check. Keys that occur twice in an object are errors, because readers
// disagree about which one counts; so is OpenAPI 3, whose documents share almost nothing with Swagger 2.0.
func Parse(text string) (*Definition, error) {
	if len(text) > MaxSize {
		return nil, &ParseError{ruleTooLarge, fmt.Sprintf("the definition has %d bytes; the platform takes less than %d", len(text), MaxSize)}
	}
	text = strings.TrimPrefix(text, "\ufeff")
	if !utf8.ValidString(text) {
		return nil, unreadable("the definition is not UTF-8 text")
	}
	trimmed := strings.TrimSpace(text)
	if trimmed == "" {
		return nil, unreadable("the definition is empty")
	}
	value, err := readAny(text, trimmed[0] == '{' || trimmed[0] == '[')
	if err != nil {
		return nil, err
	}
	root, ok := value.(*object)
	if !ok {
		return nil, unreadable("a definition is an object; this is a value of type %s", typeOf(value))
	}
	if version, ok := root.fields["openapi"]; ok {
		return nil, &ParseError{ruleVersion, fmt.Sprintf("the definition is OpenAPI %s; the platform takes Swagger 2.0 only: convert it to OpenAPI 2.0 (Swagger)", plain(version))}
	}
	return &Definition{root}, nil
}

// readAny takes what starts like JSON for JSON. YAML can start so too; if it is neither, the error is that of JSON.
func readAny(text string, braces bool) (any, error) {
	if !braces {
		return readYAML(text)
	}
	value, err := readJSON(text)
	if err == nil || !err.syntax {
		if err != nil {
			return nil, unreadable("%s", err.message)
		}
		return value, nil
	}
	if value, flow := readYAML(text); flow == nil {
		return value, nil
	}
	return nil, unreadable("%s", err.message)
}

// Title is the title of the API, or empty.
func (d *Definition) Title() string { return d.root.object("info").text("title") }

// Description is the description of the API, or empty.
func (d *Definition) Description() string { return d.root.object("info").text("description") }

// Host is the host of the API, which can be a reference to an environment variable, or empty.
func (d *Definition) Host() string { return d.root.text("host") }

// BasePath is the path below which the API is, which can be a reference to an environment variable; / if there is none.
func (d *Definition) BasePath() string {
	if path := d.root.text("basePath"); path != "" {
		return path
	}
	return "/"
}

// ServiceURL is the address of the API: its first scheme, or https, its host and its base path. It is empty without a host.
func (d *Definition) ServiceURL() string {
	if d.Host() == "" {
		return ""
	}
	scheme := "https"
	if schemes, _ := d.root.fields["schemes"].([]any); len(schemes) > 0 {
		if first, ok := schemes[0].(string); ok {
			scheme = first
		}
	}
	return scheme + "://" + d.Host() + strings.TrimSuffix(d.BasePath(), "/")
}

// OperationIDs lists the operation IDs in the order of the definition.
func (d *Definition) OperationIDs() []string {
	var all []string
	paths := d.root.object("paths")
	for _, path := range paths.order() {
		item := paths.object(path)
		for _, method := range item.order() {
			if id := item.object(method).text("operationId"); id != "" && isMethod(method) {
				all = append(all, id)
			}
		}
	}
	return all
}

// WithHost is the definition with another host; an empty one changes nothing.
func (d *Definition) WithHost(host string) *Definition { return d.with("host", host) }

// WithBasePath is the definition with another base path; an empty one changes nothing.
func (d *Definition) WithBasePath(path string) *Definition { return d.with("basePath", path) }

func (d *Definition) with(key, value string) *Definition {
	if value == "" {
		return d
	}
	root := d.root.clone()
	root.set(key, value)
	return &Definition{root}
}
