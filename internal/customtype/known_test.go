package customtype_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
)

func TestKnownWarnsOfOtherValues(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		value basetypes.StringValue
		warns bool
	}{
		{basetypes.NewStringValue("Block"), false},
		{basetypes.NewStringValue("block"), false},
		{basetypes.NewStringValue("Loud"), true},
		{basetypes.NewStringNull(), false},
		{basetypes.NewStringUnknown(), false},
	} {
		t.Run(c.value.String(), func(t *testing.T) {
			t.Parallel()
			resp := &validator.StringResponse{}
			customtype.Known("Warn", "Block").ValidateString(t.Context(), validator.StringRequest{Path: path.Root("mode"), ConfigValue: c.value}, resp)
			if resp.Diagnostics.HasError() {
				t.Error("it refuses", resp.Diagnostics)
			}
			if (resp.Diagnostics.WarningsCount() == 1) != c.warns {
				t.Error(resp.Diagnostics)
			}
			if c.warns && !strings.Contains(resp.Diagnostics[0].Detail(), "known values are Warn, Block") {
				t.Error(resp.Diagnostics[0].Detail())
			}
		})
	}
}
