package dataverse_test

import (
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/dataverse"
)

func TestOtherFamiliesSeeRowsAndVariables(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.variable("new_s", doc{"type": 100000005, "defaultvalue": secret})
	environment := r.environment()
	r.tenant.Do(func() {
		if got := dataverse.Rows(r.platform, r.tenant, environment, definitions); names(got, "schemaname") != "new_s" {
			t.Error(got)
		}
		if got := dataverse.Rows(r.platform, r.tenant, "nowhere", definitions); got != nil {
			t.Error(got)
		}
		if got := dataverse.Rows(r.platform, r.tenant, environment, "unicorns"); got != nil {
			t.Error(got)
		}
		if value, isSecret, ok := dataverse.Variable(r.platform, r.tenant, environment, "new_s"); value != secret || !isSecret || !ok {
			t.Error(value, isSecret, ok)
		}
		for _, where := range []string{environment, "nowhere"} {
			if _, _, ok := dataverse.Variable(r.platform, r.tenant, where, "new_t"); ok {
				t.Error("a variable that is not there")
			}
		}
	})
}

func TestConnectorComponentTypeIsASwitch(t *testing.T) {
	t.Parallel()
	r := newRig(t, map[string]string{dataverse.SwitchConnectorComponent: "371"})
	r.solution(r.publisher())
	r.made("connectors", connectorBody(doc{"capabilities": "118690004,118690005"}), headers{"MSCRM.SolutionUniqueName": "app"})
	if row := r.query("solutioncomponents")[0]; row["componenttype"] != 371.0 {
		t.Error(row)
	}
	row := r.send("GET", "connectors?$top=1", headers{"Prefer": `odata.include-annotations="*"`}, nil, 200, "").body["value"]
	list, _ := row.([]any)
	if one, _ := list[0].(doc); one["capabilities@OData.Community.Display.V1.FormattedValue"] != "Cloud; Actions" || one["ismanaged@OData.Community.Display.V1.FormattedValue"] != "No" {
		t.Error(list)
	}
}
