package preset_test

import (
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/preset"
)

func TestEveryPresetDoesWhatItSays(t *testing.T) {
	t.Parallel()
	for _, p := range preset.All() {
		if p.Lacks != "" {
			if checks(p.ID) != nil || p.Does != "" || len(p.Faults)+len(p.Lags)+len(p.Operations)+len(p.Switches) > 0 {
				t.Errorf("%s cannot be applied and does something", p.ID)
			}
			continue
		}
		check := checks(p.ID)
		if check == nil || p.Does == "" || p.Pass == "" {
			t.Errorf("%s is not checked, or does not say what it does and what a good client does", p.ID)
			continue
		}
		t.Run(p.ID, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			if before := before[p.ID]; before != nil {
				before(r)
			}
			if err := preset.Apply(r.Platform(), r.ID, strings.ToLower(p.ID)); err != nil {
				t.Fatal(err)
			}
			for _, f := range r.Platform().Faults() {
				if f.Tenant == "" || f.Tenant == r.ID && f.Name != p.ID {
					t.Errorf("a fault of every tenant, or without its name: %+v", f)
				}
			}
			check(r)
		})
	}
}

func TestEveryScenarioHasARow(t *testing.T) {
	t.Parallel()
	have := map[string]bool{}
	for _, p := range preset.All() {
		have[p.ID] = true
	}
	for letter, last := range map[string]int{"E": 20, "G": 13, "P": 16, "D": 15, "C": 6, "X": 8} {
		for n := 1; n <= last; n++ {
			id := letter + string(rune('0'+n/10)) + string(rune('0'+n%10))
			if !have[id] {
				t.Errorf("%s is missing", id)
			}
		}
	}
}

func TestPresetsCanBeAppliedOverTheAdminAPIAndBySeeds(t *testing.T) {
	t.Parallel()
	r := rig{mocktest.Alone(t, everything())}
	const at = "http://127.0.0.1/_mock/faults/presets"
	r.sees("GET", at, nil, 200, `"id":"E09"`, `"lacks"`, `"title":"The environment is busy"`)
	r.sees("POST", at, mock.Doc{"id": "E09", "tenant": r.ID}, 200, "E09")
	r.patch(plain, renamed(), 409)
	r.sees("POST", at, mock.Doc{"id": "E99", "tenant": r.ID}, 400, "there is no preset")
	r.sees("POST", at, mock.Doc{"id": "D03", "tenant": r.ID}, 400, "cannot be applied: The mock does not import solutions")
	r.sees("POST", at, mock.Doc{"id": "E09", "tenant": "nobody"}, 400, "no tenant")
	r.sees("POST", at, mock.Doc{"ids": "E09"}, 400, "unknown field")
	s, err := r.Platform().ParseSeed([]byte("tenants:\n- id: 99999999-0000-4000-8000-000000000001\n  presets: [{id: X03}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Platform().Seed(s); err != nil {
		t.Fatal(err)
	}
	rig{mocktest.On(t, r.Platform(), mock.TenantSeed{ID: s.Tenants[0].ID})}.sees("GET", admin+version, nil, 403, "does not have permission")
	if _, err := r.Platform().ParseSeed([]byte("tenants:\n- id: 99999999-0000-4000-8000-000000000001\n  presets: [{id: X33}]\n")); err == nil || !strings.Contains(err.Error(), "line 3: tenants[0].presets[0].id: must be one of") {
		t.Error(err)
	}
}

func TestTheTableOfPresetsNamesAll(t *testing.T) {
	t.Parallel()
	table := preset.Markdown()
	for _, p := range preset.All() {
		if !strings.Contains(table, p.ID) || !strings.Contains(table, p.Title) {
			t.Errorf("%s is missing", p.ID)
		}
	}
	if !strings.Contains(table, "[#1199](https://github.com/microsoft/terraform-provider-power-platform/issues/1199)") {
		t.Error("no links")
	}
}

// before is what has to be there before a preset is applied.
var before = map[string]func(r rig){
	"P13": rig.linked, "P15": rig.linked,
	"D04": func(r rig) { r.variable("it", 204) }, "D05": func(r rig) { r.variable("it", 204) }, "D06": func(r rig) { r.variable("it", 204) },
}

// checks says how to see what a preset does.
func checks(id string) func(r rig) {
	if check := environmentChecks[id]; check != nil {
		return check
	}
	return otherChecks[id]
}
