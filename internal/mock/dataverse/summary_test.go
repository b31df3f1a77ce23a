package dataverse_test

import (
	"net/url"
	"strings"
	"testing"
)

func TestSummariesShowWhatIsInASolution(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	id := r.solution(r.publisher())
	r.into("app").made(definitions, doc{"schemaname": "con_a", "displayname": "A"})
	const columns = "?$select=msdyn_componentlogicalname,msdyn_name&$orderby=msdyn_componentlogicalname&api-version=9.1&$filter="
	r.row("msdyn_solutioncomponentsummaries" + columns + url.QueryEscape("(msdyn_solutionid eq "+id+")")).Has(doc{
		"value.#": 1, "value.0.msdyn_name": "con_a", "value.0.msdyn_componentlogicalname": "environmentvariabledefinition",
	})
	r.Send("POST", "msdyn_solutioncomponentsummaries", doc{}).Want(405, "0x80040800")
}

func TestCallersMayDoWithoutMetadata(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	publisher := r.publisher()
	const none = "application/json;odata.metadata=none"
	for _, path := range []string{
		"publishers(" + publisher + ")", "solutions?$expand=publisherid&$count=true", "EntityDefinitions(LogicalName='team')",
	} {
		r.row(path).Says("@odata.context")
		a := r.With("Accept", none).Send("GET", path, nil).Want(200)
		if strings.Contains(a.Raw, "@odata.context") || strings.Contains(a.Raw, "@odata.etag") || a.Header.Get("Content-Type") != "application/json; odata.metadata=none" {
			t.Error(a.Header, a)
		}
		if strings.Contains(path, "$count") {
			a.Says("@odata.count")
		}
	}
}
