package dataverse

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// serve answers a request by its path.
func (c call) serve() server.Reply {
	if len(c.segments) == 0 {
		return unknownSegment("")
	}
	name, arguments, keyed := cutKey(c.segments[0])
	if f := queryFunction(name); f != nil && c.method == http.MethodGet && len(c.segments) == 1 {
		values, err := c.arguments(arguments)
		if err != nil {
			return badQuery(err)
		}
		return f(c, values)
	}
	if f := action(name); f != nil && c.method == http.MethodPost && !keyed && len(c.segments) == 1 {
		return f(c)
	}
	switch {
	case name == "EntityDefinitions" && c.method == http.MethodGet:
		return c.definitions(arguments, keyed)
	case name == "$batch" && c.method == http.MethodPost && !keyed:
		return c.batch()
	}
	t := tableOf(name)
	switch {
	case t == nil:
		return unknownSegment(name)
	case !keyed && len(c.segments) > 1:
		return unknownSegment(c.segments[1])
	case !keyed:
		return c.set(t)
	case len(c.segments) > 1:
		return c.behind(t, arguments)
	}
	return c.row(t, arguments)
}

// cutKey cuts "publishers(x)" into its name and what stands in the brackets.
func cutKey(segment string) (name, key string, keyed bool) {
	name, rest, found := strings.Cut(segment, "(")
	if !found || !strings.HasSuffix(rest, ")") {
		return segment, "", false
	}
	return name, strings.TrimSuffix(rest, ")"), true
}

// arguments reads the arguments of a function; those that are aliases (@p1) stand in the query.
func (c call) arguments(text string) (map[string]any, error) {
	p, err := parserOf(text)
	if err != nil {
		return nil, err
	}
	out := map[string]any{}
	for p.peek().sort != end {
		name := p.next().text
		if err := p.expect("="); err != nil {
			return nil, err
		}
		if alias := p.peek(); alias.sort == word && strings.HasPrefix(alias.text, "@") {
			p.at++
			if out[name], err = c.alias(alias.text); err != nil {
				return nil, err
			}
		} else if out[name], err = p.argument(); err != nil {
			return nil, err
		}
		if !p.accept(",") {
			break
		}
	}
	return out, p.done()
}

func (c call) alias(name string) (any, error) {
	text := c.query.Get(name)
	if strings.HasPrefix(text, "{") {
		return text, nil // an object in JSON
	}
	p, err := parserOf(text)
	if err != nil {
		return nil, err
	}
	value, err := p.argument()
	if err != nil {
		return nil, fault("The parameter alias '%s' has no valid value.", name)
	}
	return value, p.done()
}

// argument reads a literal; a value of an enumeration is its type and a string.
func (p *parser) argument() (any, error) {
	t := p.next()
	if l, ok := t.literal(); ok {
		return l.value, nil
	}
	if t.sort == word && p.peek().sort == quoted {
		return p.next().text, nil
	}
	p.at--
	return nil, p.unexpected("a literal expected")
}

// set answers what is asked of an entity set.
func (c call) set(t *table) server.Reply {
	switch c.method {
	case http.MethodGet:
		return c.list(t, c.store.list(t))
	case http.MethodPost:
		row, r := c.store.insert(t, c.body, c.header.Get("MSCRM.SolutionUniqueName"))
		if r != nil {
			return r.reply()
		}
		return c.made(t, row)
	}
	return notAllowed(c.method)
}

func notAllowed(method string) server.Reply {
	return refuse(http.StatusMethodNotAllowed, "0x80060888", "The requested resource does not support http method '"+method+"'.")
}

// made answers a create.
func (c call) made(t *table, row doc) server.Reply {
	reply := c.written(t, row)
	if c.prefer.represent {
		reply.Status = http.StatusCreated
	}
	return reply.With("Location", c.address(t, row))
}

// written answers a write: with nothing, or with the row if the caller wants it.
func (c call) written(t *table, row doc) server.Reply {
	if !c.prefer.represent {
		return server.Empty(http.StatusNoContent).With("OData-EntityId", c.address(t, row))
	}
	current, ok := c.store.peek(t, server.Text(row, t.id))
	if !ok {
		current = row
	}
	reply := c.one(t, current)
	if reply.Status >= http.StatusBadRequest {
		return reply
	}
	return reply.With("Preference-Applied", "return=representation").With("OData-EntityId", c.address(t, row))
}

// key is what names a row: its ID, or the values of an alternate key.
type key struct {
	id        string
	alternate doc
}

