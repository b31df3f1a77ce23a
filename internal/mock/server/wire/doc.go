// Package wire is what goes over the wire: JSON objects, addressed by dotted paths, and replies.
package wire

import (
	"encoding/json"
	"reflect"
	"strings"
)

// Doc is one JSON object exactly as it goes over the wire.
type Doc = map[string]any

// Lookup returns the value at a dotted path ("properties.displayName") of a document.
func Lookup(d Doc, path string) (any, bool) {
	var value any = d
	for name := range strings.SplitSeq(path, ".") {
		inner, ok := value.(Doc)
		if !ok {
			return nil, false
		}
		if value, ok = inner[name]; !ok {
			return nil, false
		}
	}
	return value, true
}

// Text returns the string at a dotted path, "" when there is none.
func Text(d Doc, path string) string {
	value, _ := Lookup(d, path)
	text, _ := value.(string)
	return text
}

// Assign sets the value at a dotted path, making the objects on the way.
func Assign(d Doc, path string, value any) {
	name, rest, deeper := strings.Cut(path, ".")
	if !deeper {
		d[name] = value
		return
	}
	inner, ok := d[name].(Doc)
	if !ok {
		inner = Doc{}
		d[name] = inner
	}
	Assign(inner, rest, value)
}

// Unset removes the value at a dotted path, if there is one.
func Unset(d Doc, path string) {
	at := strings.LastIndex(path, ".")
	if at < 0 {
		delete(d, path)
		return
	}
	if value, ok := Lookup(d, path[:at]); ok {
		if inner, ok := value.(Doc); ok {
			delete(inner, path[at+1:])
		}
	}
}

// Merge writes patch over d: objects are merged, everything else is replaced, null included.
func Merge(d, patch Doc) {
	for name, value := range patch {
		inner, ok := value.(Doc)
		if !ok {
			d[name] = value
			continue
		}
		old, ok := d[name].(Doc)
		if !ok {
			old = Doc{}
			d[name] = old
		}
		Merge(old, inner)
	}
}

// Prune returns a copy of an object without the members that are null, at any depth of objects.
func Prune(d Doc) Doc {
	out := Doc{}
	for name, value := range d {
		switch v := value.(type) {
		case nil:
		case Doc:
			out[name] = Prune(v)
		default:
			out[name] = v
		}
	}
	return out
}

// Copy returns a deep copy in the form in which encoding/json decodes: objects are Doc, lists []any, numbers float64.
func Copy(d Doc) Doc {
	if d == nil {
		return nil
	}
	out := make(Doc, len(d))
	for name, value := range d {
		out[name] = Normal(value)
	}
	return out
}

// Normal returns a deep copy of a value in that form.
func Normal(value any) any {
	switch v := value.(type) {
	case nil, string, bool, float64:
		return v
	case Doc:
		return Copy(v)
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = Normal(item)
		}
		return out
	}
	switch v := reflect.ValueOf(value); {
	case v.CanInt():
		return float64(v.Int())
	case v.CanUint():
		return float64(v.Uint())
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() != reflect.Uint8:
		out := make([]any, v.Len())
		for i := range v.Len() {
			out[i] = Normal(v.Index(i).Interface())
		}
		return out
	}
	raw, err := json.Marshal(value)
	if err != nil {
		return nil
	}
	var out any
	if json.Unmarshal(raw, &out) != nil {
		return nil
	}
	return out
}
