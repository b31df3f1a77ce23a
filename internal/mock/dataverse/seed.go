package dataverse

import (
	"errors"
	"fmt"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// seeders fills organizations with the rows of the key "dataverse_rows".
func seeders(p *server.Platform) {
	p.Seeder("dataverse_rows", rowShape(), func(t *server.Tenant, items []doc) error {
		return server.Each(items, func(item doc) error { return seedRow(p, t, item) })
	})
}

// seedRow takes what rowShape describes.
func seedRow(p *server.Platform, t *server.Tenant, item doc) error {
	org, ok := organizationOf(t, server.Text(item, "environment"))
	if !ok {
		return server.At("environment", fmt.Errorf("there is no environment %q with Dataverse", server.Text(item, "environment")))
	}
	name := server.Text(item, "table")
	into := tableBy(func(t *table) bool { return !t.computed && (t.name == name || t.set == name) })
	if into == nil {
		return server.At("table", fmt.Errorf("unknown table %q", name))
	}
	s := newStore(p, t, org, "SYSTEM")
	s.furnish()
	s.seeding = true
	body := object(item, "row")
	for member, value := range body {
		l, is := into.lookup(member)
		if !is {
			l, is = into.lookup(strings.TrimSuffix(strings.TrimPrefix(member, "_"), "_value"))
		}
		if id, given := value.(string); is && given {
			delete(body, member)
			body[l.nav+"@odata.bind"] = "/" + tableNamed(l.targets[0]).set + "(" + id + ")"
		}
	}
	row, r := s.insert(into, body, "")
	if r == nil {
		for _, solution := range list(item, "solutions") {
			said, _ := solution.(string)
			if r = s.place(said, into, server.Text(row, into.id)); r != nil {
				break
			}
		}
	}
	if r != nil {
		s.rollback()
		return server.At("row", errors.New(r.Message))
	}
	s.keep()
	return nil
}

// place puts a row into a solution, a managed one as well.
func (s *store) place(solution string, t *table, id string) *Refusal {
	found, ok := s.first(tableNamed("solution"), doc{"uniquename": solution})
	if !ok || t.component == 0 {
		return argument("it cannot be in the solution '" + solution + "'")
	}
	_, r := s.insert(tableNamed("solutioncomponent"), doc{
		"objectid": id, "componenttype": float64(s.component(t)), "solutionid@odata.bind": "/solutions(" + server.Text(found, "solutionid") + ")",
	}, "")
	return r
}

func list(d doc, name string) []any {
	l, _ := d[name].([]any)
	return l
}

// organizationOf finds an organization by its environment or its domain.
func organizationOf(t *server.Tenant, name string) (doc, bool) {
	orgs := t.Collection(bap.Organizations)
	for _, id := range orgs.IDs() {
		org, ok := orgs.Peek(id)
		if ok && name != "" && (strings.EqualFold(id, name) || strings.EqualFold(server.Text(org, "domain"), name)) {
			return org, true
		}
	}
	return nil, false
}
