package acctest

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"

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
