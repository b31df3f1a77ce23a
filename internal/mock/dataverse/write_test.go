package dataverse_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/dataverse"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

const definitions = "environmentvariabledefinitions"

func TestCreateSaysWhatWasMade(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	body := doc{"schemaname": "new_a", "displayname": "A"}
	a := r.send("POST", definitions, nil, body, 204, "")
	if at := a.header.Get("OData-EntityId"); !strings.HasPrefix(at, "https://"+host+v+definitions+"(") || a.header.Get("Location") != at || a.body != nil || a.header.Get("OData-Version") != "4.0" {
		t.Error(a)
	}
	body["schemaname"] = "new_b"
	a = r.send("POST", definitions+"?$select=schemaname,type", headers{"Prefer": "return=representation"}, body, 201, "")
	if a.body["type"] != 100000000.0 || len(a.body) != 5 || a.header.Get("Preference-Applied") != "return=representation" || !strings.Contains(a.header.Get("Content-Type"), "odata.metadata=minimal") {
		t.Error(a)
	}
	id := server.Text(a.body, "environmentvariabledefinitionid")
	row := r.row(definitions + "(" + id + ")")
	for _, column := range []string{"createdon", "modifiedon", "_createdby_value", "_ownerid_value", "_owninguser_value", "_owningbusinessunit_value", "solutionid", "environmentvariabledefinitionidunique"} {
		if server.Text(row, column) == "" {
			t.Errorf("%s is missing: %v", column, row)
		}
	}
	if r.row(definitions + "(schemaname='new_b')")["environmentvariabledefinitionid"] != id {
		t.Error("the alternate key finds another row")
	}
	r.get(v+definitions+"(schemaname='new_c')", 404, "0x80060891")
	r.get(v+definitions+"(displayname='A')", 400, "0x80060888")
	r.get(v+definitions+"(x)", 400, "0x80060888")
	r.get(v+definitions+"(00000000-0000-0000-0000-000000000001)", 404, "0x80040217")
}

func TestPayloadMustFitTheTable(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	long := strings.Repeat("x", 2001)
	for name, c := range map[string]struct {
		body doc
		code string
	}{
		"unknown column":          {doc{"colour": "red"}, "0x80048d19"},
		"text for a number":       {doc{"type": "100000000"}, "0x80048d19"},
		"half a number":           {doc{"importsequencenumber": 1.5}, "0x80048d19"},
		"number for text":         {doc{"displayname": 1}, "0x80048d19"},
		"text for a bool":         {doc{"isrequired": "yes"}, "0x80048d19"},
		"no GUID":                 {doc{"environmentvariabledefinitionid": "x"}, "0x80048d19"},
		"no date":                 {doc{"overriddencreatedon": "yesterday"}, "0x80048d19"},
		"no object":               {doc{"iscustomizable": true}, "0x80048d19"},
		"too long":                {doc{"description": long}, "0x80044331"},
		"no such option":          {doc{"type": 7}, "0x80044331"},
		"value of a lookup":       {doc{"_ownerid_value": "x"}, "0x80048d19"},
		"list for a lookup":       {doc{"ParentDefinitionId": []any{}}, "0x80048d19"},
		"unknown bind":            {doc{"parent@odata.bind": "/publishers(1)"}, "0x80048d19"},
		"bind in lower case":      {doc{"parentdefinitionid@odata.bind": "/publishers(1)"}, "0x80048d19"},
		"bind to no set":          {doc{"ownerid@odata.bind": "/unicorns(1)"}, "0x8006088a"},
		"bind to nothing":         {doc{"ownerid@odata.bind": ""}, "0x80048d19"},
		"bind to another table":   {doc{"ownerid@odata.bind": "/publishers(" + r.publisher() + ")"}, "0x80048d19"},
		"children that are none":  {doc{"environmentvariabledefinition_environmentvariablevalue": doc{}}, "0x80048d19"},
		"children of wrong shape": {doc{"environmentvariabledefinition_environmentvariablevalue": []any{1}}, "0x80048d19"},
	} {
		body := doc{"schemaname": "new_" + strings.ReplaceAll(name, " ", "")}
		maps.Copy(body, c.body)
		if a := r.send("POST", definitions, nil, body, 400, c.code); server.Text(a.body, "error.message") == "" {
			t.Error(name)
		}
	}
	r.send("POST", definitions, nil, doc{"schemaname": "new_x", "ownerid@odata.bind": "/teams(00000000-0000-0000-0000-000000000001)"}, 404, "0x80040217")
	r.send("POST", definitions, nil, doc{"displayname": "x"}, 400, "0x80040200")
	if got := r.query(definitions); len(got) != 0 {
		t.Errorf("refused rows are there: %v", got)
	}
	r.made(definitions, doc{
		"schemaname": "new_ok", "description": long[1:], "createdon": "2001-01-01T00:00:00Z", "@odata.type": "Microsoft.Dynamics.CRM.environmentvariabledefinition",
		"overriddencreatedon": "2001-01-01T00:00:00+02:00", "iscustomizable": doc{"Value": false}, "ismanaged": true,
	})
	if row := r.query(definitions)[0]; row["createdon"] == "2001-01-01T00:00:00Z" || row["ismanaged"] != false || row["overriddencreatedon"] != "2000-12-31T22:00:00Z" {
		t.Errorf("what the system keeps was taken over: %v", row)
	}
}

