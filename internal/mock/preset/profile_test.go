package preset_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/profile"
)

// FuzzParseProfile looks for files that break the reading of profiles, and for profiles that JSON does not keep.
func FuzzParseProfile(f *testing.F) {
	for _, text := range []string{
		"realistic", "extends: throttled\nspeed: 60", "time: wall\nanswers: [{takes: 1s, up_to: 2s}]\noperations: [{kind: Create, takes: 1m}]",
		"limits: [{name: x, per: [caller, host], requests: 1, window: 1m}]", "lags: [{collection: a, field: b.c, reads: 1, for: 1s}]", `{"name":"x"}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		o, err := profile.Parse(raw)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "line ") {
				t.Errorf("no line: %v", err)
			}
			return
		}
		text, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := profile.Parse(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	})
}
