package server_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
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
		faults, err := server.ParseFaults(raw)
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
		if again, err := server.ParseFaults(text); err != nil || len(again) != len(faults) {
			t.Errorf("%s: %v", text, err)
		}
	})
}

// FuzzParseProfile looks for files that break the reading of profiles, and for profiles that JSON does not keep.
func FuzzParseProfile(f *testing.F) {
	for _, text := range []string{
		"realistic", "extends: throttled\nspeed: 60", "time: wall\nanswers: [{takes: 1s, up_to: 2s}]\noperations: [{kind: Create, takes: 1m}]",
		"limits: [{name: x, per: [caller, host], requests: 1, window: 1m}]", "lags: [{collection: a, field: b.c, reads: 1, for: 1s}]", `{"name":"x"}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		o, err := server.ParseProfile(raw)
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
		if _, err := server.ParseProfile(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	})
}
