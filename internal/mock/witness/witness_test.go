package witness_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/witness"
)

func TestOnlyWhatWorkedIsSeen(t *testing.T) {
	t.Parallel()
	got := witness.Seen([]server.Entry{
		{Operation: "b.get", Status: 200},
		{Operation: "a.get", Status: 302},
		{Operation: "b.get", Status: 200},
		{Operation: "c.get", Status: 404},
		{Operation: "d.get"},
		{Status: 200},
		{Operation: "e.unknown", Status: 404},
		{Operation: "f.get", Status: 200, Reason: "the mock says so"},
	})
	if want := []string{"a.get", "b.get", "e.unknown"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestTheNearestTestIsChosen(t *testing.T) {
	t.Parallel()
	notes := []witness.Note{
		{Test: "internal/acctest.TestA", Operations: []string{"bap.x", "bap.y", "arm.z"}},
		{Test: "internal/mock.TestB", Operations: []string{"bap.x", "bap.y"}},
		{Test: "internal/mock/bap.TestD", Operations: []string{"bap.x"}},
		{Test: "internal/mock/bap.TestC", Operations: []string{"bap.x"}},
	}
	want := map[string]string{"bap.x": "internal/mock/bap.TestC", "bap.y": "internal/mock.TestB", "arm.z": "internal/acctest.TestA"}
	for range 2 {
		if got := witness.Choose(notes); !maps.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
		slices.Reverse(notes)
	}
}
