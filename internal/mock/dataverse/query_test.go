package dataverse_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/dataverse"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// fruits are four variables: a apple 1 (value x), b banana 2, c cherry's 3, d (no description).
func fruits(t *testing.T, switches map[string]string) (rig, map[string]string) {
	t.Helper()
	r := newRig(t, switches)
	ids := map[string]string{}
	for i, f := range []struct {
		name        string
		description any
	}{{"new_a", "apple"}, {"new_b", "banana"}, {"new_c", "cherry's"}, {"new_d", nil}} {
		ids[f.name] = r.variable(f.name, doc{"description": f.description, "type": 100000000 + i, "isrequired": i == 1, "importsequencenumber": i - 1})
	}
	r.made("environmentvariablevalues", doc{"value": "x", "EnvironmentVariableDefinitionId@odata.bind": "/environmentvariabledefinitions(" + ids["new_a"] + ")"})
	return r, ids
}

func TestFilterChoosesRows(t *testing.T) {
	t.Parallel()
	r, ids := fruits(t, nil)
	for filter, want := range map[string]string{
		"description eq 'apple'":                                          "new_a",
		"description eq 'APPLE'":                                          "new_a",
		"description eq 'cherry''s'":                                      "new_c",
		"description eq null":                                             "new_d",
		"description ne null":                                             "new_a new_b new_c",
		"description ne 'apple'":                                          "new_b new_c new_d",
		"not (description eq 'apple')":                                    "new_b new_c new_d",
		"not contains(description,'an') and type lt 100000003":            "new_a new_c",
		"contains(description,'AN')":                                      "new_b",
		"startswith(schemaname,'new_') and endswith(description, '''s')":  "new_c",
		"type ge 100000001 and type le 100000002":                         "new_b new_c",
		"type gt 100000001 or type lt 100000001":                          "new_a new_c new_d",
		"type eq 100000000 or type eq 100000001 and description eq 'no'":  "new_a",
		"(type eq 100000000 or type eq 100000001) and isrequired":         "!",
		"isrequired eq true":                                              "new_b",
		"isrequired ne true and importsequencenumber eq -1":               "new_a",
		"environmentvariabledefinitionid eq " + ids["new_c"]:              "new_c",
		"environmentvariabledefinitionid eq '" + ids["new_c"] + "'":       "new_c", // clients that put IDs in quotes are served
		"environmentvariabledefinitionid eq 'x'":                          "!",
		"iscustomizable/Value eq true and\ntype eq 100000002":             "new_c",
		"iscustomizable/Worth eq true":                                    "!",
		"_ownerid_value ne null and type eq 100000003":                    "new_d",
		"createdby/applicationid eq " + app + " and type eq 100000003":    "new_d",
		"createdby/fullname eq 'nobody'":                                  "",
		"createdon gt 2001-01-01 and createdon lt 2999-12-31T00:00:00Z":   "new_a new_b new_c new_d",
		"createdon gt 'x'":                                                "!",
		"colour eq 'x'":                                                   "!",
		"schemaname/colour eq 'x'":                                        "!",
		"type eq 'x'":                                                     "!",
		"contains(type,'1')":                                              "!",
		"length(schemaname) eq 5":                                         "!",
		"schemaname eq 'x":                                                "!",
		"schemaname eq 'x')":                                              "!",
		"(schemaname eq 'x'":                                              "!",
		"schemaname like 'x'":                                             "!",
		"schemaname eq":                                                   "!",
		"schemaname eq 'x' and":                                           "!",
		"iscustomizable eq true":                                          "!",
		"schemaname # 'x'":                                                "!",
		strings.Repeat("(", 100) + "type eq 1" + strings.Repeat(")", 100): "!",
		strings.Repeat("not ", 100) + "(type eq 1)":                       "!",
	} {
		path := v + "environmentvariabledefinitions?$filter=" + url.QueryEscape(filter)
		if want == "!" {
			r.get(path, 400, "0x80060888")
			continue
		}
		if got := names(r.rows(path), "schemaname"); got != want {
			t.Errorf("%s: %q, want %q", filter, got, want)
		}
	}
}

