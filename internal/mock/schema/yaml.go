package schema

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// grower makes nodes of YAML and bounds what aliases multiply.
type grower struct {
	aliased int
	inside  int // aliases being expanded
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// parseYAML reads the one document of a YAML file.
func parseYAML(raw []byte) (node *Node, err error) {
	// The parser reports some malformed input by panicking.
	defer func() {
		if r := recover(); r != nil {
			node, err = nil, fmt.Errorf("line 1: invalid YAML: %v", r)
		}
	}()
	d := yaml.NewDecoder(bytes.NewReader(raw))
	var document yaml.Node
	if err := d.Decode(&document); err != nil {
		return nil, complain(err)
	}
	if document.Kind != yaml.DocumentNode || len(document.Content) != 1 {
		return nil, errors.New("line 1: the file is empty")
	}
	var second yaml.Node
	switch err := d.Decode(&second); {
	case err == nil:
		return nil, fmt.Errorf("line %d: the file holds more than one document", second.Line)
	case !errors.Is(err, io.EOF):
		return nil, complain(err)
	}
	return new(grower).grow(document.Content[0], 0)
}

// complain puts the line in front of what the parser says.
func complain(err error) error {
	if errors.Is(err, io.EOF) {
		return errors.New("line 1: the file is empty")
	}
	text := err.Error()
	line := "1"
	if found := yamlLine.FindStringSubmatch(text); found != nil {
		text = strings.TrimPrefix(text, found[0])
		if found[1] != "" {
			line = found[1]
		}
	}
	return fmt.Errorf("line %s: invalid YAML: %s", line, text)
}

func (g *grower) grow(n *yaml.Node, depth int) (*Node, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("line %d: it is nested deeper than %d levels", n.Line, maxDepth)
	}
	if g.inside > 0 {
		if g.aliased++; g.aliased > maxAliased {
			return nil, fmt.Errorf("line %d: aliases stand for more than %d values", n.Line, maxAliased)
		}
	}
	switch n.Kind {
	case yaml.AliasNode:
		g.inside++
		defer func() { g.inside-- }()
		// The depth grows, so that an alias inside what it stands for comes to an end.
		inner, err := g.grow(n.Alias, depth+1)
		if err != nil {
			return nil, err
		}
		return &Node{Line: n.Line, Value: inner.Value}, nil
	case yaml.MappingNode:
		m, err := g.mapping(n, depth)
		return &Node{Line: n.Line, Value: m}, err
	case yaml.SequenceNode:
		items := make([]*Node, 0, len(n.Content))
		for _, one := range n.Content {
			inner, err := g.grow(one, depth+1)
			if err != nil {
				return nil, err
			}
			items = append(items, inner)
		}
		return &Node{Line: n.Line, Value: items}, nil
	case yaml.ScalarNode:
		value, err := scalar(n)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n.Line, err)
		}
		return &Node{Line: n.Line, Value: value}, nil
	default:
		return nil, fmt.Errorf("line %d: invalid YAML", n.Line)
	}
}

func (g *grower) mapping(n *yaml.Node, depth int) (*Map, error) {
	m, merged, at := &Map{}, []*Node{}, map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		for key.Kind == yaml.AliasNode {
			key = key.Alias
		}
		if key.Kind != yaml.ScalarNode {
			return nil, fmt.Errorf("line %d: a key must be a text", key.Line)
		}
		value, err := g.grow(n.Content[i+1], depth+1)
		if err != nil {
			return nil, err
		}
		if key.ShortTag() == "!!merge" {
			merged = append(merged, value)
			continue
		}
		if line, twice := at[key.Value]; twice {
			return nil, fmt.Errorf("line %d: the key %q is there already, on line %d", key.Line, key.Value, line)
		}
		at[key.Value] = key.Line
		m.Keys, m.Values = append(m.Keys, Key{key.Value, key.Line}), append(m.Values, value)
	}
	for _, from := range merged {
		if err := m.merge(from); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// merge adds what << names, where the object itself says nothing.
func (m *Map) merge(from *Node) error {
	switch v := from.Value.(type) {
	case *Map:
		for i, k := range v.Keys {
			if m.Get(k.Name) == nil {
				m.Keys, m.Values = append(m.Keys, k), append(m.Values, v.Values[i])
			}
		}
		return nil
	case []*Node:
		for _, one := range v {
			if _, ok := one.Value.(*Map); !ok {
				return fmt.Errorf("line %d: << merges objects only", one.Line)
			}
			if err := m.merge(one); err != nil {
				return err
			}
		}
		return nil
	}
	return fmt.Errorf("line %d: << merges objects only", from.Line)
}

// scalar gives a plain text the type that YAML 1.2 gives it.
func scalar(n *yaml.Node) (any, error) {
	switch tag := n.ShortTag(); tag {
	case "!!str", "!!timestamp":
		return n.Value, nil
	case "!!null":
		return nil, nil
	case "!!bool":
		b, err := strconv.ParseBool(strings.ToLower(n.Value))
		if err != nil {
			return nil, fmt.Errorf("%q is neither true nor false", n.Value)
		}
		return b, nil
	case "!!int":
		var whole int64
		if n.Decode(&whole) == nil {
			return float64(whole), nil
		}
		return finite(strings.ReplaceAll(n.Value, "_", ""))
	case "!!float":
		return finite(strings.ReplaceAll(n.Value, "_", ""))
	default:
		return nil, fmt.Errorf("the tag %s has no meaning here", tag)
	}
}
