package dataverse_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/dataverse"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

func TestOrganizationHasItsFurnitureFromTheFirstRequest(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	me := r.row("WhoAmI")
	for set, want := range map[string]int{"businessunits": 1, "teams": 1, "publishers": 1, "solutions": 2, "systemusers": 2, "roles": 4} { // the application of the tenant, and who asks
		if got := collectionLen(t, r, set); got != want {
			t.Errorf("there are %d %s, want %d", got, set, want)
		}
	}
	user := r.row("systemusers(" + server.Text(me, "UserId") + ")?$expand=systemuserroles_association")
	if roles, _ := user["systemuserroles_association"].([]any); len(roles) != 1 || user["_businessunitid_value"] != me["BusinessUnitId"] || user["accessmode"] != 4.0 {
		t.Error(user)
	}
	p := r.query("publishers")[0]
	if !strings.HasPrefix(server.Text(p, "uniquename"), "DefaultPublisherunq") || p["customizationprefix"] != "new" || p["customizationoptionvalueprefix"] != 10000.0 {
		t.Error(p)
	}
	r.send("DELETE", "publishers("+server.Text(p, "publisherid")+")", nil, nil, 400, "0x8004f006")
	visible := r.query("solutions", "$filter", "isvisible eq true", "$expand", "publisherid($select=uniquename)")
	if names(visible, "uniquename") != "Default" || server.Text(visible[0], "publisherid.uniquename") == "" {
		t.Error(visible)
	}
	r.send("DELETE", "solutions("+server.Text(visible[0], "solutionid")+")", nil, nil, 400, "0x8004f005")
	r.send("PATCH", "solutions("+server.Text(visible[0], "solutionid")+")", nil, doc{"friendlyname": "x"}, 400, "0x80040203")
	r.send("DELETE", "teams("+server.Text(r.query("teams")[0], "teamid")+")", nil, nil, 400, "0x80048307")
}

func TestNothingIsLeftOfADeletedEnvironment(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	before := r.tenant.Collection("dataverse.publishers").Len()
	r.finish(r.create())
	r.fresh()
	if r.tenant.Collection("dataverse.publishers").Len() != before+1 {
		t.Fatal("a new organization has no publisher")
	}
	var name string
	for _, id := range r.tenant.Collection("organizations").IDs() {
		if org, _ := r.tenant.Collection("organizations").Peek(id); server.Text(org, "domain") == "new" {
			name = id
		}
	}
	a := r.ask(r.tenant, "DELETE", "api.bap.microsoft.com", "https://service.powerapps.com",
		"/providers/Microsoft.BusinessAppPlatform/scopes/admin/environments/"+name+"?api-version=2023-06-01", nil)
	r.finish(a.header.Get("Location"))
	for _, collection := range r.tenant.Collections() {
		for _, id := range r.tenant.Collection(collection).IDs() {
			if strings.HasPrefix(collection, "dataverse.") && strings.HasPrefix(id, name+"/") {
				t.Errorf("%s %s is left", collection, id)
			}
		}
	}
	if r.tenant.Collection("dataverse.publishers").Len() != before {
		t.Error("the rows of another organization went too")
	}
}

func TestPublishersFollowTheRules(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	id := r.publisher()
	with := func(more doc) doc {
		body := doc{"uniquename": "other", "friendlyname": "Other", "customizationprefix": "oth", "customizationoptionvalueprefix": 10000}
		maps.Copy(body, more)
		return body
	}
	for name, c := range map[string]struct {
		body   doc
		status int
		code   string
	}{
		"no unique name":         {with(doc{"uniquename": nil}), 400, "0x80040200"},
		"bad unique name":        {with(doc{"uniquename": "1x"}), 400, "0x80040203"},
		"taken unique name":      {with(doc{"uniquename": "CONTOSO"}), 412, "0x80040237"},
		"short prefix":           {with(doc{"customizationprefix": "x"}), 400, "0x80040203"},
		"long prefix":            {with(doc{"customizationprefix": "abcdefghi"}), 400, "0x80044331"},
		"reserved prefix":        {with(doc{"customizationprefix": "mscrmx"}), 400, "0x80040203"},
		"prefix with underscore": {with(doc{"customizationprefix": "a_b"}), 400, "0x80040203"},
		"option values too low":  {with(doc{"customizationoptionvalueprefix": 9999}), 400, "0x80040203"},
		"option values too high": {with(doc{"customizationoptionvalueprefix": 100000}), 400, "0x80040203"},
	} {
		t.Log(name)
		r.send("POST", "publishers", nil, c.body, c.status, c.code)
	}
	path := "publishers(" + id + ")"
	r.send("PATCH", path, nil, doc{"uniquename": "renamed"}, 400, "0x80040203")
	r.send("PATCH", path, nil, doc{"uniquename": "contoso", "friendlyname": "Contoso"}, 204, "")
	solution := r.solution(id)
	r.send("DELETE", path, nil, nil, 405, "0x80040227")
	r.send("DELETE", "solutions("+solution+")", nil, nil, 204, "")
	r.send("DELETE", path, nil, nil, 204, "")
}

