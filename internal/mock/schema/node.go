package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
)

// What a file may hold. A file beyond them is refused, so that a few lines cannot fill the memory.
const (
	maxBytes   = 64 << 20
	maxDepth   = 64
	maxAliased = 100_000 // values that come from aliases
)

// Node is a value of a file and where it stands.
type Node struct {
	// Line counts from 1; 0 is a value that was made by a program.
	Line int
	// Value is nil, a string, bool or float64, *Map or []*Node.
	Value any
}

// Map is an object in the order of the file.
type Map struct {
	Keys   []Key
	Values []*Node
}

// Key is a key of an object and where it stands.
type Key struct {
	Name string
	Line int
}

// Get returns the value of a key, nil if there is none.
func (m *Map) Get(name string) *Node {
	for i, k := range m.Keys {
		if k.Name == name {
			return m.Values[i]
		}
	}
	return nil
}

// Plain returns the value in the form in which encoding/json decodes.
func (n *Node) Plain() any {
	switch v := n.Value.(type) {
	case *Map:
		out := Doc{}
		for i, k := range v.Keys {
			out[k.Name] = v.Values[i].Plain()
		}
		return out
	case []*Node:
		out := make([]any, len(v))
		for i, one := range v {
			out[i] = one.Plain()
		}
		return out
	}
	return n.Value
}

// Lines returns the line of every value by its path ("tenants[0].id").
func (n *Node) Lines() map[string]int {
	out := map[string]int{}
	n.lines("", out)
	return out
}

func (n *Node) lines(path string, out map[string]int) {
	out[path] = n.Line
	switch v := n.Value.(type) {
	case *Map:
		for i, k := range v.Keys {
			at := join(path, k.Name)
			v.Values[i].lines(at, out)
			out[at] = k.Line
		}
	case []*Node:
		for i, one := range v {
			one.lines(fmt.Sprintf("%s[%d]", path, i), out)
		}
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// Of makes a node of a value that a program made, in the form in which encoding/json decodes.
func Of(value any) *Node {
	switch v := value.(type) {
	case Doc:
		m := &Map{}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			m.Keys, m.Values = append(m.Keys, Key{Name: name}), append(m.Values, Of(v[name]))
		}
		return &Node{Value: m}
	case []any:
		items := make([]*Node, len(v))
		for i, inner := range v {
			items[i] = Of(inner)
		}
		return &Node{Value: items}
	}
	return &Node{Value: value}
}

// Parse reads JSON, when the text begins with a bracket, or else YAML. An error names the line.
func Parse(raw []byte) (*Node, error) {
	if len(raw) > maxBytes {
		return nil, fmt.Errorf("the file is larger than %d MiB", maxBytes>>20)
	}
	trimmed := bytes.TrimSpace(bytes.TrimPrefix(raw, []byte("\ufeff")))
	if len(trimmed) == 0 {
		return nil, errors.New("line 1: the file is empty")
	}
	if trimmed[0] != '{' && trimmed[0] != '[' {
		return parseYAML(raw)
	}
	n, err := parseJSON(raw)
	if err == nil {
		return n, nil
	}
	// Flow style is YAML too, with comments and without quotes.
	if other, again := parseYAML(raw); again == nil {
		return other, nil
	}
	return nil, err
}

// reader reads JSON and counts lines.
type reader struct {
	raw  []byte
	d    *json.Decoder
	seen int // bytes whose lines were counted
	line int
}

func parseJSON(raw []byte) (*Node, error) {
	raw = bytes.TrimPrefix(raw, []byte("\ufeff"))
	r := &reader{raw: raw, d: json.NewDecoder(bytes.NewReader(raw)), line: 1}
	r.d.UseNumber()
	n, err := r.value(0)
	if err != nil {
		return nil, fmt.Errorf("line %d: invalid JSON: %w", r.here(), err)
	}
	if _, err := r.d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("line %d: invalid JSON: more than one value", r.here())
	}
	return n, nil
}

// here is the line of the token that was read last.
func (r *reader) here() int {
	upTo := min(int(r.d.InputOffset()), len(r.raw))
	r.line += bytes.Count(r.raw[r.seen:upTo], []byte("\n"))
	r.seen = upTo
	return r.line
}

func (r *reader) value(depth int) (*Node, error) {
	t, err := r.d.Token()
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	n := &Node{Line: r.here()}
	if depth > maxDepth {
		return nil, fmt.Errorf("it is nested deeper than %d levels", maxDepth)
	}
	switch v := t.(type) {
	case json.Number:
		n.Value, err = finite(string(v))
	case json.Delim:
		if v == '{' {
			n.Value, err = r.object(depth)
		} else {
			n.Value, err = r.list(depth)
		}
	default:
		n.Value = t
	}
	return n, err
}

func (r *reader) object(depth int) (*Map, error) {
	m, seen := &Map{}, map[string]bool{}
	for r.d.More() {
		t, err := r.d.Token()
		if err != nil {
			return nil, err
		}
		name, _ := t.(string)
		key := Key{name, r.here()}
		if seen[name] {
			return nil, fmt.Errorf("the key %q is there twice", name)
		}
		seen[name] = true
		inner, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		m.Keys, m.Values = append(m.Keys, key), append(m.Values, inner)
	}
	_, err := r.d.Token()
	return m, err
}

func (r *reader) list(depth int) ([]*Node, error) {
	items := []*Node{}
	for r.d.More() {
		inner, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		items = append(items, inner)
	}
	_, err := r.d.Token()
	return items, err
}

func finite(text string) (any, error) {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		return nil, fmt.Errorf("%s is no number that JSON can hold", text)
	}
	return f, nil
}
