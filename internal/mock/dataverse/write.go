package dataverse

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// The codes of https://learn.microsoft.com/power-apps/developer/data-platform/reference/web-service-error-codes that
// writes are refused with.
const (
	codeMissing    = "0x80040217" // ObjectDoesNotExist
	codeNoKey      = "0x80060891" // RecordNotFoundByEntityKey
	codeDuplicate  = "0x80040237" // DuplicateRecord
	codeKeyTaken   = "0x80060892" // DuplicateRecordEntityKey
	codeVersion    = "0x80060882" // ConcurrencyVersionMismatch
	codePayload    = "0x80048d19"
	codeLength     = "0x80044331"
	codeArgument   = "0x80040203" // InvalidArgument
	codeAssociated = "0x80040227" // CannotDeleteDueToAssociation
	codeInUse      = "0x8004f01f" // CannotDeleteInUseComponent
	codeManaged    = "0x8004f032" // CannotDeleteMetadata
)

// change is a row on its way from one state to the next.
type change struct {
	*store
	table    *table
	old      doc // nil for a row that is made
	row      doc
	sent     map[string]bool // what the request set, by the name under which it is read
	children []child
}

// child is a row that comes with the one it belongs to.
type child struct {
	in   inward
	body doc
}

// insert makes a row and those that come with it, and adds it to a solution if one is named.
func (s *store) insert(t *table, body doc, solution string) (doc, *Refusal) {
	if t.fixed && !s.seeding {
		return nil, &Refusal{http.StatusMethodNotAllowed, "0x80040800", "The 'Create' method does not support entities of type '" + t.name + "'."}
	}
	ch := &change{store: s, table: t, row: doc{}, sent: map[string]bool{}}
	for _, c := range t.columns {
		ch.row[c.name] = c.fallback
	}
	ch.row = server.Copy(ch.row)
	if r := ch.take(body); r != nil {
		return nil, r
	}
	id := server.Text(ch.row, t.id)
	if id == "" {
		id = uuid.NewString()
	}
	id = strings.ToLower(id)
	ch.row[t.id] = id
	if _, there := s.peek(t, id); there {
		return nil, &Refusal{http.StatusPreconditionFailed, codeDuplicate, "A record with matching key values already exists."}
	}
	ch.stamp()
	if r := ch.check(); r != nil {
		return nil, r
	}
	s.put(t, ch.row)
	for _, c := range ch.children {
		c.body[c.in.nav+"@odata.bind"] = "/" + t.set + "(" + id + ")"
		if _, r := s.insert(c.in.from, c.body, solution); r != nil {
			return nil, r
		}
	}
	if solution != "" && t.component > 0 {
		if r := s.compose(solution, t, id); r != nil {
			return nil, r
		}
	}
	ch.after()
	return ch.row, nil
}

// modify changes a row.
func (s *store) modify(t *table, old, body doc) (doc, *Refusal) {
	ch := &change{store: s, table: t, old: old, row: server.Copy(old), sent: map[string]bool{}}
	if r := ch.take(body); r != nil {
		return nil, r
	}
	if len(ch.children) > 0 {
		return nil, payload(t, "Deep update of collection-valued navigation properties is not supported.")
	}
	ch.row["modifiedon"], ch.row["_modifiedby_value"] = s.now(), s.user
	if r := ch.check(); r != nil {
		return nil, r
	}
	s.put(t, ch.row)
	ch.after()
	return ch.row, nil
}

// stamp fills in what the system says about a row that is made.
func (ch *change) stamp() {
	system := doc{"createdon": ch.now(), "modifiedon": ch.now(), "_createdby_value": ch.user, "_modifiedby_value": ch.user}
	if ch.table.owned {
		system["_ownerid_value"] = ch.user
		if server.Text(ch.row, "_ownerid_value") == "" {
			system["~ownerid"] = "systemuser"
		}
	}
	if ch.table.aware {
		system["solutionid"], system[ch.table.id+"unique"] = activeSolution, uuid.NewString()
		system["overwritetime"] = "1900-01-01T00:00:00Z"
	}
	for name, value := range system {
		if ch.row[name] == nil {
			ch.row[name] = value
		}
	}
	for _, l := range ch.table.lookups {
		if _, ok := ch.row[l.value()]; !ok {
			ch.row[l.value()] = nil
		}
	}
	ch.disown()
}

// disown makes the columns of the owner agree.
func (ch *change) disown() {
	if !ch.table.owned {
		return
	}
	ch.row["_owninguser_value"], ch.row["_owningteam_value"] = nil, nil
	ch.row["_owningbusinessunit_value"] = derived(ch.org, "businessunit")
	if server.Text(ch.row, "~ownerid") == "team" {
		ch.row["_owningteam_value"] = ch.row["_ownerid_value"]
	} else {
		ch.row["_owninguser_value"] = ch.row["_ownerid_value"]
	}
}

// payload is the refusal of a body that does not fit the table.
func payload(t *table, why string) *Refusal {
	return &Refusal{http.StatusBadRequest, codePayload, "Error identified in Payload provided by the user for Entity :'" + t.set +
		"', For more information on this error please follow this help link https://go.microsoft.com/fwlink/?linkid=2195293  ---->  InnerException : Microsoft.OData.ODataException: " + why}
}

// take reads the body of a request into the row.
func (ch *change) take(body doc) *Refusal {
	for _, name := range slices.Sorted(maps.Keys(body)) {
		if r := ch.member(name, body[name]); r != nil {
			return r
		}
	}
	return nil
}

