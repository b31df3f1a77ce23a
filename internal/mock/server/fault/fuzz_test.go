package fault_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/fault"
)

// FuzzParseFaults looks for files that break the reading of faults, and for faults that JSON does not keep.
func FuzzParseFaults(f *testing.F) {
	for _, text := range []string{
		"status: 500", "- {path: /x, times: -1, patch: {a: null}}", "faults:\n- answers: [{status: 503, headers: {Retry-After: \"1\"}}, {}]\n  when: [{collection: x, field: y, younger: 1h}]",
		`{"status":503,"query":{"a":"*"},"probability":0.5}`, `[{"hang":true},{"cut":true}]`, "&a {delay: 1s, drop: [b]}", "{status: 200, body: \"<html>\"}",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		faults, err := fault.Parse(raw)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "line ") {
				t.Errorf("no line: %v", err)
			}
			return
		}
		text, err := json.Marshal(faults)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := fault.Parse(text); err != nil || len(again) != len(faults) {
			t.Errorf("%s: %v", text, err)
		}
	})
}
