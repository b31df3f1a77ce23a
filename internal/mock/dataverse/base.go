package dataverse

import (
	"maps"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// The solutions that every organization has: what is not managed is in the active one; the default one shows it.
const (
	activeSolution  = "fd140aae-4df4-11dd-bd17-0019b9312238"
	defaultSolution = "fd140aaf-4df4-11dd-bd17-0019b9312238"
)

// roles are some of the security roles that every organization has.
var roles = []string{"System Administrator", "System Customizer", "Environment Maker", "Basic User"}

// furnish gives an organization what each has from the start, unless it has it.
func (s *store) furnish() {
	unit := derived(s.org, "businessunit")
	if s.rows(tableNamed("businessunit")).Has(s.key(unit)) {
		return
	}
	publisher, name := derived(s.org, "publisher"), server.Text(s.org, "uniqueName")
	s.found("businessunit", doc{"businessunitid": unit, "name": server.Text(s.org, "domain")})
	for _, role := range roles {
		s.found("role", doc{"roleid": derived(s.org, "role/"+role), "name": role, "_businessunitid_value": unit, "ismanaged": true})
	}
	s.found("team", doc{"teamid": derived(s.org, "team"), "name": server.Text(s.org, "domain"), "isdefault": true, "_businessunitid_value": unit})
	s.found("publisher", doc{
		"publisherid": publisher, "uniquename": "DefaultPublisher" + name, "friendlyname": "Default Publisher for " + name,
		"customizationprefix": "new", "customizationoptionvalueprefix": 10000,
	})
	for id, solution := range map[string][]string{activeSolution: {"Active", "Active Solution"}, defaultSolution: {"Default", "Default Solution"}} {
		s.found("solution", doc{
			"solutionid": id, "uniquename": solution[0], "friendlyname": solution[1], "version": "1.0", "_publisherid_value": publisher,
			"isvisible": solution[0] == "Default", "installedon": s.org["createdTime"],
		})
	}
	for _, a := range s.tenant.Applications() {
		s.admit(a.ClientID, a.ObjectID)
	}
	s.keep()
}

// found adds a row that is as old as the organization.
func (s *store) found(table string, with doc) {
	t := tableNamed(table)
	row := doc{}
	for _, name := range t.names() {
		row[name] = nil
	}
	for _, c := range t.columns {
		row[c.name] = c.fallback
	}
	maps.Copy(row, doc{"createdon": s.org["createdTime"], "modifiedon": s.org["createdTime"]})
	if t.aware {
		row["solutionid"], row["overwritetime"] = activeSolution, "1900-01-01T00:00:00Z"
	}
	maps.Copy(row, with)
	s.put(t, row)
}

// admit makes an application user of an application, with the role that an administrator has. An application that creates
// an environment becomes one by itself; that all applications of the tenant are is a simplification.
func (s *store) admit(clientID, objectID string) {
	t := tableNamed("systemuser")
	id := derived(s.org, "user/"+objectID)
	if _, ok := s.peek(t, id); ok || objectID == "" {
		return
	}
	name := clientID
	if a, ok := s.tenant.Application(clientID); ok {
		name = a.DisplayName
	}
	s.found("systemuser", doc{
		"systemuserid": id, "fullname": "# " + name, "firstname": "#", "lastname": name, "applicationid": clientID,
		"azureactivedirectoryobjectid": objectID, "accessmode": 4, "_businessunitid_value": derived(s.org, "businessunit"),
	})
	m, _, _ := t.many("systemuserroles_association")
	s.associate(t, m, id, derived(s.org, "role/System Administrator"))
}

// welcome makes a user of a person, with the role that an administrator has, or else the basic one. Environments without a
// security group add people when they come: https://learn.microsoft.com/power-platform/admin/control-user-access
func (s *store) welcome(objectID string) {
	t := tableNamed("systemuser")
	id := derived(s.org, "user/"+objectID)
	user, known := s.tenant.User(objectID)
	if _, ok := s.peek(t, id); ok || !known {
		return
	}
	first, last, _ := strings.Cut(user.DisplayName, " ")
	s.found("systemuser", doc{
		"systemuserid": id, "fullname": user.DisplayName, "firstname": first, "lastname": last, "domainname": user.UserPrincipalName,
		"internalemailaddress": user.UserPrincipalName, "azureactivedirectoryobjectid": user.ID, "accessmode": 0,
		"_businessunitid_value": derived(s.org, "businessunit"),
	})
	m, _, _ := t.many("systemuserroles_association")
	role := "Basic User"
	if user.Administers() {
		role = "System Administrator"
	}
	s.associate(t, m, id, derived(s.org, "role/"+role))
}