func TestLowerCaseBindIsASwitch(t *testing.T) {
	t.Parallel()
	r := newRig(t, map[string]string{dataverse.SwitchLowerCaseBind: "on"})
	id := r.variable("new_a", nil)
	r.made("environmentvariablevalues", doc{"value": "x", "environmentvariabledefinitionid@odata.bind": "/" + definitions + "(" + id + ")"})
}

func TestUpdateMergesAndUpsertMakes(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	id := r.variable("new_a", doc{"description": "old"})
	path := definitions + "(" + id + ")"
	if a := r.send("PATCH", path, nil, doc{"description": "new"}, 204, ""); a.header.Get("OData-EntityId") == "" {
		t.Error("no OData-EntityId")
	}
	if row := r.row(path); row["description"] != "new" || row["displayname"] != "new_a" {
		t.Error(row)
	}
	a := r.send("PATCH", path+"?$select=description", headers{"Prefer": "return=representation"}, doc{"description": nil}, 200, "")
	if value, there := a.body["description"]; !there || value != nil {
		t.Error(a.body)
	}
	fresh := "99999999-9999-4999-8999-999999999999"
	r.send("PATCH", definitions+"("+fresh+")", headers{"If-Match": "*"}, doc{"schemaname": "new_b"}, 404, "0x80040217")
	r.send("PATCH", definitions+"("+fresh+")", headers{"If-None-Match": "*"}, doc{"schemaname": "new_b"}, 204, "")
	r.send("PATCH", definitions+"("+fresh+")", headers{"If-None-Match": "*"}, doc{"schemaname": "new_b"}, 412, "0x80040237")
	r.send("PATCH", definitions+"(schemaname='new_c')", nil, doc{"displayname": "C"}, 204, "")
	if got := names(r.query(definitions, "$filter", "displayname eq 'C'"), "schemaname"); got != "new_c" {
		t.Error(got)
	}
	r.send("PATCH", "publishers", nil, doc{}, 405, "0x80060888")
	r.send("DELETE", "publishers", nil, nil, 405, "0x80060888")
	r.send("POST", "organizations", nil, doc{}, 405, "0x80040800")
	r.send("PATCH", "solutioncomponents(00000000-0000-0000-0000-000000000001)", nil, doc{}, 405, "0x80040800")
}

func TestVersionsGuardAgainstLostUpdates(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	path := definitions + "(" + r.variable("new_a", nil) + ")"
	tag := plain(r.row(path), "@odata.etag")
	r.send("GET", path, headers{"If-None-Match": tag}, nil, 304, "")
	r.send("PATCH", path, headers{"If-Match": tag}, doc{"displayname": "1"}, 204, "")
	r.send("GET", path, headers{"If-None-Match": tag}, nil, 200, "")
	r.send("PATCH", path, headers{"If-Match": tag}, doc{"displayname": "2"}, 412, "0x80060882")
	r.send("DELETE", path, headers{"If-Match": tag}, nil, 412, "0x80060882")
	r.send("DELETE", path, headers{"If-Match": plain(r.row(path), "@odata.etag")}, nil, 204, "")
	r.send("DELETE", path, nil, nil, 404, "0x80040217")
}

