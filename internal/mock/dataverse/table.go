package dataverse

import (
	"slices"
	"strings"
	"sync"
)

// kind is the type of a column.
type kind int

const (
	text kind = iota
	memo
	whole
	decimal
	boolean
	choice
	choices // several of the options, as text with commas
	guid
	moment
	managed // a managed property: an object
	image
)

// edm are the names of kinds in messages and metadata: the type on the wire and the type of the attribute.
var edm = map[kind][2]string{
	text: {"Edm.String", "String"}, memo: {"Edm.String", "Memo"}, whole: {"Edm.Int32", "Integer"}, decimal: {"Edm.Decimal", "Decimal"},
	boolean: {"Edm.Boolean", "Boolean"}, choice: {"Edm.Int32", "Picklist"}, choices: {"Edm.String", "Virtual"},
	guid: {"Edm.Guid", "Uniqueidentifier"}, moment: {"Edm.DateTimeOffset", "DateTime"},
	managed: {"Microsoft.Dynamics.CRM.BooleanManagedProperty", "ManagedProperty"}, image: {"Edm.Binary", "Virtual"},
}

// access is what a caller may do with a column.
type access uint8

const (
	create   access = 1 << iota // may be sent when the row is made
	update                      // may be sent later
	required                    // must not be null
	both     = create | update
)

// option is one value of a choice.
type option struct {
	value int
	label string
}

// column is a plain column of a table.
type column struct {
	name     string
	kind     kind
	max      int // characters; 0: not limited here
	access   access
	options  []option
	fallback any // of a row that is made without it
}

// fate is what happens to a row when the row that a lookup names is deleted.
type fate int

const (
	unlinked   fate = iota // the lookup becomes null
	deleted                // it goes too
	restricted             // the delete is refused
)

// lookup is a column that names a row of another table. Its value is read as _name_value; nav is the single-valued
// navigation property, relationship the collection-valued one of the other table ("" if that has none).
type lookup struct {
	name, nav    string
	targets      []string
	relationship string
	access       access
	fate         fate
}

// value is the name under which the ID of the other row is read.
func (l lookup) value() string { return "_" + l.name + "_value" }

// many is a relationship between any number of rows of two tables; name is the navigation property of both.
type many struct{ name, one, two string }

// table is the metadata of an entity as far as this mirror goes by it.
type table struct {
	name, set   string // logical name, entity set
	id, primary string
	label       string
	component   int // type of solution component; 0: none
	columns     []column
	lookups     []lookup
	keys        [][]string // alternate keys
	owned       bool       // rows have an owner
	aware       bool       // rows are components of solutions
	stateless   bool       // rows have no statecode
	fixed       bool       // callers neither make nor delete rows
	computed    bool       // rows follow from the organization
}

// finish adds the columns that tables of a sort have in common.
func finish(t table) *table {
	t.columns = append([]column{{name: t.id, kind: guid, access: create}}, t.columns...)
	add := func(k kind, a access, names ...string) {
		for _, name := range names {
			t.columns = append(t.columns, column{name: name, kind: k, access: a})
		}
	}
	add(moment, 0, "createdon", "modifiedon")
	add(decimal, 0, "versionnumber")
	if t.computed {
		return &t
	}
	users := func(a access, names ...string) {
		for _, name := range names {
			t.lookups = append(t.lookups, lookup{name: name, nav: name, targets: []string{"systemuser"}, access: a})
		}
	}
	users(0, "createdby", "modifiedby")
	add(moment, create, "overriddencreatedon")
	add(whole, both, "importsequencenumber")
	if !t.stateless {
		t.columns = append(t.columns,
			column{name: "statecode", kind: choice, access: update, options: []option{{0, "Active"}, {1, "Inactive"}}, fallback: 0},
			column{name: "statuscode", kind: choice, access: update, options: []option{{1, "Active"}, {2, "Inactive"}}, fallback: 1})
	}
	if t.owned {
		t.lookups = append(t.lookups, lookup{name: "ownerid", nav: "ownerid", targets: []string{"systemuser", "team"}, access: both},
			lookup{name: "owningteam", nav: "owningteam", targets: []string{"team"}},
			lookup{name: "owningbusinessunit", nav: "owningbusinessunit", targets: []string{"businessunit"}})
		users(0, "owninguser")
	}
	if t.aware {
		add(guid, 0, "solutionid", t.id+"unique")
		add(moment, 0, "overwritetime")
		t.columns = append(t.columns,
			column{name: "componentstate", kind: choice, options: []option{{0, "Published"}, {1, "Unpublished"}, {2, "Deleted"}, {3, "Deleted Unpublished"}}, fallback: 0},
			column{name: "ismanaged", kind: boolean, fallback: false},
			column{name: "introducedversion", kind: text, max: 48, access: create, fallback: "1.0"},
			column{name: "iscustomizable", kind: managed, access: both, fallback: doc{"Value": true, "CanBeChanged": true, "ManagedPropertyLogicalName": "iscustomizableanddeletable"}})
	}
	return &t
}

