package dataverse

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// condition is a $filter that was understood.
type condition func(s *store, row doc) bool

// operand is one side of a comparison: a column, perhaps of the row that a lookup names, or a literal.
type operand struct {
	steps  []lookup // single-valued navigation on the way to the column
	column string
	member string // of the managed property that the column is
	kind   kind
	fixed  *literal
}

// parseFilter reads a $filter: comparisons of columns, joined by and, or, not and brackets, and the functions contains,
// startswith and endswith. https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query/filter-rows
func parseFilter(text string, t *table) (condition, error) {
	p, err := parserOf(text)
	if err != nil {
		return nil, err
	}
	c, err := p.filter(t)
	if err != nil {
		return nil, err
	}
	return c, p.done()
}

func (p *parser) filter(t *table) (condition, error) {
	return p.joined(t, "or", p.all, func(s *store, row doc, parts []condition) bool {
		return slices.ContainsFunc(parts, func(c condition) bool { return c(s, row) })
	})
}

func (p *parser) all(t *table) (condition, error) {
	return p.joined(t, "and", p.negated, func(s *store, row doc, parts []condition) bool {
		return !slices.ContainsFunc(parts, func(c condition) bool { return !c(s, row) })
	})
}

// joined reads parts with an operator between them.
func (p *parser) joined(t *table, operator string, part func(t *table) (condition, error), value func(s *store, row doc, parts []condition) bool) (condition, error) {
	var parts []condition
	for {
		c, err := part(t)
		if err != nil {
			return nil, err
		}
		parts = append(parts, c)
		if !p.keyword(operator) {
			break
		}
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	return func(s *store, row doc) bool { return value(s, row, parts) }, nil
}

func (p *parser) negated(t *table) (condition, error) {
	if !p.keyword("not") {
		return p.simple(t)
	}
	if err := p.deeper(); err != nil {
		return nil, err
	}
	c, err := p.negated(t)
	p.depth--
	return func(s *store, row doc) bool { return !c(s, row) }, err
}

// simple is a bracket, a function or a comparison.
func (p *parser) simple(t *table) (condition, error) {
	if p.accept("(") {
		if err := p.deeper(); err != nil {
			return nil, err
		}
		c, err := p.filter(t)
		if err != nil {
			return nil, err
		}
		p.depth--
		return c, p.expect(")")
	}
	if name := p.peek(); name.sort == word && p.at+1 < len(p.tokens) && p.tokens[p.at+1].sort == mark && p.tokens[p.at+1].text == "(" {
		return p.function(t)
	}
	left, err := p.operand(t)
	if err != nil {
		return nil, err
	}
	operator := strings.ToLower(p.next().text)
	holds, ok := comparisons[operator]
	if !ok {
		p.at--
		return nil, p.unexpected("a comparison operator expected")
	}
	right, err := p.operand(t)
	if err != nil {
		return nil, err
	}
	left, right = left.beside(right), right.beside(left)
	if err := left.fits(right, operator); err != nil {
		return nil, err
	}
	return func(s *store, row doc) bool {
		a, b := left.value(s, row), right.value(s, row)
		switch {
		case a != nil && b != nil:
			return holds(compare(a, b))
		case operator == "ne":
			return a != nil || b != nil
		}
		return operator == "eq" && a == nil && b == nil
	}, nil
}

var comparisons = map[string]func(order int) bool{
	"eq": func(order int) bool { return order == 0 }, "ne": func(order int) bool { return order != 0 },
	"gt": func(order int) bool { return order > 0 }, "ge": func(order int) bool { return order >= 0 },
	"lt": func(order int) bool { return order < 0 }, "le": func(order int) bool { return order <= 0 },
}

var functions = map[string]func(text, part string) bool{
	"contains": strings.Contains, "startswith": strings.HasPrefix, "endswith": strings.HasSuffix,
}

func (p *parser) function(t *table) (condition, error) {
	name := p.next().text
	test, ok := functions[name]
	if !ok {
		return nil, fault("An unknown function with name '%s' was found. This may also be a function import or a key lookup on a navigation property, which is not allowed.", name)
	}
	if err := p.expect("("); err != nil {
		return nil, err
	}
	column, err := p.operand(t)
	if err != nil {
		return nil, err
	}
	if err := p.expect(","); err != nil {
		return nil, err
	}
	part, ok := p.next().literal()
	if !ok || part.null || part.kind != text || column.family() != text {
		return nil, fault("No function signature for the function with name '%s' matches the specified arguments.", name)
	}
	if err := p.expect(")"); err != nil {
		return nil, err
	}
	wanted, _ := part.value.(string)
	return func(s *store, row doc) bool {
		have, is := column.value(s, row).(string)
		return is && test(strings.ToLower(have), strings.ToLower(wanted))
	}, nil
}

// operand reads a literal or the path to a column.
func (p *parser) operand(t *table) (operand, error) {
	if l, ok := p.peek().literal(); ok {
		p.at++
		return operand{fixed: &l, kind: l.kind}, nil
	}
	return p.path(t)
}

// path reads the name of a column, behind any number of single-valued navigation properties.
func (p *parser) path(t *table) (operand, error) {
	var o operand
	for {
		name := p.next()
		if name.sort != word {
			p.at--
			return o, p.unexpected("the name of a property expected")
		}
		if p.accept("/") {
			if k, is := t.kindOf(name.text); is && k == managed {
				o.column = name.text
				return o, p.managed(&o)
			}
			l, ok := t.single(name.text)
			if !ok {
				return o, unknownProperty(name.text, t)
			}
			o.steps = append(o.steps, l)
			t = tableNamed(l.targets[0])
			continue
		}
		k, ok := t.kindOf(name.text)
		if !ok {
			return o, unknownProperty(name.text, t)
		}
		o.column, o.kind = name.text, k
		return o, nil
	}
}

// managed reads the member of a managed property.
func (p *parser) managed(o *operand) error {
	name := p.next()
	kinds := map[string]kind{"Value": boolean, "CanBeChanged": boolean, "ManagedPropertyLogicalName": text}
	k, ok := kinds[name.text]
	if name.sort != word || !ok {
		return fault("Could not find a property named '%s' on type 'Microsoft.Dynamics.CRM.BooleanManagedProperty'.", name.text)
	}
	o.member, o.kind = name.text, k
	return nil
}

func unknownProperty(name string, t *table) error {
	return fault("Could not find a property named '%s' on type 'Microsoft.Dynamics.CRM.%s'.", name, t.name)
}

// family is the kind that stands for all kinds that can be compared with each other.
func (o operand) family() kind {
	switch o.kind {
	case text, memo, choices:
		return text
	case whole, decimal, choice:
		return decimal
	default:
		return o.kind
	}
}

func (o operand) null() bool { return o.fixed != nil && o.fixed.null }

// beside is the operand next to another one: an ID may stand in quotes.
func (o operand) beside(other operand) operand {
	if o.fixed == nil || o.fixed.kind != text || other.kind != guid {
		return o
	}
	said, _ := o.fixed.value.(string)
	id, err := uuid.Parse(said)
	if err != nil {
		return o
	}
	return operand{fixed: &literal{value: id.String(), kind: guid}, kind: guid}
}

// fits refuses comparisons of what cannot be compared.
func (o operand) fits(other operand, operator string) error {
	switch {
	case o.null() || other.null():
		return nil
	case o.family() != other.family() || o.family() == managed || o.family() == image:
		return fault("A binary operator with incompatible types was detected. Found operand types '%s' and '%s' for operator kind '%s'.",
			edm[o.kind][0], edm[other.kind][0], operator)
	}
	return nil
}

// value is what the operand stands for in a row, nil for null.
func (o operand) value(s *store, row doc) any {
	if o.fixed != nil {
		return o.fixed.value
	}
	for _, step := range o.steps {
		if _, row = s.parent(step, row); row == nil {
			return nil
		}
	}
	value := row[o.column]
	if o.member != "" {
		d, _ := value.(doc)
		return d[o.member]
	}
	if said, is := value.(string); is && o.kind == moment {
		at, ok := instant(said)
		if !ok {
			return nil
		}
		return at
	}
	return value
}

// compare orders two values of one family; text without regard to case, as Dataverse does.
func compare(a, b any) int {
	switch one := a.(type) {
	case string:
		two, _ := b.(string)
		return strings.Compare(strings.ToLower(one), strings.ToLower(two))
	case float64:
		two, _ := b.(float64)
		return cmp.Compare(one, two)
	case time.Time:
		two, _ := b.(time.Time)
		return one.Compare(two)
	case bool:
		two, _ := b.(bool)
		return cmp.Compare(bit(one), bit(two))
	}
	return 0
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}
