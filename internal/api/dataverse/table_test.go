package dataverse_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/dataverse"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

type row = map[string]any

func TestRequestsAreThoseOfTheDocumentation(t *testing.T) {
	t.Parallel()
	const none = "204"
	for name, c := range map[string]struct {
		answer string
		call   func(ctx context.Context, c *dataverse.Client) error
		want   string
	}{
		"get": {"200\n\n{}", func(ctx context.Context, c *dataverse.Client) error {
			_, err := dataverse.Get[row](ctx, c, org, "publishers", id, dataverse.Query{Select: "uniquename", Expand: "x($select=y;$top=1)"})
			return err
		}, "GET " + root + "publishers(" + id + ")?%24expand=x%28%24select%3Dy%3B%24top%3D1%29&%24select=uniquename"},
		"list": {"200\n\n{\"value\":[]}", func(ctx context.Context, c *dataverse.Client) error {
			for _, err := range dataverse.List[row](ctx, c, org, "publishers", dataverse.Query{Filter: "a eq " + dataverse.Quote("d'Or"), OrderBy: "b desc", Top: 3}) {
				return err
			}
			return nil
		}, "GET " + root + "publishers?%24filter=a+eq+%27d%27%27Or%27&%24orderby=b+desc&%24top=3"},
		"create": {none + "\nOData-EntityId: " + root + "publishers(" + id + ")", func(ctx context.Context, c *dataverse.Client) error {
			_, err := dataverse.Create(ctx, c, org, "publishers", row{"a": "b"}, dataverse.InSolution("app"))
			return err
		}, "POST " + root + "publishers Mscrm.solutionuniquename=app {\"a\":\"b\"}"},
		"create in no solution": {none, func(ctx context.Context, c *dataverse.Client) error {
			_, err := dataverse.Create(ctx, c, org, "publishers", row{}, dataverse.InSolution(""))
			return err
		}, "POST " + root + "publishers {}"},
		"update": {none, func(ctx context.Context, c *dataverse.Client) error {
			return dataverse.Update(ctx, c, org, "publishers", id, row{"x@odata.bind": dataverse.Bind("publishers", to)}, dataverse.InSolution("app"))
		}, "PATCH " + root + "publishers(" + id + ") If-Match=* Mscrm.solutionuniquename=app {\"x@odata.bind\":\"/publishers(" + to + ")\"}"},
		"delete": {none, func(ctx context.Context, c *dataverse.Client) error {
			return dataverse.Delete(ctx, c, org, "publishers", id)
		}, "DELETE " + root + "publishers(" + id + ")"},
		"associate": {none, func(ctx context.Context, c *dataverse.Client) error {
			return dataverse.Associate(ctx, c, org, "teams", id, "teamroles_association", "roles", to)
		}, "POST " + root + "teams(" + id + ")/teamroles_association/$ref {\"@odata.id\":\"" + root + "roles(" + to + ")\"}"},
		"associate again": {"412\n\n{\"error\":{\"code\":\"0x80040237\",\"message\":\"Cannot insert duplicate key.\"}}", func(ctx context.Context, c *dataverse.Client) error {
			return dataverse.Associate(ctx, c, org, "teams", id, "teamroles_association", "roles", to)
		}, "POST " + root + "teams(" + id + ")/teamroles_association/$ref {\"@odata.id\":\"" + root + "roles(" + to + ")\"}"},
		"disassociate": {none, func(ctx context.Context, c *dataverse.Client) error {
			return dataverse.Disassociate(ctx, c, org, "teams", id, "teamroles_association", to)
		}, "DELETE " + root + "teams(" + id + ")/teamroles_association(" + to + ")/$ref"},
		"function": {"200\n\n{}", func(ctx context.Context, c *dataverse.Client) error {
			_, err := dataverse.Function[row](ctx, c, org, "F(Name=@n)", "@n", dataverse.Quote("x & y"))
			return err
		}, "GET " + root + "F(Name=@n)?%40n=%27x+%26+y%27"},
		"action": {none, func(ctx context.Context, c *dataverse.Client) error {
			_, err := dataverse.Action[rest.None](ctx, c, org, "PublishXml", row{"ParameterXml": "x"})
			return err
		}, "POST " + root + "PublishXml {\"ParameterXml\":\"x\"}"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, h := byHeart(t, c.answer)
			if err := c.call(t.Context(), client); err != nil {
				t.Error(err)
			}
			if got := asked(h); got != c.want {
				t.Errorf("asked %s\nwant  %s", got, c.want)
			}
		})
	}
}

