package dataverse_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/dataverse"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

func TestOrganizationHasItsFurnitureFromTheFirstRequest(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	me := r.row("WhoAmI")
	for set, want := range map[string]int{"businessunits": 1, "teams": 1, "publishers": 1, "solutions": 2, "systemusers": 2, "roles": 4} { // the application of the tenant, and who asks
		if got := r.Count("dataverse." + set); got != want {
			t.Errorf("there are %d %s, want %d", got, set, want)
		}
	}
	r.row("systemusers(" + me.Text("UserId") + ")?$expand=systemuserroles_association").Has(doc{
		"systemuserroles_association.#": 1, "_businessunitid_value": me.Text("BusinessUnitId"), "accessmode": 4,
	})
	p := r.query("publishers")[0]
	mocktest.Has(t, p, doc{"uniquename": mocktest.Like("DefaultPublisherunq*"), "customizationprefix": "new", "customizationoptionvalueprefix": 10000})
	r.Send("DELETE", "publishers("+server.Text(p, "publisherid")+")", nil).Want(400, "0x8004f006")
	visible := r.query("solutions", "$filter", "isvisible eq true", "$expand", "publisherid($select=uniquename)")
	if names(visible, "uniquename") != "Default" || server.Text(visible[0], "publisherid.uniquename") == "" {
		t.Error(visible)
	}
	r.Send("DELETE", "solutions("+server.Text(visible[0], "solutionid")+")", nil).Want(400, "0x8004f005")
	r.Send("PATCH", "solutions("+server.Text(visible[0], "solutionid")+")", doc{"friendlyname": "x"}).Want(400, "0x80040203")
	r.Send("DELETE", "teams("+server.Text(r.query("teams")[0], "teamid")+")", nil).Want(400, "0x80048307")
}

func TestNothingIsLeftOfADeletedEnvironment(t *testing.T) {
	t.Parallel()
	r := alone(t, nil)
	before := r.Count("dataverse.publishers")
	name := r.create().Follow().Has(doc{"state.id": "Succeeded"}).Text("links.environment.path")
	name = name[strings.LastIndex(name, "/")+1:]
	r.fresh("GET", "organizations", nil).Want(200)
	if r.Count("dataverse.publishers") != before+1 {
		t.Fatal("a new organization has no publisher")
	}
	r.Send("DELETE", "https://api.bap.microsoft.com/providers/Microsoft.BusinessAppPlatform/scopes/admin/environments/"+name+"?api-version=2023-06-01", nil).
		Follow().Has(doc{"state.id": "Succeeded"})
	for _, collection := range r.Collections() {
		for _, id := range r.Collection(collection).IDs() {
			if strings.HasPrefix(collection, "dataverse.") && strings.HasPrefix(id, name+"/") {
				t.Errorf("%s %s is left", collection, id)
			}
		}
	}
	if r.Count("dataverse.publishers") != before {
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
		r.Send("POST", "publishers", c.body).Want(c.status, c.code)
	}
	path := "publishers(" + id + ")"
	r.Send("PATCH", path, doc{"uniquename": "renamed"}).Want(400, "0x80040203")
	r.Send("PATCH", path, doc{"uniquename": "contoso", "friendlyname": "Contoso"}).Want(204)
	solution := r.solution(id)
	r.Send("DELETE", path, nil).Want(405, "0x80040227")
	r.Send("DELETE", "solutions("+solution+")", nil).Want(204)
	r.Send("DELETE", path, nil).Want(204)
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
		r.Send("POST", "solutions", c.body).Want(c.status, c.code)
	}
	path := "solutions(" + id + ")"
	r.Send("PATCH", path, doc{"version": "2"}).Want(400, "0x80040203")
	r.Send("PATCH", path, doc{"version": "2.0.0.1"}).Want(204)
	r.row(path + "?$expand=publisherid($select=customizationprefix)").Has(doc{"version": "2.0.0.1", "ismanaged": false, "publisherid.customizationprefix": "con"})
}

