package acctest_test

import (
	"os"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/seed"
)

// TestScenario_landingZoneSeed shows that the story of private case management can start from the seed that says so.
func TestScenario_landingZoneSeed(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../examples/seeds/landing-zone.yaml")
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := seed.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	w := acctest.New(t, parsed.Tenants[0])
	d := sit(t, w.Platform)
	d.scenario(w, "private-case-management")
	vars := []string{"-var-file=contoso.tfvars", "-var=tenant_id=" + w.ID}
	d.terraform(append([]string{"apply", "-auto-approve", "-no-color"}, vars...)...)
	d.unchanged(vars...)
}
