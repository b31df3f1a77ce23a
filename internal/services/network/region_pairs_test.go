package network_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/geography"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
)

func pairs(t *testing.T, v acctest.Values) []string {
	t.Helper()
	var items []tftypes.Value
	if err := v["region_pairs"].As(&items); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, item := range items {
		var line []string
		var attributes acctest.Values
		if err := item.As(&attributes); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"name", "location", "policy_location", "primary_region", "failover_region"} {
			text := "-"
			if v := attributes[name]; !v.IsNull() {
				if err := v.As(&text); err != nil {
					t.Fatal(err)
				}
			}
			line = append(line, text)
		}
		required := "2"
		if attributes["virtual_networks_required"].Equal(acctest.Number(1)) {
			required = "1"
		}
		all = append(all, strings.Join(append(line, required), "|"))
	}
	return all
}

func TestRegionPairs(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{})
	s := w.Serve(nil)
	for location, want := range map[string]string{
		"unitedstates":  "United States|unitedstates|unitedstates|eastus|westus|2\nUnited States|unitedstates|unitedstates|centralus|eastus2|2",
		"UnitedKingdom": "United Kingdom|unitedkingdom|uk|uksouth|ukwest|2",
		"brazil":        "Brazil|southamerica|brazil|brazilsouth|-|1",
	} {
		got, said := s.Read(t.Context(), "powerplatform_region_pairs", acctest.Values{"location": acctest.Text(location)})
		if len(said) > 0 {
			t.Fatal(acctest.Said(said))
		}
		if got := strings.Join(pairs(t, got), "\n"); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", location, got, want)
		}
	}
	got, said := s.Read(t.Context(), "powerplatform_region_pairs", nil)
	if len(said) > 0 {
		t.Fatal(acctest.Said(said))
	}
	if n, want := len(pairs(t, got)), len(geography.All())+1; n != want {
		t.Errorf("%d pairs, want %d: one for each geography, and one more for the United States", n, want)
	}
	if n := w.Count(); n > 0 {
		t.Errorf("%d requests", n)
	}
}

func TestRegionPairsOfWhatIsNoLocation(t *testing.T) {
	t.Parallel()
	s := acctest.New(t, mock.TenantSeed{}).Serve(nil)
	for location, want := range map[string]string{
		"atlantis": `The Azure regions of "atlantis" are not known; known are those of asia, australia`,
		"West US":  `"West US" is an Azure region; name the geography that it serves: unitedstates`,
	} {
		_, said := s.Read(t.Context(), "powerplatform_region_pairs", acctest.Values{"location": acctest.Text(location)})
		if len(said) != 1 || !strings.Contains(said[0].Detail, want) || said[0].Attribute.String() != `AttributeName("location")` {
			t.Errorf("%s: %s", location, acctest.Said(said))
		}
	}
}