func TestSingleValuesAreSetAndCleared(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	path := definitions + "(" + r.variable("new_a", nil) + ")"
	r.send("PUT", path+"/hint", nil, doc{"value": "h"}, 204, "")
	if r.row(path)["hint"] != "h" {
		t.Error("not set")
	}
	r.send("PUT", path+"/hint", nil, doc{"x": "h"}, 400, "0x80048d19")
	r.send("PUT", path+"/colour", nil, doc{"value": "h"}, 404, "0x8006088a")
	r.send("DELETE", path+"/hint", nil, nil, 204, "")
	if r.row(path)["hint"] != nil {
		t.Error("not cleared")
	}
}

func TestDeepInsertIsAllOrNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	const children = "environmentvariabledefinition_environmentvariablevalue"
	r.send("POST", definitions, nil, doc{"schemaname": "new_a", children: []any{doc{"value": 1}}}, 400, "0x80048d19")
	if got := collectionLen(t, r, definitions); got != 0 {
		t.Errorf("%d definitions are left", got)
	}
	id := r.made(definitions, doc{"schemaname": "new_a", children: []any{doc{"value": "x"}}})
	if got := r.query("environmentvariablevalues", "$filter", "_environmentvariabledefinitionid_value eq "+id); len(got) != 1 || got[0]["value"] != "x" {
		t.Error(got)
	}
	r.send("PATCH", definitions+"("+id+")", nil, doc{children: []any{doc{"value": "y"}}}, 400, "0x80048d19")
	value := r.made("environmentvariablevalues", doc{"value": "z", "EnvironmentVariableDefinitionId": doc{"schemaname": "new_b"}})
	if got := r.row("environmentvariablevalues(" + value + ")?$expand=EnvironmentVariableDefinitionId"); server.Text(got, "EnvironmentVariableDefinitionId.schemaname") != "new_b" {
		t.Error(got)
	}
	posted := r.send("POST", definitions+"("+r.variable("new_c", nil)+")/"+children, nil, doc{"value": "c"}, 204, "")
	if !strings.Contains(posted.header.Get("OData-EntityId"), "/environmentvariablevalues(") {
		t.Error(posted.header)
	}
}

func TestLookupsAreSetAndCleared(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	parent, child := r.variable("new_parent", nil), r.variable("new_child", nil)
	path := definitions + "(" + child + ")"
	linked := func(want any) {
		t.Helper()
		if got := r.row(path)["_parentdefinitionid_value"]; got != want {
			t.Errorf("parent %v, want %v", got, want)
		}
	}
	r.send("PATCH", path, nil, doc{"ParentDefinitionId@odata.bind": "https://" + host + v + definitions + "(schemaname='new_parent')"}, 204, "")
	linked(parent)
	r.send("PATCH", path, nil, doc{"ParentDefinitionId": nil}, 204, "")
	linked(nil)
	r.send("PUT", path+"/ParentDefinitionId/$ref", nil, doc{"@odata.id": "https://" + host + v + definitions + "(" + parent + ")"}, 204, "")
	linked(parent)
	r.send("DELETE", path+"/ParentDefinitionId/$ref", nil, nil, 204, "")
	linked(nil)
	r.send("POST", definitions+"("+parent+")/envdefinition_envdefinition/$ref", nil, doc{"@odata.id": definitions + "(" + child + ")"}, 204, "")
	linked(parent)
	r.send("DELETE", definitions+"("+parent+")/envdefinition_envdefinition("+child+")/$ref", nil, nil, 204, "")
	linked(nil)
	r.send("PATCH", path, nil, doc{"ParentDefinitionId@odata.bind": definitions + "(" + parent + ")"}, 204, "")
	r.send("DELETE", definitions+"("+parent+")", nil, nil, 204, "") // the child stays, without its parent
	linked(nil)
	team := r.query("teams")[0]
	r.send("PATCH", path, nil, doc{"ownerid@odata.bind": "/teams(" + server.Text(team, "teamid") + ")"}, 204, "")
	if row := r.row(path); row["_owningteam_value"] != team["teamid"] || row["_owninguser_value"] != nil || row["_ownerid_value"] != team["teamid"] {
		t.Error(row)
	}
}

