package store

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

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/wire"
)

const formatPrefix = "ppmock-state/"

// upgrades are the steps that take a state, as data, from one version to the next, by the version that they start from.
// A version without a step can no longer be read.
var upgrades = map[int]func(state wire.Doc) error{}

// JSON is the state as indented JSON with a line break at the end.
func (s State) JSON() ([]byte, error) {
	tree, err := s.tree()
	if err != nil {
		return nil, err
	}
	w := &jsonWriter{}
	w.text("{\n  \"format\": " + quoted(s.Format))
	for _, name := range slices.Sorted(maps.Keys(tree)) {
		w.text(",\n  " + quoted(name) + ": ")
		w.value(tree[name], 1)
	}
	w.text("\n}\n")
	return w.Bytes(), nil
}

// YAML is the state as YAML, for people to read, compare and edit.
func (s State) YAML() ([]byte, error) {
	tree, err := s.tree()
	if err != nil {
		return nil, err
	}
	w := &yamlWriter{}
	w.text("format: " + scalar(s.Format) + "\n")
	w.object(tree, 0, false)
	return w.Bytes(), nil
}

// tree is what JSON says of the state, but for the format.
func (s State) tree() (wire.Doc, error) {
	head := s
	head.Tenants = nil
	var tree wire.Doc
	if err := CopyValue(head, &tree); err != nil {
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
	return tree, nil
}

// tree is what JSON says of the tenant. It takes documents as they are, which is most of it.
func (s TenantState) tree() (wire.Doc, error) {
	head := s
	head.Collections = nil
	var tree wire.Doc
	if err := CopyValue(head, &tree); err != nil || len(s.Collections) == 0 {
		return tree, err
	}
	collections := wire.Doc{}
	for name, documents := range s.Collections {
		list := make([]any, 0, len(documents))
		for _, d := range documents {
			document := wire.Doc{"id": d.ID, "document": nil}
			if d.Document != nil {
				document["document"] = d.Document
			}
			if len(d.Stale) > 0 {
				var stale wire.Doc
				if err := CopyValue(d.Stale, &stale); err != nil {
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

// Parse reads a state from JSON or YAML. One of an earlier format becomes one of this format, or is refused. Errors
// say what is wrong and where.
func Parse(raw []byte) (State, error) {
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
		return State{}, errors.New("this is no state of ppmock: it has no key \"format\", which says " + Format)
	}
	raw, err := upgrade(raw, *head.Format, upgrades)
	if err != nil {
		return State{}, err
	}
	var s State
	if err := wire.Strict(raw, &s); err != nil {
		return State{}, err
	}
	return s, nil
}

// upgrade takes a state of a format to the present one.
func upgrade(raw []byte, format string, steps map[int]func(wire.Doc) error) ([]byte, error) {
	version, present := versionOf(format), versionOf(Format)
	if version == present {
		return raw, nil
	}
	if version == 0 || version > present {
		return nil, RefuseFormat(format)
	}
	return bring(raw, version, present, steps)
}

// bring takes a state from one version to a later one.
func bring(raw []byte, version, present int, steps map[int]func(wire.Doc) error) ([]byte, error) {
	var state wire.Doc
	if err := json.Unmarshal(raw, &state); err != nil {
		return nil, err
	}
	for at := version; at < present; at++ {
		step := steps[at]
		if step == nil {
			return nil, outdated(version)
		}
		if err := step(state); err != nil {
			return nil, fmt.Errorf("bringing a state of format %s%d to %s: %w", formatPrefix, version, Format, err)
		}
	}
	state["format"] = Format
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

// RefuseFormat says why states of a format are not read.
func RefuseFormat(format string) error {
	version := versionOf(format)
	switch {
	case version == 0:
		return fmt.Errorf("the format %q is none of ppmock, whose states say %s", format, Format)
	case version > versionOf(Format):
		return fmt.Errorf("the state has the format %s of a later ppmock; this one knows %s and earlier", format, Format)
	}
	return outdated(version)
}

func outdated(version int) error {
	return fmt.Errorf("the state has the format %s%d, which this ppmock no longer reads; it knows %s: seed the mock anew, or go on with the ppmock that wrote it", formatPrefix, version, Format)
}

// CopyValue copies by way of JSON.
func CopyValue(from, into any) error {
	raw, err := json.Marshal(from)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, into)
}
