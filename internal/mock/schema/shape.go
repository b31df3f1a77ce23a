// Package schema describes what a file for the mock may say: the keys, their types, what they mean and what is allowed.
// One description serves three purposes: checking a file, with the line and the path of what is wrong; checking objects
// that were made by a program; and the JSON schema that editors complete from.
package schema

import "regexp"

// Doc is one JSON object.
type Doc = map[string]any

// kind is the type of a value.
type kind int

const (
	anything kind = iota
	text
	flag
	whole
	number
	object
	list
	table
)

// Shape describes a value, and the key under which it stands. It is not changed after it was made, except by its own
// methods while it is being made.
type Shape struct {
	// Name is the key, "" for an item of a list or the whole of a file.
	Name string
	// About says what the value means, in one sentence.
	About string

	kind     kind
	typed    string // of an object: the name of its type
	required bool
	open     bool // an object that may have any keys
	fields   []*Shape
	item     *Shape
	enum     []string
	low      float64
	high     float64
	bounded  bool
	format   *format
	defines  string
	refers   string
	either   *Shape // another type that the value may have
}

// format is a form that a text must have.
type format struct {
	what    string // "a GUID"
	pattern string // for the schema
	ok      func(text string) bool
	lax     bool // checked in files only
}

// Text is any text.
func Text(name, about string) *Shape { return &Shape{Name: name, About: about, kind: text} }

// Flag is true or false.
func Flag(name, about string) *Shape { return &Shape{Name: name, About: about, kind: flag} }

// Whole is a whole number.
func Whole(name, about string) *Shape { return &Shape{Name: name, About: about, kind: whole} }

// Number is any number.
func Number(name, about string) *Shape { return &Shape{Name: name, About: about, kind: number} }

// Any is any value.
func Any(name, about string) *Shape { return &Shape{Name: name, About: about, kind: anything} }

// Free is an object whose keys are not the mock's to know.
func Free(name, about string) *Shape {
	return &Shape{Name: name, About: about, kind: object, open: true}
}

// Object is an object with these keys and no others.
func Object(name, about string, fields ...*Shape) *Shape {
	return &Shape{Name: name, About: about, kind: object, fields: fields}
}

// List is a list of items of one shape.
func List(name, about string, item *Shape) *Shape {
	return &Shape{Name: name, About: about, kind: list, item: item}
}

// Objects is a list of objects with these keys.
func Objects(name, about string, fields ...*Shape) *Shape {
	return List(name, about, Object("", "", fields...))
}

// Texts is a list of texts.
func Texts(name, about string) *Shape { return List(name, about, Text("", "")) }

// Table is an object with keys of the author's choice and values of one shape.
func Table(name, about string, item *Shape) *Shape {
	return &Shape{Name: name, About: about, kind: table, item: item}
}

// Named returns a copy of a shape under another key.
func (s *Shape) Named(name, about string) *Shape {
	c := *s
	c.Name, c.About = name, about
	return &c
}

// Required makes the key one that must be there.
func (s *Shape) Required() *Shape {
	s.required = true
	return s
}

// Enum allows only these texts; case counts.
func (s *Shape) Enum(values ...string) *Shape {
	s.enum = values
	return s
}

// Between bounds a number, both ends included.
func (s *Shape) Between(low, high float64) *Shape {
	s.low, s.high, s.bounded = low, high, true
	return s
}

// Defines says that the text is the ID of an object of that kind, which no other of its tenant may have.
func (s *Shape) Defines(kind string) *Shape {
	s.defines = kind
	return s
}

// Refers says that the text is the ID of an object of that kind, which must be there.
func (s *Shape) Refers(kind string) *Shape {
	s.refers = kind
	return s
}

// Or allows the value to have another type as well.
func (s *Shape) Or(other *Shape) *Shape {
	s.either = other
	return s
}

// OrItem allows, in place of a list, its only item.
func (s *Shape) OrItem() *Shape { return s.Or(s.item) }

// form demands a form of a text.
func (s *Shape) form(what, pattern string, lax bool, ok func(text string) bool) *Shape {
	s.format = &format{what, pattern, ok, lax}
	return s
}

// Matching demands that a text matches a regular expression, which holds for the whole text; what names the form: "a GUID".
func (s *Shape) Matching(what, pattern string) *Shape {
	compiled := regexp.MustCompile("^(?:" + pattern + ")$")
	return s.form(what, "^(?:"+pattern+")$", false, compiled.MatchString)
}

// Typed gives an object the name that its type has elsewhere; see Problem.
func (s *Shape) Typed(name string) *Shape {
	s.typed = name
	return s
}

// Loose returns a copy of an object's shape that allows further keys whose values have that shape.
func Loose(s, rest *Shape) *Shape {
	c := *s
	c.open, c.item = true, rest
	return &c
}
