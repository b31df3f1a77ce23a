package store

import (
	"errors"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/wire"
)

// TestAStateOfAnEarlierFormatIsUpgraded runs the steps with a table of its own, since the first format has none.
func TestAStateOfAnEarlierFormatIsUpgraded(t *testing.T) {
	t.Parallel()
	old := upgrades
	rename := map[int]func(wire.Doc) error{0: func(s wire.Doc) error {
		s["tenants"] = s["customers"]
		delete(s, "customers")
		return nil
	}}
	for name, c := range map[string]struct {
		format string
		steps  map[int]func(wire.Doc) error
		want   string
	}{
		"no format of ours": {"other/1", old, `the format "other/1" is none of ppmock`},
		"no number":         {"ppmock-state/one", old, "none of ppmock"},
		"zero":              {"ppmock-state/0", old, "none of ppmock"},
		"odd number":        {"ppmock-state/01", old, "none of ppmock"},
		"later":             {"ppmock-state/2", old, "has the format ppmock-state/2 of a later ppmock"},
	} {
		if _, err := upgrade([]byte(`{}`), c.format, c.steps); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v does not say %q", name, err, c.want)
		}
	}
	if got, err := bring([]byte(`{"format":"x","customers":[1]}`), 0, 1, rename); err != nil || string(got) != `{"format":"ppmock-state/1","tenants":[1]}` {
		t.Errorf("%s, %v", got, err)
	}
	if _, err := bring([]byte(`{}`), -1, 1, rename); err == nil || !strings.Contains(err.Error(), "no longer reads") {
		t.Errorf("a step that is missing: %v", err)
	}
	failing := map[int]func(wire.Doc) error{0: func(wire.Doc) error { return errors.New("too old") }}
	if _, err := bring([]byte(`{}`), 0, 1, failing); err == nil || !strings.Contains(err.Error(), "too old") {
		t.Errorf("a step that fails: %v", err)
	}
}

// TestRecordsOfAnEarlierFormatAreBroughtToThisOne puts records together as an export of their format has them.
func TestRecordsOfAnEarlierFormatAreBroughtToThisOne(t *testing.T) {
	t.Parallel()
	l := &Kept{Format: "ppmock-state/0", tree: map[string]wire.Doc{}}
	for _, r := range []struct{ tenant, kind, rest, value string }{
		{"b", recordFacts, "", `{"serial":2,"tenant":{"id":"b"}}`},
		{"a", recordFacts, "", `{"serial":1,"tenant":{"id":"a"},"lags":[{"collection":"c","reads":1}]}`},
		{"a", recordClock, "", `{"now":"2020-01-01T00:00:00Z"}`},
		{"a", recordDocument, "c", `{"serial":9,"id":"later","document":{}}`},
		{"a", recordDocument, "c", `{"serial":4,"id":"first","document":{}}`},
		{"a", recordOperation, "x", `{"serial":7,"id":"o2"}`},
		{"a", recordOperation, "x", `{"serial":3,"id":"o1"}`},
	} {
		if err := l.raw(r.tenant, r.kind, []string{r.rest}, []byte(r.value)); err != nil {
			t.Fatal(err)
		}
	}
	raw, err := l.assemble()
	if err != nil {
		t.Fatal(err)
	}
	want := `{"baseline":{"tenants":null},"faults":null,"format":"ppmock-state/0","tenants":[` +
		`{"clock":{"now":"2020-01-01T00:00:00Z"},"collections":{"c":[{"document":{},"id":"first","serial":4},{"document":{},"id":"later","serial":9}]},` +
		`"lags":[{"collection":"c","reads":1}],"operations":[{"id":"o1","serial":3},{"id":"o2","serial":7}],"tenant":{"id":"a"}},{"tenant":{"id":"b"}}]}`
	if string(raw) != want {
		t.Errorf("assembled %s\nwant %s", raw, want)
	}
}