func (t *table) column(name string) (column, bool) {
	i := slices.IndexFunc(t.columns, func(c column) bool { return c.name == name })
	if i < 0 {
		return column{}, false
	}
	return t.columns[i], true
}

// kindOf is the kind of a column or of the value of a lookup, by the name under which it is read.
func (t *table) kindOf(name string) (kind, bool) {
	if c, ok := t.column(name); ok {
		return c.kind, true
	}
	ok := slices.ContainsFunc(t.lookups, func(l lookup) bool { return l.value() == name })
	return guid, ok
}

func (t *table) lookup(name string) (lookup, bool) {
	i := slices.IndexFunc(t.lookups, func(l lookup) bool { return l.name == name })
	if i < 0 {
		return lookup{}, false
	}
	return t.lookups[i], true
}

// single finds a lookup by its navigation property.
func (t *table) single(nav string) (lookup, bool) {
	i := slices.IndexFunc(t.lookups, func(l lookup) bool { return l.nav == nav })
	if i < 0 {
		return lookup{}, false
	}
	return t.lookups[i], true
}

// inward is a lookup of another table that names rows of this one.
type inward struct {
	from *table
	lookup
}

// inwards are the lookups of all tables that may name rows of this one.
func (t *table) inwards() []inward {
	var out []inward
	for _, other := range tables() {
		for _, l := range other.lookups {
			if slices.Contains(l.targets, t.name) {
				out = append(out, inward{other, l})
			}
		}
	}
	return out
}

// collection finds the rows of another table that name those of this one, by the navigation property.
func (t *table) collection(nav string) (inward, bool) {
	for _, in := range t.inwards() {
		if in.relationship != "" && in.relationship == nav {
			return in, true
		}
	}
	return inward{}, false
}

// many finds a relationship to any number of rows of another table.
func (t *table) many(nav string) (many, *table, bool) {
	for _, m := range manyToMany {
		if m.name != nav {
			continue
		}
		switch t.name {
		case m.one:
			return m, tableNamed(m.two), true
		case m.two:
			return m, tableNamed(m.one), true
		}
	}
	return many{}, nil, false
}

// names are what a row is read by: its columns and the values of its lookups.
func (t *table) names() []string {
	out := make([]string, 0, len(t.columns)+len(t.lookups))
	for _, c := range t.columns {
		out = append(out, c.name)
	}
	for _, l := range t.lookups {
		out = append(out, l.value())
	}
	return out
}

// tables are all tables, in the order of the catalogue.
var tables = sync.OnceValue(func() []*table {
	out := make([]*table, 0, len(catalogue))
	for _, t := range catalogue {
		out = append(out, finish(t))
	}
	return out
})

func tableNamed(name string) *table { return tableBy(func(t *table) bool { return t.name == name }) }

// tableOf finds a table by its entity set, whose name is a matter of case.
func tableOf(set string) *table { return tableBy(func(t *table) bool { return t.set == set }) }

func tableBy(is func(t *table) bool) *table {
	if i := slices.IndexFunc(tables(), is); i >= 0 {
		return tables()[i]
	}
	return nil
}

// Collection is the name of the tenant's collection that holds the rows of an entity set. Its IDs are
// "<environment name>/<row ID>".
func Collection(set string) string { return collections + strings.ToLower(set) }

const collections = "dataverse."