func TestRowsComeInOrder(t *testing.T) {
	t.Parallel()
	r, _ := fruits(t, nil)
	for order, want := range map[string]string{
		"schemaname desc":                "new_d new_c new_b new_a",
		"description":                    "new_d new_a new_b new_c",
		"description desc":               "new_c new_b new_a new_d",
		"isrequired desc,type desc":      "new_b new_d new_c new_a",
		"createdby/fullname,type asc":    "new_a new_b new_c new_d",
		"importsequencenumber desc,type": "new_d new_c new_b new_a",
	} {
		if got := names(r.query("environmentvariabledefinitions", "$orderby", order), "schemaname"); got != want {
			t.Errorf("%s: %q, want %q", order, got, want)
		}
	}
	if got := names(r.query("environmentvariabledefinitions", "$orderby", "schemaname desc", "$top", "2"), "schemaname"); got != "new_d new_c" {
		t.Error(got)
	}
	for _, bad := range []string{"$orderby=colour", "$orderby=schemaname,", "$orderby=schemaname%20up", "$top=-1", "$skip=1", "$apply=x", "$count=maybe", "$select=", "$select=schemaname,,type"} {
		if bad != "$select=" {
			r.get(v+"environmentvariabledefinitions?"+bad, 400, "0x80060888")
		}
	}
}

func TestSelectKeepsColumnsAndTheKey(t *testing.T) {
	t.Parallel()
	r, _ := fruits(t, nil)
	row := r.query("environmentvariabledefinitions", "$select", "schemaname,_ownerid_value")[0]
	if len(row) != 4 || server.Text(row, "environmentvariabledefinitionid") == "" || !strings.HasPrefix(plain(row, "@odata.etag"), `W/"`) {
		t.Error(row)
	}
	whole := r.query("environmentvariabledefinitions")[3]
	if value, there := whole["description"]; !there || value != nil {
		t.Error("a column without value is not null")
	}
	if _, hidden := whole["~ownerid"]; hidden || whole["componentstate"] != 0.0 || whole["statecode"] != 0.0 || whole["versionnumber"] == nil || whole["ismanaged"] != false {
		t.Error(whole)
	}
	answer := r.row("environmentvariabledefinitions?$select=schemaname&$count=true")
	if answer["@odata.count"] != 4.0 || !strings.HasSuffix(plain(answer, "@odata.context"), "$metadata#environmentvariabledefinitions(schemaname)") {
		t.Error(answer["@odata.count"], answer["@odata.context"])
	}
}

func TestExpandShowsWhatIsBehindARow(t *testing.T) {
	t.Parallel()
	r, ids := fruits(t, nil)
	row := r.row("environmentvariabledefinitions(" + ids["new_a"] + ")?$select=schemaname&$expand=" +
		url.QueryEscape("environmentvariabledefinition_environmentvariablevalue($select=value;$filter=value ne ';)';$orderby=value;$top=1),createdby($select=fullname;$expand=systemuserroles_association($select=name;$filter=name eq 'System Administrator'))"))
	values, _ := row["environmentvariabledefinition_environmentvariablevalue"].([]any)
	if len(values) != 1 {
		t.Fatal(row)
	}
	if value, _ := values[0].(doc); value["value"] != "x" || value["schemaname"] != nil || value["environmentvariablevalueid"] == nil {
		t.Error(values)
	}
	by, _ := row["createdby"].(doc)
	if roles, _ := by["systemuserroles_association"].([]any); len(roles) != 1 {
		t.Error(by)
	}
	value := r.query("environmentvariablevalues", "$expand", "EnvironmentVariableDefinitionId($select=schemaname),owningteam")[0]
	if server.Text(value, "EnvironmentVariableDefinitionId.schemaname") != "new_a" || value["owningteam"] != nil {
		t.Error(value)
	}
	for _, bad := range []string{"nothing", "createdby($colour=red)", "createdby($select=colour)", "createdby($select=fullname", "createdby($count=true)", "createdby,", "createdby()"} {
		r.get(v+"environmentvariabledefinitions?$expand="+url.QueryEscape(bad), 400, "0x80060888")
	}
}

