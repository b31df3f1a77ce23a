package dataverse_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/dataverse"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
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
		path := "environmentvariabledefinitions?$filter=" + url.QueryEscape(filter)
		if want == "!" {
			r.Send("GET", path, nil).Want(400, "0x80060888")
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
			r.Send("GET", "environmentvariabledefinitions?"+bad, nil).Want(400, "0x80060888")
		}
	}
}

func TestSelectKeepsColumnsAndTheKey(t *testing.T) {
	t.Parallel()
	r, _ := fruits(t, nil)
	mocktest.Has(t, r.query("environmentvariabledefinitions", "$select", "schemaname,_ownerid_value")[0], doc{
		"#": 4, "environmentvariabledefinitionid": mocktest.Some, "@odata.etag": mocktest.Like(`W/"*`),
	})
	mocktest.Has(t, r.query("environmentvariabledefinitions")[3], doc{
		"description": mocktest.Null, "~ownerid": nil, "componentstate": 0, "statecode": 0, "versionnumber": mocktest.Some, "ismanaged": false,
	})
	r.row("environmentvariabledefinitions?$select=schemaname&$count=true").Has(doc{
		"@odata.count": 4, "@odata.context": mocktest.Like("*$metadata#environmentvariabledefinitions(schemaname)"),
	})
}

func TestExpandShowsWhatIsBehindARow(t *testing.T) {
	t.Parallel()
	r, ids := fruits(t, nil)
	const behind = "environmentvariabledefinition_environmentvariablevalue"
	r.row("environmentvariabledefinitions(" + ids["new_a"] + ")?$select=schemaname&$expand=" + url.QueryEscape(
		behind+"($select=value;$filter=value ne ';)';$orderby=value;$top=1),createdby($select=fullname;"+
			"$expand=systemuserroles_association($select=name;$filter=name eq 'System Administrator'))")).Has(doc{
		behind + ".#": 1, behind + ".0.value": "x", behind + ".0.schemaname": nil, behind + ".0.environmentvariablevalueid": mocktest.Some,
		"createdby.systemuserroles_association.#": 1,
	})
	mocktest.Has(t, r.query("environmentvariablevalues", "$expand", "EnvironmentVariableDefinitionId($select=schemaname),owningteam")[0], doc{
		"EnvironmentVariableDefinitionId.schemaname": "new_a", "owningteam": mocktest.Null,
	})
	for _, bad := range []string{"nothing", "createdby($colour=red)", "createdby($select=colour)", "createdby($select=fullname", "createdby($count=true)", "createdby,", "createdby()"} {
		r.Send("GET", "environmentvariabledefinitions?$expand="+url.QueryEscape(bad), nil).Want(400, "0x80060888")
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
			pages := r.with(c.prefer).Send("GET", "environmentvariabledefinitions?$select=schemaname&$orderby=schemaname%20desc&$count=true", nil).Pages()
			if len(pages) != 2 || pages[0].Header.Get("Preference-Applied") != c.applied {
				t.Fatal(pages)
			}
			pages[0].Has(doc{"value.#": 3, "@odata.count": 4, "@odata.nextLink": mocktest.Like("*$skiptoken=*")})
			pages[1].Has(doc{"value.#.schemaname": []string{"new_a"}})
			r.Send("GET", "environmentvariabledefinitions?$skiptoken=x", nil).Want(400, "0x80060888")
			r.with(c.prefer).Send("GET", "environmentvariabledefinitions?$top=4", nil).Want(200).Has(doc{"value.#": 4})
		})
	}
}

func TestAnnotationsComeOnRequest(t *testing.T) {
	t.Parallel()
	r, ids := fruits(t, nil)
	path := "environmentvariabledefinitions(" + ids["new_b"] + ")"
	const formatted = "@OData.Community.Display.V1.FormattedValue"
	r.row(path).Has(doc{"type" + formatted: nil}) // nobody asked
	r.With("Prefer", `return=minimal, odata.include-annotations="*"`).Send("GET", path, nil).Want(200).Has(doc{
		"type" + formatted: "Number", "isrequired" + formatted: "Yes", "statecode" + formatted: "Active", "_createdby_value" + formatted: "# " + app,
		"_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname":                       "systemuser",
		"_owningbusinessunit_value@Microsoft.Dynamics.CRM.associatednavigationproperty": "owningbusinessunit",
	})
	r.With("Prefer", `odata.include-annotations="Microsoft.Dynamics.CRM.*"`).Send("GET", path, nil).Want(200).Has(doc{
		"type" + formatted: nil, "_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname": mocktest.Some,
	})
}

func TestPathsLeadBehindARow(t *testing.T) {
	t.Parallel()
	r, ids := fruits(t, nil)
	path := "environmentvariabledefinitions(" + ids["new_a"] + ")/"
	r.row(path + "schemaname").Has(doc{"value": "new_a"})
	r.row(path + "createdby?$select=fullname").Has(doc{"fullname": "# " + app})
	r.row(path + "environmentvariabledefinition_environmentvariablevalue?$select=value").Has(doc{"value.#": 1})
	r.row(path + "createdby/$ref").Has(doc{"@odata.id": mocktest.Like("*/systemusers(*")})
	r.row(path + "environmentvariabledefinition_environmentvariablevalue/$ref").Has(doc{"value.#": 1})
	r.Send("GET", path+"owningteam", nil).Want(204)
	r.Send("GET", path+"hint", nil).Want(204)
	r.Send("GET", path+"colour", nil).Want(404, "0x8006088a")
	r.Send("GET", path+"createdby/fullname", nil).Want(404, "0x8006088a")
	r.Send("GET", "environmentvariabledefinitions/schemaname", nil).Want(404, "0x8006088a")
	r.Send("GET", "Publishers", nil).Want(404, "0x8006088a")
	r.Send("GET", "unicorns(1)", nil).Want(404, "0x8006088a")
}
