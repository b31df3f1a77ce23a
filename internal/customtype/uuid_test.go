package customtype_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/attr/xattr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
)

const id = "aaaaaaaa-0000-4000-8000-00000000000a"

func TestUUIDValidation(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		value customtype.UUID
		valid bool
	}{
		{"lower case", customtype.UUIDValue(id), true},
		{"upper case", customtype.UUIDValue(strings.ToUpper(id)), true},
		{"zero", customtype.UUIDValue(customtype.ZeroUUID), true},
		{"null", customtype.UUIDNull(), true},
		{"unknown", customtype.UUID{StringValue: basetypes.NewStringUnknown()}, true},
		{"empty", customtype.UUIDValue(""), false},
		{"short", customtype.UUIDValue(id[1:]), false},
		{"long", customtype.UUIDValue(id + "a"), false},
		{"braces", customtype.UUIDValue("{" + id + "}"), false},
		{"without dashes", customtype.UUIDValue(strings.ReplaceAll(id, "-", "")), false},
		{"other letters", customtype.UUIDValue("g" + id[1:]), false},
		{"trailing line", customtype.UUIDValue(id + "\n"), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			resp := &xattr.ValidateAttributeResponse{}
			c.value.ValidateAttribute(t.Context(), xattr.ValidateAttributeRequest{Path: path.Root("tenant_id")}, resp)
			if got := !resp.Diagnostics.HasError(); got != c.valid {
				t.Fatalf("valid = %v: %v", got, resp.Diagnostics)
			}
			if !c.valid && !strings.Contains(resp.Diagnostics[0].Detail(), "is not a UUID. It has the form 00000000-0000-0000-0000-000000000000.") {
				t.Errorf("says %s", resp.Diagnostics[0].Detail())
			}
		})
	}
}

func TestUUIDSet(t *testing.T) {
	t.Parallel()
	for value, want := range map[customtype.UUID]bool{
		customtype.UUIDValue(id):                    true,
		customtype.UUIDValue(customtype.ZeroUUID):   false,
		customtype.UUIDValue(""):                    false,
		customtype.UUIDNull():                       false,
		{StringValue: basetypes.NewStringUnknown()}: false,
	} {
		if value.Set() != want {
			t.Errorf("%v.Set() = %v", value, !want)
		}
	}
}

func TestUUIDOrNone(t *testing.T) {
	t.Parallel()
	zero := customtype.UUIDValue(customtype.ZeroUUID)
	for _, c := range []struct {
		name    string
		written customtype.UUID
		id      string
		want    customtype.UUID
	}{
		{"some", customtype.UUIDNull(), id, customtype.UUIDValue(id)},
		{"some instead of the written none", zero, id, customtype.UUIDValue(id)},
		{"none", customtype.UUIDNull(), "", customtype.UUIDNull()},
		{"zero", customtype.UUIDNull(), customtype.ZeroUUID, customtype.UUIDNull()},
		{"none as written", zero, "", zero},
		{"zero as written", zero, customtype.ZeroUUID, zero},
		{"none instead of some", customtype.UUIDValue(id), "", customtype.UUIDNull()},
		{"none instead of unknown", customtype.UUID{StringValue: basetypes.NewStringUnknown()}, "", customtype.UUIDNull()},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := customtype.UUIDOrNone(c.written, c.id); !got.Equal(c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

// text is what both string types have in common.
type text interface {
	attr.Value
	basetypes.StringValuableWithSemanticEquals
}

func TestCaseIsNoDifference(t *testing.T) {
	t.Parallel()
	for name, of := range map[string]func(string) text{
		"UUID":   func(s string) text { return customtype.UUIDValue(s) },
		"Folded": func(s string) text { return customtype.FoldedValue(s) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, c := range []struct {
				a, b        string
				equal, same bool
			}{{"a", "a", true, true}, {"a", "A", false, true}, {"a", "b", false, false}} {
				if got, d := of(c.a).StringSemanticEquals(t.Context(), of(c.b)); got != c.same || d.HasError() {
					t.Errorf("%s and %s: semantically equal = %v", c.a, c.b, got)
				}
				if got := of(c.a).Equal(of(c.b)); got != c.equal {
					t.Errorf("%s and %s: equal = %v", c.a, c.b, got)
				}
			}
			if of("a").Equal(basetypes.NewStringValue("a")) {
				t.Error("equal to a value of another type")
			}
		})
	}
}

func TestTypesMakeTheirValues(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		typ     basetypes.StringTypable
		a, null attr.Value
	}{
		{customtype.UUIDType{}, customtype.UUIDValue("a"), customtype.UUIDNull()},
		{customtype.FoldedType{}, customtype.FoldedValue("a"), customtype.FoldedNull()},
	} {
		t.Run(c.typ.String(), func(t *testing.T) {
			t.Parallel()
			for _, in := range []struct {
				wire tftypes.Value
				want attr.Value
			}{{tftypes.NewValue(tftypes.String, "a"), c.a}, {tftypes.NewValue(tftypes.String, nil), c.null}} {
				if got, err := c.typ.ValueFromTerraform(t.Context(), in.wire); err != nil || !got.Equal(in.want) {
					t.Errorf("%v became %v, %v", in.wire, got, err)
				}
			}
			if got, err := c.typ.ValueFromTerraform(t.Context(), tftypes.NewValue(tftypes.Bool, true)); err == nil {
				t.Errorf("a boolean became %v", got)
			}
			if got, d := c.typ.ValueFromString(t.Context(), basetypes.NewStringValue("a")); d.HasError() || !got.Equal(c.a) {
				t.Errorf("a string became %v", got)
			}
			if !c.a.Type(t.Context()).Equal(c.typ) || !c.typ.ValueType(t.Context()).Type(t.Context()).Equal(c.typ) {
				t.Error("the value is of another type")
			}
			if c.typ.Equal(basetypes.StringType{}) {
				t.Error("equal to a plain string type")
			}
		})
	}
	if (customtype.UUIDType{}).Equal(customtype.FoldedType{}) {
		t.Error("one type is the other")
	}
}
