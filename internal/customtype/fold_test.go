package customtype_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
)

func TestKeepCaseKeepsTheSpellingInState(t *testing.T) {
	t.Parallel()
	null, unknown, of := basetypes.NewStringNull(), basetypes.NewStringUnknown(), basetypes.NewStringValue
	for _, c := range []struct {
		name              string
		state, plan, want basetypes.StringValue
	}{
		{"after an import in another case", of("ABC"), of("abc"), of("ABC")},
		{"same", of("abc"), of("abc"), of("abc")},
		{"changed", of("abc"), of("xyz"), of("xyz")},
		{"created", null, of("abc"), of("abc")},
		{"created empty", null, of(""), of("")},
		{"removed", of("abc"), null, null},
		{"removed from empty", of(""), null, null},
		{"unknown", of(""), unknown, unknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			resp := &planmodifier.StringResponse{PlanValue: c.plan}
			customtype.KeepCase().PlanModifyString(t.Context(), planmodifier.StringRequest{StateValue: c.state, PlanValue: c.plan, ConfigValue: c.plan}, resp)
			if !resp.PlanValue.Equal(c.want) {
				t.Errorf("planned %v, want %v", resp.PlanValue, c.want)
			}
		})
	}
	if customtype.KeepCase().Description(t.Context()) == "" || customtype.KeepCase().MarkdownDescription(t.Context()) != customtype.KeepCase().Description(t.Context()) {
		t.Error("it does not describe itself")
	}
}
