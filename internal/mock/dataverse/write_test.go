package dataverse_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/dataverse"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

const definitions = "environmentvariabledefinitions"

func TestCreateSaysWhatWasMade(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	body := doc{"schemaname": "new_a", "displayname": "A"}
	a := r.Send("POST", definitions, body).Want(204).Empty()
	if at := a.Header.Get("OData-EntityId"); !strings.HasPrefix(at, "https://"+host+v+definitions+"(") || a.Header.Get("Location") != at || a.Header.Get("OData-Version") != "4.0" {
		t.Error(a.Header)
	}
	body["schemaname"] = "new_b"
	a = r.With("Prefer", "return=representation").Send("POST", definitions+"?$select=schemaname,type", body).Want(201).Has(doc{"type": 100000000, "#": 5})
	if a.Header.Get("Preference-Applied") != "return=representation" || !strings.Contains(a.Header.Get("Content-Type"), "odata.metadata=minimal") {
		t.Error(a.Header)
	}
	id := a.Text("environmentvariabledefinitionid")
	row := doc{}
	for _, column := range []string{"createdon", "modifiedon", "_createdby_value", "_ownerid_value", "_owninguser_value", "_owningbusinessunit_value", "solutionid", "environmentvariabledefinitionidunique"} {
		row[column] = mocktest.Some
	}
	r.row(definitions + "(" + id + ")").Has(row)
	r.row(definitions + "(schemaname='new_b')").Has(doc{"environmentvariabledefinitionid": id})
	r.Send("GET", definitions+"(schemaname='new_c')", nil).Want(404, "0x80060891")
	r.Send("GET", definitions+"(displayname='A')", nil).Want(400, "0x80060888")
	r.Send("GET", definitions+"(x)", nil).Want(400, "0x80060888")
	r.Send("GET", definitions+"(00000000-0000-0000-0000-000000000001)", nil).Want(404, "0x80040217")
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
		if a := r.Send("POST", definitions, body).Want(400, c.code); a.Text("error.message") == "" {
			t.Error(name)
		}
	}
	r.Send("POST", definitions, doc{"schemaname": "new_x", "ownerid@odata.bind": "/teams(00000000-0000-0000-0000-000000000001)"}).Want(404, "0x80040217")
	r.Send("POST", definitions, doc{"displayname": "x"}).Want(400, "0x80040200")
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
	if a := r.Send("PATCH", path, doc{"description": "new"}).Want(204); a.Header.Get("OData-EntityId") == "" {
		t.Error("no OData-EntityId")
	}
	r.row(path).Has(doc{"description": "new", "displayname": "new_a"})
	r.With("Prefer", "return=representation").Send("PATCH", path+"?$select=description", doc{"description": nil}).Want(200).Has(doc{"description": mocktest.Null})
	fresh := "99999999-9999-4999-8999-999999999999"
	r.With("If-Match", "*").Send("PATCH", definitions+"("+fresh+")", doc{"schemaname": "new_b"}).Want(404, "0x80040217")
	r.With("If-None-Match", "*").Send("PATCH", definitions+"("+fresh+")", doc{"schemaname": "new_b"}).Want(204)
	r.With("If-None-Match", "*").Send("PATCH", definitions+"("+fresh+")", doc{"schemaname": "new_b"}).Want(412, "0x80040237")
	r.Send("PATCH", definitions+"(schemaname='new_c')", doc{"displayname": "C"}).Want(204)
	if got := names(r.query(definitions, "$filter", "displayname eq 'C'"), "schemaname"); got != "new_c" {
		t.Error(got)
	}
	r.Send("PATCH", "publishers", doc{}).Want(405, "0x80060888")
	r.Send("DELETE", "publishers", nil).Want(405, "0x80060888")
	r.Send("POST", "organizations", doc{}).Want(405, "0x80040800")
	r.Send("PATCH", "solutioncomponents(00000000-0000-0000-0000-000000000001)", doc{}).Want(405, "0x80040800")
}

