package geography_test

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/geography"
)

func TestTheTableIsSound(t *testing.T) {
	t.Parallel()
	all := geography.All()
	if !slices.IsSortedFunc(all, func(a, b geography.Geography) int {
		return cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	}) {
		t.Error("not in the order of the names")
	}
	owner := map[string]string{}
	for _, g := range all {
		t.Run(g.Name, func(t *testing.T) {
			t.Parallel()
			if n := g.Networks(); n != 1 && n != 2 {
				t.Errorf("%d networks", n)
			}
			for _, pair := range g.Pairs {
				if len(pair) != g.Networks() {
					t.Errorf("%v is not of %d regions", pair, g.Networks())
				}
				backwards := slices.Clone(pair)
				slices.Reverse(backwards)
				for _, given := range [][]string{pair, backwards} {
					if err := g.Fits(given...); err != nil {
						t.Error(err)
					}
				}
			}
			for _, region := range g.Regions() {
				if !geography.IsRegion(region) {
					t.Errorf("%s is not a region", region)
				}
				if !slices.ContainsFunc(geography.OfRegion(region), func(o geography.Geography) bool { return o.Name == g.Name }) {
					t.Errorf("%s does not lead back", region)
				}
			}
		})
		for _, name := range append([]string{g.Name, g.Location, g.PolicyLocation}, g.Aliases...) {
			if other, taken := owner[geography.Normal(name)]; taken && other != g.Name {
				t.Errorf("%s means both %s and %s", name, other, g.Name)
			}
			owner[geography.Normal(name)] = g.Name
			if found, ok := geography.Find(name); !ok || found.Name != g.Name {
				t.Errorf("Find(%q) = %q, %t", name, found.Name, ok)
			}
			if geography.IsRegion(name) {
				t.Errorf("%s is taken for a region", name)
			}
		}
	}
}

func TestEveryGeographyHasItsRegions(t *testing.T) {
	t.Parallel()
	// What policies accept, written once more and by another hand: policy location = regions, | within a pair, ; between pairs.
	want := map[string]string{
		"unitedstates": "eastus|westus;centralus|eastus2", "southafrica": "southafricanorth|southafricawest", "uk": "uksouth|ukwest",
		"japan": "japaneast|japanwest", "india": "centralindia|southindia", "france": "francecentral|francesouth",
		"europe": "westeurope|northeurope", "germany": "germanywestcentral|germanynorth", "switzerland": "switzerlandnorth|switzerlandwest",
		"canada": "canadacentral|canadaeast", "australia": "australiaeast|australiasoutheast", "asia": "eastasia|southeastasia",
		"korea": "koreacentral|koreasouth", "norway": "norwayeast|norwaywest", "usgov": "usgovvirginia|usgovtexas",
		"usdod": "usdodeast|usdodcentral", "brazil": "brazilsouth", "uae": "uaenorth", "singapore": "southeastasia",
		"sweden": "swedencentral", "italy": "italynorth",
	}
	all := geography.All()
	if len(all) != len(want) {
		t.Errorf("%d geographies, want %d", len(all), len(want))
	}
	for _, g := range all {
		var pairs []string
		for _, pair := range g.Pairs {
			pairs = append(pairs, strings.Join(pair, "|"))
		}
		if got := strings.Join(pairs, ";"); got != want[g.PolicyLocation] {
			t.Errorf("%s: %s, want %s", g.PolicyLocation, got, want[g.PolicyLocation])
		}
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"unitedkingdom": "uk", "UK": "uk", "United Kingdom": "uk", "southamerica": "brazil", "Brazil": "brazil", "uae": "uae",
		"unitedarabemirates": "uae", "unitedstateseuap": "unitedstates", "UnitedStatesFirstRelease": "unitedstates", " europe ": "europe",
	} {
		if g, ok := geography.Find(name); !ok || g.PolicyLocation != want {
			t.Errorf("%q: %q, %t", name, g.PolicyLocation, ok)
		}
	}
	for _, name := range []string{"", "eastus", "atlantis", "north-america", "poland"} {
		if g, ok := geography.Find(name); ok {
			t.Errorf("%q is %s", name, g.Name)
		}
	}
}

func TestLookupSaysWhyNothingIsFound(t *testing.T) {
	t.Parallel()
	if g, err := geography.Lookup("UK"); err != nil || g.Location != "unitedkingdom" {
		t.Errorf("%q, %v", g.Location, err)
	}
	for name, want := range map[string]string{
		"East US":       `"East US" is an Azure region; name the geography that it serves: unitedstates`,
		"southeastasia": `"southeastasia" is an Azure region; name the geography that it serves: asia, singapore`,
		"westus2":       `"westus2" is an Azure region, and serves no geography; known are asia, australia, southamerica, canada,`,
		"atlantis":      `the Azure regions of "atlantis" are not known; known are those of asia, australia,`,
		"":              `the Azure regions of "" are not known; known are those of asia, australia,`,
	} {
		if _, err := geography.Lookup(name); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v\nwant %s", err, want)
		}
	}
}

