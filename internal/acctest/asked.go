package acctest

import (
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
)

// Change changes an object behind Terraform's back.
func (w *World) Change(collection, id string, f func(d mock.Doc)) {
	w.t.Helper()
	c := w.Collection(collection)
	d, ok := c.Peek(id)
	if !ok {
		w.t.Fatalf("%s has no %s", collection, id)
	}
	f(d)
	c.Put(id, d)
}

// Refusal is a body in the envelope in which most of the platform's APIs refuse.
func Refusal(code, message string) mock.Doc {
	return mock.Doc{"error": mock.Doc{"code": code, "message": message}}
}

// Tally counts the requests of this tenant by operation: of those operations, also where there was none, or of all but
// the sign-ins.
func (w *World) Tally(operations ...string) map[string]int {
	out := map[string]int{}
	for _, operation := range operations {
		out[operation] = 0
	}
	for _, e := range w.Requests(operations...) {
		if len(operations) > 0 || !strings.HasPrefix(e.Operation, "login.") {
			out[e.Operation]++
		}
	}
	return out
}

// Counted fails the test, and lets it go on, unless there were n requests with one of the operation IDs.
func (w *World) Counted(n int, operations ...string) {
	w.t.Helper()
	if got := w.Count(operations...); got != n {
		w.t.Errorf("%d requests %v instead of %d", got, operations, n)
	}
}

// Sent are the dotted keys of the values in the body of a request, without what they begin with.
func Sent(e mock.Entry, without string) []string {
	var out []string
	for i, key := range e.Keys {
		if i+1 == len(e.Keys) || !strings.HasPrefix(e.Keys[i+1], key+".") {
			out = append(out, strings.TrimPrefix(key, without))
		}
	}
	return out
}

// Failed reports whether one of the diagnostics is an error.
func Failed(said []*tfprotov6.Diagnostic) bool {
	return slices.ContainsFunc(said, func(d *tfprotov6.Diagnostic) bool {
		return d.Severity == tfprotov6.DiagnosticSeverityError
	})
}
