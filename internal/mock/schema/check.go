package schema

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Problem is one thing that is wrong.
type Problem struct {
	// Path is where, "tenants[0].environments[1].display_name".
	Path string
	// Line counts from 1; 0 where there is no file.
	Line int
	// Text says what is wrong.
	Text string
	// Unknown is the key that an object cannot have, Missing one that it must have; else they are empty.
	Unknown, Missing string
	// Type is the name of the object's type, see Typed, where a key is unknown or missing.
	Type string
}

// Error is "line 12: tenants[0].id: must be a GUID".
func (p *Problem) Error() string {
	text := p.Text
	if p.Path != "" {
		text = p.Path + ": " + text
	}
	if p.Line > 0 {
		text = "line " + strconv.Itoa(p.Line) + ": " + text
	}
	return text
}

// maxProblems is how many problems are worth reading at once.
const maxProblems = 20

// Finding is a text of a file that names an object.
type Finding struct {
	Kind, ID, Path string
	Line           int
}

// Report is what Check finds.
type Report struct {
	// Problems are in the order of the file.
	Problems []*Problem
	// Defined and Referred are the objects that are there, and those that should be.
	Defined, Referred []Finding

	lax bool
}

// Err is nil when nothing is wrong, else one line per problem.
func (r *Report) Err() error {
	slices.SortStableFunc(r.Problems, func(a, b *Problem) int { return a.Line - b.Line })
	var all []error
	for i, p := range r.Problems {
		if i == maxProblems {
			all = append(all, fmt.Errorf("and %d more", len(r.Problems)-maxProblems))
			break
		}
		all = append(all, p)
	}
	return errors.Join(all...)
}

// Add notes a problem.
func (r *Report) Add(line int, path, format string, args ...any) {
	r.note(Problem{Path: path, Line: line, Text: fmt.Sprintf(format, args...)})
}

func (r *Report) note(p Problem) { r.Problems = append(r.Problems, &p) }

// Check finds out what is wrong with a value. Paths begin with path.
func (s *Shape) Check(n *Node, path string) *Report {
	r := &Report{}
	s.check(r, n, path)
	return r
}

// CheckLax is Check for what a program made: IDs may be any text.
func (s *Shape) CheckLax(n *Node, path string) *Report {
	r := &Report{lax: true}
	s.check(r, n, path)
	return r
}

func (s *Shape) check(r *Report, n *Node, path string) {
	if s.either != nil && !s.is(n) && s.either.is(n) {
		s.either.check(r, n, path)
		return
	}
	if !s.is(n) {
		r.Add(n.Line, path, "must be %s, not %s", s.what(), said(n))
		return
	}
	switch v := n.Value.(type) {
	case string:
		s.checkText(r, v, n.Line, path)
	case float64:
		if s.bounded && (v < s.low || v > s.high) {
			r.Add(n.Line, path, "must be between %s and %s, not %s", digits(s.low), digits(s.high), digits(v))
		}
	case *Map:
		if s.kind != anything {
			s.checkObject(r, v, n.Line, path)
		}
	case []*Node:
		for i, one := range v {
			if s.item != nil {
				s.item.check(r, one, fmt.Sprintf("%s[%d]", path, i))
			}
		}
	}
}

func (s *Shape) checkText(r *Report, v string, line int, path string) {
	switch {
	case len(s.enum) > 0 && !slices.Contains(s.enum, v):
		r.Add(line, path, "must be one of %s, not %q%s", strings.Join(s.enum, ", "), v, hint(v, s.enum))
	case s.format != nil && (!r.lax || !s.format.lax) && !s.format.ok(v):
		r.Add(line, path, "must be %s, not %q", s.format.what, v)
	}
	if s.defines != "" {
		r.Defined = append(r.Defined, Finding{s.defines, v, path, line})
	}
	if s.refers != "" {
		r.Referred = append(r.Referred, Finding{s.refers, v, path, line})
	}
}

func (s *Shape) checkObject(r *Report, m *Map, line int, path string) {
	for i, k := range m.Keys {
		at := join(path, k.Name)
		if s.kind == table {
			s.item.check(r, m.Values[i], at)
			continue
		}
		j := slices.IndexFunc(s.fields, func(f *Shape) bool { return f.Name == k.Name })
		switch {
		case j >= 0 && m.Values[i].Value == nil && !s.fields[j].required: // null is as if the key were not there
		case j >= 0:
			s.fields[j].check(r, m.Values[i], at)
		case s.open && s.item != nil:
			if m.Values[i].Value != nil {
				s.item.check(r, m.Values[i], at)
			}
		case !s.open:
			text := "unknown key" + Hint(k.Name, s.Names())
			r.note(Problem{Path: at, Line: k.Line, Text: text, Unknown: k.Name, Type: s.typed})
		}
	}
	for _, f := range s.fields {
		if f.required && m.Get(f.Name) == nil {
			r.note(Problem{Path: path, Line: line, Text: f.Name + " is required", Missing: f.Name, Type: s.typed})
		}
	}
}

// Names are the keys of an object, in the order in which they were described.
func (s *Shape) Names() []string {
	var names []string
	for _, f := range s.fields {
		names = append(names, f.Name)
	}
	return names
}

// Field returns the shape of a key, nil if there is none.
func (s *Shape) Field(name string) *Shape {
	for _, f := range s.fields {
		if f.Name == name {
			return f
		}
	}
	return nil
}

func (s *Shape) is(n *Node) bool {
	switch v := n.Value.(type) {
	case string:
		return s.kind == text || s.kind == anything
	case bool:
		return s.kind == flag || s.kind == anything
	case float64:
		return s.kind == number || s.kind == anything || s.kind == whole && v == math.Trunc(v) && math.Abs(v) < 1<<53
	case *Map:
		return s.kind == object || s.kind == table || s.kind == anything
	case []*Node:
		return s.kind == list || s.kind == anything
	}
	return s.kind == anything
}

func (s *Shape) what() string {
	names := map[kind]string{text: "a text", flag: "true or false", whole: "a whole number", number: "a number", object: "an object", list: "a list", table: "an object"}
	if s.either != nil {
		return names[s.kind] + " or " + s.either.what()
	}
	return names[s.kind]
}

func said(n *Node) string {
	switch v := n.Value.(type) {
	case string:
		if len(v) > 40 {
			v = strings.ToValidUTF8(v[:40], "") + "…"
		}
		return "the text " + strconv.Quote(v)
	case bool:
		return strconv.FormatBool(v) + " (a text needs quotes)"
	case float64:
		return digits(v) + " (a text needs quotes)"
	case *Map:
		return "an object"
	case []*Node:
		return "a list"
	}
	return "null"
}

func digits(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
