package bap_test

import (
	"slices"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

func TestMakersSeeEnvironmentsOutsideTheScopeOfAdministrators(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{Items: map[string][]doc{"environments": {{"display_name": "Sales", "dataverse": doc{"domain": "sales"}}}}})
	list := r.Send("GET", "/environments", nil).Want(200).Has(doc{"value.#": 2}).List("value")
	sales := list[slices.IndexFunc(list, func(d doc) bool { return d["name"] != "Default-"+r.ID })]
	at := "/environments/" + server.Text(sales, "name")
	mocktest.Has(t, sales, doc{"id": prefix + at, "type": "Microsoft.BusinessAppPlatform/environments"})
	r.Send("GET", at+"?$select=properties.linkedEnvironmentMetadata.instanceApiUrl", nil).Want(200).Has(doc{
		"id": prefix + at, "properties.linkedEnvironmentMetadata.instanceApiUrl": "https://sales.api.crm.dynamics.com",
	})
	r.Send("GET", admin+"/~Default", nil).Want(200).Has(doc{"id": prefix + admin + "/Default-" + r.ID})
	r.Send("GET", "/environments/nowhere", nil).Want(404, "EnvironmentNotFound")
}

func TestManagementApplicationsCanBeListed(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{})
	const other = "99999999-9999-4999-8999-999999999999"
	r.Send("PUT", "/adminApplications/"+other, nil).Want(200)
	r.Send("GET", "/adminApplications", nil).Want(200).Has(doc{"value.#": 2})
	r.Send("DELETE", "/adminApplications/"+other, nil).Want(204)
	r.Send("GET", "/adminApplications", nil).Want(200).Has(doc{"value.#": 1})
}

func TestTenantSettingsKeepWhatIsSent(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{})
	r.Send("POST", "/listtenantsettings?api-version=2020-10-01", nil).Want(200).Has(doc{
		"walkMeOptOut": false, "powerPlatform.licensing.storageCapacityConsumptionWarningThreshold": 85.0,
	})
	const update = "/scopes/admin/updateTenantSettings"
	r.Send("POST", update, doc{
		"walkMeOptOut": true, "powerPlatform": doc{"governance": doc{"environmentRoutingTargetEnvironmentGroupId": group, "disableAdminDigest": nil}},
	}).Want(200).Has(doc{"walkMeOptOut": true, "powerPlatform.governance.environmentRoutingTargetEnvironmentGroupId": group, "powerPlatform.governance.disableAdminDigest": false})
	r.Send("POST", update, doc{"powerPlatform": doc{"governance": doc{"environmentRoutingTargetEnvironmentGroupId": zero}}}).Want(200)
	r.Send("POST", "/listTenantSettings", nil).Want(200).Has(doc{
		"walkMeOptOut": true, "disableSurveyFeedback": false,
		"powerPlatform.governance.environmentRoutingTargetEnvironmentGroupId": mocktest.Null,
	})
	for name, body := range map[string]doc{
		"unknown": {"walkMeOptIn": true}, "unknown inside": {"powerPlatform": doc{"search": doc{"disableSearch": true}}},
		"no boolean": {"walkMeOptOut": "yes"}, "no number": {"powerPlatform": doc{"teamsIntegration": doc{"shareWithColleaguesUserLimit": 1.5}}},
		"no object": {"powerPlatform": true}, "no text": {"powerPlatform": doc{"catalogSettings": doc{"powerCatalogAudienceSetting": 1}}},
	} {
		if a := r.Send("POST", update, body).Want(400, "InvalidRequestContent"); a.Header.Get("X-Mock-Reason") == "" {
			t.Errorf("%s: no reason", name)
		}
	}
}
