package openapi

import (
	"bytes"
	"encoding/json"
	"slices"
)

// JSON is the definition as JSON text for sending: compact, with keys in the order of the author, which is the order in
// which makers see parameters and properties. One definition always gives one text.
func (d *Definition) JSON() string { return write(d.root, false) }

// Canonical is the definition as JSON text for comparing and hashing: compact, with sorted keys and without what the
// platform adds by itself. Definitions are Equal exactly when their canonical texts are.
func (d *Definition) Canonical() string { return write(bare(d.root), true) }

func write(value any, sorted bool) string {
	w := writer{sorted: sorted}
	w.encoder = json.NewEncoder(&w.out)
	w.encoder.SetEscapeHTML(false)
	w.value(value)
	return w.out.String()
}

type writer struct {
	out     bytes.Buffer
	encoder *json.Encoder
	sorted  bool
}

func (w *writer) value(value any) {
	switch v := value.(type) {
	case *object:
		keys := v.order()
		if w.sorted {
			keys = slices.Sorted(slices.Values(keys))
		}
		w.out.WriteByte('{')
		for i, key := range keys {
			if i > 0 {
				w.out.WriteByte(',')
			}
			w.text(key)
			w.out.WriteByte(':')
			w.value(v.fields[key])
		}
		w.out.WriteByte('}')
	case []any:
		w.out.WriteByte('[')
		for i, item := range v {
			if i > 0 {
				w.out.WriteByte(',')
			}
			w.value(item)
		}
		w.out.WriteByte(']')
	case string:
		w.text(v)
	case json.Number:
		w.out.WriteString(string(v))
	case bool:
		if v {
			w.out.WriteString("true")
		} else {
			w.out.WriteString("false")
		}
	default:
		w.out.WriteString("null")
	}
}

// text writes a string. Strings are valid UTF-8, so encoding cannot fail.
func (w *writer) text(text string) {
	if simple(text) {
		w.out.WriteByte('"')
		w.out.WriteString(text)
		w.out.WriteByte('"')
		return
	}
	if err := w.encoder.Encode(text); err == nil {
		w.out.Truncate(w.out.Len() - 1) // the encoder ends values with a new line
	}
}

func simple(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// Equal compares definitions by meaning: the order of keys, JSON or YAML, the form of numbers and the empty defaults that
// the platform adds do not matter; the order of lists does.
func Equal(a, b *Definition) bool { return same(bare(a.root), bare(b.root)) }

func same(a, b any) bool {
	switch a := a.(type) {
	case *object:
		b, ok := b.(*object)
		if !ok || len(a.order()) != len(b.order()) {
			return false
		}
		for _, key := range a.order() {
			if other, ok := b.get(key); !ok || !same(a.fields[key], other) {
				return false
			}
		}
		return true
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, same)
	default:
		return scalarEqual(a, b)
	}
}

func scalarEqual(a, b any) bool {
	switch b.(type) {
	case *object, []any: // == would panic for lists
		return false
	default:
		return a == b
	}
}

// added are the keys of the root that the platform adds empty, or the author may leave out. In an operation an empty
// security means something else: no authentication.
var added = []string{"consumes", "definitions", "parameters", "produces", "responses", "security", "securityDefinitions", "tags"}

// bare is a definition without what means nothing.
func bare(root *object) *object {
	out := &object{fields: make(map[string]any, len(root.order()))}
	for _, key := range root.order() {
		value := root.fields[key]
		if slices.Contains(added, key) && empty(value) || key == "basePath" && value == "/" {
			continue
		}
		if info, ok := value.(*object); ok && key == "info" && info.fields["description"] == "" {
			value = without(info, "description")
		}
		out.set(key, value)
	}
	return out
}

func empty(value any) bool {
	switch v := value.(type) {
	case *object:
		return len(v.order()) == 0
	case []any:
		return len(v) == 0
	default:
		return false
	}
}

func without(o *object, key string) *object {
	out := o.clone()
	out.keys = slices.DeleteFunc(out.keys, func(k string) bool { return k == key })
	delete(out.fields, key)
	return out
}