func TestCreateFindsTheIDWhereverTheAnswerNamesIt_D07(t *testing.T) {
	t.Parallel()
	upper := strings.ToUpper(id)
	for name, c := range map[string]struct{ set, answer, want string }{
		"OData-EntityId":     {"publishers", "204\nOData-EntityId: " + root + "publishers(" + upper + ")\nLocation: " + root + "publishers(" + to + ")", id},
		"Location":           {"publishers", "204\nLocation: " + root + "publishers(" + id + ")", id},
		"body":               {"publishers", "201\n\n{\"publisherid\":\"" + upper + "\",\"organizationid\":\"" + to + "\"}", id},
		"body of activities": {"activities", "201\n\n{\"activityid\":\"" + id + "\"}", id},
		"nothing":            {"publishers", "204", ""},
		"body without it":    {"publishers", "201\n\n{\"publisherid\":7}", ""},
		"no usable address":  {"publishers", "204\nOData-EntityId: " + root + "publishers(uniquename='x')", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, _ := byHeart(t, c.answer)
			if got, err := dataverse.Create(t.Context(), client, org, c.set, row{}); err != nil || got != c.want {
				t.Errorf("%q, %v; want %q", got, err, c.want)
			}
		})
	}
}

func TestAnAddressWithoutAHostIsNoOrganisation(t *testing.T) {
	t.Parallel()
	client, h := byHeart(t)
	nowhere := dataverse.Org{URL: "sales"}
	var errs []error
	_, err := dataverse.Get[row](t.Context(), client, nowhere, "publishers", id, dataverse.Query{})
	errs = append(errs, err)
	_, err = dataverse.First[row](t.Context(), client, nowhere, "publishers", dataverse.Query{})
	errs = append(errs, err)
	_, err = dataverse.Create(t.Context(), client, nowhere, "publishers", row{})
	errs = append(errs, err, dataverse.Update(t.Context(), client, nowhere, "publishers", id, row{}), dataverse.Delete(t.Context(), client, nowhere, "publishers", id))
	errs = append(errs, dataverse.Associate(t.Context(), client, nowhere, "a", id, "b", "c", to), dataverse.Disassociate(t.Context(), client, nowhere, "a", id, "b", to))
	_, err = dataverse.Function[row](t.Context(), client, nowhere, "WhoAmI()")
	errs = append(errs, err)
	_, err = dataverse.Action[row](t.Context(), client, nowhere, "PublishXml", nil)
	errs = append(errs, err)
	for i, err := range errs {
		if err == nil || !strings.Contains(err.Error(), "no usable Dataverse address") {
			t.Errorf("%d: %v", i, err)
		}
	}
	if len(h.Seen) > 0 {
		t.Error(h.Seen)
	}
}

func TestAnEmptyIDAddressesNoTable(t *testing.T) {
	t.Parallel()
	client, h := byHeart(t)
	if err := dataverse.Delete(t.Context(), client, org, "publishers", ""); err == nil || len(h.Seen) > 0 {
		t.Errorf("%v, asked %v", err, h.Seen)
	}
}

func TestDuplicatesAreToldFromOtherRefusals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		want bool
	}{
		{&rest.Error{Status: 412, Code: "0x80040237"}, true},
		{&rest.Error{Status: 412, Code: "0x80060892"}, true},
		{&rest.Error{Status: 400, Code: "0x80060892"}, true},
		{&rest.Error{Status: 412}, true},
		{&rest.Error{Status: 412, Code: "0x80060882"}, false},
		{&rest.Error{Status: 400, Code: "0x80040203"}, false},
		{errors.New("412"), false},
		{nil, false},
	} {
		if got := dataverse.IsDuplicate(c.err); got != c.want {
			t.Errorf("%v: %t", c.err, got)
		}
	}
}

func TestRetriesOfACallerAddUpWithPatience_D01(t *testing.T) {
	t.Parallel()
	const stranger = "403\nRetry-After-Ms: 1\n\n{\"error\":{\"code\":\"0x80072560\",\"message\":\"The user is not a member of the organization.\"}}"
	const later = "400\nRetry-After-Ms: 1\n\n{\"error\":{\"code\":\"0x1\",\"message\":\"Not now.\"}}"
	const made = "204\nOData-EntityId: " + root + "publishers(" + id + ")"
	notNow := rest.RetryOn(func(e *rest.Error) bool { return e.Message == "Not now." })
	created := func(age time.Duration) dataverse.Org {
		return dataverse.Org{URL: org.URL, Created: time.Now().Add(-age)}
	}
	client, h := byHeart(t, stranger, later, stranger, stranger, later, made)
	if got, err := dataverse.Create(t.Context(), client, created(time.Minute), "publishers", row{}, notNow); err != nil || got != id || len(h.Seen) != 6 {
		t.Errorf("%s, %v after %d requests", got, err, len(h.Seen))
	}
	client, h = byHeart(t, stranger, made)
	if _, err := dataverse.Create(t.Context(), client, created(24*time.Hour), "publishers", row{}, notNow); !rest.HasCode(err, "0x80072560") || len(h.Seen) != 1 {
		t.Errorf("an old organisation: %v after %d requests", err, len(h.Seen))
	}
}

