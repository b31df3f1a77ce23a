package dataverse

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// query is what was asked of a set of rows, or of one row.
type query struct {
	columns []string // none: all
	where   condition
	order   []ordering
	top     int // -1: all
	expand  []expansion
	count   bool
	page    int // number of the page, from 1
}

// ordering is one key of $orderby.
type ordering struct {
	by   operand
	down bool
}

// expansion is one navigation property of $expand.
type expansion struct {
	nav   string
	table *table // of the rows behind it
	query query
}

// reader reads one part of a query, by its name with the dollar; nil if there is no such part.
func reader(name string) func(q *query, t *table, p *parser) error {
	switch name {
	case "$select":
		return (*query).readSelect
	case "$filter":
		return (*query).readFilter
	case "$orderby":
		return (*query).readOrder
	case "$expand":
		return (*query).readExpand
	case "$top":
		return (*query).readTop
	case "$count":
		return (*query).readCount
	}
	return nil
}

// parseQuery reads the options of a query; the messages are those of the Web API's OData library.
func parseQuery(values url.Values, t *table) (query, error) {
	q := query{top: -1, page: 1}
	for name := range values {
		text := strings.TrimSpace(values.Get(name))
		if name == "$skiptoken" {
			number, err := pageOf(text)
			if err != nil {
				return q, err
			}
			q.page = number
			continue
		}
		if name == "$skip" {
			return q, fault("Skip Clause is not supported in CRM")
		}
		if !strings.HasPrefix(name, "$") || text == "" {
			continue
		}
		read := reader(name)
		if read == nil {
			return q, fault("The query parameter %s is not supported.", name)
		}
		p, err := parserOf(text)
		if err != nil {
			return q, err
		}
		if err := read(&q, t, p); err != nil {
			return q, err
		}
		if err := p.done(); err != nil {
			return q, err
		}
	}
	return q, nil
}

func (q *query) readSelect(t *table, p *parser) error {
	for {
		name := p.next()
		switch {
		case name.sort != word:
			p.at--
			return p.unexpected("the name of a property expected")
		case name.text == "*":
			q.columns = append(q.columns, t.names()...)
		case !slices.Contains(t.names(), name.text):
			if _, ok := t.single(name.text); !ok {
				return unknownProperty(name.text, t)
			}
			q.columns = append(q.columns, t.id) // a navigation property can be selected; what it shows is for $expand to say
		default:
			q.columns = append(q.columns, name.text)
		}
		if !p.accept(",") {
			return nil
		}
	}
}

func (q *query) readFilter(t *table, p *parser) (err error) {
	q.where, err = p.filter(t)
	return err
}

func (q *query) readOrder(t *table, p *parser) error {
	for {
		by, err := p.path(t)
		if err != nil {
			return err
		}
		o := ordering{by: by, down: p.keyword("desc")}
		if !o.down {
			p.keyword("asc")
		}
		q.order = append(q.order, o)
		if !p.accept(",") {
			return nil
		}
	}
}

func (q *query) readTop(_ *table, p *parser) error {
	text := p.next().text
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return fault("Invalid value '%s' for $top query option found. The $top query option requires a non-negative integer value.", text)
	}
	q.top = n
	return nil
}

func (q *query) readCount(_ *table, p *parser) error {
	switch value := p.next().text; value {
	case "true", "false":
		q.count = value == "true"
		return nil
	default:
		return fault("Invalid value '%s' for $count query option found. Valid values are 'true,false'.", value)
	}
}

// readExpand reads navigation properties, each with options of its own in brackets.
func (q *query) readExpand(t *table, p *parser) error {
	if err := p.deeper(); err != nil {
		return err
	}
	for {
		name := p.next()
		if name.sort != word {
			p.at--
			return p.unexpected("the name of a navigation property expected")
		}
		other := t.behind(name.text)
		if other == nil {
			return unknownProperty(name.text, t)
		}
		e := expansion{nav: name.text, table: other, query: query{top: -1, page: 1}}
		if p.accept("(") {
			if err := e.query.readNested(other, p); err != nil {
				return err
			}
		}
		q.expand = append(q.expand, e)
		if !p.accept(",") {
			p.depth--
			return nil
		}
	}
}

// readNested reads the options in the brackets of $expand.
func (q *query) readNested(t *table, p *parser) error {
	for {
		name := p.next().text
		read := reader(name)
		if read == nil || name == "$count" {
			return fault("The query option '%s' is not valid in $expand.", name)
		}
		if err := p.expect("="); err != nil {
			return err
		}
		inner := p.until(";)")
		if err := read(q, t, inner); err != nil {
			return err
		}
		if err := inner.done(); err != nil {
			return err
		}
		if !p.accept(";") {
			return p.expect(")")
		}
	}
}

// behind is the table that a navigation property leads to, nil if there is no such property.
func (t *table) behind(nav string) *table {
	if l, ok := t.single(nav); ok {
		return tableNamed(l.targets[0])
	}
	if in, ok := t.collection(nav); ok {
		return in.from
	}
	_, other, _ := t.many(nav)
	return other
}

// chosen are the rows that a query is about, in order; $top and pages not considered.
func (q query) chosen(s *store, rows []doc) []doc {
	if q.where != nil {
		rows = slices.DeleteFunc(rows, func(row doc) bool { return !q.where(s, row) })
	}
	if len(q.order) > 0 {
		slices.SortStableFunc(rows, func(a, b doc) int {
			for _, o := range q.order {
				if n := o.compare(s, a, b); n != 0 {
					return n
				}
			}
			return 0
		})
	}
	return rows
}

// compare puts null first, as Dataverse does.
func (o ordering) compare(s *store, a, b doc) int {
	one, two := o.by.value(s, a), o.by.value(s, b)
	n := 0
	switch {
	case one == nil || two == nil:
		n = bit(one != nil) - bit(two != nil)
	default:
		n = compare(one, two)
	}
	if o.down {
		return -n
	}
	return n
}

func (q query) first(rows []doc) []doc {
	if q.top >= 0 && len(rows) > q.top {
		return rows[:q.top]
	}
	return rows
}
