package entity_test

import (
	"context"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
)

// liar is a plan modifier that does nothing, whatever it says.
type liar string

func (l liar) Description(context.Context) string         { return string(l) }
func (l liar) MarkdownDescription(context.Context) string { return string(l) }
func (l liar) PlanModifyString(context.Context, planmodifier.StringRequest, *planmodifier.StringResponse) {
}

func TestCheckBelievesNoTextOfAPlanModifier(t *testing.T) {
	t.Parallel()
	mute := stringplanmodifier.RequiresReplaceIf(func(context.Context, planmodifier.StringRequest, *stringplanmodifier.RequiresReplaceIfFuncResponse) {
	}, "", "")
	kept := stringplanmodifier.UseStateForUnknown()
	lies := liar(stringplanmodifier.RequiresReplace().Description(t.Context()) + " " + kept.Description(t.Context()))
	folded := func(modifiers ...planmodifier.String) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: "ID.", Required: true, CustomType: customtype.FoldedType{}, PlanModifiers: modifiers}
	}
	computed := func(modifiers ...planmodifier.String) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: "ID.", Computed: true, PlanModifiers: modifiers}
	}
	for name, c := range map[string]struct {
		key  schema.StringAttribute
		says string // "": nothing
	}{
		"replaces without a word":      {folded(customtype.KeepCase(), mute), ""},
		"says that it replaces":        {folded(customtype.KeepCase(), lies), "key name must force replacement"},
		"says that it keeps the case":  {folded(liar(customtype.KeepCase().Description(t.Context())), mute), "name needs customtype.KeepCase"},
		"keeps its state":              {computed(kept), ""},
		"keeps its state if it is set": {computed(stringplanmodifier.UseNonNullStateForUnknown()), ""},
		"says that it keeps its state": {computed(lies), "key name must keep its state"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newPlatform().resource()
			r.Key, r.Schema.Attributes["name"] = []string{"name"}, c.key
			got := check(t, r.New())
			if tells(t, got, c.says); c.says == "" && (strings.Contains(got, "key name") || strings.Contains(got, "name needs")) {
				t.Error(got) // it says more, because the model has no such name
			}
		})
	}
}