func TestRolesAreGivenAndTaken(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	unit := server.Text(r.row("WhoAmI"), "BusinessUnitId")
	user := r.made("systemusers", doc{"applicationid": "22222222-2222-4222-8222-222222222222", "accessmode": 4, "businessunitid@odata.bind": "/businessunits(" + unit + ")"})
	role := server.Text(r.query("roles", "$filter", "name eq 'Basic User'")[0], "roleid")
	path, id := "systemusers("+user+")/systemuserroles_association", "https://"+host+v+"roles("+role+")"
	count := func(want int) {
		t.Helper()
		if got := r.rows(v + path); len(got) != want {
			t.Errorf("%d roles, want %d", len(got), want)
		}
	}
	for range 2 {
		r.send("POST", path+"/$ref", nil, doc{"@odata.id": id}, 204, "")
	}
	count(1)
	r.send("DELETE", path+"/$ref?$id="+id, nil, nil, 204, "")
	count(0)
	r.send("DELETE", path+"/$ref?$id="+id, nil, nil, 404, "0x80040217")
	r.send("POST", path+"/$ref", nil, doc{"@odata.id": "teams(" + user + ")"}, 404, "0x80040217")
	r.send("POST", path+"/$ref", nil, doc{"@odata.id": "businessunits(" + unit + ")"}, 400, "0x80048d19")
	r.send("PUT", path+"/$ref", nil, doc{"@odata.id": id}, 405, "0x80060888")
	r.send("POST", "systemusers("+user+")/nothing/$ref", nil, doc{"@odata.id": id}, 404, "0x8006088a")
	r.send("POST", path+"/$ref", nil, doc{"@odata.id": id}, 204, "")
	r.send("DELETE", "roles("+role+")", nil, nil, 400, "0x8004f032") // a role of the system is managed
}

func TestServiceProtectionRefuses(t *testing.T) {
	t.Parallel()
	for facet, code := range map[string]string{"requests": "0x80072322", "time": "0x80072321", "concurrent": "0x80072326"} {
		t.Run(facet, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, map[string]string{dataverse.SwitchThrottle: facet + ":2"})
			for range 2 {
				if a := r.send("GET", "WhoAmI", nil, nil, 429, code); a.header.Get("Retry-After-Ms") == "" {
					t.Error(a.header)
				}
			}
			r.send("GET", "WhoAmI", nil, nil, 200, "")
		})
	}
}

func TestReadsMayLagBehind(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	path := definitions + "(" + r.variable("new_a", nil) + ")"
	r.tenant.Lag(server.Lag{Collection: dataverse.Collection(definitions), Field: "displayname", Reads: 2})
	r.send("PATCH", path, nil, doc{"displayname": "new"}, 204, "")
	for _, want := range []string{"new_a", "new_a", "new"} {
		if got := r.row(path)["displayname"]; got != want {
			t.Errorf("displayname %v, want %s", got, want)
		}
	}
}

func TestRowsOfTwoOrganizationsAreApart(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.finish(r.create())
	r.variable("new_a", nil)
	const other = "new.crm4.dynamics.com"
	a := r.ask(r.tenant, "GET", other, "https://"+other, v+definitions, nil)
	if rows, _ := a.body["value"].([]any); a.status != 200 || len(rows) != 0 {
		t.Errorf("another organization: %v", a)
	}
	a = r.ask(r.tenant, "POST", other, "https://"+other, v+definitions, doc{"schemaname": "new_a"})
	if a.status != 204 {
		t.Errorf("the name is taken in another organization: %v", a)
	}
}
