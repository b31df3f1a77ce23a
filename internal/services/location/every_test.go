package location_test

import (
	"net/http"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
)

// TestEveryAttributeShowsItsOwnMember answers with objects whose members all differ, so that no attribute can show another's.
func TestEveryAttributeShowsItsOwnMember(t *testing.T) {
	t.Parallel()
	doc := func(id string, properties mock.Doc) mock.Doc {
		return mock.Doc{"id": "id of " + id, "name": id, "type": "type of " + id, "location": "location of " + id, "properties": properties}
	}
	place := acctest.Values{"location": acctest.Text("europe")}
	yes, no := acctest.Bool(true), acctest.Bool(false)
	for list, c := range map[string]struct {
		operation, item, by string
		args                acctest.Values
		body                mock.Doc
		want                acctest.Values
	}{
		"locations": {"bap.locations.list", "moon", "name", nil, mock.Doc{"value": []any{doc("moon", mock.Doc{
			"displayName": "The Moon", "code": "MN", "isDefault": false, "isDisabled": true, "canProvisionDatabase": false,
			"canProvisionCustomerEngagementDatabase": true, "azureRegions": []any{"moonnorth"},
		})}}, acctest.Values{
			"display_name": acctest.Text("The Moon"), "code": acctest.Text("MN"), "is_default": no, "is_disabled": yes, "can_provision_database": no,
			"can_provision_customer_engagement_database": yes,
			"azure_regions": acctest.Texts("moonnorth"),
		}},
		"macro_regions": {"bap.locations.list", "moon", "macro_region_id", nil, mock.Doc{"value": []any{}, "macroRegions": []any{
			mock.Doc{"macroRegionId": "moon", "displayName": "The Moon", "dataResidencyNote": "far away"},
		}}, acctest.Values{"display_name": acctest.Text("The Moon"), "data_residency_note": acctest.Text("far away")}},
		"languages": {"bap.languages.list", "1031", "name", place, mock.Doc{"value": []any{doc("1031", mock.Doc{
			"localeId": 1031, "localizedName": "Deutsch (localized)", "displayName": "German", "isTenantDefault": true,
		})}}, acctest.Values{
			"display_name": acctest.Text("German"), "localized_name": acctest.Text("Deutsch (localized)"), "locale_id": acctest.Number(1031), "is_tenant_default": yes,
		}},
		"currencies": {"bap.currencies.list", "EUR", "name", place, mock.Doc{"value": []any{doc("EUR", mock.Doc{"code": "EU2", "symbol": "€", "isTenantDefault": true})}}, acctest.Values{
			"type": acctest.Text("type of EUR"), "code": acctest.Text("EU2"), "symbol": acctest.Text("€"), "is_tenant_default": yes,
		}},
		"environment_templates": {"bap.templates.list", "D365_Sales", "name", place, mock.Doc{"production": []any{doc("D365_Sales", mock.Doc{
			"displayName": "Sales", "isDisabled": true, "disabledReason": mock.Doc{"code": "NoLicense", "message": "Buy one."}, "isCustomerEngagement": false, "isSupportedForResetOperation": true,
		})}}, acctest.Values{
			"category": acctest.Text("production"), "display_name": acctest.Text("Sales"), "location": acctest.Text("location of D365_Sales"), "is_disabled": yes,
			"disabled_reason_code": acctest.Text("NoLicense"), "disabled_reason_message": acctest.Text("Buy one."), "is_customer_engagement": no, "is_supported_for_reset_operation": yes,
		}},
	} {
		t.Run(list, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t, mock.TenantSeed{})
			w.Fault(mock.Fault{Operation: c.operation, Status: http.StatusOK, Body: c.body})
			got := read(t, w, list, c.by, c.args)[c.item]
			c.want[c.by] = acctest.Text(c.item)
			if list != "macro_regions" {
				c.want["id"] = acctest.Text("id of " + c.item)
			}
			if len(got) != len(c.want) {
				t.Errorf("%d attributes, %d are wanted", len(got), len(c.want))
			}
			for name, want := range c.want {
				if !got[name].Equal(want) {
					t.Errorf("%s = %s, want %s", name, got[name], want)
				}
			}
		})
	}
}
