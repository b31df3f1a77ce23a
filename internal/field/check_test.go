package field_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
)

// told is what a check says of a text: the summary and the detail of its errors and its warnings.
func told(t *testing.T, check validator.String, value types.String) (refused, doubted string) {
	t.Helper()
	var resp validator.StringResponse
	check.ValidateString(t.Context(), validator.StringRequest{Path: path.Root("mode"), ConfigValue: value}, &resp)
	for _, d := range resp.Diagnostics.Errors() {
		refused += d.Summary() + ": " + d.Detail()
	}
	for _, d := range resp.Diagnostics.Warnings() {
		doubted += d.Summary() + ": " + d.Detail()
	}
	if check.Description(t.Context()) == "" || check.Description(t.Context()) != check.MarkdownDescription(t.Context()) {
		t.Error("it does not describe itself")
	}
	return refused, doubted
}

func TestAnOwnCheckRefusesOrDoubts(t *testing.T) {
	t.Parallel()
	check := field.Check("must be calm", func(text string) error {
		switch text {
		case "loud":
			return errors.New("loud is not calm")
		case "new":
			return field.Doubt("who knows what new is")
		}
		return nil
	})
	for _, c := range []struct {
		value            types.String
		refused, doubted string
	}{
		{types.StringValue("calm"), "", ""},
		{types.StringValue("loud"), "Invalid mode: Loud is not calm.", ""},
		{types.StringValue("new"), "", "Unusual mode: Who knows what new is. " +
			"\"new\" is sent to the platform as it is, which may refuse it."},
		{types.StringNull(), "", ""},
		{types.StringUnknown(), "", ""},
	} {
		if refused, doubted := told(t, check, c.value); refused != c.refused || doubted != c.doubted {
			t.Errorf("%v: refused %q, doubted %q", c.value, refused, doubted)
		}
	}
}

func TestKnownDoubtsOtherValues(t *testing.T) {
	t.Parallel()
	for value, doubts := range map[string]bool{"Block": false, "block": false, "Loud": true} {
		refused, doubted := told(t, field.Known("Warn", "Block"), types.StringValue(value))
		if refused != "" {
			t.Error("it refuses", refused)
		}
		if strings.Contains(doubted, `"`+value+`" is not known here; known values are Warn, Block.`) != doubts {
			t.Errorf("%s: %q", value, doubted)
		}
	}
}

func TestResourceIDsAreOfOneOfTheTypes(t *testing.T) {
	t.Parallel()
	check := field.ResourceID("Microsoft.Resources/resourceGroups", "Microsoft.Resources/subscriptions")
	const subscription = "/subscriptions/00000000-0000-4000-8000-00000000cccc"
	for value, says := range map[string]string{
		subscription: "", strings.ToUpper(subscription + "/resourceGroups/rg"): "",
		subscription + "/resourceGroups/rg/providers/a/b/c": "is the ID of a a/b, " +
			"not of a Microsoft.Resources/resourceGroups or Microsoft.Resources/subscriptions",
		"eastus": "does not begin with a slash",
	} {
		refused, _ := told(t, check, types.StringValue(value))
		if (refused == "") != (says == "") || !strings.Contains(refused, says) {
			t.Errorf("%s: %q", value, refused)
		}
	}
}

func TestSentence(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "", "a": "A.", "it is": "It is.", "Done.": "Done.", "really?": "Really?", "überall": "Überall.",
	} {
		if got := field.Sentence(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}
