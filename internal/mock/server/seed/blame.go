package seed

import (
	"errors"
	"fmt"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/schema"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/wire"
)

// At says where in the objects of a seeder an error belongs: "[2]" for the third, "inner.name" for a key. An error
// can be given one position after another, the outer ones last.
func At(path string, err error) error {
	if err == nil {
		return nil
	}
	if inner, ok := errors.AsType[*misplaced](err); ok {
		if !strings.HasPrefix(inner.path, "[") {
			path += "."
		}
		return &misplaced{path + inner.path, inner.err}
	}
	return &misplaced{path, err}
}

// Each calls f for every object and says in which one an error lies.
func Each(items []wire.Doc, f func(item wire.Doc) error) error {
	for i, item := range items {
		if err := f(item); err != nil {
			return At(fmt.Sprintf("[%d]", i), err)
		}
	}
	return nil
}

type misplaced struct {
	path string
	err  error
}

func (m *misplaced) Error() string { return m.path + ": " + m.err.Error() }

func (m *misplaced) Unwrap() error { return m.err }

// Origin is where in a file the seed of a tenant stands.
type Origin struct {
	// Node is what the file says.
	Node *schema.Node
	// Path is where, "tenants[0]".
	Path string

	lines map[string]int
}

// Blame says where an error about the objects under a key of a tenant lies.
func (o Origin) Blame(tenant, key string, err error) error {
	path := key
	if inner, ok := errors.AsType[*misplaced](err); ok {
		if !strings.HasPrefix(inner.path, "[") {
			path += "."
		}
		path, err = path+inner.path, inner.err
	}
	if o.Node == nil {
		return fmt.Errorf("tenant %s: %s: %w", tenant, path, err)
	}
	at := o.Path + "." + path
	return fmt.Errorf("line %d: %s: %w", lineOf(o.lines, at), at, err)
}

// lineOf is the line of a path, or of the closest thing around it.
func lineOf(lines map[string]int, path string) int {
	for path != "" {
		if line, ok := lines[path]; ok {
			return line
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
	return lines[""]
}
