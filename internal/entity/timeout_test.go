package entity_test

import (
	"fmt"
	"strings"
	"testing"
)

func TestATimeoutThatLeavesNoTimeIsRefusedBeforeThePlan(t *testing.T) {
	t.Parallel()
	for timeout, want := range map[string]string{
		"0s": `leaves the %s no time`, "-5m": `leaves the %s no time`, "0": `leaves the %s no time`, "soon": "Time Duration", "1ms": "", "48h": "",
	} {
		refused := func(t *testing.T, operation, problem string) {
			t.Helper()
			want := strings.Replace(want, "%s", operation, 1)
			if !strings.Contains(problem, want) || (want == "") != (problem == "") {
				t.Errorf("%s %s: %q does not say %q", operation, timeout, problem, want)
			}
		}
		t.Run(fmt.Sprintf("resource %s", timeout), func(t *testing.T) {
			t.Parallel()
			p := newPlatform()
			drive(t, p.client(t), p.resource().New, func(t *testing.T, s *server) {
				for _, operation := range []string{"create", "read", "update", "delete"} {
					refused(t, operation, s.validate(values{"name": "a", "timeouts": values{operation: timeout}}))
				}
			})
		})
		t.Run(fmt.Sprintf("data source %s", timeout), func(t *testing.T) {
			t.Parallel()
			p := newPlatform()
			p.put("t1", document{"name": "a"})
			drive(t, p.client(t), p.lookup("id", "name").New, func(t *testing.T, s *server) {
				refused(t, "read", s.data(values{"id": "t1", "timeouts": values{"read": timeout}}).errors)
			})
		})
	}
}
