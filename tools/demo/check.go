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

// sorted sorts requests; one that the mock does not know, or refused, is an error.
func sorted(entries []entry) (traffic, error) {
	var t traffic
	for _, e := range entries {
		switch {
		case e.Status < 200 || e.Status >= 400:
			return t, fmt.Errorf("%s https://%s%s was answered with %d", e.Method, e.Host, e.Path, e.Status)
		case e.Operation == "login.token":
			t.signIns = append(t.signIns, e)
		case strings.HasPrefix(e.Operation, "login."): // discovery, part of signing in
		case e.Operation == "bap.lifecycleoperations.get":
			t.polls = append(t.polls, e)
		case e.Method == http.MethodGet, e.Operation == "bap.environments.validate": // validation changes nothing
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

// wrote refuses anything but that many writes of an operation, each to an object of its own and with those body keys; nil
// keys means any.
func (t traffic) wrote(times int, operation string, keys []string) error {
	if len(t.writes) != times {
		return fmt.Errorf("expected %s, saw %d:%s", count(times, "write"), len(t.writes), lines(t.writes))
	}
	seen := map[string]bool{}
	for _, e := range t.writes {
		if e.Operation != operation || keys != nil && !slices.Equal(e.Keys, keys) {
			return fmt.Errorf("expected only %s of %v to be written:%s", operation, keys, lines(t.writes))
		}
		if e.Method != http.MethodPost && seen[e.Path] {
			return fmt.Errorf("an object was written twice:%s", lines(t.writes))
		}
		seen[e.Path] = true
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

// readOnce refuses more or less than one read of each of that many environments.
func (t traffic) readOnce(environments int) error {
	times := map[string]int{}
	for _, e := range t.reads {
		if e.Operation == "bap.environments.get" {
			times[e.Path]++
		}
	}
	for path, n := range times {
		if n > 1 {
			return fmt.Errorf("%s was read %d times", path, n)
		}
	}
	if len(times) != environments {
		return fmt.Errorf("%d environments were read, expected %d", len(times), environments)
	}
	return nil
}

// nothingLeft refuses anything in a tenant but its default environment and the names of what was deleted.
func nothingLeft(s state, tenant string) error {
	var left []error
	for _, name := range slices.Sorted(maps.Keys(s.Collections)) {
		for _, id := range slices.Sorted(maps.Keys(s.Collections[name])) {
			if name != "deleted_environments" && (name != "environments" || !strings.EqualFold(id, "Default-"+tenant)) {
				left = append(left, fmt.Errorf("%s %s is left in the tenant", name, id))
			}
		}
	}
	if n := len(s.Operations); n > 0 {
		left = append(left, fmt.Errorf("%s still running", count(n, "operation")))
	}
	return errors.Join(left...)
}
