package bap_test

import (
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

func TestMakersSeeEnvironmentsOutsideTheScopeOfAdministrators(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{Items: map[string][]doc{"environments": {{"display_name": "Sales", "dataverse": doc{"domain": "sales"}}}}})
	list, _ := r.want(r.send("GET", "/environments", nil), 200, "").body["value"].([]any)
	if len(list) != 2 {
		t.Fatalf("%d environments, want the default one and Sales", len(list))
	}
	sales, _ := list[1].(doc)
	name := server.Text(sales, "name")
	if name == "Default-"+r.tenant.ID {
		sales, _ = list[0].(doc)
		name = server.Text(sales, "name")
	}
	id := "/providers/Microsoft.BusinessAppPlatform/environments/" + name
	r.has(sales, doc{"id": id, "type": "Microsoft.BusinessAppPlatform/environments"})
	one := r.want(r.send("GET", "/environments/"+name+"?$select=properties.linkedEnvironmentMetadata.instanceApiUrl", nil), 200, "").body
	if one["id"] != id || server.Text(one, "properties.linkedEnvironmentMetadata.instanceApiUrl") == "" {
		t.Errorf("environment: %v", one)
	}
	admin := r.want(r.send("GET", "/scopes/admin/environments/~Default", nil), 200, "").body
	if admin["id"] != "/providers/Microsoft.BusinessAppPlatform/scopes/admin/environments/Default-"+r.tenant.ID {
		t.Errorf("default environment: %v", admin["id"])
	}
	r.want(r.send("GET", "/environments/nowhere", nil), 404, "EnvironmentNotFound")
}

func TestManagementApplicationsCanBeListed(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{})
	const other = "99999999-9999-4999-8999-999999999999"
	r.want(r.send("PUT", "/adminApplications/"+other, nil), 200, "")
	if list := r.send("GET", "/adminApplications", nil).body["value"].([]any); len(list) != 2 {
		t.Errorf("applications: %v", list)
	}
	r.want(r.send("DELETE", "/adminApplications/"+other, nil), 204, "")
	if list := r.send("GET", "/adminApplications", nil).body["value"].([]any); len(list) != 1 {
		t.Errorf("applications: %v", list)
	}
}

func TestTenantSettingsKeepWhatIsSent(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{})
	r.has(r.want(r.send("POST", "/listtenantsettings?api-version=2020-10-01", nil), 200, "").body, doc{
		"walkMeOptOut": false, "powerPlatform.licensing.storageCapacityConsumptionWarningThreshold": 85.0,
	})
	const update = "/scopes/admin/updateTenantSettings"
	r.has(r.want(r.send("POST", update, doc{
		"walkMeOptOut": true, "powerPlatform": doc{"governance": doc{"environmentRoutingTargetEnvironmentGroupId": group, "disableAdminDigest": nil}},
	}), 200, "").body, doc{"walkMeOptOut": true, "powerPlatform.governance.environmentRoutingTargetEnvironmentGroupId": group, "powerPlatform.governance.disableAdminDigest": false})
	r.want(r.send("POST", update, doc{"powerPlatform": doc{"governance": doc{"environmentRoutingTargetEnvironmentGroupId": zero}}}), 200, "")
	after := r.send("POST", "/listTenantSettings", nil).body
	r.has(after, doc{"walkMeOptOut": true, "disableSurveyFeedback": false})
	if id, _ := server.Lookup(after, "powerPlatform.governance.environmentRoutingTargetEnvironmentGroupId"); id != nil {
		t.Errorf("the zero GUID is kept: %v", id)
	}
	for name, body := range map[string]doc{
		"unknown": {"walkMeOptIn": true}, "unknown inside": {"powerPlatform": doc{"search": doc{"disableSearch": true}}},
		"no boolean": {"walkMeOptOut": "yes"}, "no number": {"powerPlatform": doc{"teamsIntegration": doc{"shareWithColleaguesUserLimit": 1.5}}},
		"no object": {"powerPlatform": true}, "no text": {"powerPlatform": doc{"catalogSettings": doc{"powerCatalogAudienceSetting": 1}}},
	} {
		if a := r.want(r.send("POST", update, body), 400, "InvalidRequestContent"); a.header.Get("X-Mock-Reason") == "" {
			t.Errorf("%s: no reason", name)
		}
	}
}
