package dataverse

import (
	"maps"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

var (
	publisherName   = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]+$`)
	publisherPrefix = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]{1,7}$`)
	solutionName    = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	solutionVersion = regexp.MustCompile(`^\d+(\.\d+){1,3}$`)
)

// publisher applies the rules of publishers: the names, and which option values belong to one.
func (ch *change) publisher() *Refusal {
	unique, prefix := server.Text(ch.row, "uniquename"), server.Text(ch.row, "customizationprefix")
	values, _ := ch.row["customizationoptionvalueprefix"].(float64)
	switch {
	case !publisherName.MatchString(unique):
		return argument("The publisher's unique name '" + unique + "' is not valid. It can only have letters, digits and underscores, and cannot begin with a digit.")
	case !publisherPrefix.MatchString(prefix) || strings.HasPrefix(strings.ToLower(prefix), "mscrm"):
		return argument("The customization prefix '" + prefix + "' is not valid. It must be 2 to 8 characters long, have only letters and digits, begin with a letter, and cannot begin with 'mscrm'.")
	case values < 10000 || values > 99999:
		return argument("The customization option value prefix must be between 10,000 and 99,999.")
	case ch.old == nil && ch.taken(doc{"uniquename": unique}):
		return duplicate
	}
	ch.addressed()
	return nil
}

// solution applies the rules of solutions.
func (ch *change) solution() *Refusal {
	unique, version := server.Text(ch.row, "uniquename"), server.Text(ch.row, "version")
	id := server.Text(ch.row, "solutionid")
	switch {
	case ch.old != nil && (id == activeSolution || id == defaultSolution):
		return argument("The solution '" + unique + "' cannot be changed.")
	case !solutionName.MatchString(unique):
		return argument("The unique name '" + unique + "' of the solution is not valid. It can only have letters, digits and underscores, and cannot begin with a digit.")
	case !solutionVersion.MatchString(version) && ch.old != nil && version == server.Text(ch.old, "version"):
		return nil
	case !solutionVersion.MatchString(version):
		return argument("The version '" + version + "' of the solution is not valid. The version must have the form major.minor.build.revision.")
	case ch.old == nil && ch.taken(doc{"uniquename": unique}):
		return duplicate
	}
	for _, name := range []string{"installedon", "updatedon"} {
		if ch.old == nil || name == "updatedon" {
			ch.row[name] = ch.now()
		}
	}
	return nil
}

// uninstall takes what a managed solution brought with it. What is in an unmanaged one stays.
func (s *store) uninstall(solution doc) *Refusal {
	if solution["ismanaged"] != true {
		return nil
	}
	for _, part := range s.truth(tableNamed("solutioncomponent")) {
		if !strings.EqualFold(server.Text(part, "_solutionid_value"), server.Text(solution, "solutionid")) {
			continue
		}
		t := s.componentTable(part["componenttype"])
		if t == nil {
			continue
		}
		if row, ok := s.peek(t, server.Text(part, "objectid")); ok && row["ismanaged"] == true {
			if r := s.needed(t, row); r != nil {
				return r
			}
			if r := s.uproot(t, row); r != nil {
				return r
			}
		}
	}
	return nil
}

// component is the type of the rows of a table as components of solutions.
func (s *store) component(t *table) int {
	if n, err := strconv.Atoi(s.tenant.Switch(SwitchConnectorComponent)); err == nil && t.component == componentConnector {
		return n
	}
	return t.component
}

func (s *store) componentTable(kind any) *table {
	return tableBy(func(t *table) bool { return t.component > 0 && kind == float64(s.component(t)) })
}

// unmanaged is the solution of that unique name that components can be added to.
func (s *store) unmanaged(name string) (doc, *Refusal) {
	solution, ok := s.first(tableNamed("solution"), doc{"uniquename": name})
	switch {
	case !ok:
		return nil, &Refusal{http.StatusNotFound, codeMissing, "The solution with unique name '" + name + "' does not exist."}
	case solution["ismanaged"] == true:
		return nil, argument("The solution '" + name + "' is a managed solution. Components cannot be added to or removed from it.")
	}
	return solution, nil
}

// compose adds a row to a solution, unless it is in it.
func (s *store) compose(name string, t *table, id string) *Refusal {
	_, r := s.composed(name, t, id)
	return r
}

// composed is compose and returns the ID of the component.
func (s *store) composed(name string, t *table, id string) (string, *Refusal) {
	solution, r := s.unmanaged(name)
	if r != nil {
		return "", r
	}
	parts := tableNamed("solutioncomponent")
	if part, ok := s.first(parts, doc{"objectid": id, "_solutionid_value": solution["solutionid"]}); ok {
		return server.Text(part, "solutioncomponentid"), nil
	}
	part := doc{}
	for _, name := range parts.names() {
		part[name] = nil
	}
	for _, c := range parts.columns {
		part[c.name] = c.fallback
	}
	at := uuid.NewString()
	maps.Copy(part, (doc{
		"solutioncomponentid": at, "objectid": id, "componenttype": s.component(t), "_solutionid_value": solution["solutionid"],
		"createdon": s.now(), "modifiedon": s.now(), "_createdby_value": s.user, "_modifiedby_value": s.user,
	}))
	s.put(parts, part)
	return at, nil
}

// forget takes a row that is deleted out of all solutions and dependencies.
func (s *store) forget(t *table, id string) {
	if t.component == 0 {
		return
	}
	for name, column := range map[string]string{"solutioncomponent": "objectid", "dependency": "dependentcomponentobjectid"} {
		other := tableNamed(name)
		for _, row := range s.truth(other) {
			if strings.EqualFold(server.Text(row, column), id) {
				s.remove(other, server.Text(row, other.id))
			}
		}
	}
}

// addComponent is the action AddSolutionComponent.
func (c call) addComponent() server.Reply {
	t := c.store.componentTable(c.body["ComponentType"])
	id := server.Text(c.body, "ComponentId")
	if t == nil {
		return argument("The component type is not valid.").reply()
	}
	if _, r := c.store.find(t, key{id: id}); r != nil {
		return r.reply()
	}
	at, r := c.store.composed(server.Text(c.body, "SolutionUniqueName"), t, id)
	if r != nil {
		return r.reply()
	}
	return server.JSON(http.StatusOK, doc{"@odata.context": c.base + "$metadata#Microsoft.Dynamics.CRM.AddSolutionComponentResponse", "id": at})
}

// removeComponent is the action RemoveSolutionComponent. The component may be named as the organization service names
// it, by a reference to its row.
func (c call) removeComponent() server.Reply {
	id := server.Text(c.body, "ComponentId")
	if id == "" {
		id = server.Text(c.body, "SolutionComponent.solutioncomponentid")
	}
	solution, r := c.store.unmanaged(server.Text(c.body, "SolutionUniqueName"))
	if r != nil {
		return r.reply()
	}
	parts := tableNamed("solutioncomponent")
	part, ok := c.store.first(parts, doc{"objectid": id, "_solutionid_value": solution["solutionid"]})
	if !ok {
		return refuse(http.StatusNotFound, codeMissing, "The component "+id+" is not in the solution '"+server.Text(solution, "uniquename")+"'.")
	}
	c.store.remove(parts, server.Text(part, parts.id))
	return server.JSON(http.StatusOK, doc{"@odata.context": c.base + "$metadata#Microsoft.Dynamics.CRM.RemoveSolutionComponentResponse", "id": part[parts.id]})
}