func TestWhatIsHandedOutIsACopy(t *testing.T) {
	t.Parallel()
	g, _ := geography.Find("unitedstates")
	g.Pairs[0][0], g.Aliases[0] = "atlantis", "atlantis"
	geography.All()[0].Pairs[0][0] = "atlantis"
	again, _ := geography.Find("unitedstates")
	if again.Pairs[0][0] != "eastus" || again.Aliases[0] == "atlantis" || geography.All()[0].Pairs[0][0] == "atlantis" {
		t.Error("the table has changed")
	}
}

func TestSame(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"unitedkingdom", "uk", true},
		{"southamerica", "brazil", true},
		{"unitedarabemirates", "UAE", true},
		{"unitedstates", "unitedstateseuap", true},
		{"unitedstatesfirstrelease", "unitedstateseuap", true},
		{"United States", "unitedstates", true},
		{"Atlantis", "atlantis", true},
		{"asia", "singapore", false},
		{"europe", "uk", false},
		{"atlantis", "europe", false},
		{"usgov", "usdod", false},
		{"unitedstates", "eastus", false},
	} {
		if geography.Same(c.a, c.b) != c.want || geography.Same(c.b, c.a) != c.want {
			t.Errorf("Same(%q, %q) is not %t both ways", c.a, c.b, c.want)
		}
	}
}

func TestOfRegion(t *testing.T) {
	t.Parallel()
	for region, want := range map[string]string{
		"southeastasia": "asia singapore", "South East Asia": "asia singapore", "East US": "unitedstates", "eastus2": "unitedstates", "westus2": "", "europe": "", "": "",
	} {
		var got []string
		for _, g := range geography.OfRegion(region) {
			got = append(got, g.Location)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %v, want %q", region, got, want)
		}
	}
}

func TestIsRegion(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"eastus": true, "East US": true, "WESTUS3": true, "australiacentral": true, "usgovarizona": true, "chinanorth3": true,
		"unitedstates": false, "europe": false, "uk": false, "unitedstateseuap": false, "north-america": false, "": false,
	} {
		if geography.IsRegion(name) != want {
			t.Errorf("%q: want %t", name, want)
		}
	}
}

func TestNormal(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"East US": "eastus", " West\tEurope\u00a0": "westeurope", "eastus2": "eastus2", "": ""} {
		if got := geography.Normal(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestFitsSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		location string
		given    []string
		region   int
		want     string
	}{
		{"unitedstates", []string{"East US", "WESTUS"}, 0, ""},
		{"unitedstates", []string{"eastus2", "centralus"}, 0, ""},
		{"unitedstates", []string{"eastus", "East US"}, 1, "eastus is given twice; United States is served by eastus with westus, or centralus with eastus2"},
		{"unitedstates", []string{"eastus", "centralus"}, 1, "eastus and centralus are not a pair of United States, which is served by eastus with westus, or centralus with eastus2"},
		{"unitedstates", []string{"eastus", "westeurope"}, 1, "westeurope is not a region of United States, which is served by eastus with westus, or centralus with eastus2"},
		{"unitedstates", []string{"westus2", "westus"}, 0, "westus2 is not a region of United States, which is served by eastus with westus, or centralus with eastus2"},
		{"unitedstates", []string{"eastus2"}, 1, "United States needs virtual networks in 2 regions, and the second is missing: centralus with eastus2"},
		{"unitedstates", []string{"eastus", "westus", "centralus"}, 2, "United States takes virtual networks in 2 regions: eastus with westus, or centralus with eastus2"},
		{"unitedstates", nil, 0, "United States is served by eastus with westus, or centralus with eastus2, but no region is given"},
		{"uk", []string{"uksouth", "uksouth"}, 1, "uksouth is given twice; United Kingdom is served by uksouth with ukwest"},
		{"singapore", []string{"southeastasia"}, 0, ""},
		{"singapore", []string{"southeastasia", "eastasia"}, 1, "Singapore takes one virtual network, in southeastasia; it has no failover region"},
		{"brazil", []string{"brazilsouth", "brazilsouth"}, 1, "Brazil takes one virtual network, in brazilsouth; it has no failover region"},
		{"brazil", []string{"eastus", "brazilsouth"}, 0, "eastus is not a region of Brazil, which is served by brazilsouth"},
		{"brazil", nil, 0, "Brazil is served by brazilsouth, but no region is given"},
	} {
		t.Run(c.location+" "+strings.Join(c.given, " "), func(t *testing.T) {
			t.Parallel()
			g, _ := geography.Find(c.location)
			err := g.Fits(c.given...)
			if c.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			misfit, ok := errors.AsType[*geography.MisfitError](err)
			if !ok || err.Error() != c.want || misfit.Region != c.region {
				t.Errorf("got  %v (%+v)\nwant %s (%d)", err, misfit, c.want, c.region)
			}
		})
	}
}