func TestSolutionsFollowTheRules(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	p := r.publisher()
	id := r.solution(p)
	bind := "/publishers(" + p + ")"
	for _, c := range []struct {
		body   doc
		status int
		code   string
	}{
		{doc{"uniquename": "App", "friendlyname": "x", "version": "1.0", "publisherid@odata.bind": bind}, 412, "0x80040237"},
		{doc{"uniquename": "a-b", "friendlyname": "x", "version": "1.0", "publisherid@odata.bind": bind}, 400, "0x80040203"},
		{doc{"uniquename": "b", "friendlyname": "x", "version": "one", "publisherid@odata.bind": bind}, 400, "0x80040203"},
		{doc{"uniquename": "b", "friendlyname": "x", "version": "1.0"}, 400, "0x80040200"},
		{doc{"uniquename": "b", "version": "1.0", "publisherid@odata.bind": bind}, 400, "0x80040200"},
		{doc{"uniquename": "b", "friendlyname": "x", "publisherid@odata.bind": "/publishers(" + id + ")"}, 404, "0x80040217"},
	} {
		r.send("POST", "solutions", nil, c.body, c.status, c.code)
	}
	path := "solutions(" + id + ")"
	r.send("PATCH", path, nil, doc{"version": "2"}, 400, "0x80040203")
	r.send("PATCH", path, nil, doc{"version": "2.0.0.1"}, 204, "")
	if row := r.row(path + "?$expand=publisherid($select=customizationprefix)"); row["version"] != "2.0.0.1" || row["ismanaged"] != false || server.Text(row, "publisherid.customizationprefix") != "con" {
		t.Error(row)
	}
}

func TestComponentsJoinAndLeaveSolutions(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	id := r.solution(r.publisher())
	into := headers{"MSCRM.SolutionUniqueName": "app"}
	variable := r.made(definitions, doc{"schemaname": "con_a"}, into)
	r.send("POST", definitions, headers{"MSCRM.SolutionUniqueName": "nothing"}, doc{"schemaname": "con_b"}, 404, "0x80040217")
	if got := names(r.query(definitions), "schemaname"); got != "con_a" {
		t.Errorf("a row outside its solution: %s", got)
	}
	parts := func(want string) {
		t.Helper()
		if got := names(r.rows(v+"solutions("+id+")/solution_solutioncomponent"), "objectid"); got != want {
			t.Errorf("components %q, want %q", got, want)
		}
	}
	parts(variable)
	if row := r.query("solutioncomponents")[0]; row["componenttype"] != 380.0 {
		t.Error(row)
	}
	other := r.variable("con_c", nil)
	add := doc{"ComponentId": other, "ComponentType": 380, "SolutionUniqueName": "app", "AddRequiredComponents": false, "DoNotIncludeSubcomponents": false}
	at := r.send("POST", "AddSolutionComponent", nil, add, 200, "").body["id"]
	if again := r.send("POST", "AddSolutionComponent", nil, add, 200, "").body["id"]; at != again || at == nil {
		t.Error("added twice")
	}
	parts(variable + " " + other)
	r.send("POST", "AddSolutionComponent", nil, doc{"ComponentId": other, "ComponentType": 9, "SolutionUniqueName": "app"}, 400, "0x80040203")
	r.send("POST", "AddSolutionComponent", nil, doc{"ComponentId": id, "ComponentType": 380, "SolutionUniqueName": "app"}, 404, "0x80040217")
	r.send("POST", "RemoveSolutionComponent", nil, add, 200, "")
	r.send("POST", "RemoveSolutionComponent", nil, add, 404, "0x80040217")
	parts(variable)
	r.send("PATCH", definitions+"("+other+")", into, doc{"displayname": "x"}, 204, "")
	parts(variable + " " + other)
	r.send("DELETE", definitions+"("+other+")", nil, nil, 204, "")
	parts(variable)
	r.send("DELETE", "solutions("+id+")", nil, nil, 204, "")
	if got := collectionLen(t, r, "solutioncomponents"); got != 0 {
		t.Errorf("%d components of a solution that is gone", got)
	}
	if got := names(r.query(definitions), "schemaname"); got != "con_a" {
		t.Error("the solution took its rows along")
	}
	definition := r.query("solutioncomponentdefinitions", "$filter", "primaryentityname eq 'connectionreference'", "$select", "solutioncomponenttype")
	if len(definition) != 1 || definition[0]["solutioncomponenttype"] != 10132.0 {
		t.Error(definition)
	}
}

