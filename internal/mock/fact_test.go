package mock_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// Whoever adds a route says where it comes from, in fact.go of its family.
func TestEveryOperationRestsOnAFact(t *testing.T) {
	t.Parallel()
	known := []server.Confidence{server.Documented, server.Observed, server.Inferred}
	lines := mock.New().Coverage()
	for _, line := range lines {
		u, err := url.Parse(line.Source)
		if err != nil || u.Scheme != "https" || u.Host == "" || !slices.Contains(known, line.Confidence) {
			t.Errorf("%s %s%s has no fact: source %q, confidence %q", line.Method, line.Host, line.Path, line.Source, line.Confidence)
		}
	}
	if len(lines) < 300 {
		t.Errorf("%d lines are not the whole mock", len(lines))
	}
}

func TestOneOperationIsEitherThereOrNot(t *testing.T) {
	t.Parallel()
	implemented := map[string]bool{}
	for _, line := range mock.New().Coverage() {
		if before, seen := implemented[line.Operation]; seen && before != line.Implemented {
			t.Errorf("%s is implemented and absent", line.Operation)
		}
		implemented[line.Operation] = line.Implemented
		if !line.Implemented && line.Witness != "" {
			t.Errorf("%s is absent and has a witness", line.Operation)
		}
		if strings.ToLower(line.Operation) != line.Operation {
			t.Errorf("%s is not in lower case", line.Operation)
		}
	}
}