func TestATableOfTheMirrorIsRead(t *testing.T) {
	t.Parallel()
	c, tenant := mirror(t, map[string]string{"dataverse.page_size": "2"})
	ctx := t.Context()
	publisher := func(name string) string {
		made, err := dataverse.Create(ctx, c, org, "publishers", row{"uniquename": name, "friendlyname": name, "customizationprefix": "con", "customizationoptionvalueprefix": 20000})
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	ids := map[string]string{}
	for _, name := range []string{"aa", "bb", "cc", "dd", "ee"} {
		ids[name] = publisher(name)
	}
	var names []string
	tenant.Platform().ClearJournal(tenant.ID)
	for r, err := range dataverse.List[struct{ UniqueName string }](ctx, c, org, "publishers", dataverse.Query{Select: "uniquename", Filter: "customizationoptionvalueprefix eq 20000", OrderBy: "uniquename desc"}) {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, r.UniqueName)
	}
	if got := strings.Join(names, " "); got != "ee dd cc bb aa" || len(tenant.Requests()) != 3 {
		t.Errorf("rows %s in %d requests", got, len(tenant.Requests()))
	}

	if r, err := dataverse.First[row](ctx, c, org, "publishers", dataverse.Query{Filter: "uniquename eq 'cc'"}); err != nil || r["publisherid"] != ids["cc"] {
		t.Errorf("%v %v", r, err)
	}
	if _, err := dataverse.First[row](ctx, c, org, "publishers", dataverse.Query{Filter: "uniquename eq 'zz'"}); !errors.Is(err, rest.ErrNotFound) {
		t.Errorf("the miss is %v", err)
	}
	if _, err := dataverse.Create(ctx, c, org, "publishers", row{"uniquename": "AA", "friendlyname": "x", "customizationprefix": "con", "customizationoptionvalueprefix": 20000}); !dataverse.IsDuplicate(err) {
		t.Error(err)
	}
}

func TestATableOfTheMirrorIsWritten(t *testing.T) {
	t.Parallel()
	c, _ := mirror(t, nil)
	ctx := t.Context()
	publisher, err := dataverse.Create(ctx, c, org, "publishers", row{"uniquename": "con", "friendlyname": "C", "customizationprefix": "con", "customizationoptionvalueprefix": 20000})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := dataverse.Create(ctx, c, org, "solutions", row{"uniquename": "app", "friendlyname": "App", "version": "1.0", "publisherid@odata.bind": dataverse.Bind("publishers", publisher)}); err != nil {
		t.Fatal(err)
	}
	variable, err := dataverse.Create(ctx, c, org, "environmentvariabledefinitions", row{"schemaname": "con_a", "displayname": "A"}, dataverse.InSolution("app"))
	if err != nil {
		t.Fatal(err)
	}
	if parts, err := dataverse.First[row](ctx, c, org, "solutioncomponents", dataverse.Query{}); err != nil || parts["objectid"] != variable {
		t.Errorf("components %v %v", parts, err)
	}
	if err := dataverse.Update(ctx, c, org, "environmentvariabledefinitions", variable, row{"displayname": "B"}); err != nil {
		t.Error(err)
	}
	if r, err := dataverse.Get[row](ctx, c, org, "environmentvariabledefinitions", variable, dataverse.Query{Select: "displayname"}); err != nil || r["displayname"] != "B" {
		t.Errorf("%v %v", r, err)
	}
	if err := dataverse.Update(ctx, c, org, "environmentvariabledefinitions", to, row{"displayname": "B", "schemaname": "con_b"}); !rest.IsNotFound(err) {
		t.Errorf("an update made a row: %v", err)
	}
	got, err := dataverse.Function[struct{ Value string }](ctx, c, org, "RetrieveEnvironmentVariableValue(DefinitionSchemaName=@n)", "@n", dataverse.Quote("con_a"))
	if err != nil {
		t.Errorf("%v %v", got, err)
	}
	if _, err := dataverse.Action[struct{ ID string }](ctx, c, org, "AddSolutionComponent", row{"ComponentId": variable, "ComponentType": 380, "SolutionUniqueName": "app"}); err != nil {
		t.Error(err)
	}
	if err := dataverse.Delete(ctx, c, org, "environmentvariabledefinitions", variable); err != nil {
		t.Error(err)
	}
	if err := dataverse.Delete(ctx, c, org, "environmentvariabledefinitions", variable); !rest.IsNotFound(err) {
		t.Error(err)
	}

	team, err := dataverse.First[row](ctx, c, org, "teams", dataverse.Query{})
	if err != nil {
		t.Fatal(err)
	}
	role, err := dataverse.First[row](ctx, c, org, "roles", dataverse.Query{})
	if err != nil {
		t.Fatal(err)
	}
	at, of := team["teamid"].(string), role["roleid"].(string)
	for range 2 {
		if err := dataverse.Associate(ctx, c, org, "teams", at, "teamroles_association", "roles", of); err != nil {
			t.Error(err)
		}
	}
	if err := dataverse.Disassociate(ctx, c, org, "teams", at, "teamroles_association", of); err != nil {
		t.Error(err)
	}
	if err := dataverse.Disassociate(ctx, c, org, "teams", at, "teamroles_association", of); !rest.IsNotFound(err) {
		t.Error(err)
	}
	if who, err := c.WhoAmI(ctx, org); err != nil || who.UserID == "" {
		t.Errorf("%+v %v", who, err)
	}
	if code, err := c.BaseCurrency(ctx, org); err != nil || code == "" {
		t.Errorf("%q %v", code, err)
	}
}
