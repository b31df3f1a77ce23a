package dataverse

import (
	"net/http"
	"slices"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// check applies the rules of the table to a row before it is written.
func (ch *change) check() *Refusal {
	for _, c := range ch.table.columns {
		if c.access&required != 0 && ch.row[c.name] == nil {
			return ch.missing(c.name)
		}
	}
	if r := ch.rules(); r != nil {
		return r
	}
	for _, l := range ch.table.lookups {
		if l.access&required != 0 && ch.row[l.value()] == nil {
			return ch.missing(l.name)
		}
	}
	return ch.keys()
}

// rules are those of the single tables.
func (ch *change) rules() *Refusal {
	switch ch.table.name {
	case "publisher":
		return ch.publisher()
	case "solution":
		return ch.solution()
	case "environmentvariabledefinition":
		return ch.definition()
	case "environmentvariablevalue":
		return ch.value()
	case "connector":
		return ch.connector()
	case "systemuser":
		return ch.systemUser()
	}
	return nil
}

// keys refuses a row that has the values of an alternate key that another row has.
func (ch *change) keys() *Refusal {
	for _, names := range ch.table.keys {
		with := doc{}
		for _, name := range names {
			with[name] = ch.row[name]
		}
		if !ch.taken(with) {
			continue
		}
		if code := ch.tenant.Switch(SwitchDuplicateSchema); ch.table.component == componentDefinition && code != codeKeyTaken {
			return duplicate
		}
		return &Refusal{
			http.StatusPreconditionFailed, codeKeyTaken,
			"Entity Key " + ch.table.label + " Key violated. A record with the same value for " + strings.Join(names, ",") + " already exists. A duplicate record cannot be created. Select one or more unique values and try again.",
		}
	}
	return nil
}

var duplicate = &Refusal{http.StatusPreconditionFailed, codeDuplicate, "A record with matching key values already exists."}

// taken reports whether another row has these values.
func (ch *change) taken(with doc) bool {
	id := server.Text(ch.row, ch.table.id)
	return slices.ContainsFunc(ch.truth(ch.table), func(row doc) bool {
		return !strings.EqualFold(server.Text(row, ch.table.id), id) && has(row, with)
	})
}

// argument is the refusal of a value that breaks a rule.
func argument(why string) *Refusal { return &Refusal{http.StatusBadRequest, codeArgument, why} }

// after does what follows from a row that was written.
func (ch *change) after() {
	if ch.table.name == "connector" {
		ch.synchronize(ch.row)
	}
}

// gone does what follows from a row that was deleted.
func (s *store) gone(t *table, row doc) {
	if hub := s.hub(); t.name == "connector" && hub.Deleted != nil {
		s.later = append(s.later, func() { hub.Deleted(s.tenant, s.env, row) })
	}
}

// mayErase applies the rules of a table to a delete. It says whether nothing is left to do.
func (s *store) mayErase(t *table, row doc) (bool, *Refusal) {
	id := server.Text(row, t.id)
	switch {
	case t.aware && row["ismanaged"] == true:
		return false, &Refusal{http.StatusBadRequest, codeManaged, "The 'Delete' operation on the current component(name='" + server.Text(row, t.primary) + "', id='" + id +
			"') failed during managed property evaluation of condition: 'Managed Property Name: iscustomizable; Component Name: " + t.label + "'"}
	case t.name == "publisher" && id == derived(s.org, "publisher"):
		return false, &Refusal{http.StatusBadRequest, "0x8004f006", "Attempting to delete a restricted publisher."}
	case t.name == "solution" && (id == activeSolution || id == defaultSolution):
		return false, &Refusal{http.StatusBadRequest, "0x8004f005", "Attempting to delete a restricted solution."}
	case t.name == "team" && row["isdefault"] == true:
		return false, &Refusal{http.StatusBadRequest, "0x80048307", "The default business unit team can't be deleted (TeamId = " + id + ")."}
	case t.name == "systemuser":
		return s.retire(t, row)
	case t.name == "solution":
		return false, s.uninstall(row)
	}
	return false, s.needed(t, row)
}

// needed refuses to delete what others depend on.
func (s *store) needed(t *table, row doc) *Refusal {
	others := s.dependents(t, row)
	if len(others) == 0 {
		return nil
	}
	status := http.StatusBadRequest
	if s.tenant.Switch(SwitchDependencyStatus) == "405" {
		status = http.StatusMethodNotAllowed
	}
	return &Refusal{status, codeInUse, "The " + t.label + "(" + server.Text(row, t.id) + ") component cannot be deleted because it is referenced by " +
		count(len(others)) + " other components. For a list of referenced components, use the RetrieveDependenciesForDeleteRequest."}
}

// dependents are the dependencies of others on a row: those that were recorded, and those that follow from connectors
// that name an environment variable, which the platform does not record unless a switch says so.
func (s *store) dependents(t *table, row doc) []doc {
	id := server.Text(row, t.id)
	out := slices.DeleteFunc(s.truth(tableNamed("dependency")), func(d doc) bool {
		return !strings.EqualFold(server.Text(d, "requiredcomponentobjectid"), id)
	})
	if t.name != "environmentvariabledefinition" || s.tenant.Switch(SwitchConnectorDependencies) != "on" {
		return out
	}
	for _, c := range s.truth(tableNamed("connector")) {
		if names(c, server.Text(row, "schemaname")) {
			out = append(out, doc{
				"dependencyid": derived(s.org, "dependency/"+id+server.Text(c, "connectorid")), "dependencytype": 2,
				"dependentcomponentobjectid": c["connectorid"], "dependentcomponenttype": s.component(tableNamed("connector")),
				"requiredcomponentobjectid": id, "requiredcomponenttype": t.component, "versionnumber": 1,
			})
		}
	}
	return out
}

// systemUser lets each application and each user be there once, those in the first state of deletion included.
func (ch *change) systemUser() *Refusal {
	for _, name := range []string{"applicationid", "azureactivedirectoryobjectid"} {
		if id := server.Text(ch.row, name); id != "" && ch.taken(doc{name: id}) {
			return duplicate
		}
	}
	if server.Text(ch.row, "fullname") == "" {
		parts := []string{server.Text(ch.row, "firstname"), server.Text(ch.row, "lastname")}
		if id := server.Text(ch.row, "applicationid"); id != "" && parts[1] == "" {
			parts = []string{"#", id}
			if a, ok := ch.tenant.Application(id); ok {
				parts[1] = a.DisplayName
			}
		}
		ch.row["fullname"] = strings.TrimSpace(strings.Join(parts, " "))
	}
	return nil
}

// retire deletes a user in two steps: the first delete marks it, the second removes it. Observed in
// microsoft/terraform-provider-power-platform.
func (s *store) retire(t *table, row doc) (bool, *Refusal) {
	switch {
	case server.Text(row, t.id) == s.user:
		return false, &Refusal{http.StatusBadRequest, "0x80040227", "You cannot delete yourself."}
	case server.Text(row, "applicationid") == "":
		return false, &Refusal{http.StatusMethodNotAllowed, "0x80040800", "The 'Delete' method does not support entities of type 'systemuser'."}
	case row["deletedstate"] == float64(1):
		return false, nil
	}
	row["deletedstate"], row["isdisabled"] = 1, true
	s.put(t, row)
	return true, nil
}
