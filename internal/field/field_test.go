package field_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/defaults"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
)

// The words for plan modifiers, as they describe themselves.
var words = map[string]string{
	"Once set, the value of this attribute in state will not change.": "stays",
	"Differences in case are not changes.":                            "in any case",

	"If the value of this attribute changes, Terraform will destroy and recreate the resource.":                   "replaces",
	"If the value of this attribute is configured and changes, Terraform will destroy and recreate the resource.": ifSet,
}

const ifSet = "replaces if set"

func order[M planmodifier.Describer](t *testing.T, all []M) string {
	t.Helper()
	var out []string
	for _, m := range all {
		word, ok := words[m.Description(t.Context())]
		if !ok {
			t.Errorf("an unknown modifier: %s", m.Description(t.Context()))
		}
		out = append(out, word)
	}
	return strings.Join(out, ", ")
}

func TestEveryUseHasItsModifiersInOrder(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		use                          field.Use
		required, optional, computed bool
		plain, folded                string
	}{
		"Required":   {use: field.Required, required: true, folded: "in any case"},
		"Optional":   {use: field.Optional, optional: true, folded: "in any case"},
		"Computed":   {use: field.Computed, computed: true},
		"Shown":      {use: field.Shown, computed: true, plain: "stays", folded: "stays"},
		"Filled":     {use: field.Filled, optional: true, computed: true, folded: "in any case"},
		"Kept":       {use: field.Kept, optional: true, computed: true, plain: "stays", folded: "stays, in any case"},
		"Fixed":      {use: field.Fixed, required: true, plain: "replaces", folded: "in any case, replaces"},
		"FixedIfSet": {use: field.FixedIfSet, optional: true, computed: true, plain: "stays, " + ifSet, folded: "stays, in any case, " + ifSet},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := c.use
			text, folded, id, json := u.Text("It."), u.Folded("It."), u.UUID("It."), u.JSON("It.")
			flag, number, decimal := u.Bool("It."), u.Number("It."), u.Decimal("It.")
			list, set, dict := u.List("It."), u.Set("It."), u.Map("It.")
			object, objects, objectSet := u.Object("It.", nil), u.Objects("It.", nil), u.ObjectSet("It.", nil)
			for typ, got := range map[string]string{
				"text": order(t, text.PlanModifiers), "JSON": order(t, json.PlanModifiers),
				"bool": order(t, flag.PlanModifiers), "number": order(t, number.PlanModifiers),
				"decimal": order(t, decimal.PlanModifiers), "list": order(t, list.PlanModifiers),
				"set": order(t, set.PlanModifiers), "map": order(t, dict.PlanModifiers),
				"object": order(t, object.PlanModifiers), "objects": order(t, objects.PlanModifiers),
				"set of objects": order(t, objectSet.PlanModifiers),
			} {
				if got != c.plain {
					t.Errorf("%s: %q, want %q", typ, got, c.plain)
				}
			}
			for typ, got := range map[string]string{
				"folded": order(t, folded.PlanModifiers), "UUID": order(t, id.PlanModifiers),
			} {
				if got != c.folded {
					t.Errorf("%s: %q, want %q", typ, got, c.folded)
				}
			}
			says := "It."
			if strings.HasPrefix(name, "Fixed") {
				says += " A change replaces the resource."
			}
			for _, a := range []schema.Attribute{
				text, folded, id, json, flag, number, decimal, list, set, dict, object, objects, objectSet,
			} {
				if a.IsRequired() != c.required || a.IsOptional() != c.optional || a.IsComputed() != c.computed {
					t.Errorf("%#v", a)
				}
				if got := a.GetMarkdownDescription(); got != says {
					t.Error(got)
				}
			}
		})
	}
}

