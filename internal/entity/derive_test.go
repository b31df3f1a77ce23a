package entity_test

import (
	"context"
	"fmt"
	"iter"
	"math/big"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
)

// rare is a model with the kinds of attributes that zoo does not have.
type rare struct {
	Small  types.Int32   `tfsdk:"small"`
	Light  types.Float32 `tfsdk:"light"`
	Exact  types.Number  `tfsdk:"exact"`
	Plain  types.Object  `tfsdk:"plain"`
	Any    types.Dynamic `tfsdk:"any"`
	Within *holder       `tfsdk:"within"`
}

type holder struct {
	Any types.Dynamic `tfsdk:"any"`
}

var (
	plainKind  = map[string]attr.Type{"x": types.StringType}
	anything   = schema.DynamicAttribute{MarkdownDescription: "Anything.", Computed: true}
	rareSchema = schema.Schema{MarkdownDescription: "Rare.", Attributes: map[string]schema.Attribute{
		"small": schema.Int32Attribute{MarkdownDescription: "Small.", Computed: true},
		"light": schema.Float32Attribute{MarkdownDescription: "Light.", Computed: true},
		"exact": schema.NumberAttribute{MarkdownDescription: "Exact.", Computed: true},
		"plain": schema.ObjectAttribute{MarkdownDescription: "Plain.", Computed: true, AttributeTypes: plainKind},
		"any":   anything,
		"within": schema.SingleNestedAttribute{
			MarkdownDescription: "Within.", Computed: true, Attributes: map[string]schema.Attribute{"any": anything},
		},
	}}
)

func rarity(value attr.Value) rare {
	return rare{
		Small: types.Int32Value(1), Light: types.Float32Value(2), Exact: types.NumberValue(big.NewFloat(3)),
		Plain: types.ObjectValueMust(plainKind, map[string]attr.Value{"x": types.StringValue("x")}),
		Any:   types.DynamicValue(value), Within: &holder{types.DynamicValue(value)},
	}
}

func (s *server) checked(object any) {
	s.t.Helper()
	if said := check(s.t, object); said != "" {
		s.t.Error(said)
	}
}

func TestRareKindsOfAttributesAreDerived(t *testing.T) {
	t.Parallel()
	d := entity.DataSource[rare]{Name: "toy_rarity", Schema: rareSchema, Read: func(_ context.Context, _ *api.Client, m *rare) error {
		*m = rarity(types.BoolValue(true))
		return nil
	}}
	drive(t, newPlatform().client(t), d.New, func(t *testing.T, s *server) {
		s.checked(d.New())
		want := values{"small": 1, "light": 2, "exact": 3, "plain": values{"x": "x"}, "any": true, "within": values{"any": true}}
		holds(t, s.data(values{}).ok(t).state, want)
	})
}

// The items may differ in type: each has the values that it has.
func TestItemsWithDynamicValuesAreADynamicValue(t *testing.T) {
	t.Parallel()
	found := []attr.Value{
		types.StringValue("text"), types.Int64Value(7), types.BoolValue(true), types.DynamicNull(),
		types.ListValueMust(types.StringType, []attr.Value{types.StringValue("a")}),
		types.ObjectValueMust(plainKind, map[string]attr.Value{"x": types.StringValue("y")}),
	}
	l := entity.List[rare, struct{}]{Name: "toy_rarities", Items: "rows", Schema: rareSchema, Each: func(context.Context, *api.Client, *struct{}) iter.Seq2[rare, error] {
		return func(yield func(rare, error) bool) {
			for _, v := range found {
				if !yield(rarity(v), nil) {
					return
				}
			}
		}
	}}
	drive(t, newPlatform().client(t), l.New, func(t *testing.T, s *server) {
		s.checked(l.New())
		rows := s.attributes()["rows"]
		if !rows.Type.Is(tftypes.DynamicPseudoType) || !rows.Computed {
			t.Errorf("rows are %+v", rows)
		}
		tells(t, rows.Description, "empty if there is nothing", "`any` (Anything)", "`small` (Small)")
		want := []any{"text", 7, true, nil, []any{"a"}, values{"x": "y"}}
		all, _ := s.data(values{}).ok(t).state["rows"].([]any)
		if len(all) != len(want) {
			t.Fatalf("%d rows", len(all))
		}
		for i := range all {
			row, _ := all[i].(values)
			within, _ := row["within"].(values)
			if fmt.Sprint(row["any"], within["any"]) != fmt.Sprint(want[i], want[i]) || row["small"] != 1 {
				t.Errorf("row %d is %v", i, row)
			}
		}
		resp, err := s.server.ReadDataSource(s.ctx, &tfprotov6.ReadDataSourceRequest{TypeName: s.name, Config: s.dynamic(s.kind, values{})})
		s.check(err, resp.Diagnostics)
		raw, err := resp.State.Unmarshal(s.kind)
		s.check(err, nil)
		var of map[string]tftypes.Value
		if err := raw.As(&of); err != nil || !of["rows"].Type().Is(tftypes.Tuple{}) { // a list has items of one type
			t.Errorf("rows are a %s: %v", of["rows"].Type(), err)
		}
		found = nil
		if none := s.data(values{}).ok(t).state["rows"]; fmt.Sprintf("%T%v", none, none) != "[]interface {}[]" {
			t.Errorf("nothing is %#v", none)
		}
	})
}