func (ch *change) member(name string, value any) *Refusal {
	if nav, ok := strings.CutSuffix(name, "@odata.bind"); ok {
		return ch.bind(nav, value)
	}
	if strings.Contains(name, "@") {
		return nil
	}
	if c, ok := ch.table.column(name); ok {
		return ch.assign(c, value)
	}
	if l, ok := ch.table.single(name); ok {
		switch v := value.(type) {
		case nil:
			return ch.point(l, nil, nil)
		case doc:
			other := tableNamed(l.targets[0])
			row, r := ch.insert(other, v, "")
			if r != nil {
				return r
			}
			return ch.point(l, other, row)
		}
		return payload(ch.table, "The property '"+name+"' must be an object or null.")
	}
	if in, ok := ch.table.collection(name); ok {
		list, isList := value.([]any)
		if !isList {
			return payload(ch.table, "The property '"+name+"' must be a list.")
		}
		for _, item := range list {
			body, isDoc := item.(doc)
			if !isDoc {
				return payload(ch.table, "The property '"+name+"' must be a list of objects.")
			}
			ch.children = append(ch.children, child{in, body})
		}
		return nil
	}
	if slices.ContainsFunc(ch.table.lookups, func(l lookup) bool { return l.value() == name }) {
		return payload(ch.table, "CRM do not support direct update of Entity Reference properties, Use Navigation properties instead.")
	}
	return payload(ch.table, "The property '"+name+"' does not exist on type 'Microsoft.Dynamics.CRM."+ch.table.name+
		"'. Make sure to only use property names that are defined by the type.")
}

// bind makes a lookup name the row at an address. The name must be that of the navigation property, letter by letter.
func (ch *change) bind(nav string, value any) *Refusal {
	l, ok := ch.table.single(nav)
	if !ok && ch.tenant.Switch(SwitchLowerCaseBind) == "on" {
		l, ok = ch.table.lookup(nav)
	}
	if !ok {
		return payload(ch.table, "An undeclared property '"+nav+"' which only has property annotations in the payload but no property value was found in the payload. "+
			"In OData, only declared navigation properties and declared named streams can be represented as properties without values.")
	}
	if value == nil {
		return ch.point(l, nil, nil)
	}
	address, _ := value.(string)
	other, row, r := ch.resolve(address)
	if r != nil {
		return r
	}
	return ch.point(l, other, row)
}

// point makes a lookup name a row, nil for none.
func (ch *change) point(l lookup, other *table, row doc) *Refusal {
	if l.access&ch.right() == 0 && !ch.seeding {
		return nil
	}
	ch.sent[l.value()] = true
	if row == nil {
		ch.row[l.value()] = nil
		delete(ch.row, "~"+l.name)
		return nil
	}
	if !slices.Contains(l.targets, other.name) {
		return payload(ch.table, "The entity set '"+other.set+"' does not fit the navigation property '"+l.nav+"'.")
	}
	ch.row[l.value()] = row[other.id]
	if len(l.targets) > 1 {
		ch.row["~"+l.name] = other.name
	}
	if l.name == "ownerid" && ch.old != nil {
		ch.disown()
	}
	return nil
}

// right is what a column must allow to be written now.
func (ch *change) right() access {
	if ch.old == nil {
		return create
	}
	return update
}

// assign writes a column. What the system keeps is left alone without a word; what only a new row can be given is refused,
// unless it stays the same.
func (ch *change) assign(c column, value any) *Refusal {
	if c.access&both == 0 && !ch.seeding {
		return nil
	}
	value, r := ch.converted(c, value)
	if r != nil {
		return r
	}
	if c.access&ch.right() == 0 && !ch.seeding {
		if ch.old == nil || same(ch.old[c.name], value) || ch.tenant.Switch(SwitchImmutable) == "ignore" {
			return nil
		}
		return &Refusal{http.StatusBadRequest, codeArgument, "The attribute '" + c.name + "' of the '" + ch.table.name + "' entity cannot be updated."}
	}
	ch.row[c.name] = value
	ch.sent[c.name] = true
	return nil
}

// erase deletes a row, and does to the rows that name it what their lookups say.
func (s *store) erase(t *table, row doc) *Refusal {
	if t.fixed && !s.seeding {
		return &Refusal{http.StatusMethodNotAllowed, "0x80040800", "The 'Delete' method does not support entities of type '" + t.name + "'."}
	}
	done, r := s.mayErase(t, row)
	if done || r != nil {
		return r
	}
	return s.uproot(t, row)
}

// uproot deletes a row whose own rules allow it.
func (s *store) uproot(t *table, row doc) *Refusal {
	id := server.Text(row, t.id)
	for _, in := range t.inwards() {
		if in.access&both == 0 && in.fate == unlinked {
			continue // the system's own notes: who made a row, for example
		}
		for _, other := range s.truth(in.from) {
			if !strings.EqualFold(server.Text(other, in.value()), id) {
				continue
			}
			switch in.fate {
			case restricted:
				return &Refusal{http.StatusMethodNotAllowed, codeAssociated, "The object you tried to delete is associated with another object and cannot be deleted."}
			case deleted:
				if r := s.uproot(in.from, other); r != nil {
					return r
				}
			case unlinked:
				other[in.value()] = nil
				s.put(in.from, other)
			}
		}
	}
	for _, m := range manyToMany {
		if m.one == t.name || m.two == t.name {
			for _, to := range s.linked(t, m, id) {
				s.dissociate(t, m, id, to)
			}
		}
	}
	s.forget(t, id)
	s.unshare(id)
	s.remove(t, id)
	s.gone(t, row)
	return nil
}
