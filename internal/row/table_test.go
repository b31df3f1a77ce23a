package row_test

import (
	"context"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/row"
)

func TestAPlainRowLives(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	unit, role, user := w.first("businessunits"), w.first("roles"), w.first("systemusers")
	m := &team{
		Key: row.Key{ID: customtype.Folded{StringValue: types.StringUnknown()}, EnvironmentID: customtype.FoldedValue(strings.ToUpper(env))}, Name: types.StringValue("Ops"),
		UnitID: customtype.UUIDValue(unit), Unit: types.StringUnknown(), Default: types.BoolUnknown(), RoleIDs: field.SetOf([]string{role}),
	}
	w.did()
	w.must(teams.Create(ctx, w.Client, m))
	same(t, w.did(), "teams.create businessunitid@odata.bind=/businessunits("+unit+") name=Ops teamid="+m.ID.ValueString()+"\n"+
		"teams.associate @odata.id=https://it.crm.dynamics.com/api/data/v9.2/roles("+role+")")
	w.must(teams.Read(ctx, w.Client, m))
	if q := w.platform.Journal(w.ID)[0].Query; q.Get("$select") == "" || q.Has("$filter") || q.Has("$orderby") {
		t.Errorf("one row is asked for by %v", q)
	}
	same(t, w.did(), "teams.get")
	same(t, []any{m.Unit, m.Default, m.RoleIDs, m.Note, m.AdminID}, []any{types.StringValue("it"), types.BoolValue(false), field.SetOf([]string{role}), types.StringNull(), customtype.UUIDNull()})

	prior := *m
	m.UnitID, m.AdminID, m.Note, m.RoleIDs = customtype.UUIDValue(strings.ToUpper(unit)), customtype.UUIDValue(user), types.StringValue("N"), field.SetOf(nil)
	w.must(teams.Update(ctx, w.Client, m, &prior))
	same(t, w.did(), "teams.update administratorid@odata.bind=/systemusers("+user+") description=N\nteams.disassociate")
	w.must(teams.Update(ctx, w.Client, m, m))
	same(t, w.did(), "")
	prior = *m
	prior.RoleIDs = field.SetOf([]string{role})
	m.AdminID, m.Note, m.RoleIDs = customtype.UUIDNull(), types.StringValue(""), types.SetUnknown(types.StringType)
	w.must(teams.Update(ctx, w.Client, m, &prior))
	same(t, w.did(), "teams.update administratorid@odata.bind=<nil> description=<nil>")
	w.must(teams.Read(ctx, w.Client, m))
	same(t, []any{m.Note, m.AdminID, m.RoleIDs}, []any{types.StringValue(""), customtype.UUIDNull(), field.SetOf(nil)})

	var names []string
	w.did()
	for one, err := range teams.All(ctx, w.Client, &team{Key: row.Key{EnvironmentID: customtype.FoldedValue(env)}}) {
		w.must(err)
		names = append(names, one.Name.ValueString()+" of "+one.Unit.ValueString())
		if one.EnvironmentID.ValueString() != env || one.ID.ValueString() == "" || !one.RoleIDs.IsNull() {
			t.Errorf("%+v", one)
		}
	}
	same(t, names, "[Ops of it]")
	same(t, w.did(), "teams.list")

	w.must(teams.Delete(ctx, w.Client, m))
	if err := teams.Delete(ctx, w.Client, m); !rest.IsNotFound(err) {
		t.Error(err)
	}
	if err := teams.Read(ctx, w.Client, m); !rest.IsNotFound(err) {
		t.Error(err)
	}
	w.must(teams.Parent(ctx, w.Client, m))
}