func TestVersionsGuardAgainstLostUpdates(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	path := definitions + "(" + r.variable("new_a", nil) + ")"
	tag := r.row(path).Text("@odata.etag")
	r.With("If-None-Match", tag).Send("GET", path, nil).Want(304)
	r.With("If-Match", tag).Send("PATCH", path, doc{"displayname": "1"}).Want(204)
	r.With("If-None-Match", tag).Send("GET", path, nil).Want(200)
	r.With("If-Match", tag).Send("PATCH", path, doc{"displayname": "2"}).Want(412, "0x80060882")
	r.With("If-Match", tag).Send("DELETE", path, nil).Want(412, "0x80060882")
	r.With("If-Match", r.row(path).Text("@odata.etag")).Send("DELETE", path, nil).Want(204)
	r.Send("DELETE", path, nil).Want(404, "0x80040217")
}

func TestSingleValuesAreSetAndCleared(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	path := definitions + "(" + r.variable("new_a", nil) + ")"
	r.Send("PUT", path+"/hint", doc{"value": "h"}).Want(204)
	r.row(path).Has(doc{"hint": "h"})
	r.Send("PUT", path+"/hint", doc{"x": "h"}).Want(400, "0x80048d19")
	r.Send("PUT", path+"/colour", doc{"value": "h"}).Want(404, "0x8006088a")
	r.Send("DELETE", path+"/hint", nil).Want(204)
	if r.row(path).Get("hint") != nil {
		t.Error("not cleared")
	}
}

func TestDeepInsertIsAllOrNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	const children = "environmentvariabledefinition_environmentvariablevalue"
	r.Send("POST", definitions, doc{"schemaname": "new_a", children: []any{doc{"value": 1}}}).Want(400, "0x80048d19")
	if got := r.Count("dataverse." + definitions); got != 0 {
		t.Errorf("%d definitions are left", got)
	}
	id := r.made(definitions, doc{"schemaname": "new_a", children: []any{doc{"value": "x"}}})
	if got := r.query("environmentvariablevalues", "$filter", "_environmentvariabledefinitionid_value eq "+id); len(got) != 1 || got[0]["value"] != "x" {
		t.Error(got)
	}
	r.Send("PATCH", definitions+"("+id+")", doc{children: []any{doc{"value": "y"}}}).Want(400, "0x80048d19")
	value := r.made("environmentvariablevalues", doc{"value": "z", "EnvironmentVariableDefinitionId": doc{"schemaname": "new_b"}})
	r.row("environmentvariablevalues(" + value + ")?$expand=EnvironmentVariableDefinitionId").Has(doc{"EnvironmentVariableDefinitionId.schemaname": "new_b"})
	posted := r.Send("POST", definitions+"("+r.variable("new_c", nil)+")/"+children, doc{"value": "c"}).Want(204)
	if !strings.Contains(posted.Header.Get("OData-EntityId"), "/environmentvariablevalues(") {
		t.Error(posted.Header)
	}
}

func TestLookupsAreSetAndCleared(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	parent, child := r.variable("new_parent", nil), r.variable("new_child", nil)
	path := definitions + "(" + child + ")"
	linked := func(want any) {
		t.Helper()
		r.row(path).Has(doc{"_parentdefinitionid_value": want})
	}
	r.Send("PATCH", path, doc{"ParentDefinitionId@odata.bind": "https://" + host + v + definitions + "(schemaname='new_parent')"}).Want(204)
	linked(parent)
	r.Send("PATCH", path, doc{"ParentDefinitionId": nil}).Want(204)
	linked(mocktest.Null)
	r.Send("PUT", path+"/ParentDefinitionId/$ref", doc{"@odata.id": "https://" + host + v + definitions + "(" + parent + ")"}).Want(204)
	linked(parent)
	r.Send("DELETE", path+"/ParentDefinitionId/$ref", nil).Want(204)
	linked(mocktest.Null)
	r.Send("POST", definitions+"("+parent+")/envdefinition_envdefinition/$ref", doc{"@odata.id": definitions + "(" + child + ")"}).Want(204)
	linked(parent)
	r.Send("DELETE", definitions+"("+parent+")/envdefinition_envdefinition("+child+")/$ref", nil).Want(204)
	linked(mocktest.Null)
	r.Send("PATCH", path, doc{"ParentDefinitionId@odata.bind": definitions + "(" + parent + ")"}).Want(204)
	r.Send("DELETE", definitions+"("+parent+")", nil).Want(204) // the child stays, without its parent
	linked(mocktest.Null)
	team := r.query("teams")[0]
	r.Send("PATCH", path, doc{"ownerid@odata.bind": "/teams(" + server.Text(team, "teamid") + ")"}).Want(204)
	r.row(path).Has(doc{"_owningteam_value": team["teamid"], "_owninguser_value": mocktest.Null, "_ownerid_value": team["teamid"]})
}