func TestComponentsJoinAndLeaveSolutions(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	id := r.solution(r.publisher())
	variable := r.into("app").made(definitions, doc{"schemaname": "con_a"})
	r.into("nothing").Send("POST", definitions, doc{"schemaname": "con_b"}).Want(404, "0x80040217")
	if got := names(r.query(definitions), "schemaname"); got != "con_a" {
		t.Errorf("a row outside its solution: %s", got)
	}
	parts := func(want string) {
		t.Helper()
		if got := names(r.rows("solutions("+id+")/solution_solutioncomponent"), "objectid"); got != want {
			t.Errorf("components %q, want %q", got, want)
		}
	}
	parts(variable)
	mocktest.Has(t, r.query("solutioncomponents")[0], doc{"componenttype": 380})
	other := r.variable("con_c", nil)
	add := doc{"ComponentId": other, "ComponentType": 380, "SolutionUniqueName": "app", "AddRequiredComponents": false, "DoNotIncludeSubcomponents": false}
	at := r.Send("POST", "AddSolutionComponent", add).Want(200).Get("id")
	if again := r.Send("POST", "AddSolutionComponent", add).Want(200).Get("id"); at != again || at == nil {
		t.Error("added twice")
	}
	parts(variable + " " + other)
	r.Send("POST", "AddSolutionComponent", doc{"ComponentId": other, "ComponentType": 9, "SolutionUniqueName": "app"}).Want(400, "0x80040203")
	r.Send("POST", "AddSolutionComponent", doc{"ComponentId": id, "ComponentType": 380, "SolutionUniqueName": "app"}).Want(404, "0x80040217")
	r.Send("POST", "RemoveSolutionComponent", add).Want(200)
	r.Send("POST", "RemoveSolutionComponent", add).Want(404, "0x80040217")
	parts(variable)
	r.into("app").Send("PATCH", definitions+"("+other+")", doc{"displayname": "x"}).Want(204)
	parts(variable + " " + other)
	r.Send("DELETE", definitions+"("+other+")", nil).Want(204)
	parts(variable)
	r.Send("DELETE", "solutions("+id+")", nil).Want(204)
	if got := r.Count("dataverse." + "solutioncomponents"); got != 0 {
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
	r.Fill(map[string][]doc{"dataverse_rows": {
		{"environment": "sales", "table": "solution", "row": doc{"uniquename": "vendor", "friendlyname": "Vendor", "ismanaged": true, "publisherid": publisher}},
		{"environment": "sales", "table": "environmentvariabledefinition", "row": doc{"schemaname": "ven_a", "ismanaged": true}, "solutions": []any{"vendor"}},
	}})
	id := server.Text(r.query(definitions)[0], "environmentvariabledefinitionid")
	r.Send("DELETE", definitions+"("+id+")", nil).Want(400, "0x8004f032")
	r.into("vendor").Send("POST", definitions, doc{"schemaname": "con_b"}).Want(400, "0x80040203")
	value := r.made("environmentvariablevalues", doc{"value": "x", "EnvironmentVariableDefinitionId@odata.bind": "/" + definitions + "(" + id + ")"})
	r.Send("DELETE", "environmentvariablevalues("+value+")", nil).Want(204) // a value over a managed definition is not managed
	solution := server.Text(r.query("solutions", "$filter", "uniquename eq 'vendor'")[0], "solutionid")
	r.Send("DELETE", "solutions("+solution+")", nil).Want(204)
	if got := r.query(definitions); len(got) != 0 {
		t.Error(got)
	}
}

func TestApplicationUsersAreThereOnceAndGoInTwoSteps(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	me := r.row("WhoAmI")
	body := doc{"applicationid": app, "accessmode": 4, "businessunitid@odata.bind": "/businessunits(" + me.Text("BusinessUnitId") + ")"}
	r.Send("POST", "systemusers", body).Want(412, "0x80040237")
	r.Send("DELETE", "systemusers("+me.Text("UserId")+")", nil).Want(400, "0x80040227")
	body["applicationid"] = "22222222-2222-4222-8222-222222222222"
	path := "systemusers(" + r.made("systemusers", body) + ")"
	r.row(path).Has(doc{"fullname": "# 22222222-2222-4222-8222-222222222222", "deletedstate": 0})
	r.Send("PATCH", path, doc{"isdisabled": true, "applicationid": body["applicationid"]}).Want(204)
	r.Send("DELETE", path, nil).Want(204)
	r.row(path).Has(doc{"deletedstate": 1, "isdisabled": true})
	r.Send("POST", "systemusers", body).Want(412, "0x80040237") // the twin blocks
	r.Send("DELETE", path, nil).Want(204)
	r.Send("GET", path, nil).Want(404, "0x80040217")
	delete(body, "applicationid")
	r.Send("DELETE", "systemusers("+r.made("systemusers", body)+")", nil).Want(405, "0x80040800")
}

func TestImmutableColumnsMayBeIgnored(t *testing.T) {
	t.Parallel()
	r := newRig(t, map[string]string{dataverse.SwitchImmutable: "ignore"})
	path := definitions + "(" + r.variable("new_a", nil) + ")"
	r.Send("PATCH", path, doc{"schemaname": "new_b", "secretstore": 1}).Want(204)
	r.row(path).Has(doc{"schemaname": "new_a", "secretstore": 0})
}
