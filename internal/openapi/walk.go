package openapi

import (
	"slices"
	"strings"
)

// index is a definition as the rules look at it. Everything is in the order of the definition.
type index struct {
	root       *object
	options    Options
	flaws      map[string][]flaw // what does not fit the grammar, by rule
	found      map[string][]node // all objects of a kind
	references []reference
	extensions []extension
	operations []*operation
	schemas    map[*object]*schema
	ordered    []*schema
	targets    map[string]target
	mentioned  []mention
	characters int
	stamp      int
}

type flaw struct {
	at   *place
	args []any
}

// node is an object of a definition.
type node struct {
	at *place
	*object
}

// reference is an object with a $ref.
type reference struct {
	node
	section string // of the root, to which it may point
	target
}

type extension struct {
	at    *place
	name  string
	value any
	kind  string // of the object that has it
	owner *object
}

type operation struct {
	node
	path, method string
	item         node
	own, shared  []parameter // of the operation, and of its path
}

func (o *operation) id() string { return o.text("operationId") }

// name is how messages call an operation.
func (o *operation) name() string {
	if id := o.id(); id != "" {
		return id
	}
	return strings.ToUpper(o.method) + " " + o.path
}

// parameters are those of the operation, and those of its path that it does not replace.
func (o *operation) parameters() []parameter {
	all := slices.Clone(o.own)
	for _, p := range o.shared {
		if !slices.ContainsFunc(o.own, func(own parameter) bool { return own.text("name") == p.text("name") && own.text("in") == p.text("in") }) {
			all = append(all, p)
		}
	}
	return all
}

// parameter is a parameter with its reference followed; at is where it is used.
type parameter struct{ node }

func newIndex(d *Definition, o Options) *index {
	x := &index{
		root: d.root, options: o, flaws: map[string][]flaw{}, found: map[string][]node{}, schemas: map[*object]*schema{}, targets: map[string]target{},
	}
	x.object("root", d.root, nil, false)
	for _, path := range x.found["path"] {
		x.path(path)
	}
	x.link()
	x.mentions(d.root, nil, false)
	x.characters = characters(d.root)
	return x
}

func (x *index) flaw(rule string, at *place, args ...any) {
	x.flaws[rule] = append(x.flaws[rule], flaw{at, args})
}

// object compares an object with the grammar and notes what it is. A definition is what references point to; there a
// reference to another definition is none of Swagger's, and found by a rule.
func (x *index) object(name string, value any, at *place, definition bool) {
	o, ok := value.(*object)
	if !ok {
		x.flaw("JsonTypeIncorrect", at, "object", typeOf(value))
		return
	}
	if name == "parameter" && o.text("in") == "body" {
		name = "body"
	}
	k := grammar[name]
	n := node{at, o}
	if k.ref != "" && o.has("$ref") {
		x.reference(n, k.ref, definition)
		return
	}
	x.found[name] = append(x.found[name], n)
	if name == "schema" {
		x.schema(n)
	}
	for _, key := range o.order() {
		x.field(name, k, n, key)
	}
	for _, key := range k.required {
		if !o.has(key) {
			x.flaw("RequiredPropertyMissing", at, key)
		}
	}
}

func (x *index) field(name string, k kind, n node, key string) {
	value, at := n.fields[key], n.at.at(key)
	f, ok := k.fields[key]
	switch {
	case ok:
		x.value(f, value, at, n.at == nil)
	case strings.HasPrefix(key, "x-") && !k.names:
		x.extensions = append(x.extensions, extension{at, key, value, name, n.object})
		x.schemaOfExtension(key, value, at)
	case k.misused[key] != "":
		x.flaw(k.misused[key], at, key)
	case k.others != nil:
		x.value(*k.others, value, at, false)
	default:
		x.flaw("ExtensionNameNotValid", at, key)
	}
	if name == "schema" {
		x.schemaField(key, value, at)
	}
}

func (x *index) value(f field, value any, at *place, definition bool) {
	switch {
	case f.list:
		items, ok := value.([]any)
		if !ok {
			x.flaw("JsonTypeIncorrect", at, "array", typeOf(value))
			return
		}
		for i, item := range items {
			x.single(f, item, at.element(i), false)
		}
	case f.dict:
		inner, ok := value.(*object)
		if !ok {
			x.flaw("JsonTypeIncorrect", at, "object", typeOf(value))
			return
		}
		for _, key := range inner.order() {
			x.single(f, inner.fields[key], at.at(key), definition)
		}
	default:
		x.single(f, value, at, false)
	}
}

func (x *index) single(f field, value any, at *place, definition bool) {
	text, _ := value.(string)
	switch got := typeOf(value); {
	case f.of != "":
		x.object(f.of, value, at, definition)
	case !f.allows(got):
		x.flaw("JsonTypeIncorrect", at, strings.Join(f.types, "' or '"), got)
	case len(f.values) > 0 && !contains(f.values, text):
		x.flaw("JsonValueNotInEnum", at, strings.Join(f.values, ", "))
	}
}

// path notes the operations of a path.
func (x *index) path(item node) {
	shared := x.parameters(item.list("parameters"), item.at.at("parameters"))
	for _, method := range item.order() {
		o := item.object.object(method)
		if o == nil || !isMethod(method) {
			continue
		}
		at := item.at.at(method)
		x.operations = append(x.operations, &operation{
			node: node{at, o}, path: item.at.key, method: method, item: item, shared: shared,
			own: x.parameters(o.list("parameters"), at.at("parameters")),
		})
	}
}

func (x *index) parameters(values []any, at *place) []parameter {
	var all []parameter
	for i, value := range values {
		o, ok := value.(*object)
		p := parameter{node{at.element(i), o}}
		if o.has("$ref") {
			p.object = x.resolve(o.fields["$ref"], "parameters").object
			ok = p.object != nil
		}
		if ok {
			all = append(all, p)
		}
	}
	return all
}

func contains(all []string, one string) bool { return slices.Contains(all, one) }
