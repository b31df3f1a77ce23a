package main

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"
)

// changed lists what a plan does, as "create ADDRESS", sorted. Reading data sources is nothing.
func changed(plan *tfjson.Plan) []string {
	var out []string
	for _, r := range plan.ResourceChanges {
		c := r.Change
		var does []string
		if c.Importing != nil {
			does = append(does, "import")
		}
		if !c.Actions.NoOp() && !c.Actions.Read() {
			for _, a := range c.Actions {
				does = append(does, string(a))
			}
		}
		if len(does) > 0 {
			out = append(out, strings.Join(does, " and ")+" "+r.Address)
		}
	}
	slices.Sort(out)
	return out
}

// expect refuses a plan that does anything else.
func expect(plan *tfjson.Plan, want ...string) error {
	slices.Sort(want)
	got := changed(plan)
	if slices.Equal(got, want) {
		return nil
	}
	return fmt.Errorf("the plan is to\n  %s\nbut was expected to\n  %s", list(got), list(want))
}

func list(what []string) string {
	if len(what) == 0 {
		return "do nothing"
	}
	return strings.Join(what, "\n  ")
}

// traffic sorts the requests of a chapter.
type traffic struct {
	signIns []entry // requests for a token
	reads   []entry
	polls   []entry // looks at operations that run
	writes  []entry
}

// polling are the operations that look at operations.
var polling = []string{"bap.lifecycleoperations.get", "arm.operations.get", "arm.operationresults.get"}

// asking are the operations that only ask although they are no GET.
var asking = []string{"bap.environments.validate"}

// sorted sorts requests. One that the mock does not know is an error, and so is one that it refused, but for a look at
// what is not there yet.
func sorted(entries []entry) (traffic, error) {
	var t traffic
	for _, e := range entries {
		found := e.Method != http.MethodGet || e.Status != http.StatusNotFound || e.Operation == ""
		switch {
		case found && (e.Status < 200 || e.Status >= 400):
			return t, fmt.Errorf("%s https://%s%s was answered with %d", e.Method, e.Host, e.Path, e.Status)
		case e.Operation == "login.token":
			t.signIns = append(t.signIns, e)
		case strings.HasPrefix(e.Operation, "login."): // discovery, part of signing in
		case slices.Contains(polling, e.Operation):
			t.polls = append(t.polls, e)
		case e.Method == http.MethodGet, slices.Contains(asking, e.Operation):
			t.reads = append(t.reads, e)
		default:
			t.writes = append(t.writes, e)
		}
	}
	return t, nil
}

// String is a summary.
func (t traffic) String() string {
	parts := []string{count(len(t.writes), "write"), count(len(t.reads), "read")}
	if len(t.polls) > 0 {
		parts = append(parts, count(len(t.polls), "poll"))
	}
	return strings.Join(append(parts, count(len(t.signIns), "sign-in")), ", ")
}

func count(n int, noun string) string {
	switch n {
	case 0:
		return "no " + noun
	case 1:
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// times is how often an operation was asked for.
func (t traffic) times(operation string) int {
	n := 0
	for _, e := range t.writes {
		if e.Operation == operation {
			n++
		}
	}
	return n
}

// inOrder refuses a write of one of the operations that comes after one of a later operation, and one that is missing.
func (t traffic) inOrder(operations ...string) error {
	at := 0
	for _, e := range t.writes {
		i := slices.Index(operations, e.Operation)
		if i >= 0 && i < at {
			return fmt.Errorf("%s came after %s", e.Operation, operations[at])
		}
		at = max(at, i)
	}
	for _, operation := range operations {
		if t.times(operation) == 0 {
			return fmt.Errorf("there was no %s", operation)
		}
	}
	return nil
}

func lines(entries []entry) string {
	var out strings.Builder
	for _, e := range entries {
		fmt.Fprintf(&out, "\n  %d %s https://%s%s %v", e.Status, e.Method, e.Host, e.Path, e.Keys)
	}
	return out.String()
}

// nothingLeft refuses anything in a tenant that was not there before, but the names of what was deleted.
func nothingLeft(now, before state) error {
	var left []error
	for _, name := range slices.Sorted(maps.Keys(now.Collections)) {
		for _, id := range slices.Sorted(maps.Keys(now.Collections[name])) {
			if _, was := before.Collections[name][id]; !was && !slices.Contains(memories, name) {
				left = append(left, fmt.Errorf("%s %s is left in the tenant", name, id))
			}
		}
	}
	if n := len(now.Operations); n > 0 {
		left = append(left, fmt.Errorf("%s still running", count(n, "operation")))
	}
	return errors.Join(left...)
}

// memories are collections in which the platform remembers what is gone.
var memories = []string{"deleted_environments", "released_policies", "arm_principals", "blob_containers", "blob_files", "blob_keys"}
