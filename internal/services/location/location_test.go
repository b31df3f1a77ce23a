package location_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
)

var modern = mock.TenantSeed{Geography: mock.GeographyMacroRegion, Location: "canada"}

// read returns the items of a list by the attribute that names them.
func read(t *testing.T, w *acctest.World, name, by string, args acctest.Values) map[string]acctest.Values {
	t.Helper()
	got, said := w.Serve(nil).Read(t.Context(), "powerplatform_"+name, args)
	if len(said) > 0 {
		t.Fatal(acctest.Said(said))
	}
	var items []tftypes.Value
	if err := got[name].As(&items); err != nil {
		t.Fatal(err)
	}
	out := map[string]acctest.Values{}
	for _, item := range items {
		v := acctest.Values{}
		var key string
		if err := item.As(&v); err != nil {
			t.Fatal(err)
		}
		if err := v[by].As(&key); err != nil {
			t.Fatal(err)
		}
		out[key] = v
	}
	return out
}

func TestLists(t *testing.T) {
	t.Parallel()
	europe := acctest.Values{"location": acctest.Text("europe")}
	for _, c := range []struct {
		list, by string
		args     acctest.Values
		seed     mock.TenantSeed
		item     string
		attr     string
		want     tftypes.Value
	}{
		{"locations", "name", nil, mock.TenantSeed{Location: "europe"}, "europe", "is_default", acctest.Bool(true)},
		{"locations", "name", nil, mock.TenantSeed{}, "unitedstates", "azure_regions", acctest.Texts("eastus", "westus")},
		{"macro_regions", "macro_region_id", nil, modern, "north-america", "display_name", acctest.Text("North America")},
		{"macro_regions", "macro_region_id", nil, modern, "europe-uk", "data_residency_note", tftypes.NewValue(tftypes.String, nil)},
		{"languages", "name", europe, mock.TenantSeed{}, "1031", "locale_id", acctest.Number(1031)},
		{"languages", "name", acctest.Values{"location": acctest.Text("north-america")}, modern, "1033", "locale_id", acctest.Number(1033)},
		{"currencies", "code", europe, mock.TenantSeed{}, "EUR", "symbol", acctest.Text("€")},
		{"environment_templates", "name", europe, mock.TenantSeed{}, "D365_Sales", "is_customer_engagement", acctest.Bool(true)},
	} {
		t.Run(c.list+" "+c.item, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t, c.seed)
			item, there := read(t, w, c.list, c.by, c.args)[c.item]
			if !there {
				t.Fatalf("%s is missing", c.item)
			}
			if !item[c.attr].Equal(c.want) {
				t.Errorf("%s = %s, want %s", c.attr, item[c.attr], c.want)
			}
		})
	}
}

func TestMacroRegionsAreEmptyInATenantThatProvisionsByLocation(t *testing.T) {
	t.Parallel()
	if got := read(t, acctest.New(t, mock.TenantSeed{}), "macro_regions", "macro_region_id", nil); len(got) != 0 {
		t.Errorf("%d macro regions", len(got))
	}
}

func TestLookUpsAreReadOnceInAProcess(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{})
	s := w.Serve(nil)
	for range 3 {
		if _, said := s.Read(t.Context(), "powerplatform_languages", acctest.Values{"location": acctest.Text("europe")}); len(said) > 0 {
			t.Fatal(acctest.Said(said))
		}
	}
	if n := w.Count("bap.languages.list"); n != 1 {
		t.Errorf("%d requests", n)
	}
}

func TestALookUpThatFailsIsRepeatedAndExplained(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{})
	w.Fault(mock.Fault{Operation: "bap.currencies.list", Status: http.StatusBadRequest, Body: acctest.Refusal("InvalidMacroRegion", "macroRegion 'europe' is not valid")})
	s, args := w.Serve(nil), acctest.Values{"location": acctest.Text("europe")}
	if _, said := s.Read(t.Context(), "powerplatform_currencies", args); !strings.Contains(acctest.Said(said), "InvalidMacroRegion") {
		t.Error(acctest.Said(said))
	}
	got, said := s.Read(t.Context(), "powerplatform_currencies", args)
	if len(said) > 0 || acctest.Len(got["currencies"]) < 1 {
		t.Errorf("%d currencies\n%s", acctest.Len(got["currencies"]), acctest.Said(said))
	}
}
