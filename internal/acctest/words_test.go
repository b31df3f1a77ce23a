package acctest

import (
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
)

func TestBlockTakesTheLastArgumentOfAName(t *testing.T) {
	t.Parallel()
	got := Block("shop_thing", "it", `name = "a"`, `note = "b"`, `name = "c"`, "note = ", "lifecycle { }", "")
	Same(t, "block", got, "resource \"shop_thing\" \"it\" {\n  name = \"c\"\n  lifecycle { }\n}\n")
}

func TestSaysReadsThroughTheFrameOfTheCLI(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"No room is left.\nTry the next": true, "│ No room\n│ is left. Try the\n│ next": true, "Try the next. No room is left.": false, "no room is left. Try the next": false,
	} {
		if got := Says("No room is left.", "Try the next").MatchString(text); got != want {
			t.Errorf("%q: %t", text, got)
		}
	}
}

func TestExactlyTellsValuesApart(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ want, have, other any }{
		{nil, nil, ""}, {"a", "a", "b"}, {true, true, false}, {[]string{"a", "b"}, []any{"a", "b"}, []any{"b", "a"}}, {knownvalue.NotNull(), "a", nil},
	} {
		if err := Exactly(c.want).CheckValue(c.have); err != nil {
			t.Errorf("%v: %v", c.want, err)
		}
		if Exactly(c.want).CheckValue(c.other) == nil {
			t.Errorf("%v passes for %v", c.other, c.want)
		}
	}
}

func TestShowsLooksAtEveryAttribute(t *testing.T) {
	t.Parallel()
	state := &tfjson.State{Values: &tfjson.StateValues{RootModule: &tfjson.StateModule{Resources: []*tfjson.StateResource{{
		Address: "shop_thing.it", AttributeValues: map[string]any{
			"name": "a", "note": nil, "parts": []any{map[string]any{"label": "b"}, map[string]any{"label": "c"}},
		},
	}}}}}
	for what, c := range map[string]struct {
		want  Attributes
		wrong int
	}{
		"all of it":     {Attributes{"name": "a", "note": nil, "parts.1.label": "c", "parts": knownvalue.ListSizeExact(2)}, 0},
		"other values":  {Attributes{"name": "b", "note": "", "parts.0.label": "c"}, 3},
		"not there":     {Attributes{"names": "a", "parts.2.label": "d"}, 2},
		"only the last": {Attributes{"name": "a", "parts.1.label": "b"}, 1},
	} {
		wrong := 0
		for _, check := range Shows("shop_thing.it", c.want) {
			resp := statecheck.CheckStateResponse{}
			if check.CheckState(t.Context(), statecheck.CheckStateRequest{State: state}, &resp); resp.Error != nil {
				wrong++
			}
		}
		Same(t, what, wrong, c.wrong)
	}
}

func TestSameAndTellsFail(t *testing.T) {
	t.Parallel()
	note := &witnessed{TB: t}
	Same(note, "texts", []string{"a b"}, []string{"a", "b"})
	Same(note, "numbers", 1, 2)
	Tells(note, "one and two", "one", "three")
	Same(note, "lists", []any{"a"}, []string{"a"}) // of other types, but what they print is
	Same(note, "numbers", 1, 1)
	if len(note.said) != 3 || !strings.Contains(note.said[2], "three") {
		t.Errorf("said %q", note.said)
	}
}

func TestSentAreTheLeaves(t *testing.T) {
	t.Parallel()
	e := mock.Entry{Keys: []string{"location", "properties", "properties.a", "properties.a.b", "properties.c"}}
	Same(t, "sent", Sent(e, "properties."), []string{"location", "a.b", "c"})
}
