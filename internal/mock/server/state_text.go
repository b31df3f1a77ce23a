package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

const formatPrefix = "ppmock-state/"

// upgrades are the steps that take a state, as data, from one version to the next, by the version that they start from.
// A version without a step can no longer be read.
var upgrades = map[int]func(state Doc) error{}

// JSON is the state as indented JSON with a line break at the end.
func (s State) JSON() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(s); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// YAML is the state as YAML, for people to read, compare and edit.
func (s State) YAML() ([]byte, error) {
	head := s
	head.Tenants = nil
	var tree Doc
	if err := copyValue(head, &tree); err != nil {
		return nil, err
	}
	tenants := []any{}
	for _, t := range s.Tenants {
		d, err := t.tree()
		if err != nil {
			return nil, err
		}
		tenants = append(tenants, d)
	}
	tree["tenants"] = tenants
	delete(tree, "format")
	w := &yamlWriter{}
	w.text("format: " + s.Format + "\n")
	w.object(tree, 0, false)
	return w.Bytes(), nil
}

// tree is what JSON says of the tenant. It takes documents as they are, which is most of it.
func (s TenantState) tree() (Doc, error) {
	head := s
	head.Collections = nil
	var tree Doc
	if err := copyValue(head, &tree); err != nil || len(s.Collections) == 0 {
		return tree, err
	}
	collections := Doc{}
	for name, documents := range s.Collections {
		list := make([]any, 0, len(documents))
		for _, d := range documents {
			document := Doc{"id": d.ID, "document": nil}
			if d.Document != nil {
				document["document"] = d.Document
			}
			if len(d.Stale) > 0 {
				var stale Doc
				if err := copyValue(d.Stale, &stale); err != nil {
					return nil, err
				}
				document["stale"] = stale
			}
			list = append(list, document)
		}
		collections[name] = list
	}
	tree["collections"] = collections
	return tree, nil
}

