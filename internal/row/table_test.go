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
	m := newTeam(w)
	m.ID.StringValue, m.Unit, m.Default = types.StringUnknown(), types.StringUnknown(), types.BoolUnknown()
	m.EnvironmentID, m.RoleIDs = customtype.FoldedValue(strings.ToUpper(env)), field.SetOf([]string{role})
	w.did()
	w.must(teams.Create(ctx, w.Client, m))
	same(t, w.did(), "teams.create businessunitid@odata.bind=/businessunits("+unit+") name=Ops "+
		"teamid="+m.ID.ValueString()+"\n"+
		"teams.associate @odata.id=https://it.crm.dynamics.com/api/data/v9.2/roles("+role+")")
	w.must(teams.Read(ctx, w.Client, m))
	if q := w.mock.Requests()[0].Query; q.Get("$select") == "" || q.Has("$filter") || q.Has("$orderby") {
		t.Errorf("one row is asked for by %v", q)
	}
	same(t, w.did(), "teams.get")
	same(t, []any{m.Unit, m.Default}, []any{types.StringValue("it"), types.BoolValue(false)})
	same(t, m.RoleIDs, field.SetOf([]string{role}))
	same(t, []any{m.Note, m.AdminID}, []any{types.StringNull(), customtype.UUIDNull()})

	prior := *m
	m.UnitID, m.AdminID = customtype.UUIDValue(strings.ToUpper(unit)), customtype.UUIDValue(user)
	m.Note, m.RoleIDs = types.StringValue("N"), field.SetOf(nil)
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
	m := newTeam(w)
	m.RoleIDs = field.SetOf([]string{role})
	w.mock.Fault(mock.Fault{Operation: "dataverse.teams.associate", Status: 400})
	if err := teams.Create(ctx, w.Client, m); err == nil || m.ID.ValueString() == "" {
		t.Fatalf("%v; the team has the ID %q", err, m.ID.ValueString())
	}
	bare := *m
	bare.RoleIDs = field.SetOf(nil)
	w.must(teams.Update(ctx, w.Client, m, &bare))
	w.must(teams.Update(ctx, w.Client, m, &bare)) // it has the role already
	w.must(teams.Update(ctx, w.Client, &bare, m))
	w.must(teams.Update(ctx, w.Client, &bare, m)) // it has it no more
	w.mock.Fault(mock.Fault{Operation: "dataverse.teams.disassociate", Status: 403})
	if err := teams.Update(ctx, w.Client, &bare, m); err == nil {
		t.Error("a refusal is no error")
	}
}

func TestWhatACreateHasComeTo(t *testing.T) {
	t.Parallel()
	there := func(more mock.Doc) mock.Doc {
		r := mock.Doc{
			"publisherid": nowhere, "uniquename": "contoso", "friendlyname": "Contoso",
			"customizationprefix": "con", "customizationoptionvalueprefix": 20000,
		}
		maps.Copy(r, more)
		return mock.Doc{"table": "publishers", "row": r}
	}
	const exists, ended = "uniquename: it exists already", "the time allowed ran out"
	old, other := there(mock.Doc{"createdon": "2020-01-02T03:04:05Z"}), there(mock.Doc{"friendlyname": "Else"})
	lost := mock.Fault{Cut: true}
	for name, c := range map[string]struct {
		fault mock.Fault
		there mock.Doc
		says  string // "" for a row that is made
		asks  string
		keeps bool
	}{
		"no ID":            {mock.Fault{Status: 204, Body: "", Effect: true}, nil, "", "create list", true},
		"cut":              {mock.Fault{Cut: true, Effect: true}, nil, "", "create list", true},
		"overdue":          {mock.Fault{Hang: true, Effect: true}, nil, ended, "create list", true},
		"no ID, no row":    {mock.Fault{Status: 204, Body: ""}, nil, "under its unique name contoso", "create list", false},
		"cut, no row":      {lost, nil, "unexpected EOF", "create list", false},
		"refused":          {mock.Fault{Status: 403}, nil, "403", "create", false},
		"duplicate":        {mock.Fault{}, there(nil), exists, "create list", false},
		"cut, an old row":  {lost, old, exists, "create list", false},
		"cut, another row": {lost, other, exists, "create list", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var rows []mock.Doc
			if c.there != nil {
				rows = append(rows, c.there)
			}
			w := newWorld(t, rows...)
			if c.fault.Operation = "dataverse.publishers.create"; c.fault.Status != 0 || c.fault.Cut || c.fault.Hang {
				w.mock.Fault(c.fault)
			}
			ctx, cancel := context.WithTimeout(rest.Begin(t.Context()), time.Minute)
			if c.fault.Hang {
				ctx, cancel = context.WithTimeout(ctx, time.Second)
			}
			defer cancel()
			m := newBrand()
			err := brands.Create(ctx, w.Client, m)
			says(t, err, c.says)
			if c.says == exists {
				says(t, err, `id = "`+env+"/"+nowhere+`"`)
			}
			same(t, m.ID.ValueString() != "", c.keeps)
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
			m := newTeam(w)
			w.did()
			c.fault.Operation = "dataverse.teams.create"
			w.mock.Fault(c.fault)
			err := teams.Create(t.Context(), w.Client, m)
			says(t, err, c.says)
			if err != nil && strings.Contains(err.Error(), "404") {
				t.Errorf("says what was looked for: %v", err)
			}
			same(t, m.ID.ValueString() != "", err == nil)
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
		req := validator.StringRequest{Path: path.Root("id"), ConfigValue: types.StringValue(c.id)}
		a.Validators[0].ValidateString(t.Context(), req, resp)
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
	w.mock.Fault(mock.Fault{Operation: "dataverse.publishers.list", Status: 404, Times: -1})
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
	err := picky.Create(t.Context(), w.Client, m)
	if says(t, err, "uniquename: contoso is somebody's"); strings.Contains(err.Error(), "import") {
		t.Error(err)
	}
	m.ID = customtype.FoldedValue("contoso")
	says(t, picky.Read(t.Context(), w.Client, m), "contoso is not ours")
	n := 0
	for _, err := range picky.All(t.Context(), w.Client, m) {
		if n++; err == nil || n > 1 {
			t.Error(n, err)
		}
	}
}