func TestAssociationsAreMended(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	role := w.first("roles")
	m := &team{
		Key: row.Key{EnvironmentID: customtype.FoldedValue(env)}, Name: types.StringValue("Ops"), UnitID: customtype.UUIDValue(w.first("businessunits")), RoleIDs: field.SetOf([]string{role}),
	}
	w.fault(mock.Fault{Operation: "dataverse.teams.associate", Status: 400})
	if err := teams.Create(ctx, w.Client, m); err == nil || m.ID.ValueString() == "" {
		t.Fatalf("%v; the team has the ID %q", err, m.ID.ValueString())
	}
	bare := *m
	bare.RoleIDs = field.SetOf(nil)
	w.must(teams.Update(ctx, w.Client, m, &bare))
	w.must(teams.Update(ctx, w.Client, m, &bare)) // it has the role already
	w.must(teams.Update(ctx, w.Client, &bare, m))
	w.must(teams.Update(ctx, w.Client, &bare, m)) // it has it no more
	w.fault(mock.Fault{Operation: "dataverse.teams.disassociate", Status: 403})
	if err := teams.Update(ctx, w.Client, &bare, m); err == nil {
		t.Error("a refusal is no error")
	}
}

const opMake = "dataverse.publishers.create"

func TestWhatACreateHasComeTo(t *testing.T) {
	t.Parallel()
	there := func(more mock.Doc) mock.Doc {
		r := mock.Doc{"publisherid": nowhere, "uniquename": "contoso", "friendlyname": "Contoso", "customizationprefix": "con", "customizationoptionvalueprefix": 20000}
		maps.Copy(r, more)
		return mock.Doc{"table": "publishers", "row": r}
	}
	for name, c := range map[string]struct {
		fault mock.Fault
		rows  []mock.Doc
		says  string // "" for a row that is made
		keeps bool
		asks  string
	}{
		"no ID":             {fault: mock.Fault{Status: 204, Body: "", Effect: true}, keeps: true, asks: "create list"},
		"cut":               {fault: mock.Fault{Cut: true, Effect: true}, keeps: true, asks: "create list"},
		"overdue":           {fault: mock.Fault{Hang: true, Effect: true}, says: "the time allowed ran out", keeps: true, asks: "create list"},
		"no ID and no row":  {fault: mock.Fault{Status: 204, Body: ""}, says: "does not show it under its unique name contoso", asks: "create list"},
		"cut without a row": {fault: mock.Fault{Cut: true}, says: "unexpected EOF", asks: "create list"},
		"refused":           {fault: mock.Fault{Status: 403}, says: "403", asks: "create"},
		"duplicate":         {rows: []mock.Doc{there(nil)}, says: "it exists already", asks: "create list"},
		"an older one":      {fault: mock.Fault{Cut: true}, rows: []mock.Doc{there(mock.Doc{"createdon": "2020-01-02T03:04:05Z"})}, says: "it exists already", asks: "create list"},
		"another one":       {fault: mock.Fault{Cut: true}, rows: []mock.Doc{there(mock.Doc{"friendlyname": "Else"})}, says: "it exists already", asks: "create list"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, c.rows...)
			if c.fault.Operation = opMake; c.fault.Status != 0 || c.fault.Cut || c.fault.Hang {
				w.fault(c.fault)
			}
			ctx, cancel := context.WithTimeout(rest.Begin(t.Context()), time.Minute)
			if c.fault.Hang {
				ctx, cancel = context.WithTimeout(ctx, time.Second)
			}
			defer cancel()
			m := newBrand()
			err := brands.Create(ctx, w.Client, m)
			if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("says %v", err)
			}
			if exists := "id = \"" + env + "/" + nowhere + "\""; c.says == "it exists already" && !strings.Contains(err.Error(), exists) {
				t.Errorf("does not say %s: %v", exists, err)
			}
			if (m.ID.ValueString() != "") != c.keeps {
				t.Errorf("the key is %q", m.ID.ValueString())
			}
			same(t, operations(w), c.asks)
		})
	}
}

// operations are what was asked of the publishers.
func operations(w *world) string {
	var out []string
	for line := range strings.Lines(w.did()) {
		operation, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		_, operation, _ = strings.Cut(operation, ".")
		out = append(out, operation)
	}
	return strings.Join(out, " ")
}

