package acctest

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
)

// witnessed is a test whose failures are noted instead.
type witnessed struct {
	testing.TB
	said []string
}

func (w *witnessed) Error(args ...any)            { w.said = append(w.said, fmt.Sprint(args...)) }
func (w *witnessed) Errorf(f string, args ...any) { w.said = append(w.said, fmt.Sprintf(f, args...)) }

// TestRunLooksForLeftoversAlways lets something appear on the platform in runs that leave no state.
func TestRunLooksForLeftoversAlways(t *testing.T) {
	t.Parallel()
	const empty = "output \"nothing\" { value = 1 }\n"
	for name, step := range map[string]resource.TestStep{
		"nothing in state":      {Config: empty},
		"an error was expected": {Config: empty + "resource \"powerplatform_tenant\" \"it\" {}\n", ExpectError: regexp.MustCompile("tenant_id")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			note := &witnessed{TB: t}
			w := New(note, mock.TenantSeed{})
			step.PreConfig = func() { w.Collection(bap.EnvironmentGroups).Put("left", mock.Doc{"id": "left"}) }
			w.Run(step)
			if !strings.Contains(strings.Join(note.said, "\n"), "left is left on the platform") {
				t.Errorf("Run said %q", note.said)
			}
		})
	}
}
