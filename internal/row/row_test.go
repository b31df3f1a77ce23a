package row_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/dataverse"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/row"
)

func TestChangedIsWhatDiffers(t *testing.T) {
	t.Parallel()
	before := row.Columns{
		"a": "x", "b": int64(1), "c": nil, "d": "x", "l@odata.bind": "/s(AA)", "m@odata.bind": "/s(aa)", "gone": "x",
	}
	now := row.Columns{
		"a": "X", "b": int64(1), "c": "x", "d": nil, "e": nil, "f": false, "l@odata.bind": "/s(aa)", "m@odata.bind": nil,
	}
	same(t, row.Changed(now, before), row.Columns{"a": "X", "c": "x", "d": nil, "f": false, "m@odata.bind": nil})
	same(t, row.Changed(now, nil), row.Columns{"a": "X", "b": int64(1), "c": "x", "f": false, "l@odata.bind": "/s(aa)"})
}

type kinds struct {
	Text   types.String      `column:"text"`
	Folded customtype.Folded `column:"folded"`
	UUID   customtype.UUID   `column:"uuid"`
	Bool   types.Bool        `column:"bool"`
	Whole  types.Int64       `column:"whole"`
	Number types.Float64     `column:"number"`
	Lookup customtype.UUID   `column:"Other,lookup=others"`
	Far    types.String      `column:"Other/name"`
	Read   types.String      `column:"read,read"`
	Many   types.Set         `column:"many,many=others"`
	Free   types.String
}

func TestColumnsHoldEveryKindOfValue(t *testing.T) {
	t.Parallel()
	full := kinds{
		types.StringValue("a"), customtype.FoldedValue("b"), customtype.UUIDValue(env), types.BoolValue(false),
		types.Int64Value(0), types.Float64Value(1.5), customtype.UUIDValue(plain), types.StringValue("far"),
		types.StringValue("read"), field.SetOf([]string{env}), types.StringValue("free"),
	}
	wire := row.Columns{
		"p_text": "a", "p_folded": "b", "p_uuid": env, "p_bool": false, "p_whole": int64(0), "p_number": 1.5,
		"p_Other@odata.bind": "/others(" + plain + ")",
	}
	same(t, row.Expand(&full, "p_"), wire)
	for name, m := range map[string]kinds{
		"null":  {},
		"empty": {Text: types.StringValue(""), Folded: customtype.FoldedValue(""), Lookup: customtype.UUIDValue("")},
	} {
		for column, value := range row.Expand(&m, "") {
			if value != nil {
				t.Errorf("%s: %s is %v", name, column, value)
			}
		}
	}
	unknown := kinds{Text: types.StringUnknown(), Bool: types.BoolUnknown()}
	unknown.Lookup.StringValue = types.StringUnknown()
	if got := row.Expand(&unknown, ""); len(got) != 4 {
		t.Errorf("what is unknown is written: %v", got)
	}

	shown := row.Columns{
		"p_text": "a", "p_folded": "b", "p_uuid": env, "p_bool": false, "p_whole": 0.0, "p_number": 1.5,
		"p__other_value": plain, "p_Other": map[string]any{"name": "far"}, "p_read": "read",
		"p_many": []any{map[string]any{"otherid": env}},
	}
	got := kinds{Free: types.StringValue("free")}
	row.Flatten(&got, shown, "p_")
	same(t, got, full)
	row.Flatten(&got, row.Columns{}, "p_")
	same(t, got, kinds{Many: field.SetOf([]string{env}), Free: types.StringValue("free")}) // a list does not tell
	zero := customtype.UUIDValue(customtype.ZeroUUID)
	blank := kinds{Text: types.StringValue(""), Folded: customtype.FoldedValue(""), UUID: zero, Lookup: zero}
	kept := blank
	row.Flatten(&kept, row.Columns{"text": nil, "folded": ""}, "")
	same(t, kept, blank)
}

func TestWhoIsToBlameForNoRows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for environment, want := range map[string]string{
		env: "", plain: "environment_id: environment " + plain + " has no Dataverse", nowhere: "environment_id: GET",
	} {
		_, err := row.Org(t.Context(), w.Client, environment)
		says(t, err, want)
		same(t, rest.IsNotFound(err), environment == nowhere)
	}
	other := newWorld(t)
	other.mock.Fault(mock.Fault{Operation: "bap.environments.get", Status: 403})
	if _, err := row.Org(t.Context(), other.Client, env); err == nil || strings.Contains(err.Error(), "environment_id") {
		t.Errorf("a refusal is nobody's fault: %v", err)
	}
}

func TestTheSecondLook(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	absent := func(environment string, found error) error {
		return row.Absent(t.Context(), w.Client, environment, "it shows", func(dataverse.Org) error { return found })
	}
	if err := absent(env, nil); err == nil || err.Error() != "it shows" {
		t.Errorf("a row that shows: %v", err)
	}
	missing, unseen := &rest.Error{Status: 404}, errors.New("unseen")
	if err := absent(env, missing); !rest.IsNotFound(err) {
		t.Errorf("a row that does not: %v", err)
	}
	if err := absent(env, unseen); !errors.Is(err, unseen) {
		t.Errorf("a look that fails: %v", err)
	}
	if err := absent(plain, nil); err != nil {
		t.Errorf("no Dataverse: %v", err)
	}
	if err := absent(nowhere, nil); err != nil {
		t.Errorf("no environment: %v", err)
	}
	w.mock.Fault(mock.Fault{Operation: "bap.environments.get", Status: 404})
	if err := absent(env, missing); err == nil || rest.IsNotFound(err) {
		t.Errorf("an environment that is hidden: %v", err)
	}
}

func TestARowIsLookedForOnTwoRoutes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := newBrand()
	w.must(brands.Create(t.Context(), w.Client, m))
	o, err := w.Org(t.Context(), env)
	w.must(err)
	w.did()
	for operation, look := range map[string]func(id string) error{
		"publishers.get":  func(id string) error { return row.ByID(t.Context(), w.Client, brands.Set, id)(o) },
		"publishers.list": func(id string) error { return row.ByQuery(t.Context(), w.Client, brands.Set, id)(o) },
	} {
		w.must(look(m.ID.ValueString()))
		if err := look(nowhere); !rest.IsNotFound(err) {
			t.Errorf("%s: %v", operation, err)
		}
		if err := look(""); !rest.IsNotFound(err) {
			t.Errorf("%s without an ID: %v", operation, err)
		}
		same(t, w.did(), operation+"\n"+operation)
	}
}
