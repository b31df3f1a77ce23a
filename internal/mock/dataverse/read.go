package dataverse

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// largestPage is how many rows a page holds at most, and by default.
const largestPage = 5000

// preferences are what a caller asked for in Prefer.
type preferences struct {
	represent   bool
	size        int // 0: not said
	annotations []string
	proceed     bool // odata.continue-on-error
}

func prefer(h http.Header) preferences {
	var out preferences
	for _, line := range h.Values("Prefer") {
		p := preference{rest: line}
		for p.next() {
			switch p.name {
			case "return":
				out.represent = p.value == "representation"
			case "odata.maxpagesize":
				out.size, _ = strconv.Atoi(p.value)
			case "odata.include-annotations":
				out.annotations = strings.Split(p.value, ",")
			case "odata.continue-on-error":
				out.proceed = p.value != "false"
			}
		}
	}
	return out
}

// preference walks over the comma-separated parts of Prefer, which quoted values may have commas in.
type preference struct{ rest, name, value string }

func (p *preference) next() bool {
	p.rest = strings.TrimLeft(p.rest, " ,;")
	if p.rest == "" {
		return false
	}
	inside, stop := false, len(p.rest)
	for i, c := range p.rest {
		if c == '"' {
			inside = !inside
		}
		if !inside && (c == ',' || c == ';') {
			stop = i
			break
		}
	}
	name, value, _ := strings.Cut(p.rest[:stop], "=")
	p.name, p.value = strings.ToLower(strings.TrimSpace(name)), strings.Trim(strings.TrimSpace(value), `"`)
	p.rest = p.rest[stop:]
	return true
}

// annotates says whether the caller wants annotations of a name.
func (p preferences) annotates(name string) bool {
	return slices.ContainsFunc(p.annotations, func(pattern string) bool { return server.Glob(strings.TrimSpace(pattern), name) })
}

const (
	formatted  = "OData.Community.Display.V1.FormattedValue"
	entityName = "Microsoft.Dynamics.CRM.lookuplogicalname"
	navigation = "Microsoft.Dynamics.CRM.associatednavigationproperty"
)

// shown is a row as the query wants to see it. The key and the ETag always come.
func (c call) shown(t *table, row doc, q query) doc {
	names := q.columns
	if len(names) == 0 {
		names = t.names()
	}
	out := doc{"@odata.etag": etag(row), t.id: row[t.id]}
	for _, name := range names {
		out[name] = row[name]
	}
	for _, name := range append([]string{t.id}, names...) {
		c.annotate(t, row, name, out)
	}
	for _, e := range q.expand {
		out[e.nav] = c.expanded(t, row, e)
	}
	return out
}

func (c call) expanded(t *table, row doc, e expansion) any {
	if l, ok := t.single(e.nav); ok {
		other, parent := c.store.parent(l, row)
		if parent == nil {
			return nil
		}
		return c.shown(other, parent, e.query)
	}
	other, rows, _ := c.store.related(t, row, e.nav)
	out := []any{}
	for _, r := range e.query.first(e.query.chosen(c.store, rows)) {
		out = append(out, c.shown(other, r, e.query))
	}
	return out
}

// annotate adds what the caller wants to know about a value.
func (c call) annotate(t *table, row doc, name string, out doc) {
	value := row[name]
	if value == nil || len(c.prefer.annotations) == 0 {
		return
	}
	if i := slices.IndexFunc(t.lookups, func(l lookup) bool { return l.value() == name }); i >= 0 {
		l := t.lookups[i]
		if c.prefer.annotates(entityName) {
			out[name+"@"+entityName] = l.target(row).name
		}
		if c.prefer.annotates(navigation) {
			out[name+"@"+navigation] = l.nav
		}
		if other, parent := c.store.parent(l, row); parent != nil && c.prefer.annotates(formatted) {
			out[name+"@"+formatted] = parent[other.primary]
		}
		return
	}
	column, _ := t.column(name)
	if said := column.format(value); said != "" && c.prefer.annotates(formatted) {
		out[name+"@"+formatted] = said
	}
}

// format is a value as people read it, "" where that is nothing but the value.
func (c column) format(value any) string {
	number, _ := value.(float64)
	switch c.kind {
	case choice:
		for _, o := range c.options {
			if float64(o.value) == number {
				return o.label
			}
		}
	case choices:
		said, _ := value.(string)
		var labels []string
		for part := range strings.SplitSeq(said, ",") {
			for _, o := range c.options {
				if strconv.Itoa(o.value) == part {
					labels = append(labels, o.label)
				}
			}
		}
		return strings.Join(labels, "; ")
	case boolean:
		if value == true {
			return "Yes"
		}
		return "No"
	case whole, decimal:
		return strconv.FormatFloat(number, 'f', -1, 64)
	case moment:
		said, _ := value.(string)
		if at, ok := instant(said); ok {
			return at.Format("1/2/2006 3:04 PM")
		}
	default: // people read what is there
	}
	return ""
}

// etag is the version of a row.
func etag(row doc) string {
	n, _ := row["versionnumber"].(float64)
	return `W/"` + strconv.FormatFloat(n, 'f', -1, 64) + `"`
}

