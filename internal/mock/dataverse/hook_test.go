package dataverse_test

import (
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/dataverse"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
)

func TestOtherFamiliesSeeRowsAndVariables(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.variable("new_s", doc{"type": 100000005, "defaultvalue": secret})
	environment := r.environment()
	r.Do(func() {
		if got := dataverse.Rows(r.Platform(), r.Tenant, environment, definitions); names(got, "schemaname") != "new_s" {
			t.Error(got)
		}
		if got := dataverse.Rows(r.Platform(), r.Tenant, "nowhere", definitions); got != nil {
			t.Error(got)
		}
		if got := dataverse.Rows(r.Platform(), r.Tenant, environment, "unicorns"); got != nil {
			t.Error(got)
		}
		if value, isSecret, ok := dataverse.Variable(r.Platform(), r.Tenant, environment, "new_s"); value != secret || !isSecret || !ok {
			t.Error(value, isSecret, ok)
		}
		for _, where := range []string{environment, "nowhere"} {
			if _, _, ok := dataverse.Variable(r.Platform(), r.Tenant, where, "new_t"); ok {
				t.Error("a variable that is not there")
			}
		}
	})
}

func TestConnectorComponentTypeIsASwitch(t *testing.T) {
	t.Parallel()
	r := newRig(t, map[string]string{dataverse.SwitchConnectorComponent: "371"})
	r.solution(r.publisher())
	r.into("app").made("connectors", connectorBody(doc{"capabilities": "118690004,118690005"}))
	mocktest.Has(t, r.query("solutioncomponents")[0], doc{"componenttype": 371})
	r.With("Prefer", `odata.include-annotations="*"`).Send("GET", "connectors?$top=1", nil).Want(200).Has(doc{
		"value.0.capabilities@OData.Community.Display.V1.FormattedValue": "Cloud; Actions",
		"value.0.ismanaged@OData.Community.Display.V1.FormattedValue":    "No",
	})
}