func TestManagedSolutionsAreUninstalled(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	publisher := server.Text(r.query("publishers")[0], "publisherid")
	err := r.platform.Seed(server.Seed{Tenants: []server.TenantSeed{{ID: r.tenant.ID, Items: map[string][]doc{"dataverse_rows": {
		{"environment": "sales", "table": "solution", "row": doc{"uniquename": "vendor", "friendlyname": "Vendor", "ismanaged": true, "publisherid": publisher}},
		{"environment": "sales", "table": "environmentvariabledefinition", "row": doc{"schemaname": "ven_a", "ismanaged": true}, "solutions": []any{"vendor"}},
	}}}}})
	if err != nil {
		t.Fatal(err)
	}
	id := server.Text(r.query(definitions)[0], "environmentvariabledefinitionid")
	r.send("DELETE", definitions+"("+id+")", nil, nil, 400, "0x8004f032")
	r.send("POST", definitions, headers{"MSCRM.SolutionUniqueName": "vendor"}, doc{"schemaname": "con_b"}, 400, "0x80040203")
	value := r.made("environmentvariablevalues", doc{"value": "x", "EnvironmentVariableDefinitionId@odata.bind": "/" + definitions + "(" + id + ")"})
	r.send("DELETE", "environmentvariablevalues("+value+")", nil, nil, 204, "") // a value over a managed definition is not managed
	solution := server.Text(r.query("solutions", "$filter", "uniquename eq 'vendor'")[0], "solutionid")
	r.send("DELETE", "solutions("+solution+")", nil, nil, 204, "")
	if got := r.query(definitions); len(got) != 0 {
		t.Error(got)
	}
}

func TestApplicationUsersAreThereOnceAndGoInTwoSteps(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	me := r.row("WhoAmI")
	body := doc{"applicationid": app, "accessmode": 4, "businessunitid@odata.bind": "/businessunits(" + server.Text(me, "BusinessUnitId") + ")"}
	r.send("POST", "systemusers", nil, body, 412, "0x80040237")
	r.send("DELETE", "systemusers("+server.Text(me, "UserId")+")", nil, nil, 400, "0x80040227")
	body["applicationid"] = "22222222-2222-4222-8222-222222222222"
	path := "systemusers(" + r.made("systemusers", body) + ")"
	if row := r.row(path); row["fullname"] != "# 22222222-2222-4222-8222-222222222222" || row["deletedstate"] != 0.0 {
		t.Error(row)
	}
	r.send("PATCH", path, nil, doc{"isdisabled": true, "applicationid": body["applicationid"]}, 204, "")
	r.send("DELETE", path, nil, nil, 204, "")
	if row := r.row(path); row["deletedstate"] != 1.0 || row["isdisabled"] != true {
		t.Error(row)
	}
	r.send("POST", "systemusers", nil, body, 412, "0x80040237") // the twin blocks
	r.send("DELETE", path, nil, nil, 204, "")
	r.send("GET", path, nil, nil, 404, "0x80040217")
	delete(body, "applicationid")
	r.send("DELETE", "systemusers("+r.made("systemusers", body)+")", nil, nil, 405, "0x80040800")
}

func TestImmutableColumnsMayBeIgnored(t *testing.T) {
	t.Parallel()
	r := newRig(t, map[string]string{dataverse.SwitchImmutable: "ignore"})
	path := definitions + "(" + r.variable("new_a", nil) + ")"
	r.send("PATCH", path, nil, doc{"schemaname": "new_b", "secretstore": 1}, 204, "")
	if row := r.row(path); row["schemaname"] != "new_a" || row["secretstore"] != 0.0 {
		t.Error(row)
	}
}