func TestRolesAreGivenAndTaken(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	unit := r.row("WhoAmI").Text("BusinessUnitId")
	user := r.made("systemusers", doc{"applicationid": "22222222-2222-4222-8222-222222222222", "accessmode": 4, "businessunitid@odata.bind": "/businessunits(" + unit + ")"})
	role := server.Text(r.query("roles", "$filter", "name eq 'Basic User'")[0], "roleid")
	path, id := "systemusers("+user+")/systemuserroles_association", "https://"+host+v+"roles("+role+")"
	count := func(want int) { t.Helper(); r.row(path).Has(doc{"value.#": want}) }
	for range 2 {
		r.Send("POST", path+"/$ref", doc{"@odata.id": id}).Want(204)
	}
	count(1)
	r.Send("DELETE", path+"/$ref?$id="+id, nil).Want(204)
	count(0)
	r.Send("DELETE", path+"/$ref?$id="+id, nil).Want(404, "0x80040217")
	r.Send("POST", path+"/$ref", doc{"@odata.id": "teams(" + user + ")"}).Want(404, "0x80040217")
	r.Send("POST", path+"/$ref", doc{"@odata.id": "businessunits(" + unit + ")"}).Want(400, "0x80048d19")
	r.Send("PUT", path+"/$ref", doc{"@odata.id": id}).Want(405, "0x80060888")
	r.Send("POST", "systemusers("+user+")/nothing/$ref", doc{"@odata.id": id}).Want(404, "0x8006088a")
	r.Send("POST", path+"/$ref", doc{"@odata.id": id}).Want(204)
	r.Send("DELETE", "roles("+role+")", nil).Want(400, "0x8004f032") // a role of the system is managed
}

func TestServiceProtectionRefuses(t *testing.T) {
	t.Parallel()
	for facet, code := range map[string]string{"requests": "0x80072322", "time": "0x80072321", "concurrent": "0x80072326"} {
		t.Run(facet, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, map[string]string{dataverse.SwitchThrottle: facet + ":2"})
			for range 2 {
				if a := r.Send("GET", "WhoAmI", nil).Want(429, code); a.Header.Get("Retry-After-Ms") == "" {
					t.Error(a.Header)
				}
			}
			r.Send("GET", "WhoAmI", nil).Want(200)
		})
	}
}

func TestReadsMayLagBehind(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	path := definitions + "(" + r.variable("new_a", nil) + ")"
	r.Lag(server.Lag{Collection: dataverse.Collection(definitions), Field: "displayname", Reads: 2})
	r.Send("PATCH", path, doc{"displayname": "new"}).Want(204)
	for _, want := range []string{"new_a", "new_a", "new"} {
		r.row(path).Has(doc{"displayname": want})
	}
}

func TestRowsOfTwoOrganizationsAreApart(t *testing.T) {
	t.Parallel()
	r := alone(t, nil)
	r.create().Follow().Has(doc{"state.id": "Succeeded"})
	r.variable("new_a", nil)
	r.fresh("GET", definitions, nil).Want(200).Has(doc{"value.#": 0})
	r.fresh("POST", definitions, doc{"schemaname": "new_a"}).Want(204) // the name is free in another organization
}
