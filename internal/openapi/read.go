package openapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// jsonError says where JSON ends to be readable. Syntax errors are those that a reader of YAML may not mind.
type jsonError struct {
	message string
	syntax  bool
}

type jsonReader struct {
	text string
	*json.Decoder
}

func readJSON(text string) (any, *jsonError) {
	r := &jsonReader{text, json.NewDecoder(strings.NewReader(text))}
	r.UseNumber()
	value, err := r.value(nil, 0)
	if err != nil {
		return nil, err
	}
	if _, end := r.Token(); !errors.Is(end, io.EOF) {
		return nil, r.fail(true, "there is more behind the end of the definition")
	}
	return value, nil
}

func (r *jsonReader) fail(syntax bool, format string, args ...any) *jsonError {
	before := r.text[:min(int(r.InputOffset()), len(r.text))]
	line, column := 1+strings.Count(before, "\n"), len(before)-strings.LastIndex(before, "\n")
	return &jsonError{fmt.Sprintf("line %d, column %d: ", line, column) + fmt.Sprintf(format, args...), syntax}
}

func (r *jsonReader) value(at *place, depth int) (any, *jsonError) {
	token, err := r.Token()
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return nil, r.fail(true, "the definition ends too early")
	case err != nil:
		return nil, r.fail(true, "the definition is not JSON: %s", err)
	case depth > maxDepth:
		return nil, r.fail(false, "the definition is nested deeper than %d levels", maxDepth)
	}
	switch t := token.(type) {
	case json.Number:
		return number(string(t)), nil
	case json.Delim:
		if t == '[' {
			return r.list(at, depth)
		}
		return r.object(at, depth)
	default:
		return token, nil
	}
}

func (r *jsonReader) list(at *place, depth int) (any, *jsonError) {
	list := []any{}
	for r.More() {
		value, err := r.value(at.element(len(list)), depth+1)
		if err != nil {
			return nil, err
		}
		list = append(list, value)
	}
	return list, r.close()
}

func (r *jsonReader) object(at *place, depth int) (any, *jsonError) {
	o := &object{}
	for r.More() {
		token, err := r.Token()
		key, ok := token.(string)
		if err != nil || !ok {
			return nil, r.fail(true, "the definition is not JSON: %v", err)
		}
		if o.has(key) {
			return nil, r.fail(false, "%s", twice(key, at))
		}
		value, failed := r.value(at.at(key), depth+1)
		if failed != nil {
			return nil, failed
		}
		o.set(key, value)
	}
	return o, r.close()
}

func (r *jsonReader) close() *jsonError {
	switch _, err := r.Token(); {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return r.fail(true, "the definition ends too early")
	case err != nil:
		return r.fail(true, "the definition is not JSON: %s", err)
	default:
		return nil
	}
}

func twice(key string, at *place) string {
	if at == nil {
		return fmt.Sprintf("the key %q occurs twice", key)
	}
	return fmt.Sprintf("the key %q occurs twice in %s", key, at)
}

// yamlReader turns nodes into values. It counts the text, what aliases repeat as often as they do: a few lines can stand
// for gigabytes.
type yamlReader struct{ text int }

func readYAML(text string) (any, error) {
	decoder := yaml.NewDecoder(strings.NewReader(text))
	var document, more yaml.Node
	if err := decoder.Decode(&document); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, unreadable("the definition is empty")
		}
		return nil, unreadable("the definition is neither JSON nor YAML: %s", err)
	}
	if err := decoder.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, unreadable("the definition is more than one YAML document")
	}
	return (&yamlReader{}).value(&document, nil, 0)
}

func (r *yamlReader) value(n *yaml.Node, at *place, depth int) (any, error) {
	if r.text += len(n.Value) + 1; r.text > MaxSize {
		return nil, &ParseError{ruleTooLarge, fmt.Sprintf("the definition has more than %d bytes when its aliases are replaced", MaxSize)}
	}
	if depth > maxDepth {
		return nil, unreadable("line %d: the definition is nested deeper than %d levels", n.Line, maxDepth)
	}
	switch n.Kind {
	case yaml.DocumentNode:
		return r.value(n.Content[0], at, depth)
	case yaml.AliasNode:
		return r.value(n.Alias, at, depth+1)
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, item := range n.Content {
			var err error
			if list[i], err = r.value(item, at.element(i), depth+1); err != nil {
				return nil, err
			}
		}
		return list, nil
	case yaml.MappingNode:
		return r.mapping(n, at, depth)
	default:
		return scalar(n)
	}
}

func (r *yamlReader) mapping(n *yaml.Node, at *place, depth int) (*object, error) {
	o := &object{}
	var merged []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, node := n.Content[i], n.Content[i+1]
		for hops := 0; key.Kind == yaml.AliasNode && hops < maxDepth; hops++ {
			key = key.Alias
		}
		switch {
		case key.Kind != yaml.ScalarNode:
			return nil, unreadable("line %d: a key must be a text", key.Line)
		case key.ShortTag() == "!!merge":
			merged = append(merged, node)
			continue
		case o.has(key.Value):
			return nil, unreadable("line %d: %s", key.Line, twice(key.Value, at))
		}
		value, err := r.value(node, at.at(key.Value), depth+1)
		if err != nil {
			return nil, err
		}
		r.text += len(key.Value)
		o.set(key.Value, value)
	}
	for _, node := range merged {
		if err := r.merge(o, node, at, depth+1); err != nil {
			return nil, err
		}
	}
	return o, nil
}

// merge adds what a merge key (<<) names and the object does not have itself.
func (r *yamlReader) merge(o *object, n *yaml.Node, at *place, depth int) error {
	value, err := r.value(n, at, depth)
	if err != nil {
		return err
	}
	list, ok := value.([]any)
	if !ok {
		list = []any{value}
	}
	for _, value := range list {
		from, ok := value.(*object)
		if !ok {
			return unreadable("line %d: a merge key takes an object or a list of them", n.Line)
		}
		for _, key := range from.keys {
			if !o.has(key) {
				o.set(key, from.fields[key])
			}
		}
	}
	return nil
}

var jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

func scalar(n *yaml.Node) (any, error) {
	switch n.ShortTag() {
	case "!!null":
		return nil, nil
	case "!!bool":
		var flag bool
		if err := n.Decode(&flag); err != nil {
			return nil, unreadable("line %d: %q is no boolean", n.Line, n.Value)
		}
		return flag, nil
	case "!!int", "!!float":
		if jsonNumber.MatchString(n.Value) {
			return number(n.Value), nil
		}
		var value any
		if err := n.Decode(&value); err != nil {
			return nil, unreadable("line %d: %q is no number", n.Line, n.Value)
		}
		if float, ok := value.(float64); ok {
			if math.IsInf(float, 0) || math.IsNaN(float) {
				return nil, unreadable("line %d: %q is no number that JSON knows", n.Line, n.Value)
			}
			return number(strconv.FormatFloat(float, 'g', -1, 64)), nil
		}
		return number(fmt.Sprint(value)), nil
	default: // JSON has neither dates nor binary data: they are texts
		return n.Value, nil
	}
}