func TestARowWithoutAUniqueNameIsFoundByItsID(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault mock.Fault
		says  string
		asks  string
	}{
		"no ID":             {mock.Fault{Status: 204, Body: "", Effect: true}, "", "create"},
		"cut":               {mock.Fault{Cut: true, Effect: true}, "", "create get"},
		"cut without a row": {mock.Fault{Cut: true}, "unexpected EOF", "create get"},
		"refused":           {mock.Fault{Status: 403}, "403", "create"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			m := &team{Key: row.Key{EnvironmentID: customtype.FoldedValue(env)}, Name: types.StringValue("Ops"), UnitID: customtype.UUIDValue(w.first("businessunits"))}
			w.did()
			c.fault.Operation = "dataverse.teams.create"
			w.fault(c.fault)
			err := teams.Create(t.Context(), w.Client, m)
			if err != nil && strings.Contains(err.Error(), "404") {
				t.Errorf("says what was looked for: %v", err)
			}
			if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) || (m.ID.ValueString() != "") != (c.says == "") {
				t.Errorf("%v; the team has the ID %q", err, m.ID.ValueString())
			}
			same(t, operations(w), c.asks)
		})
	}
}

func TestAnImportTakesIDOrUniqueName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := newBrand()
	w.must(brands.Create(t.Context(), w.Client, made))
	for _, id := range []string{made.ID.ValueString(), "CONTOSO"} {
		m := &brand{Key: row.Key{EnvironmentID: made.EnvironmentID, ID: customtype.FoldedValue(id)}}
		if err := brands.Read(t.Context(), w.Client, m); err != nil || *m != *made {
			t.Errorf("%s: %+v, %v", id, m, err)
		}
	}
	m := &brand{Key: row.Key{EnvironmentID: made.EnvironmentID, ID: customtype.FoldedValue("nobody")}}
	if err := brands.Read(t.Context(), w.Client, m); !rest.IsNotFound(err) {
		t.Error(err)
	}
	for _, c := range []struct {
		attributes map[string]schema.Attribute
		id         string
		says       string
	}{
		{brands.Resource().Schema.Attributes, env, ""},
		{brands.Resource().Schema.Attributes, "contoso", ""},
		{brands.Resource().Schema.Attributes, "too long a name", "must be an ID or a unique name"},
		{teams.Resource().Schema.Attributes, env, ""},
		{teams.Resource().Schema.Attributes, "contoso", "must be an ID"},
		{teams.Resource().Schema.Attributes, "{" + env + "}", "must be an ID"},
	} {
		a, _ := c.attributes["id"].(schema.StringAttribute)
		resp := &validator.StringResponse{}
		a.Validators[0].ValidateString(t.Context(), validator.StringRequest{Path: path.Root("id"), ConfigValue: types.StringValue(c.id)}, resp)
		said := ""
		if resp.Diagnostics.HasError() {
			said = resp.Diagnostics.Errors()[0].Detail()
		}
		if (said == "") != (c.says == "") || !strings.Contains(said, c.says) {
			t.Errorf("%s: %q", c.id, said)
		}
	}
}

func TestA404OfAListIsNoAbsence(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fault(mock.Fault{Operation: "dataverse.publishers.list", Status: 404, Times: -1})
	m := newBrand()
	m.ID = customtype.FoldedValue("contoso")
	if err := brands.Read(t.Context(), w.Client, m); err == nil || rest.IsNotFound(err) {
		t.Errorf("by its name: %v", err)
	}
	for _, err := range brands.All(t.Context(), w.Client, m) {
		if e, ok := errors.AsType[*rest.Error](err); !ok || e.Status != 404 || rest.IsNotFound(err) {
			t.Errorf("all: %v", err)
		}
	}
}

func TestARowThatCannotBeManagedIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(brands.Create(t.Context(), w.Client, newBrand()))
	picky := brands
	picky.Flatten = func(_ *brand, r row.Columns) error { return errors.New(r.Text("uniquename") + " is not ours") }
	picky.Taken = func(r row.Columns) error { return errors.New(r.Text("uniquename") + " is somebody's") }
	m := newBrand()
	if err := picky.Create(t.Context(), w.Client, m); err == nil || !strings.Contains(err.Error(), "uniquename: contoso is somebody's") || strings.Contains(err.Error(), "import") {
		t.Error(err)
	}
	m.ID = customtype.FoldedValue("contoso")
	if err := picky.Read(t.Context(), w.Client, m); err == nil || err.Error() != "contoso is not ours" {
		t.Error(err)
	}
	n := 0
	for _, err := range picky.All(t.Context(), w.Client, m) {
		if n++; err == nil || n > 1 {
			t.Error(n, err)
		}
	}
}