func TestPagesAreLinked(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		switches map[string]string
		prefer   headers
		applied  string
	}{
		"as the caller prefers": {nil, headers{"Prefer": "odata.maxpagesize=3"}, "odata.maxpagesize=3"},
		"as the switch says":    {map[string]string{dataverse.SwitchPageSize: "3"}, headers{}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, _ := fruits(t, c.switches)
			first := r.send("GET", "environmentvariabledefinitions?$select=schemaname&$orderby=schemaname%20desc&$count=true", c.prefer, nil, 200, "")
			rows, _ := first.body["value"].([]any)
			next := plain(first.body, "@odata.nextLink")
			if len(rows) != 3 || first.body["@odata.count"] != 4.0 || first.header.Get("Preference-Applied") != c.applied || !strings.Contains(next, "$skiptoken=") {
				t.Fatal(first)
			}
			second := r.send("GET", strings.TrimPrefix(next, "https://"+host+v), c.prefer, nil, 200, "")
			rows, _ = second.body["value"].([]any)
			if last, _ := rows[0].(doc); len(rows) != 1 || last["schemaname"] != "new_a" || second.body["@odata.nextLink"] != nil {
				t.Error(second.body)
			}
			r.send("GET", "environmentvariabledefinitions?$skiptoken=x", nil, nil, 400, "0x80060888")
			all := r.send("GET", "environmentvariabledefinitions?$top=4", c.prefer, nil, 200, "")
			if rows, _ = all.body["value"].([]any); len(rows) != 4 {
				t.Error("$top is cut short")
			}
		})
	}
}

func TestAnnotationsComeOnRequest(t *testing.T) {
	t.Parallel()
	r, ids := fruits(t, nil)
	path := "environmentvariabledefinitions(" + ids["new_b"] + ")"
	if got := r.row(path); got["type@OData.Community.Display.V1.FormattedValue"] != nil {
		t.Error("nobody asked")
	}
	got := r.send("GET", path, headers{"Prefer": `return=minimal, odata.include-annotations="*"`}, nil, 200, "").body
	for name, want := range map[string]string{
		"type@OData.Community.Display.V1.FormattedValue":                                "Number",
		"isrequired@OData.Community.Display.V1.FormattedValue":                          "Yes",
		"statecode@OData.Community.Display.V1.FormattedValue":                           "Active",
		"_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname":                       "systemuser",
		"_createdby_value@OData.Community.Display.V1.FormattedValue":                    "# " + app,
		"_owningbusinessunit_value@Microsoft.Dynamics.CRM.associatednavigationproperty": "owningbusinessunit",
	} {
		if got[name] != want {
			t.Errorf("%s: %v", name, got[name])
		}
	}
	got = r.send("GET", path, headers{"Prefer": `odata.include-annotations="Microsoft.Dynamics.CRM.*"`}, nil, 200, "").body
	if got["type@OData.Community.Display.V1.FormattedValue"] != nil || got["_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname"] == nil {
		t.Error("the pattern does not count")
	}
}

func TestPathsLeadBehindARow(t *testing.T) {
	t.Parallel()
	r, ids := fruits(t, nil)
	path := "environmentvariabledefinitions(" + ids["new_a"] + ")/"
	if got := r.row(path + "schemaname"); got["value"] != "new_a" {
		t.Error(got)
	}
	if got := r.row(path + "createdby?$select=fullname"); got["fullname"] != "# "+app {
		t.Error(got)
	}
	if got := r.rows(v + path + "environmentvariabledefinition_environmentvariablevalue?$select=value"); len(got) != 1 {
		t.Error(got)
	}
	if got := r.row(path + "createdby/$ref"); !strings.Contains(plain(got, "@odata.id"), "/systemusers(") {
		t.Error(got)
	}
	if got := r.rows(v + path + "environmentvariabledefinition_environmentvariablevalue/$ref"); len(got) != 1 {
		t.Error(got)
	}
	r.send("GET", path+"owningteam", nil, nil, 204, "")
	r.send("GET", path+"hint", nil, nil, 204, "")
	r.get(v+path+"colour", 404, "0x8006088a")
	r.get(v+path+"createdby/fullname", 404, "0x8006088a")
	r.get(v+"environmentvariabledefinitions/schemaname", 404, "0x8006088a")
	r.get(v+"Publishers", 404, "0x8006088a")
	r.get(v+"unicorns(1)", 404, "0x8006088a")
}
