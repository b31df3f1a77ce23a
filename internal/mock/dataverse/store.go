package dataverse

import (
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

type doc = server.Doc

// store is the rows of one organization. What it does can be taken back until it is thrown away.
type store struct {
	platform *server.Platform
	tenant   *server.Tenant
	org      doc
	env      string
	user     string // systemuserid of who acts
	caller   string // object ID of who acts
	seeding  bool   // rows come from a seed: the system's own columns may be set, nothing is checked with others
	undo     []func()
	later    []func() // what to do once what was done so far is final
}

func newStore(p *server.Platform, t *server.Tenant, org doc, caller string) *store {
	return &store{platform: p, tenant: t, org: org, env: server.Text(org, "environment"), user: derived(org, "user/"+caller), caller: caller}
}

func (s *store) rows(t *table) *server.Collection { return s.tenant.Collection(Collection(t.set)) }

func (s *store) key(id string) string { return s.env + "/" + strings.ToLower(id) }

// ids are the IDs of the true rows, oldest first.
func (s *store) ids(t *table) []string {
	var out []string
	for _, id := range s.rows(t).Under(s.env) {
		_, row, _ := strings.Cut(id, "/")
		out = append(out, row)
	}
	return out
}

// get is a row as readers see it.
func (s *store) get(t *table, id string) (doc, bool) {
	if t.computed {
		return find(s.computed(t), func(row doc) bool { return strings.EqualFold(server.Text(row, t.id), id) })
	}
	return s.rows(t).Get(s.key(id))
}

// peek is a row as it is.
func (s *store) peek(t *table, id string) (doc, bool) {
	if t.computed {
		return s.get(t, id)
	}
	return s.rows(t).Peek(s.key(id))
}

// list is all rows as readers see them.
func (s *store) list(t *table) []doc { return s.each(t, s.get) }

// truth is all rows as they are.
func (s *store) truth(t *table) []doc { return s.each(t, s.peek) }

func (s *store) each(t *table, read func(t *table, id string) (doc, bool)) []doc {
	if t.computed {
		return s.computed(t)
	}
	out := []doc{}
	for _, id := range s.ids(t) {
		if row, ok := read(t, id); ok {
			out = append(out, row)
		}
	}
	return out
}

// first is the oldest row with these values; text is compared without regard to case, as Dataverse does.
func (s *store) first(t *table, with doc) (doc, bool) {
	return find(s.truth(t), func(row doc) bool { return has(row, with) })
}

func has(row, with doc) bool {
	for name, want := range with {
		if !same(row[name], want) {
			return false
		}
	}
	return true
}

func same(a, b any) bool {
	one, text := a.(string)
	two, too := b.(string)
	if text && too {
		return strings.EqualFold(one, two)
	}
	return server.Copy(doc{"": a})[""] == server.Copy(doc{"": b})[""]
}

func find(rows []doc, is func(row doc) bool) (doc, bool) {
	if i := slices.IndexFunc(rows, is); i >= 0 {
		return rows[i], true
	}
	return nil, false
}

// put writes a row and gives it a new version.
func (s *store) put(t *table, row doc) {
	key := s.key(server.Text(row, t.id))
	old, there := s.rows(t).Peek(key)
	version := float64(s.tenant.Clock().Now().UnixMilli())
	if last, ok := old["versionnumber"].(float64); ok && last >= version {
		version = last + 1
	}
	row["versionnumber"] = version
	s.rows(t).Put(key, row)
	s.undo = append(s.undo, func() {
		if there {
			s.rows(t).Put(key, old)
		} else {
			s.rows(t).Delete(key)
		}
	})
}

func (s *store) remove(t *table, id string) {
	key := s.key(id)
	old, there := s.rows(t).Peek(key)
	if !there {
		return
	}
	s.rows(t).Delete(key)
	s.undo = append(s.undo, func() { s.rows(t).Put(key, old) })
}

// keep makes what was done so far final; rollback takes everything since back.
func (s *store) keep() {
	for _, f := range s.later {
		f()
	}
	s.undo, s.later = nil, nil
}

func (s *store) rollback() {
	for _, f := range slices.Backward(s.undo) {
		f()
	}
	s.undo, s.later = nil, nil
}

// now is the time of the tenant as columns have it: to the second.
func (s *store) now() string { return s.tenant.Clock().Now().UTC().Format("2006-01-02T15:04:05Z") }

// links are the pairs of a relationship between many rows, as IDs of the rows of table one and two.
func (s *store) links(m many) *server.Collection { return s.tenant.Collection(collections + m.name) }

func (s *store) pair(t *table, m many, here, there string) (one, two, key string) {
	one, two = here, there
	if t.name != m.one {
		one, two = there, here
	}
	return one, two, s.key(one) + "/" + strings.ToLower(two)
}

func (s *store) associate(t *table, m many, here, there string) {
	one, two, key := s.pair(t, m, here, there)
	if !s.links(m).Has(key) {
		s.links(m).Put(key, doc{"one": one, "two": two})
		s.undo = append(s.undo, func() { s.links(m).Delete(key) })
	}
}

func (s *store) dissociate(t *table, m many, here, there string) bool {
	_, _, key := s.pair(t, m, here, there)
	old, linked := s.links(m).Peek(key)
	if linked {
		s.links(m).Delete(key)
		s.undo = append(s.undo, func() { s.links(m).Put(key, old) })
	}
	return linked
}

// linked are the IDs of the rows that a row is linked to.
func (s *store) linked(t *table, m many, id string) []string {
	mine, other := "one", "two"
	if t.name != m.one {
		mine, other = other, mine
	}
	var out []string
	for _, key := range s.links(m).Under(s.env) {
		if pair, ok := s.links(m).Get(key); ok && strings.EqualFold(server.Text(pair, mine), id) {
			out = append(out, server.Text(pair, other))
		}
	}
	return out
}

// related are the rows behind a collection-valued navigation property; false if the table has no such property.
func (s *store) related(t *table, row doc, nav string) (*table, []doc, bool) {
	id := server.Text(row, t.id)
	if in, ok := t.collection(nav); ok {
		rows := slices.DeleteFunc(s.list(in.from), func(r doc) bool { return !strings.EqualFold(server.Text(r, in.value()), id) })
		return in.from, rows, true
	}
	m, other, ok := t.many(nav)
	if !ok {
		return nil, nil, false
	}
	rows := []doc{}
	for _, to := range s.linked(t, m, id) {
		if r, ok := s.get(other, to); ok {
			rows = append(rows, r)
		}
	}
	return other, rows, true
}

// target is the table of the row that a lookup names.
func (l lookup) target(row doc) *table {
	name := l.targets[0]
	if said := server.Text(row, "~"+l.name); said != "" {
		name = said
	}
	return tableNamed(name)
}

// parent is the row that a lookup names, nil if it names none.
func (s *store) parent(l lookup, row doc) (*table, doc) {
	t := l.target(row)
	id := server.Text(row, l.value())
	if id == "" {
		return t, nil
	}
	other, _ := s.get(t, id)
	return t, other
}

// derived is an ID inside an organization that is the same on every call.
func derived(org doc, what string) string {
	return uuid.NewSHA1(uuid.NameSpaceOID, []byte(server.Text(org, "organizationid")+"/"+what)).String()
}

// computed are rows that follow from the organization and the catalogue.
func (s *store) computed(t *table) []doc {
	var rows []doc
	switch t.name {
	case "organization":
		rows = []doc{{
			"organizationid": s.org["organizationid"], "name": s.org["uniqueName"], "friendlyname": s.org["domain"],
			"_basecurrencyid_value": derived(s.org, "currency"), "languagecode": s.org["language"],
			"basecurrencysymbol": bap.CurrencySymbol(server.Text(s.org, "currency")), "isdisabled": false,
		}}
	case "transactioncurrency":
		code := server.Text(s.org, "currency")
		rows = []doc{{
			"transactioncurrencyid": derived(s.org, "currency"), "isocurrencycode": code, "currencyname": code,
			"currencysymbol": bap.CurrencySymbol(code), "currencyprecision": 2, "exchangerate": 1, "statecode": 0, "statuscode": 1,
		}}
	case "msdyn_solutioncomponentsummary":
		rows = s.summaries()
	default:
		for _, other := range tables() {
			if other.component > 0 {
				rows = append(rows, doc{
					"solutioncomponentdefinitionid": derived(s.org, "component/"+other.name), "name": other.label,
					"primaryentityname": other.name, "solutioncomponenttype": s.component(other),
				})
			}
		}
	}
	for i, row := range rows {
		maps.Copy(row, doc{"createdon": s.org["createdTime"], "modifiedon": s.org["createdTime"], "versionnumber": 1})
		rows[i] = server.Copy(row)
	}
	return rows
}
