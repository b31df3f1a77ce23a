package dataverse

import (
	"net/http"
	"slices"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// The metadata of the metadata, as far as clients ask for it.
var (
	entityShape = shape("EntityMetadata", "LogicalName", "SchemaName", "LogicalCollectionName", "EntitySetName", "PrimaryIdAttribute",
		"PrimaryNameAttribute", "OwnershipType", "IsSolutionAware", "ObjectTypeCode", "IconVectorName", "DataProviderId", "IsCustomEntity", "IsManaged",
		"IsActivity", "IsIntersect", "IsLogicalEntity").with(managed, managedProperties...)
	parts = map[string]*table{
		"Attributes": shape("AttributeMetadata", "LogicalName", "SchemaName", "AttributeType", "IsValidForCreate", "IsValidForUpdate", "IsValidForRead",
			"IsPrimaryId", "IsPrimaryName", "MaxLength"),
		"OneToManyRelationships":  relationship,
		"ManyToOneRelationships":  relationship,
		"ManyToManyRelationships": shape("ManyToManyRelationshipMetadata", "SchemaName", "Entity1LogicalName", "Entity2LogicalName", "Entity1NavigationPropertyName", "Entity2NavigationPropertyName", "IntersectEntityName"),
		"Keys":                    shape("EntityKeyMetadata", "LogicalName", "SchemaName", "EntityLogicalName"),
	}
	relationship = shape("OneToManyRelationshipMetadata", "SchemaName", "ReferencedEntity", "ReferencedAttribute", "ReferencingEntity", "ReferencingAttribute",
		"ReferencedEntityNavigationPropertyName", "ReferencingEntityNavigationPropertyName")
)

// shape is a table whose rows are metadata, so that queries of metadata are read like those of rows.
func shape(name string, columns ...string) *table {
	t := &table{name: name, id: "MetadataId", columns: []column{{name: "MetadataId", kind: guid}}}
	for _, c := range columns {
		k := text
		if strings.HasPrefix(c, "Is") {
			k = boolean
		}
		switch c {
		case "MaxLength", "ObjectTypeCode":
			k = whole
		case "DataProviderId":
			k = guid
		}
		t.columns = append(t.columns, column{name: c, kind: k})
	}
	return t
}

// with adds columns of a kind.
func (t *table) with(k kind, columns ...string) *table {
	for _, name := range columns {
		t.columns = append(t.columns, column{name: name, kind: k})
	}
	return t
}

// definitions answers EntityDefinitions: all tables, one of them, or a part of one.
func (c call) definitions(keyText string, keyed bool) server.Reply {
	expand := c.query.Get("$expand")
	c.query = without(c.query, "$expand")
	q, err := parseQuery(c.query, entityShape)
	if err != nil && len(c.segments) == 1 {
		return badQuery(err)
	}
	expansions, err := partsOf(expand)
	if err != nil {
		return badQuery(err)
	}
	if !keyed {
		if len(c.segments) > 1 {
			return unknownSegment(c.segments[1])
		}
		rows := []doc{}
		for _, t := range tables() {
			rows = append(rows, c.entity(t))
		}
		value := []any{}
		for _, row := range q.first(q.chosen(c.store, rows)) {
			value = append(value, c.described(tableNamed(server.Text(row, "LogicalName")), row, q, expansions))
		}
		return server.JSON(http.StatusOK, doc{"@odata.context": c.base + "$metadata#EntityDefinitions", "value": value})
	}
	t, r := c.defined(keyText)
	if r != nil {
		return r.reply()
	}
	if len(c.segments) > 1 {
		return c.definitionPart(t, c.segments[1])
	}
	out := c.described(t, c.entity(t), q, expansions)
	out["@odata.context"] = c.base + "$metadata#EntityDefinitions/$entity"
	return server.JSON(http.StatusOK, out)
}

func without(values map[string][]string, name string) map[string][]string {
	out := map[string][]string{}
	for key, value := range values {
		if key != name {
			out[key] = value
		}
	}
	return out
}

// defined finds a table by LogicalName='x' or MetadataId.
func (c call) defined(text string) (*table, *Refusal) {
	name := text
	if p, err := parserOf(text); err == nil && p.keyword("LogicalName") && p.accept("=") {
		name = p.next().text
	}
	t := tableBy(func(t *table) bool {
		return t.name == name || derived(c.org, "entity/"+t.name) == strings.ToLower(name)
	})
	if t == nil {
		return nil, &Refusal{http.StatusNotFound, "0x80060888", "Could not find an entity with name " + name + " and id 00000000-0000-0000-0000-000000000000."}
	}
	return t, nil
}

// definitionPart answers a list of attributes, keys or relationships of a table.
func (c call) definitionPart(t *table, name string) server.Reply {
	of := parts[name]
	if of == nil || len(c.segments) > 2 {
		return unknownSegment(c.segments[len(c.segments)-1])
	}
	q, err := parseQuery(c.query, of)
	if err != nil {
		return badQuery(err)
	}
	return server.JSON(http.StatusOK, doc{
		"@odata.context": c.base + "$metadata#EntityDefinitions('" + t.name + "')/" + name, "value": c.partRows(t, expansion{nav: name, table: of, query: q}),
	})
}

// partsOf reads $expand of a definition.
func partsOf(text string) ([]expansion, error) {
	var out []expansion
	p, err := parserOf(text)
	if err != nil || text == "" {
		return nil, err
	}
	for {
		name := p.next().text
		e := expansion{nav: name, table: parts[name], query: query{top: -1}}
		if e.table == nil {
			return nil, unknownProperty(name, entityShape)
		}
		if p.accept("(") {
			if err := e.query.readNested(e.table, p); err != nil {
				return nil, err
			}
		}
		out = append(out, e)
		if !p.accept(",") {
			return out, p.done()
		}
	}
}

func (c call) described(t *table, row doc, q query, expansions []expansion) doc {
	out := trim(row, entityShape, q)
	for _, e := range expansions {
		out[e.nav] = c.partRows(t, e)
	}
	return out
}

// trim keeps the columns that were asked for, and the ID.
func trim(row doc, of *table, q query) doc {
	if len(q.columns) == 0 {
		return row
	}
	out := doc{of.id: row[of.id]}
	for _, name := range q.columns {
		out[name] = row[name]
	}
	return out
}

func (c call) partRows(t *table, e expansion) []any {
	var rows []doc
	switch e.nav {
	case "Attributes":
		rows = c.attributes(t)
	case "OneToManyRelationships":
		for _, in := range t.inwards() {
			rows = append(rows, c.relation(in.from, in.lookup, t))
		}
	case "ManyToOneRelationships":
		for _, l := range t.lookups {
			for _, target := range l.targets {
				rows = append(rows, c.relation(t, l, tableNamed(target)))
			}
		}
	case "ManyToManyRelationships":
		rows = c.crossings(t)
	case "Keys":
		for _, k := range t.keys {
			name := strings.Join(k, "_") + "_key"
			rows = append(rows, doc{"MetadataId": derived(c.org, "key/"+t.name+name), "LogicalName": name, "SchemaName": name, "EntityLogicalName": t.name, "KeyAttributes": k})
		}
	}
	out := []any{}
	for _, row := range e.query.first(e.query.chosen(c.store, rows)) {
		out = append(out, trim(row, e.table, e.query))
	}
	return out
}

func (c call) entity(t *table) doc {
	ownership := "OrganizationOwned"
	if t.owned {
		ownership = "UserOwned"
	}
	d := doc{
		"MetadataId": derived(c.org, "entity/"+t.name), "LogicalName": t.name, "SchemaName": t.name, "LogicalCollectionName": t.set, "EntitySetName": t.set,
		"PrimaryIdAttribute": t.id, "PrimaryNameAttribute": t.primary, "OwnershipType": ownership, "IsSolutionAware": t.aware,
		"ObjectTypeCode": float64(typeCodes[t.name]), "IconVectorName": nil, "DataProviderId": nil, "IsCustomEntity": typeCodes[t.name] >= firstCustomType,
		"IsManaged": true, "IsActivity": false, "IsIntersect": false, "IsLogicalEntity": false,
	}
	for _, name := range managedProperties {
		d[name] = doc{"Value": slices.Contains(customizable, t.name), "CanBeChanged": false, "ManagedPropertyLogicalName": strings.ToLower(name)}
	}
	return d
}

func (c call) attributes(t *table) []doc {
	var out []doc
	add := func(name, kind string, a access, longest int) {
		row := doc{
			"@odata.type": "#Microsoft.Dynamics.CRM." + kind + "AttributeMetadata", "MetadataId": derived(c.org, "attribute/"+t.name+"/"+name),
			"LogicalName": name, "SchemaName": name, "AttributeType": kind, "IsValidForCreate": a&create != 0, "IsValidForUpdate": a&update != 0,
			"IsValidForRead": true, "IsPrimaryId": name == t.id, "IsPrimaryName": name == t.primary,
		}
		if longest > 0 {
			row["MaxLength"] = float64(longest)
		}
		out = append(out, row)
	}
	for _, col := range t.columns {
		add(col.name, edm[col.kind][1], col.access, col.max)
	}
	for _, l := range t.lookups {
		kind := "Lookup"
		if l.name == "ownerid" {
			kind = "Owner"
		}
		add(l.name, kind, l.access, 0)
	}
	return out
}

var fates = map[fate]string{unlinked: "RemoveLink", deleted: "Cascade", restricted: "Restrict"}

func (c call) relation(from *table, l lookup, to *table) doc {
	name := l.relationship
	if name == "" {
		name = "lk_" + from.name + "_" + l.name
	}
	return doc{
		"MetadataId": derived(c.org, "relationship/"+name+to.name), "SchemaName": name, "ReferencedEntity": to.name, "ReferencedAttribute": to.id,
		"ReferencingEntity": from.name, "ReferencingAttribute": l.name, "ReferencedEntityNavigationPropertyName": name,
		"ReferencingEntityNavigationPropertyName": l.nav, "CascadeConfiguration": doc{"Delete": fates[l.fate]},
	}
}

func (c call) crossings(t *table) []doc {
	var out []doc
	for _, m := range manyToMany {
		if slices.Contains([]string{m.one, m.two}, t.name) {
			out = append(out, doc{
				"MetadataId": derived(c.org, "relationship/"+m.name), "SchemaName": m.name, "Entity1LogicalName": m.one, "Entity2LogicalName": m.two,
				"Entity1NavigationPropertyName": m.name, "Entity2NavigationPropertyName": m.name, "IntersectEntityName": strings.TrimSuffix(m.name, "_association"),
			})
		}
	}
	return out
}
