package variable

import (
	"strings"
	"testing"
)

func TestStoredIsWhatThePlatformKeeps(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ kind, text, want, wrong string }{
		{kindString, "anything at all", "anything at all", ""},
		{kindString, "", "", "empty"},
		{kindString, strings.Repeat("ä", maxValue), strings.Repeat("ä", maxValue), ""},
		{kindString, strings.Repeat("ä", maxValue+1), "", "2001 characters"},
		{kindNumber, "12", "12", ""},
		{kindNumber, "-12.50", "-12.50", ""},
		{kindNumber, "12,5", "", "a dot before decimals"},
		{kindNumber, "1e3", "", "no exponent"},
		{kindNumber, " 1", "", "no blanks"},
		{kindNumber, "twelve", "", "is no number"},
		{kindBoolean, "yes", "yes", ""},
		{kindBoolean, "No", "no", ""},
		{kindBoolean, "true", "yes", ""},
		{kindBoolean, "false", "no", ""},
		{kindBoolean, "1", "", "yes or no"},
		{kindJSON, `{"a": [1, 2]}`, `{"a": [1, 2]}`, ""},
		{kindJSON, `"text"`, `"text"`, ""},
		{kindJSON, `{a: 1}`, "", "is no JSON"},
		{kindJSON, `{} {}`, "", "after its end"},
		{kindDataSource, "https://contoso.sharepoint.com", "https://contoso.sharepoint.com", ""},
	} {
		got, err := stored(c.kind, c.text)
		switch {
		case c.wrong == "" && (err != nil || got != c.want):
			t.Errorf("%s %q: %q, %v", c.kind, c.text, got, err)
		case c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)):
			t.Errorf("%s %q: %v, want %q", c.kind, c.text, err, c.wrong)
		}
	}
}

func TestValuesAreComparedByMeaning(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind, a, b string
		same       bool
	}{
		{kindString, "a", "a", true},
		{kindString, "a", "A", false},
		{kindString, "1.0", "1", false},
		{kindNumber, "1.50", "1.5", true},
		{kindNumber, "-0", "0", true},
		{kindNumber, "1", "2", false},
		{kindNumber, "00000000000000000000000000000000000000001", "1", true},
		{kindBoolean, "true", "yes", true},
		{kindBoolean, "no", "FALSE", true},
		{kindBoolean, "yes", "no", false},
		{kindJSON, `{"a": 1, "b": [true, null]}`, `{"b":[true,null],"a":1.0}`, true},
		{kindJSON, `[1, 2]`, `[2, 1]`, false},
		{kindJSON, `1`, `"1"`, false},
		{kindJSON, `-10.050`, `-10.05`, true},
		{kindSecret, "/subscriptions/A", "/Subscriptions/a", true},
	} {
		if got := meaning(c.kind, c.a) == meaning(c.kind, c.b); got != c.same {
			t.Errorf("%s %q and %q: %v", c.kind, c.a, c.b, got)
		}
	}
}

func TestTypesAndTheirCodes(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds {
		if kindOf(codeOf(kind)) != kind {
			t.Error(kind)
		}
	}
	if codeOf(kindSecret) != 100000005 || codeOf("?") != 100000000 || kindOf(7) != "7" {
		t.Error("the codes are not those of the platform")
	}
}
