package dataverse

import (
	"maps"
	"net/http"
	"net/url"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// behind answers what is asked of something behind a row: a value, a related row, a relationship ($ref).
func (c call) behind(t *table, text string) server.Reply {
	k, r := t.key(text)
	if r != nil {
		return r.reply()
	}
	row, r := c.store.find(t, k)
	if r != nil {
		return r.reply()
	}
	name, target, targeted := cutKey(c.segments[1])
	reference := len(c.segments) == 3 && c.segments[2] == "$ref"
	if len(c.segments) > 3 || len(c.segments) == 3 && !reference {
		return unknownSegment(c.segments[2])
	}
	switch {
	case c.method == http.MethodGet && !targeted:
		return c.part(t, row, name)
	case reference:
		return c.reference(t, row, name, target)
	case c.method == http.MethodPost && !targeted:
		return c.makeRelated(t, row, name)
	case targeted:
		return notAllowed(c.method)
	}
	return c.value(t, row, name)
}

// value sets one value of a row, or makes it null.
func (c call) value(t *table, row doc, name string) server.Reply {
	column, ok := t.column(name)
	if !ok {
		return unknownSegment(name)
	}
	var value any
	switch c.method {
	case http.MethodPut:
		if value, ok = c.body["value"]; !ok {
			return refuse(http.StatusBadRequest, codePayload, "A top-level property with name 'value' is required.")
		}
	case http.MethodDelete:
	default:
		return notAllowed(c.method)
	}
	if _, r := c.store.modify(t, row, doc{column.name: value}); r != nil {
		return r.reply()
	}
	return server.Empty(http.StatusNoContent)
}

// makeRelated makes a row that belongs to this one.
func (c call) makeRelated(t *table, row doc, name string) server.Reply {
	in, ok := t.collection(name)
	if !ok {
		return unknownSegment(name)
	}
	body := doc{in.nav + "@odata.bind": "/" + t.set + "(" + server.Text(row, t.id) + ")"}
	maps.Copy(body, c.body)
	made, r := c.store.insert(in.from, body, c.header.Get("MSCRM.SolutionUniqueName"))
	if r != nil {
		return r.reply()
	}
	return c.made(in.from, made)
}

// reference links rows and unlinks them. The other row stands in the body, in the path, or in $id.
func (c call) reference(t *table, row doc, name, target string) server.Reply {
	single, isSingle := t.single(name)
	other := t.behind(name)
	if other == nil {
		return unknownSegment(name)
	}
	if isSingle && c.method == http.MethodDelete {
		return c.point(t, row, single, nil)
	}
	address := member(c.body, "@odata.id")
	switch {
	case c.method == http.MethodDelete && target != "":
		address = "/" + other.set + "(" + target + ")"
	case c.method == http.MethodDelete:
		address = c.query.Get("$id")
		if decoded, err := url.PathUnescape(address); err == nil {
			address = decoded
		}
	}
	there, to, r := c.store.resolve(address)
	if r != nil {
		return r.reply()
	}
	switch {
	case isSingle && c.method == http.MethodPut:
		return c.point(t, row, single, server.Text(to, there.id), there.set)
	case isSingle:
		return notAllowed(c.method)
	}
	id, otherID := server.Text(row, t.id), server.Text(to, there.id)
	if in, ok := t.collection(name); ok {
		if c.method == http.MethodDelete {
			return c.point(in.from, to, in.lookup, nil)
		}
		return c.point(in.from, to, in.lookup, id, t.set)
	}
	m, _, _ := t.many(name)
	if there.name != m.one && there.name != m.two || there.name == t.name {
		return refuse(http.StatusBadRequest, codePayload, "The entity set '"+there.set+"' does not fit the navigation property '"+name+"'.")
	}
	switch c.method {
	case http.MethodPost:
		c.store.associate(t, m, id, otherID)
	case http.MethodDelete:
		if !c.store.dissociate(t, m, id, otherID) {
			return refuse(http.StatusNotFound, codeMissing, "The rows are not associated.")
		}
	default:
		return notAllowed(c.method)
	}
	return server.Empty(http.StatusNoContent)
}

// point sets a lookup to a row, given as ID and set, or to nothing.
func (c call) point(t *table, row doc, l lookup, id any, set ...string) server.Reply {
	body := doc{l.nav + "@odata.bind": nil}
	if to, ok := id.(string); ok {
		body[l.nav+"@odata.bind"] = "/" + strings.Join(set, "") + "(" + to + ")"
	}
	if _, r := c.store.modify(t, row, body); r != nil {
		return r.reply()
	}
	return server.Empty(http.StatusNoContent)
}