func TestEveryTypeIsThatOfItsValues(t *testing.T) {
	t.Parallel()
	texts := types.ListType{ElemType: types.StringType}
	inner, object := field.Attributes{"a": field.Shown.List("")}, types.ObjectType{AttrTypes: map[string]attr.Type{"a": texts}}
	for name, c := range map[string]struct {
		a    schema.Attribute
		want attr.Type
	}{
		"text":           {field.Shown.Text(""), types.StringType},
		"typed":          {field.Shown.Typed("", customtype.FoldedType{}), customtype.FoldedType{}},
		"numbers":        {field.Shown.TypedList("", types.Int64Type), types.ListType{ElemType: types.Int64Type}},
		"folded":         {field.Shown.Folded(""), customtype.FoldedType{}},
		"UUID":           {field.Shown.UUID(""), customtype.UUIDType{}},
		"ID":             {field.ID(""), customtype.UUIDType{}},
		"list":           {field.Shown.List(""), texts},
		"set":            {field.Shown.Set(""), types.SetType{ElemType: types.StringType}},
		"map":            {field.Shown.Map(""), types.MapType{ElemType: types.StringType}},
		"object":         {field.Shown.Object("", inner), object},
		"objects":        {field.Shown.Objects("", inner), types.ListType{ElemType: object}},
		"set of objects": {field.Shown.ObjectSet("", inner), types.SetType{ElemType: object}},
	} {
		if got := c.a.GetType(); !got.Equal(c.want) {
			t.Errorf("%s is a %s, want %s", name, got, c.want)
		}
	}
}

func TestWordsForWhatIsCommon(t *testing.T) {
	t.Parallel()
	check := func(a schema.StringAttribute, value string) bool {
		var resp validator.StringResponse
		for _, v := range a.Validators {
			v.ValidateString(t.Context(), validator.StringRequest{Path: path.Root("it"), ConfigValue: types.StringValue(value)}, &resp)
		}
		return !resp.Diagnostics.HasError()
	}
	name := field.Name("Name.", field.Length(0, 3))
	for value, valid := range map[string]bool{"": false, "a": true, "äöü": true, "abcd": false} {
		if check(name, value) != valid {
			t.Errorf("the name %q is valid: %v", value, !valid)
		}
	}
	if !name.Required || order(t, name.PlanModifiers) != "" {
		t.Errorf("a name is %#v", name)
	}

	for text, a := range map[string]schema.StringAttribute{"": field.Note("Note."), "usual": field.TextOr("Note.", "usual")} {
		var resp defaults.StringResponse
		a.Default.DefaultString(t.Context(), defaults.StringRequest{}, &resp)
		says := strings.Contains(a.MarkdownDescription, "Default: `"+text+"`.")
		if resp.PlanValue != types.StringValue(text) || !a.Optional || !a.Computed || says != (text != "") {
			t.Errorf("a text with the default %q is %#v", text, a)
		}
	}
	for usual, says := range map[bool]string{false: "Whether. Default: `false`.", true: "Whether. Default: `true`."} {
		a := field.BoolOr("Whether.", usual)
		var resp defaults.BoolResponse
		a.Default.DefaultBool(t.Context(), defaults.BoolRequest{}, &resp)
		if resp.PlanValue != types.BoolValue(usual) || !a.Optional || !a.Computed || a.MarkdownDescription != says {
			t.Errorf("a boolean with the default %v is %#v", usual, a)
		}
	}

	list, set := field.ListOrNone("Some."), field.SetOrNone("Some.")
	var none defaults.ListResponse
	list.Default.DefaultList(t.Context(), defaults.ListRequest{}, &none)
	var nobody defaults.SetResponse
	set.Default.DefaultSet(t.Context(), defaults.SetRequest{}, &nobody)
	if !none.PlanValue.Equal(field.ListOf(nil)) || !nobody.PlanValue.Equal(field.SetOf(nil)) {
		t.Errorf("not empty by default: %v, %v", none.PlanValue, nobody.PlanValue)
	}
	for _, a := range []schema.Attribute{list, set} {
		if !a.IsOptional() || !a.IsComputed() || a.GetMarkdownDescription() != "Some. Default: none." {
			t.Errorf("%#v", a)
		}
	}

	environment := field.EnvironmentID(field.WithDataverse)
	if environment.MarkdownDescription != "ID of the environment, which must have Dataverse. A change replaces the resource." {
		t.Error(environment.MarkdownDescription)
	}
	if !check(environment, "Default-00000000-0000-4000-8000-00000000000a") || check(environment, "production") {
		t.Error("the form of the ID of an environment is not checked")
	}
	if got := order(t, environment.PlanModifiers); got != "in any case, replaces" {
		t.Error(got)
	}

	if a := field.Sensitive(field.Name("It.")); !a.Sensitive || !a.Required {
		t.Errorf("%#v", a)
	}

	own := field.With(field.Kept.Folded("It."), stringplanmodifier.RequiresReplace())
	if got := order(t, own.PlanModifiers); got != "stays, in any case, replaces" {
		t.Errorf("with a modifier of its own: %s", got)
	}
}
