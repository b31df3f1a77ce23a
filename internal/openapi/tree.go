package openapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// object is an object of a definition with the order of its keys. The other values are nil, bool, json.Number in its
// normal form, string and []any. A nil object is an empty one.
type object struct {
	keys   []string
	fields map[string]any
}

func (o *object) order() []string {
	if o == nil {
		return nil
	}
	return o.keys
}

func (o *object) get(key string) (any, bool) {
	if o == nil {
		return nil, false
	}
	value, ok := o.fields[key]
	return value, ok
}

func (o *object) has(key string) bool { _, ok := o.get(key); return ok }

// set adds a key behind the others, or replaces its value.
func (o *object) set(key string, value any) {
	if !o.has(key) {
		o.keys = append(o.keys, key)
	}
	if o.fields == nil {
		o.fields = map[string]any{}
	}
	o.fields[key] = value
}

func (o *object) clone() *object { return &object{slices.Clone(o.keys), maps.Clone(o.fields)} }

// text, flag, list and object are the value of a key, or nothing if it is of another type.
func (o *object) text(key string) string {
	value, _ := o.get(key)
	text, _ := value.(string)
	return text
}

func (o *object) flag(key string) bool {
	value, _ := o.get(key)
	flag, _ := value.(bool)
	return flag
}

func (o *object) list(key string) []any {
	value, _ := o.get(key)
	list, _ := value.([]any)
	return list
}

func (o *object) object(key string) *object {
	value, _ := o.get(key)
	inner, _ := value.(*object)
	return inner
}

// JSONLookup lets JSON pointers pass.
func (o *object) JSONLookup(key string) (any, error) {
	value, ok := o.get(key)
	if !ok {
		return nil, fmt.Errorf("there is no %q", key)
	}
	return value, nil
}

// typeOf is the name of a value's type in messages, as JSON Schema calls it.
func typeOf(value any) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case json.Number:
		if strings.ContainsAny(string(v), ".e") {
			return "number"
		}
		return "integer"
	case string:
		return "string"
	case []any:
		return "array"
	default:
		return "object"
	}
}

// plain is a short value as text in messages.
func plain(value any) string {
	switch value.(type) {
	case string, json.Number, bool:
		return fmt.Sprint(value)
	default:
		return typeOf(value)
	}
}

// number is the normal form of a JSON number, so that equal numbers have equal texts: 1.0, 1e0 and 1 are 1. All digits are
// kept. An exponent that no machine can count with stays as it is.
func number(text string) json.Number {
	rest := text
	if rest, ok := strings.CutPrefix(text, "-"); ok {
		return negative(number(rest))
	}
	mantissa, exponent := rest, 0
	if i := strings.IndexAny(rest, "eE"); i >= 0 {
		var err error
		if exponent, err = strconv.Atoi(rest[i+1:]); err != nil || exponent > 1<<30 || exponent < -1<<30 {
			return json.Number(strings.ToLower(text))
		}
		mantissa = rest[:i]
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	exponent -= len(fraction)
	short := strings.TrimRight(digits, "0")
	exponent += len(digits) - len(short)
	point := len(short) + exponent // digits before the decimal point
	switch {
	case short == "":
		return "0"
	case exponent >= 0 && point <= 21:
		return json.Number(short + strings.Repeat("0", exponent))
	case point > 0 && point <= 21:
		return json.Number(short[:point] + "." + short[point:])
	case point > -6 && point <= 0:
		return json.Number("0." + strings.Repeat("0", -point) + short)
	case len(short) == 1:
		return json.Number(short + "e" + strconv.Itoa(point-1))
	default:
		return json.Number(short[:1] + "." + short[1:] + "e" + strconv.Itoa(point-1))
	}
}

func negative(n json.Number) json.Number {
	if n == "0" {
		return n
	}
	return "-" + n
}

// place is where a value is in a definition. The root is nil.
type place struct {
	up   *place
	key  string
	item bool // of a list: key is its index
}

func (p *place) at(key string) *place { return &place{up: p, key: key} }

func (p *place) element(i int) *place { return &place{up: p, key: strconv.Itoa(i), item: true} }

func (p *place) steps() []*place {
	var all []*place
	for ; p != nil; p = p.up {
		all = append(all, p)
	}
	slices.Reverse(all)
	return all
}

var pointerEscape = strings.NewReplacer("~", "~0", "/", "~1")

// pointer is the place as a JSON pointer (RFC 6901).
func (p *place) pointer() string {
	var b strings.Builder
	for _, step := range p.steps() {
		b.WriteString("/" + pointerEscape.Replace(step.key))
	}
	return b.String()
}

// String is the place as people write it: paths./cases/{id}.get.parameters[0].
func (p *place) String() string {
	var b strings.Builder
	for i, step := range p.steps() {
		switch {
		case step.item:
			b.WriteString("[" + step.key + "]")
		case i > 0:
			b.WriteString("." + step.key)
		default:
			b.WriteString(step.key)
		}
	}
	return b.String()
}
