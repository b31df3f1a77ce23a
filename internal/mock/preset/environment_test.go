package preset_test

import (
	"strings"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
)

// environmentChecks are those of environments and their governance.
var environmentChecks = map[string]func(r rig){
	"E01": func(r rig) {
		at := r.created("e01")
		times(3, func() { r.sees("GET", at, nil, 200, `!"linkedEnvironmentMetadata"`) })
		r.sees("GET", at, nil, 200, `"linkedEnvironmentMetadata"`)
	},
	"E02": func(r rig) {
		at := r.created("e02")
		times(50, func() { r.sees("GET", at, nil, 200, `!"linkedEnvironmentMetadata"`) })
	},
	"E03": func(r rig) {
		r.create("e03").Follow().Has(mock.Doc{"links.environment.path": nil, "state.id": "Succeeded"})
	},
	"E04": func(r rig) {
		r.patch(plain, renamed(), 500)
		r.patch(plain, renamed(), 202)
	},
	"E05": func(r rig) {
		r.create("e05").Want(502, "BadGateway")
		r.Clock().Advance(time.Hour)
		r.sees("GET", admin+version, nil, 200, `"domainName":"e05"`)
	},
	"E06": func(r rig) {
		r.patch(plain, renamed(), 202).Follow()
		times(4, func() { r.sees("GET", admin+"/"+plain+expanded, nil, 200, `"displayName":"Plain"`) })
		r.sees("GET", admin+"/"+plain+expanded, nil, 200, `"displayName":"x"`)
	},
	"E07": func(r rig) {
		r.sees("POST", bap+"/environments"+version, mock.Doc{"properties": mock.Doc{"copilotPolicies": mock.Doc{"allowFlexRouting": true}}}, 400, "Could not find member")
		for _, f := range r.Platform().Faults() {
			if f.Tenant == r.ID && f.Hits != 1 {
				r.Errorf("the preset hit %d requests, so something else refused", f.Hits)
			}
		}
		r.create("e07").Want(202)
	},
	"E08": func(r rig) {
		r.sees("POST", "https://api.powerplatform.com/licensing/billingPolicies/"+billing+"/environments/add?api-version=2022-03-01-preview", mock.Doc{"environmentIds": []any{plain}}, 200)
		times(5, func() { r.sees("GET", admin+"/"+plain+expanded, nil, 200, "!"+billing) })
		r.sees("GET", admin+"/"+plain+expanded, nil, 200, billing)
		r.sees("GET", "https://api.powerplatform.com/licensing/billingPolicies/"+billing+"/environments?api-version=2022-03-01-preview", nil, 200, plain)
	},
	"E09": func(r rig) {
		r.patch(plain, renamed(), 409, "active lifecycle operation on the environment "+plain)
		r.patch(plain, renamed(), 409).Empty()
		r.patch(plain, renamed(), 409, "active lifecycle operation")
		r.patch(plain, renamed(), 202)
	},
	"E10": func(r rig) {
		a := r.patch(plain, renamed(), 202)
		times(2, func() { r.sees("GET", a.Header.Get("Location"), nil, 409, "active lifecycle operation") })
		a.Follow()
	},
	"E11": func(r rig) {
		a := r.patch(plain, renamed(), 202)
		times(5, func() { r.sees("GET", a.Header.Get("Location"), nil, 404, "LifecycleOperationNotFound") })
		r.Clock().Advance(time.Hour)
		r.sees("GET", admin+"/"+plain+version, nil, 200, `"displayName":"x"`)
	},
	"E12": func(r rig) {
		for _, want := range []string{"Failed", "Succeeded"} {
			r.patch(plain, renamed(), 202).Follow().Has(mock.Doc{"state.id": want})
		}
	},
	"E12-always": func(r rig) {
		times(3, func() {
			r.patch(plain, renamed(), 202).Follow().Has(mock.Doc{"state.id": "Failed"}).Says("The organization is locked.")
		})
	},
	"E13": func(r rig) {
		r.sees("POST", bap+"/environments/"+bare+"/provisionInstance"+version, mock.Doc{"baseLanguage": 1033, "domainName": "e13", "currency": mock.Doc{"code": "USD"}}, 499, bare, "LinkedDatabaseProvisioning")
		r.Clock().Advance(time.Hour)
		r.sees("GET", admin+"/"+bare+version, nil, 200, `"domainName":"e13"`)
	},
	"E14": func(r rig) { r.sees("GET", r.created("e14"), nil, 200, `"azureRegion":"westus"`) },
	"E16": func(r rig) {
		times(3, func() {
			r.sees("GET", bap+"/locations/unitedstates/environmentLanguages"+version, nil, 400, "InvalidMacroRegion", "unitedstates")
			r.sees("GET", bap+"/locations/unitedstates/environmentCurrencies"+version, nil, 400, "InvalidMacroRegion")
		})
	},
	"E17": func(r rig) {
		times(2, func() {
			r.sees("DELETE", admin+"/"+plain+version, nil, 409).Empty()
		})
		a := r.sees("DELETE", admin+"/"+plain+version, nil, 202)
		r.sees("GET", a.Header.Get("Location"), nil, 404)
		r.Clock().Advance(time.Hour)
		r.sees("GET", admin+"/"+plain+version, nil, 404)
	},
	"E17-gone": func(r rig) {
		r.sees("DELETE", admin+"/"+plain+version, nil, 404, "EnvironmentNotFound", plain)
		r.Clock().Advance(time.Hour)
		r.sees("GET", admin+"/"+plain+version, nil, 404)
	},
	"E18": func(r rig) {
		r.sees("GET", admin+"/"+lost+version, nil, 404, "EnvironmentNotFound", lost)
		r.patch(lost, renamed(), 404)
		r.govern(lost, nil, 404)
		r.sees("GET", admin+"/"+plain+version, nil, 200)
		r.sees("GET", admin+version, nil, 200, plain, "!"+lost)
	},
	"E19": func(r rig) {
		r.sees("GET", admin+"/"+plain+version, nil, 404, "EnvironmentNotFound")
		r.sees("GET", admin+version, nil, 200).Has(mock.Doc{"#": 1, "value": []any{}})
	},
	"E20": func(r rig) {
		r.patch(plain, mock.Doc{"properties": mock.Doc{"displayName": "x", "governanceConfiguration": mock.Doc{"protectionLevel": "Standard"}}}, 400)
		r.patch(plain, mock.Doc{"properties": mock.Doc{"linkedEnvironmentMetadata": mock.Doc{"securityGroupId": group}}}, 400)
		r.patch(plain, renamed(), 202)
	},
	"G01": func(r rig) {
		times(3, func() { r.govern(plain, nil, 409, "active lifecycle operation") })
		r.govern(plain, nil, 202).Follow()
	},
	"G02": func(r rig) {
		times(3, func() { r.govern(managed, nil, 409, "managed already") })
		r.govern(plain, nil, 202)
	},
	"G03": func(r rig) {
		r.govern(grouped, nil, 400, "belongs to an environment group")
		r.govern(plain, nil, 202)
	},
	"G05": func(r rig) {
		r.govern(managed, mock.Doc{"solutionCheckerMode": "warn"}, 400, "InvalidRequestContent", "Could not find member 'solutionCheckerMode'")
		r.sees("GET", admin+"/"+managed+version, nil, 200)
	},
	"G06": func(r rig) { r.link("link", 400, "NewNetworkInjection cannot be performed", managed) },
	"G08": func(r rig) {
		at := "https://api.powerplatform.com/licensing/billingPolicies/" + billing + "?api-version=2022-03-01-preview"
		times(6, func() { r.sees("GET", at, nil, 200, `"status":"Provisioning"`) })
		r.sees("GET", at, nil, 200, `"status":"Enabled"`)
	},
	"G08-forever": func(r rig) {
		times(20, func() {
			r.sees("GET", "https://api.powerplatform.com/licensing/billingPolicies/"+billing+"?api-version=2022-03-01-preview", nil, 200, `"status":"Provisioning"`)
		})
	},
	"G10": func(r rig) {
		r.sees("POST", bap+"/listTenantSettings"+version, nil, 200, "someFutureSetting", "someFutureFeature")
	},
	"G11": func(r rig) {
		r.sees("PATCH", rows+"organizations("+plain+")", mock.Doc{"enableipbasedfirewallrule": true}, 400, "0x190")
		if a := r.Send("PATCH", rows+"organizations("+plain+")", mock.Doc{"isauditenabled": true}); strings.Contains(a.Raw, "0x190") {
			r.Error(a.Raw)
		}
	},
	"G13": func(r rig) { r.sees("GET", rows+"organizations", nil, 200, `"allowediprangeforfirewall":""`) },
}
