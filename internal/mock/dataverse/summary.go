package dataverse

import (
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// summaries are the rows of the virtual table in which makers look up what is in a solution. Its columns are those that
// https://github.com/pnp/cli-microsoft365 and the maker portal ask for.
func (s *store) summaries() []doc {
	var rows []doc
	for _, part := range s.truth(tableNamed("solutioncomponent")) {
		row := doc{
			"msdyn_solutioncomponentsummaryid": part["solutioncomponentid"], "msdyn_solutionid": part["_solutionid_value"],
			"msdyn_objectid": part["objectid"], "msdyn_componenttype": part["componenttype"],
			"msdyn_name": nil, "msdyn_displayname": nil, "msdyn_componentlogicalname": nil,
		}
		if t := s.componentTable(part["componenttype"]); t != nil {
			row["msdyn_componentlogicalname"] = t.name
			if component, ok := s.peek(t, server.Text(part, "objectid")); ok {
				row["msdyn_name"], row["msdyn_displayname"] = component[t.primary], component["displayname"]
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// bare takes what describes data out of an answer, if the caller wants none of it: control information begins with
// @odata. The address of the next page and the count stay, see
// https://docs.oasis-open.org/odata/odata-json-format/v4.01/odata-json-format-v4.01.html#sec_metadatanoneodatametadatanone.
func (c call) bare(r server.Reply) server.Reply {
	body, ok := r.Body.(doc)
	if !ok || !strings.Contains(strings.ToLower(c.header.Get("Accept")), "odata.metadata=none") {
		return r
	}
	strip(body)
	r.Body = body
	return r.With("Content-Type", "application/json; odata.metadata=none")
}

func strip(value any) {
	switch v := value.(type) {
	case doc:
		for name, inner := range v {
			_, control, is := strings.Cut(name, "@odata.")
			if is && control != "nextLink" && control != "count" {
				delete(v, name)
				continue
			}
			strip(inner)
		}
	case []any:
		for _, inner := range v {
			strip(inner)
		}
	}
}
