package field_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
)

func TestATextIsSentOnlyWhenConfiguredAndChanged(t *testing.T) {
	t.Parallel()
	null, unknown, of := types.StringNull(), types.StringUnknown(), types.StringValue
	for _, c := range []struct {
		name        string
		now, before types.String
		want        *string
	}{
		{"new", of("a"), null, new("a")},
		{"changed", of("b"), of("a"), new("b")},
		{"emptied", of(""), of("a"), new("")},
		{"same", of("a"), of("a"), nil},
		{"nothing in two spellings", of(""), null, nil},
		{"not configured", null, of("a"), nil},
		{"unknown", unknown, of("a"), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			same(t, field.TextIfChanged(c.now, c.before), c.want)
		})
	}
	same(t, field.TextIfChanged(customtype.UUIDValue("a"), customtype.UUIDNull()), new("a"))
}

func TestABooleanIsSentOnlyWhenConfiguredAndChanged(t *testing.T) {
	t.Parallel()
	null, unknown, of := types.BoolNull(), types.BoolUnknown(), types.BoolValue
	for _, c := range []struct {
		name        string
		now, before types.Bool
		want        *bool
	}{
		{"new", of(false), null, new(false)},
		{"changed", of(true), of(false), new(true)},
		{"same", of(true), of(true), nil},
		{"not configured", null, of(true), nil},
		{"unknown", unknown, of(true), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			same(t, field.BoolIfChanged(c.now, c.before), c.want)
		})
	}
}

func same[T comparable](t *testing.T, got, want *T) {
	t.Helper()
	if (got == nil) != (want == nil) || got != nil && *got != *want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestGiven(t *testing.T) {
	t.Parallel()
	for v, want := range map[attr.Value]bool{
		types.StringValue("a"): true, types.StringValue(""): false, types.StringNull(): false, types.StringUnknown(): false,
		customtype.FoldedValue("a"): true, customtype.UUIDNull(): false,
		types.BoolValue(false): true, types.BoolNull(): false, types.BoolUnknown(): false,
		types.Int64Value(0): true, types.Int64Unknown(): false,
	} {
		if field.Given(v) != want {
			t.Errorf("%T %v is given: %v", v, v, !want)
		}
	}
	for _, v := range []attr.Value{field.ListOf(nil), field.SetOf(nil), field.MapOf(nil)} {
		if !field.Given(v) {
			t.Errorf("%v is not given", v)
		}
	}
}

func TestNothing(t *testing.T) {
	t.Parallel()
	if got := field.OrNull(""); !got.IsNull() {
		t.Error(got)
	}
	if got := field.OrNull("a"); got != types.StringValue("a") {
		t.Error(got)
	}
	if field.Deref[string](nil) != "" || field.Deref(new("a")) != "a" {
		t.Error("a pointer is not followed")
	}
}

func TestTextsThereAndBack(t *testing.T) {
	t.Parallel()
	for _, texts := range [][]string{{}, {"b", "a", ""}} {
		if got := field.Strings(field.ListOf(texts)); !slices.Equal(got, texts) {
			t.Errorf("a list of %q became %q", texts, got)
		}
		if got := field.Strings(field.SetOf(texts)); !slices.Equal(got, texts) {
			t.Errorf("a set of %q became %q", texts, got)
		}
	}
	folded := types.ListValueMust(customtype.FoldedType{}, []attr.Value{customtype.FoldedValue("a")})
	if got := field.Strings(folded); !slices.Equal(got, []string{"a"}) {
		t.Errorf("texts of another type became %q", got)
	}
	if got := field.Strings(types.ListNull(types.StringType)); got == nil || len(got) != 0 {
		t.Errorf("no list became %v", got)
	}
	want := map[string]string{"a": "1", "b": ""}
	if got := field.StringMap(field.MapOf(want)); !maps.Equal(got, want) {
		t.Errorf("%v became %v", want, got)
	}
	for _, v := range []attr.Value{field.ListOf(nil), field.SetOf(nil), field.MapOf(nil)} {
		if v.IsNull() {
			t.Errorf("nothing is a null %T", v)
		}
	}
}