func (c call) context(what string, q query) string {
	list := slices.Clone(q.columns)
	for _, e := range q.expand {
		list = append(list, e.nav+"()")
	}
	if len(list) > 0 {
		what += "(" + strings.Join(list, ",") + ")"
	}
	return c.base + "$metadata#" + what
}

// list answers a set of rows, page by page.
func (c call) list(t *table, rows []doc) server.Reply {
	q, err := parseQuery(c.query, t)
	if err != nil {
		return badQuery(err)
	}
	all := q.chosen(c.store, rows)
	out := doc{"@odata.context": c.context(t.set, q)}
	if q.count {
		out["@odata.count"] = min(len(all), largestPage)
	}
	size := c.pageSize()
	page, more := q.first(all), false
	if q.top < 0 {
		from := min((q.page-1)*size, len(all))
		more = len(all)-from > size
		page = all[from:min(from+size, len(all))]
	}
	value := []any{}
	for _, row := range page {
		value = append(value, c.shown(t, row, q))
	}
	out["value"] = value
	if more {
		out["@odata.nextLink"] = c.nextPage(t, q.page+1, page[len(page)-1])
	}
	reply := server.JSON(http.StatusOK, out)
	if c.prefer.size > 0 {
		reply = reply.With("Preference-Applied", "odata.maxpagesize="+strconv.Itoa(c.prefer.size))
	}
	return reply
}

// pageSize is what the caller prefers, but not more than the platform's limit or that of a switch.
func (c call) pageSize() int {
	size := largestPage
	if limit, err := strconv.Atoi(c.Tenant.Switch(SwitchPageSize)); err == nil && limit > 0 {
		size = limit
	}
	if c.prefer.size > 0 {
		size = min(size, c.prefer.size)
	}
	return size
}

// nextPage is the link to a page, its token the cookie of the platform's form.
func (c call) nextPage(t *table, number int, last doc) string {
	inner := url.QueryEscape(`<cookie page="` + strconv.Itoa(number-1) + `"><` + t.id + ` last="{` + strings.ToUpper(server.Text(last, t.id)) + `}" /></cookie>`)
	cookie := `<cookie pagenumber="` + strconv.Itoa(number) + `" pagingcookie="` + inner + `" istracking="False" />`
	values := url.Values{}
	for name := range c.query {
		if name != "$skiptoken" {
			values.Set(name, c.query.Get(name))
		}
	}
	values.Set("$skiptoken", cookie)
	return c.base + t.set + "?" + strings.NewReplacer("%24", "$", "+", "%20").Replace(values.Encode())
}

// pageOf is the number of the page in a cookie.
func pageOf(cookie string) (int, error) {
	_, rest, found := strings.Cut(cookie, `pagenumber="`)
	number, _, closed := strings.Cut(rest, `"`)
	n, err := strconv.Atoi(number)
	if !found || !closed || err != nil || n < 1 || n > 1_000_000 {
		return 0, fault("Malformed XML in the Paging Cookie")
	}
	return n, nil
}

// one answers a single row.
func (c call) one(t *table, row doc) server.Reply {
	q, err := parseQuery(c.query, t)
	if err != nil {
		return badQuery(err)
	}
	if slices.ContainsFunc(c.header.Values("If-None-Match"), func(tag string) bool { return tag == etag(row) }) {
		return server.Empty(http.StatusNotModified)
	}
	out := c.shown(t, row, q)
	out["@odata.context"] = c.context(t.set, q) + "/$entity"
	return server.JSON(http.StatusOK, out).With("ETag", etag(row))
}

func badQuery(err error) server.Reply {
	return refuse(http.StatusBadRequest, "0x80060888", err.Error())
}

// part answers what is behind a row: one of its values, the row that a lookup names, the rows of a relationship.
func (c call) part(t *table, row doc, name string) server.Reply {
	reference := len(c.segments) == 3
	if l, ok := t.single(name); ok {
		other, parent := c.store.parent(l, row)
		switch {
		case parent == nil:
			return server.Empty(http.StatusNoContent)
		case reference:
			return server.JSON(http.StatusOK, doc{"@odata.context": c.base + "$metadata#$ref", "@odata.id": c.address(other, parent)})
		}
		return c.one(other, parent)
	}
	if other, rows, ok := c.store.related(t, row, name); ok {
		if !reference {
			return c.list(other, rows)
		}
		value := []any{}
		for _, r := range rows {
			value = append(value, doc{"@odata.id": c.address(other, r)})
		}
		return server.JSON(http.StatusOK, doc{"@odata.context": c.base + "$metadata#Collection($ref)", "value": value})
	}
	if _, ok := t.column(name); !ok || reference {
		return unknownSegment(name)
	}
	if row[name] == nil {
		return server.Empty(http.StatusNoContent)
	}
	return server.JSON(http.StatusOK, doc{
		"@odata.context": c.base + "$metadata#" + t.set + "(" + server.Text(row, t.id) + ")/" + name, "value": row[name],
	})
}

// address is the URL of a row.
func (c call) address(t *table, row doc) string {
	return c.base + t.set + "(" + server.Text(row, t.id) + ")"
}