func (t *table) key(text string) (key, *Refusal) {
	text = strings.TrimSpace(text)
	if id, err := uuid.Parse(text); err == nil && len(text) == 36 {
		return key{id: id.String()}, nil
	}
	bad := func(why string) (key, *Refusal) {
		return key{}, &Refusal{http.StatusBadRequest, "0x80060888", "Bad Request - Error in query syntax: " + why}
	}
	p, err := parserOf(text)
	if err != nil {
		return bad(err.Error())
	}
	values, names := doc{}, []string{}
	for {
		name := p.next().text
		if err := p.expect("="); err != nil {
			return bad(err.Error())
		}
		value, err := p.argument()
		if err != nil {
			return bad(err.Error())
		}
		values[name] = value
		names = append(names, name)
		if !p.accept(",") {
			break
		}
	}
	if err := p.done(); err != nil {
		return bad(err.Error())
	}
	slices.Sort(names)
	if id, is := values[t.id].(string); is && len(names) == 1 {
		return key{id: id}, nil
	}
	if !slices.ContainsFunc(t.keys, func(k []string) bool { return slices.Equal(slices.Sorted(slices.Values(k)), names) }) {
		return bad("the properties " + strings.Join(names, ",") + " are no key of the entity '" + t.name + "'.")
	}
	return key{alternate: values}, nil
}

// find is the row that a key names.
func (s *store) find(t *table, k key) (doc, *Refusal) {
	if k.alternate == nil {
		if row, ok := s.get(t, k.id); ok {
			return row, nil
		}
		return nil, &Refusal{http.StatusNotFound, codeMissing, "Entity '" + t.name + "' With Id = " + k.id + " Does Not Exist"}
	}
	if row, ok := find(s.list(t), func(row doc) bool { return has(row, k.alternate) }); ok {
		return row, nil
	}
	return nil, &Refusal{http.StatusNotFound, codeNoKey, "A record with the specified key values does not exist in " + t.name + " entity"}
}

// resolve is the row at an address: "/publishers(…)", without the slash, or the whole URL.
func (s *store) resolve(address string) (*table, doc, *Refusal) {
	u, err := url.Parse(address)
	if err != nil || address == "" {
		return nil, nil, &Refusal{http.StatusBadRequest, codePayload, "The URL '" + address + "' is not valid."}
	}
	segments := resource(u)
	name, text, keyed := cutKey(segments[len(segments)-1])
	t := tableOf(name)
	if t == nil || !keyed {
		return nil, nil, &Refusal{http.StatusBadRequest, "0x8006088a", "Resource not found for the segment '" + name + "'."}
	}
	k, r := t.key(text)
	if r != nil {
		return nil, nil, r
	}
	row, r := s.find(t, k)
	return t, row, r
}

// row answers what is asked of one row.
func (c call) row(t *table, text string) server.Reply {
	k, r := t.key(text)
	if r != nil {
		return r.reply()
	}
	row, r := c.store.find(t, k)
	switch c.method {
	case http.MethodGet:
		if r != nil {
			return r.reply()
		}
		return c.one(t, row)
	case http.MethodPatch:
		return c.upsert(t, k, row, r)
	case http.MethodDelete:
		if r == nil {
			r = c.matches(row)
		}
		if r == nil {
			r = c.store.erase(t, row)
		}
		if r != nil {
			return r.reply()
		}
		return server.Empty(http.StatusNoContent)
	}
	return notAllowed(c.method)
}

// matches compares If-Match with the version of a row.
func (c call) matches(row doc) *Refusal {
	if tag := c.header.Get("If-Match"); tag != "" && tag != "*" && tag != etag(row) {
		return &Refusal{http.StatusPreconditionFailed, codeVersion, "The version of the existing record doesn't match the RowVersion property provided."}
	}
	return nil
}

// upsert changes a row, or makes it unless the caller asks for a row that is there.
func (c call) upsert(t *table, k key, row doc, missing *Refusal) server.Reply {
	if missing != nil {
		if c.header.Get("If-Match") != "" {
			return missing.reply()
		}
		body := doc{}
		maps.Copy(body, c.body)
		maps.Copy(body, k.alternate)
		if k.id != "" {
			body[t.id] = k.id
		}
		made, r := c.store.insert(t, body, c.header.Get("MSCRM.SolutionUniqueName"))
		if r != nil {
			return r.reply()
		}
		return c.made(t, made)
	}
	if c.header.Get("If-None-Match") == "*" {
		return (&Refusal{http.StatusPreconditionFailed, codeDuplicate, "A record with matching key values already exists."}).reply()
	}
	current, _ := c.store.peek(t, server.Text(row, t.id))
	if current == nil {
		return refuse(http.StatusNotFound, codeMissing, "Entity '"+t.name+"' With Id = "+server.Text(row, t.id)+" Does Not Exist")
	}
	if r := c.matches(current); r != nil {
		return r.reply()
	}
	if t.fixed {
		return refuse(http.StatusMethodNotAllowed, "0x80040800", "The 'Update' method does not support entities of type '"+t.name+"'.")
	}
	changed, r := c.store.modify(t, current, c.body)
	if r != nil {
		return r.reply()
	}
	if name := c.header.Get("MSCRM.SolutionUniqueName"); name != "" && t.component > 0 {
		if r := c.store.compose(name, t, server.Text(row, t.id)); r != nil {
			return r.reply()
		}
	}
	return c.written(t, changed)
}
