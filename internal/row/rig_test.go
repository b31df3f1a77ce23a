package row_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/apitest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/dataverse"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/row"
)

const (
	env     = "aaaaaaaa-0000-4000-8000-00000000000a"
	plain   = "aaaaaaaa-0000-4000-8000-00000000000b" // without Dataverse
	nowhere = "aaaaaaaa-0000-4000-8000-00000000000c"
)

// team is what a plain object costs: no unique name, a lookup with what it shows, a set of associations.
type team struct {
	row.Key
	Name    types.String    `tfsdk:"name" column:"name"`
	Note    types.String    `tfsdk:"note" column:"description"`
	UnitID  customtype.UUID `tfsdk:"business_unit_id" column:"businessunitid,lookup=businessunits"`
	Unit    types.String    `tfsdk:"business_unit" column:"businessunitid/name"`
	AdminID customtype.UUID `tfsdk:"administrator_id" column:"administratorid,lookup=systemusers"`
	Default types.Bool      `tfsdk:"is_default" column:"isdefault,read"`
	RoleIDs types.Set       `tfsdk:"role_ids" column:"teamroles_association,many=roles"`
}

var teams = row.Table[team]{
	Name: "team", Called: "name", Set: "teams", Query: dataverse.Query{OrderBy: "name", Filter: "isdefault eq false"},
	Schema: schema.Schema{MarkdownDescription: "A team.", Attributes: field.Attributes{
		"name":             field.Name("Name."),
		"note":             field.Optional.Text("Note."),
		"business_unit_id": field.Fixed.UUID("ID of the business unit."),
		"business_unit":    field.Shown.Text("Name of the business unit."),
		"administrator_id": field.Optional.UUID("ID of the administrator."),
		"is_default":       field.Shown.Bool("Whether it is that of its business unit."),
		"role_ids":         field.Optional.Set("IDs of the roles."),
	}},
}

// brand is a publisher, found by its unique name.
type brand struct {
	row.Key
	UniqueName types.String `tfsdk:"uniquename" column:"uniquename"`
	Name       types.String `tfsdk:"name" column:"friendlyname"`
	Prefix     types.String `tfsdk:"prefix" column:"customizationprefix"`
	Number     types.Int64  `tfsdk:"number" column:"customizationoptionvalueprefix"`
}

var brands = row.Table[brand]{
	Name: "brand", Set: "publishers", Unique: "uniquename",
	Schema: schema.Schema{Attributes: field.Attributes{"uniquename": field.Fixed.Text("Name.", field.Length(1, 9))}},
}

func newBrand() *brand {
	return &brand{
		Key: row.Key{EnvironmentID: customtype.FoldedValue(env)}, UniqueName: types.StringValue("contoso"),
		Name: types.StringValue("Contoso"), Prefix: types.StringValue("con"), Number: types.Int64Value(20000),
	}
}

// newTeam is a team of the business unit that every organisation has.
func newTeam(w *world) *team {
	return &team{
		Key: row.Key{EnvironmentID: customtype.FoldedValue(env)}, Name: types.StringValue("Ops"),
		UnitID: customtype.UUIDValue(w.first("businessunits")),
	}
}

// world is a client of a tenant of its own, with what it is on the mock.
type world struct {
	*mock.Tenant
	*api.Client

	t    *testing.T
	mock mocktest.Client
}

func newWorld(t *testing.T, rows ...mock.Doc) *world {
	t.Helper()
	for _, r := range rows {
		r["environment"] = env
	}
	c := mocktest.New(t, mock.TenantSeed{Items: map[string][]mock.Doc{
		"environments": {
			{"id": env, "display_name": "it", "created_time": "2020-01-02T03:04:05Z", "dataverse": mock.Doc{"domain": "it"}},
			{"id": plain, "display_name": "plain"},
		},
		"dataverse_rows": rows,
	}})
	return &world{c.Tenant, api.New(apitest.Public(t), apitest.SignedIn(c), arm.Settings{}), t, c}
}

// row is the row of an entity set that all organisations have.
func (w *world) first(set string) string {
	w.t.Helper()
	o, err := w.Org(w.t.Context(), env)
	if err != nil {
		w.t.Fatal(err)
	}
	r, err := dataverse.First[row.Columns](w.t.Context(), w.Dataverse, o, set, dataverse.Query{})
	if err != nil {
		w.t.Fatal(err)
	}
	return r.Text(dataverse.PrimaryKey(set))
}

// did says what was asked of the organisation since the last time, with what was sent.
func (w *world) did() string {
	var all []string
	for _, e := range w.mock.Requests() {
		operation, ours := strings.CutPrefix(e.Operation, "dataverse.")
		if !ours {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(e.Body)) {
			operation += fmt.Sprintf(" %s=%v", name, e.Body[name])
		}
		all = append(all, operation)
	}
	w.Platform().ClearJournal(w.ID)
	return strings.Join(all, "\n")
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// says fails the test unless err says a text, or is nil for "".
func says(t *testing.T, err error, text string) {
	t.Helper()
	if (err == nil) != (text == "") || err != nil && !strings.Contains(err.Error(), text) {
		t.Errorf("%v; want %q", err, text)
	}
}

func same(t *testing.T, got, want any) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}
