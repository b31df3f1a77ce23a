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
	r.made(definitions, doc{"schemaname": "con_a", "displayname": "A"}, headers{"MSCRM.SolutionUniqueName": "app"})
	const columns = "?$select=msdyn_componentlogicalname,msdyn_name&$orderby=msdyn_componentlogicalname&api-version=9.1&$filter="
	rows := r.rows(v + "msdyn_solutioncomponentsummaries" + columns + url.QueryEscape("(msdyn_solutionid eq "+id+")"))
	if len(rows) != 1 || rows[0]["msdyn_name"] != "con_a" || rows[0]["msdyn_componentlogicalname"] != "environmentvariabledefinition" {
		t.Errorf("summaries: %v", rows)
	}
	r.send("POST", "msdyn_solutioncomponentsummaries", nil, doc{}, 405, "0x80040800")
}

func TestCallersMayDoWithoutMetadata(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	publisher := r.publisher()
	none := headers{"Accept": "application/json;odata.metadata=none"}
	for _, path := range []string{
		"publishers(" + publisher + ")", "solutions?$expand=publisherid&$count=true", "EntityDefinitions(LogicalName='team')",
	} {
		if _, text := r.raw("GET", path, nil, ""); !strings.Contains(text, "@odata.context") { //nolint:bodyclose // raw has read and closed it
			t.Errorf("%s: %s", path, text)
		}
		res, text := r.raw("GET", path, none, "") //nolint:bodyclose // raw has read and closed it
		if strings.Contains(text, "@odata.context") || strings.Contains(text, "@odata.etag") || res.Header.Get("Content-Type") != "application/json; odata.metadata=none" {
			t.Errorf("%s: %v %s", path, res.Header, text)
		}
		if strings.Contains(path, "$count") && !strings.Contains(text, "@odata.count") {
			t.Errorf("the count is gone: %s", text)
		}
	}
}
