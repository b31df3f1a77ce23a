package state

import (
	"maps"
	"slices"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/wire"
)

// object is a document at rest: it is never changed, and takes a third of the memory of a wire.Doc. Its values are those that
// normal makes, with object in place of wire.Doc.
type object []member

type member struct {
	name  string
	value any
}

// freeze returns a document at rest, never nil.
func freeze(d wire.Doc) object {
	o := make(object, 0, len(d))
	for _, name := range slices.Sorted(maps.Keys(d)) {
		o = append(o, member{name, rest(d[name])})
	}
	return o
}

func rest(value any) any {
	switch v := value.(type) {
	case wire.Doc:
		return freeze(v)
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = rest(item)
		}
		return out
	case nil, string, bool, float64:
		return v
	}
	return rest(wire.Normal(value))
}

// thaw returns a copy that may be changed; nil of nil.
func (o object) thaw() wire.Doc {
	if o == nil {
		return nil
	}
	d := make(wire.Doc, len(o))
	for _, m := range o {
		d[m.name] = wake(m.value)
	}
	return d
}

func wake(value any) any {
	switch v := value.(type) {
	case object:
		return v.thaw()
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = wake(item)
		}
		return out
	}
	return value
}