// ParseState reads a state from JSON or YAML. One of an earlier format becomes one of this format, or is refused. Errors
// say what is wrong and where.
func ParseState(raw []byte) (State, error) {
	raw = bytes.TrimSpace(bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf")))
	if len(raw) == 0 {
		return State{}, errors.New("the state is empty")
	}
	if raw[0] != '{' {
		var tree any
		if err := yaml.Unmarshal(raw, &tree); err != nil {
			return State{}, fmt.Errorf("invalid YAML: %w", err)
		}
		var err error
		if raw, err = json.Marshal(tree); err != nil {
			return State{}, fmt.Errorf("the state is not what JSON can say: %w", err)
		}
	}
	var head struct {
		Format *string `json:"format"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return State{}, fmt.Errorf("this is no state of ppmock: %w", err)
	}
	if head.Format == nil {
		return State{}, errors.New("this is no state of ppmock: it has no key \"format\", which says " + StateFormat)
	}
	raw, err := upgrade(raw, *head.Format, upgrades)
	if err != nil {
		return State{}, err
	}
	var s State
	if err := strict(raw, &s); err != nil {
		return State{}, err
	}
	return s, nil
}

// upgrade takes a state of a format to the present one.
func upgrade(raw []byte, format string, steps map[int]func(Doc) error) ([]byte, error) {
	version, present := versionOf(format), versionOf(StateFormat)
	if version == present {
		return raw, nil
	}
	if version == 0 || version > present {
		return nil, refuseFormat(format)
	}
	return bring(raw, version, present, steps)
}

// bring takes a state from one version to a later one.
func bring(raw []byte, version, present int, steps map[int]func(Doc) error) ([]byte, error) {
	var state Doc
	if err := json.Unmarshal(raw, &state); err != nil {
		return nil, err
	}
	for at := version; at < present; at++ {
		step := steps[at]
		if step == nil {
			return nil, outdated(version)
		}
		if err := step(state); err != nil {
			return nil, fmt.Errorf("bringing a state of format %s%d to %s: %w", formatPrefix, version, StateFormat, err)
		}
	}
	state["format"] = StateFormat
	return json.Marshal(state)
}

// versionOf is the number in a format, 0 where there is none.
func versionOf(format string) int {
	text, ok := strings.CutPrefix(format, formatPrefix)
	n, err := strconv.Atoi(text)
	if !ok || err != nil || n < 1 || text != strconv.Itoa(n) {
		return 0
	}
	return n
}

func refuseFormat(format string) error {
	version := versionOf(format)
	switch {
	case version == 0:
		return fmt.Errorf("the format %q is none of ppmock, whose states say %s", format, StateFormat)
	case version > versionOf(StateFormat):
		return fmt.Errorf("the state has the format %s of a later ppmock; this one knows %s and earlier", format, StateFormat)
	}
	return outdated(version)
}

func outdated(version int) error {
	return fmt.Errorf("the state has the format %s%d, which this ppmock no longer reads; it knows %s: seed the mock anew, or go on with the ppmock that wrote it", formatPrefix, version, StateFormat)
}

// copyValue copies by way of JSON.
func copyValue(from, into any) error {
	raw, err := json.Marshal(from)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, into)
}

// yamlWriter writes data as encoding/json decodes it: keys sorted, strings plain where YAML takes them for nothing else.
type yamlWriter struct{ bytes.Buffer }

func (w *yamlWriter) text(s string) { _, _ = w.WriteString(s) }

func (w *yamlWriter) indent(depth int) {
	for range depth {
		w.text("  ")
	}
}

// object writes the members of an object; the first follows on the line when inline.
func (w *yamlWriter) object(d Doc, depth int, inline bool) {
	for _, name := range slices.Sorted(maps.Keys(d)) {
		if !inline {
			w.indent(depth)
		}
		inline = false
		if key := scalar(name); len(key) > longestKey {
			w.text("? " + key + "\n")
			w.indent(depth)
		} else {
			w.text(key)
		}
		w.text(":")
		w.value(d[name], depth+1, false)
	}
}

// longestKey is what YAML takes for a key on the line of its value.
const longestKey = 1000

// value writes a value behind a key or a dash.
func (w *yamlWriter) value(value any, depth int, item bool) {
	switch v := value.(type) {
	case Doc:
		switch {
		case len(v) == 0:
			w.text(" {}\n")
		case item:
			w.text(" ")
			w.object(v, depth, true)
		default:
			w.text("\n")
			w.object(v, depth, false)
		}
	case []any:
		if len(v) == 0 {
			w.text(" []\n")
			return
		}
		w.text("\n")
		for _, one := range v {
			w.indent(depth)
			w.text("-")
			w.value(one, depth+1, true)
		}
	case string:
		if block(v) {
			w.block(v, depth)
			return
		}
		w.text(" " + scalar(v) + "\n")
	case float64:
		raw, err := json.Marshal(v)
		if err != nil {
			raw = []byte("null")
		}
		w.text(" " + string(raw) + "\n")
	case bool:
		w.text(" " + strconv.FormatBool(v) + "\n")
	default:
		w.text(" null\n")
	}
}

// block says whether a string is written line by line.
func block(s string) bool {
	if !strings.Contains(s, "\n") || strings.HasSuffix(s, "\n\n") || strings.HasPrefix(s, "\n") || s[0] == ' ' || s[0] == '\t' {
		return false
	}
	for line := range strings.SplitSeq(s, "\n") {
		if strings.TrimSpace(line) == "" && line != "" {
			return false
		}
	}
	return !strings.ContainsFunc(s, func(r rune) bool { return r != '\n' && r != '\t' && !printable(r) })
}

func (w *yamlWriter) block(s string, depth int) {
	rest, closed := strings.CutSuffix(s, "\n")
	if closed {
		w.text(" |\n")
	} else {
		w.text(" |-\n")
	}
	for line := range strings.SplitSeq(rest, "\n") {
		if line != "" {
			w.indent(depth)
			w.text(line)
		}
		w.text("\n")
	}
}

// printable are the characters that YAML takes as they are and that are no line breaks.
func printable(r rune) bool {
	return r >= 0x20 && r < 0x7f || r >= 0xa0 && r < 0xd800 && r != 0x2028 && r != 0x2029 || r >= 0xe000 && r < 0xfffd && r != 0xfeff || r >= 0x10000
}

// words are what YAML, of one version or another, takes for something else than a string.
var words = []string{"true", "false", "null", "yes", "no", "on", "off", "y", "n"}

// scalar is a string on one line: plain where nothing can be mistaken, else in double quotes.
func scalar(s string) string {
	if bare(s) {
		return s
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range strings.ToValidUTF8(s, "\ufffd") {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case printable(r):
			b.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func bare(s string) bool {
	if s == "" || slices.Contains(words, strings.ToLower(s)) {
		return false
	}
	for i := range len(s) {
		c := s[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		switch {
		case letter || c == '/':
		case i > 0 && (c >= '0' && c <= '9' || c == '.' || c == '_' || c == '-' || c == '+'):
		case i > 0 && i < len(s)-1 && c == ' ':
		default:
			return false
		}
	}
	return true
}
