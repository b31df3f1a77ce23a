package preset_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/preset"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

const (
	plain    = "aaaaaaaa-0000-4000-8000-000000000001"
	lost     = "aaaaaaaa-0000-4000-8000-000000000002"
	managed  = "aaaaaaaa-0000-4000-8000-000000000003"
	grouped  = "aaaaaaaa-0000-4000-8000-000000000004"
	bare     = "aaaaaaaa-0000-4000-8000-000000000005"
	group    = "bbbbbbbb-0000-4000-8000-000000000001"
	billing  = "cccccccc-0000-4000-8000-000000000001"
	azure    = "dddddddd-0000-4000-8000-000000000001"
	systemID = "/regions/unitedstates/providers/Microsoft.PowerPlatform/enterprisePolicies/eeeeeeee-0000-4000-8000-000000000001"

	bap       = "https://api.bap.microsoft.com/providers/Microsoft.BusinessAppPlatform"
	admin     = bap + "/scopes/admin/environments"
	version   = "?api-version=2021-04-01"
	expanded  = version + "&$expand=properties/billingPolicy,properties/copilotPolicies"
	arm       = "https://management.azure.com/subscriptions/" + azure + "/resourceGroups/rg/providers/"
	policy    = arm + "Microsoft.PowerPlatform/enterprisePolicies/pol?api-version=2020-10-30-preview"
	subnet    = arm + "Microsoft.Network/virtualNetworks/net-eastus/subnets/spare?api-version=2024-05-01"
	rows      = "https://plain.crm.dynamics.com/api/data/v9.2/"
	powerapps = "https://api.powerapps.com/providers/Microsoft.PowerApps"
)

// rig is a tenant with one of everything.
type rig struct {
	*testing.T
	platform *mock.Platform
	tenant   *mock.Tenant
}

type answer struct {
	status int
	header http.Header
	text   string
	body   mock.Doc
	err    error
}

func newRig(t *testing.T) rig {
	t.Helper()
	p := mock.New()
	network := func(region, octet string) mock.Doc {
		return mock.Doc{"name": "net-" + region, "location": region, "address_prefixes": []any{"10." + octet + ".0.0/16"}, "subnets": []any{
			mock.Doc{"name": "pp", "address_prefixes": []any{"10." + octet + ".1.0/24"}, "delegations": []any{"Microsoft.PowerPlatform/enterprisePolicies"}},
			mock.Doc{"name": "spare", "address_prefixes": []any{"10." + octet + ".2.0/24"}},
		}}
	}
	id := func(region string) string {
		return "/subscriptions/" + azure + "/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/net-" + region + "/subnets/pp"
	}
	tenant := p.AddTenant(mock.TenantSeed{Items: map[string][]mock.Doc{
		"environment_groups": {{"id": group, "display_name": "Group"}},
		"billing_policies":   {{"id": billing, "name": "payg", "location": "unitedstates"}},
		"environments": {
			{"id": plain, "display_name": "Plain", "location": "unitedstates", "dataverse": mock.Doc{"domain": "plain"}},
			{"id": lost, "display_name": "A lost one", "location": "unitedstates"},
			{"id": managed, "display_name": "Managed", "location": "unitedstates", "managed": true, "dataverse": mock.Doc{}},
			{"id": grouped, "display_name": "Grouped", "location": "unitedstates", "managed": true, "environment_group_id": group, "dataverse": mock.Doc{}},
			{"id": bare, "display_name": "Bare", "location": "unitedstates"},
		},
		"subscriptions": {{"id": azure, "registered": []any{"Microsoft.Network", "Microsoft.KeyVault", "Microsoft.PowerPlatform"}, "resource_groups": []any{mock.Doc{
			"name": "rg", "virtual_networks": []any{network("eastus", "1"), network("westus", "2")},
			"enterprise_policies": []any{mock.Doc{"name": "pol", "location": "unitedstates", "system_id": systemID, "subnet_ids": []any{id("eastus"), id("westus")}}},
		}}}},
		"custom_connectors": {{"environment_id": plain, "display_name": "Cases", "name": "cases"}},
	}})
	return rig{t, p, tenant}
}

func audience(host string) string {
	switch {
	case strings.Contains(host, "dynamics.com"):
		return "https://" + host
	case strings.Contains(host, "management.azure.com"):
		return "https://management.azure.com"
	case strings.Contains(host, "powerplatform.com"):
		return "https://api.powerplatform.com"
	}
	return "https://service.powerapps.com"
}

func (r rig) ask(ctx context.Context, method, at string, body any) answer {
	r.Helper()
	raw := []byte(nil)
	if body != nil {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			r.Fatal(err)
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, at, bytes.NewReader(raw))
	if err != nil {
		r.Fatal(err)
	}
	token, err := r.tenant.Token(server.DefaultClientID, audience(req.URL.Host))
	if err != nil {
		r.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("OData-MaxVersion", "4.0")
	req.Header.Set("OData-Version", "4.0")
	res, err := r.platform.Do(req)
	if err != nil {
		return answer{err: err}
	}
	text, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	a := answer{status: res.StatusCode, header: res.Header, text: string(text), err: err}
	_ = json.Unmarshal(text, &a.body)
	return a
}

// sees asks and fails unless the answer has the status and holds the text; "!text" must not be in it.
func (r rig) sees(method, at string, body any, status int, texts ...string) answer {
	r.Helper()
	a := r.ask(r.Context(), method, at, body)
	if a.status != status {
		r.Errorf("%s %s: %d %s %v, want %d", method, at, a.status, a.text, a.err, status)
	}
	for _, text := range texts {
		if unwanted, no := strings.CutPrefix(text, "!"); no && strings.Contains(a.text, unwanted) || !no && !strings.Contains(a.text, text) {
			r.Errorf("%s %s: %s, want %s", method, at, a.text, text)
		}
	}
	return a
}

// follow polls an operation to its end and returns what its last document says.
func (r rig) follow(a answer) answer {
	r.Helper()
	at := a.header.Get("Location") + a.header.Get("Operation-Location")
	for range 200 {
		if a = r.ask(r.Context(), "GET", at, nil); a.status != 200 && a.status != 202 {
			r.Fatalf("poll of %q: %d %s", at, a.status, a.text)
		}
		switch server.Text(a.body, "state.id") + server.Text(a.body, "properties.provisioningState") {
		case "Succeeded", "Failed":
			return a
		}
	}
	r.Fatalf("the operation at %q does not end: %s", at, a.text)
	return a
}

func (r rig) create(domain string) answer {
	r.Helper()
	return r.ask(r.Context(), "POST", bap+"/environments"+version, mock.Doc{"location": "unitedstates", "properties": mock.Doc{
		"displayName": "New", "environmentSku": "Sandbox", "databaseType": "CommonDataService",
		"linkedEnvironmentMetadata": mock.Doc{"baseLanguage": 1033, "domainName": domain, "currency": mock.Doc{"code": "USD"}},
	}})
}

// created is the address of a new environment.
func (r rig) created(domain string) string {
	r.Helper()
	path := server.Text(r.follow(r.create(domain)).body, "links.environment.path")
	return admin + path[strings.LastIndex(path, "/"):] + version
}

func (r rig) patch(id string, body mock.Doc, status int, texts ...string) answer {
	r.Helper()
	return r.sees("PATCH", admin+"/"+id+version, body, status, texts...)
}

func named(name string) mock.Doc { return mock.Doc{"properties": mock.Doc{"displayName": name}} }

func (r rig) govern(id string, settings mock.Doc, status int, texts ...string) answer {
	r.Helper()
	body := mock.Doc{"protectionLevel": "Standard"}
	if settings != nil {
		body["settings"] = mock.Doc{"extendedSettings": settings}
	}
	return r.sees("POST", bap+"/environments/"+id+"/governanceConfiguration"+version, body, status, texts...)
}

func (r rig) link(what string, status int, texts ...string) answer {
	r.Helper()
	return r.sees("POST", bap+"/environments/"+managed+"/enterprisePolicies/NetworkInjection/"+what+"?api-version=2019-10-01", mock.Doc{"SystemId": systemID}, status, texts...)
}

// linked links the policy of the rig to its managed environment.
func (r rig) linked() {
	r.Helper()
	r.follow(r.link("link", 202))
}

func (r rig) variable(name string, status int) answer {
	r.Helper()
	return r.sees("POST", rows+"environmentvariabledefinitions", mock.Doc{"schemaname": "new_" + name, "displayname": name, "type": 100000000}, status)
}

func (r rig) value(status int, texts ...string) {
	r.Helper()
	r.sees("POST", rows+"environmentvariablevalues", mock.Doc{"value": "v", "EnvironmentVariableDefinitionId@odata.bind": "/environmentvariabledefinitions(schemaname='new_it')"}, status, texts...)
}

// times runs f so many times.
func times(n int, f func()) {
	for range n {
		f()
	}
}

// unspoilt ends what faults cannot reach.
func unspoilt(r rig) { r.platform.ClearFaults(r.tenant.ID) }

func TestEveryPresetDoesWhatItSays(t *testing.T) {
	t.Parallel()
	for _, p := range preset.All() {
		if p.Lacks != "" {
			if checks[p.ID] != nil || p.Does != "" || len(p.Faults)+len(p.Lags)+len(p.Operations)+len(p.Switches) > 0 {
				t.Errorf("%s cannot be applied and does something", p.ID)
			}
			continue
		}
		check := checks[p.ID]
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
			if err := preset.Apply(r.platform, r.tenant.ID, strings.ToLower(p.ID)); err != nil {
				t.Fatal(err)
			}
			for _, f := range r.platform.Faults() {
				if f.Tenant != r.tenant.ID || f.Name != p.ID {
					t.Errorf("a fault of another tenant, or without a name: %+v", f)
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
	r := newRig(t)
	r.sees("GET", "http://127.0.0.1/_mock/faults/presets", nil, 200, `"id":"E09"`, `"lacks"`, `"title":"The environment is busy"`)
	r.sees("POST", "http://127.0.0.1/_mock/faults/presets", mock.Doc{"id": "E09", "tenant": r.tenant.ID}, 200, "E09")
	r.patch(plain, named("x"), 409)
	r.sees("POST", "http://127.0.0.1/_mock/faults/presets", mock.Doc{"id": "E99", "tenant": r.tenant.ID}, 400, "there is no preset")
	r.sees("POST", "http://127.0.0.1/_mock/faults/presets", mock.Doc{"id": "D03", "tenant": r.tenant.ID}, 400, "cannot be applied: The mock does not import solutions")
	r.sees("POST", "http://127.0.0.1/_mock/faults/presets", mock.Doc{"id": "E09", "tenant": "nobody"}, 400, "no tenant")
	r.sees("POST", "http://127.0.0.1/_mock/faults/presets", mock.Doc{"ids": "E09"}, 400, "unknown field")
	s, err := r.platform.ParseSeed([]byte("tenants:\n- id: 99999999-0000-4000-8000-000000000001\n  presets: [{id: X03}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.platform.Seed(s); err != nil {
		t.Fatal(err)
	}
	r.tenant = r.platform.Tenant("99999999-0000-4000-8000-000000000001")
	r.sees("GET", admin+version, nil, 403, "does not have permission")
	if _, err := r.platform.ParseSeed([]byte("tenants:\n- id: 99999999-0000-4000-8000-000000000001\n  presets: [{id: X33}]\n")); err == nil || !strings.Contains(err.Error(), "line 3: tenants[0].presets[0].id: must be one of") {
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

func reset(r rig, at string) []error {
	var all []error
	for range 3 {
		all = append(all, r.ask(r.Context(), "GET", at, nil).err)
	}
	return all
}

var checks = map[string]func(r rig){
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
		a := r.follow(r.create("e03"))
		if _, there := server.Lookup(a.body, "links.environment.path"); there || server.Text(a.body, "state.id") != "Succeeded" {
			r.Error(a.text)
		}
	},
	"E04": func(r rig) {
		r.patch(plain, named("x"), 500)
		r.patch(plain, named("x"), 202)
	},
	"E05": func(r rig) {
		if a := r.create("e05"); a.status != 502 {
			r.Error(a.status)
		}
		r.tenant.Clock().Advance(time.Hour)
		r.sees("GET", admin+version, nil, 200, `"domainName":"e05"`)
	},
	"E06": func(r rig) {
		r.follow(r.patch(plain, named("x"), 202))
		times(4, func() { r.sees("GET", admin+"/"+plain+expanded, nil, 200, `"displayName":"Plain"`) })
		r.sees("GET", admin+"/"+plain+expanded, nil, 200, `"displayName":"x"`)
	},
	"E07": func(r rig) {
		r.sees("POST", bap+"/environments"+version, mock.Doc{"properties": mock.Doc{"copilotPolicies": mock.Doc{"allowFlexRouting": true}}}, 400, "Could not find member")
		if a := r.create("e07"); a.status != 202 {
			r.Error(a.text)
		}
	},
	"E08": func(r rig) {
		r.sees("POST", "https://api.powerplatform.com/licensing/billingPolicies/"+billing+"/environments/add?api-version=2022-03-01-preview", mock.Doc{"environmentIds": []any{plain}}, 200)
		times(5, func() { r.sees("GET", admin+"/"+plain+expanded, nil, 200, "!"+billing) })
		r.sees("GET", admin+"/"+plain+expanded, nil, 200, billing)
		r.sees("GET", "https://api.powerplatform.com/licensing/billingPolicies/"+billing+"/environments?api-version=2022-03-01-preview", nil, 200, plain)
	},
	"E09": func(r rig) {
		r.patch(plain, named("x"), 409, "active lifecycle operation on the environment "+plain)
		if a := r.patch(plain, named("x"), 409); a.text != "" {
			r.Error(a.text)
		}
		r.patch(plain, named("x"), 409, "active lifecycle operation")
		r.patch(plain, named("x"), 202)
	},
	"E10": func(r rig) {
		a := r.patch(plain, named("x"), 202)
		times(2, func() { r.sees("GET", a.header.Get("Location"), nil, 409, "active lifecycle operation") })
		r.follow(a)
	},
	"E11": func(r rig) {
		a := r.patch(plain, named("x"), 202)
		times(5, func() { r.sees("GET", a.header.Get("Location"), nil, 404, "LifecycleOperationNotFound") })
		r.tenant.Clock().Advance(time.Hour)
		r.sees("GET", admin+"/"+plain+version, nil, 200, `"displayName":"x"`)
	},
	"E12": func(r rig) {
		for _, want := range []string{"Failed", "Succeeded"} {
			if a := r.follow(r.patch(plain, named("x"), 202)); server.Text(a.body, "state.id") != want {
				r.Errorf("%s, want %s", a.text, want)
			}
		}
	},
	"E12-always": func(r rig) {
		times(3, func() {
			if a := r.follow(r.patch(plain, named("x"), 202)); server.Text(a.body, "state.id") != "Failed" || !strings.Contains(a.text, "The organization is locked.") {
				r.Error(a.text)
			}
		})
	},
	"E13": func(r rig) {
		r.sees("POST", bap+"/environments/"+bare+"/provisionInstance"+version, mock.Doc{"baseLanguage": 1033, "domainName": "e13", "currency": mock.Doc{"code": "USD"}}, 499, bare, "LinkedDatabaseProvisioning")
		r.tenant.Clock().Advance(time.Hour)
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
			if a := r.sees("DELETE", admin+"/"+plain+version, nil, 409); a.text != "" {
				r.Error(a.text)
			}
		})
		a := r.sees("DELETE", admin+"/"+plain+version, nil, 202)
		r.sees("GET", a.header.Get("Location"), nil, 404)
		r.tenant.Clock().Advance(time.Hour)
		r.sees("GET", admin+"/"+plain+version, nil, 404)
	},
	"E17-gone": func(r rig) {
		r.sees("DELETE", admin+"/"+plain+version, nil, 404, "EnvironmentNotFound", plain)
		r.tenant.Clock().Advance(time.Hour)
		r.sees("GET", admin+"/"+plain+version, nil, 404)
	},
	"E18": func(r rig) {
		r.sees("GET", admin+"/"+lost+version, nil, 404, "EnvironmentNotFound", lost)
		r.patch(lost, named("x"), 404)
		r.govern(lost, nil, 404)
		r.sees("GET", admin+"/"+plain+version, nil, 200)
		r.sees("GET", admin+version, nil, 200, plain, "!"+lost)
	},
	"E19": func(r rig) {
		r.sees("GET", admin+"/"+plain+version, nil, 404, "EnvironmentNotFound")
		if a := r.sees("GET", admin+version, nil, 200); a.text != `{"value":[]}` {
			r.Error(a.text)
		}
	},
	"E20": func(r rig) {
		r.patch(plain, mock.Doc{"properties": mock.Doc{"displayName": "x", "governanceConfiguration": mock.Doc{"protectionLevel": "Standard"}}}, 400)
		r.patch(plain, mock.Doc{"properties": mock.Doc{"linkedEnvironmentMetadata": mock.Doc{"securityGroupId": group}}}, 400)
		r.patch(plain, named("x"), 202)
	},
	"G01": func(r rig) {
		times(3, func() { r.govern(plain, nil, 409, "active lifecycle operation") })
		r.follow(r.govern(plain, nil, 202))
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
		if a := r.ask(r.Context(), "PATCH", rows+"organizations("+plain+")", mock.Doc{"isauditenabled": true}); strings.Contains(a.text, "0x190") {
			r.Error(a.text)
		}
	},
	"G13": func(r rig) { r.sees("GET", rows+"organizations", nil, 200, `"allowediprangeforfirewall":""`) },
	"P01": func(r rig) {
		times(3, func() { r.sees("GET", policy, nil, 200, `"systemId":""`) })
		r.sees("GET", policy, nil, 200, systemID)
	},
	"P02": func(r rig) {
		if a := r.link("link", 202); a.header.Get("Location")+a.header.Get("Operation-Location") != "" {
			r.Error(a.header)
		}
	},
	"P02-location": func(r rig) {
		if a := r.link("link", 202); a.header.Get("Location") == "" || a.header.Get("Operation-Location") != "" {
			r.Error(a.header)
		}
	},
	"P03": func(r rig) {
		a := r.link("link", 202)
		at := a.header.Get("Operation-Location")
		for _, state := range []string{"NotStarted", "NotStarted", "Running", "Running", "Running"} {
			if got := r.ask(r.Context(), "GET", at, nil); server.Text(got.body, "state.id") != state {
				r.Errorf("%s, want %s", got.text, state)
			}
		}
		r.follow(a)
		env := admin + "/" + managed + version + "&$expand=properties/enterprisePolicies"
		times(2, func() { r.sees("GET", env, nil, 200, `!"linkStatus":"Linked"`) })
		r.sees("GET", env, nil, 200, `"linkStatus":"Linked"`)
	},
	"P04": func(r rig) {
		times(3, func() { r.link("link", 409, "active lifecycle operation") })
		r.link("link", 202)
	},
	"P04-forever": func(r rig) { times(20, func() { r.link("link", 409) }) },
	"P05": func(r rig) {
		times(2, func() {
			if a := r.follow(r.link("link", 202)); server.Text(a.body, "state.id") != "Failed" || !strings.Contains(a.text, "used by another cluster") {
				r.Error(a.text)
			}
		})
	},
	"P08": func(r rig) {
		times(3, func() { r.sees("DELETE", policy, nil, 400, "EnterprisePolicyDeleteNotAllowed", "'pol'") })
		if a := r.ask(r.Context(), "DELETE", policy, nil); a.status >= 300 {
			r.Error(a.text)
		}
	},
	"P09": func(r rig) {
		times(5, func() { r.sees("DELETE", subnet, nil, 400, "InUseSubnetCannotBeDeleted", "spare") })
		r.sees("DELETE", policy, nil, 200)
		times(2, func() { r.sees("DELETE", subnet, nil, 400, "InUseSubnetCannotBeDeleted") })
		r.sees("DELETE", subnet, nil, 202)
	},
	"P11": func(r rig) {
		r.sees("PUT", policy, mock.Doc{}, 409, "MissingSubscriptionRegistration")
		if a := r.ask(r.Context(), "PUT", policy, mock.Doc{}); strings.Contains(a.text, "MissingSubscriptionRegistration") {
			r.Error(a.text)
		}
	},
	"P12": func(r rig) {
		r.tenant.Do(func() {
			now := r.tenant.Clock().Now()
			if o := r.tenant.Begin("NewCustomerManagedKey", time.Minute, nil); o.Ready.Sub(now) != 3*time.Hour {
				r.Error(o.Ready.Sub(now))
			}
		})
	},
	"P13": func(r rig) {
		env := admin + "/" + managed + version + "&$expand=properties/enterprisePolicies"
		r.sees("GET", env, nil, 200, `!"vNets"`)
		unspoilt(r)
		r.sees("GET", env, nil, 200, `"vNets"`)
	},
	"P14": func(r rig) {
		r.link("link", 503)
		if entries := r.platform.Journal(r.tenant.ID); entries[len(entries)-1].RetryAfter != 30*time.Second {
			r.Error(entries[len(entries)-1].RetryAfter)
		}
		r.link("link", 502)
		r.link("link", 202)
	},
	"P15": func(r rig) {
		times(2, func() {
			r.sees("PUT", policy, mock.Doc{}, 409, "EnterprisePolicyUpdateNotAllowed")
			r.sees("PATCH", policy, mock.Doc{}, 409, "EnterprisePolicyUpdateNotAllowed")
			r.sees("DELETE", policy, nil, 409)
		})
	},
	"P16": func(r rig) { times(2, func() { r.link("unlink", 404, "EnvironmentNotFound", managed) }) },
	"D01": func(r rig) {
		r.sees("GET", rows+"WhoAmI", nil, 200)
		r.created("d01")
		at := "https://d01.crm.dynamics.com/api/data/v9.2/WhoAmI"
		times(4, func() { r.sees("GET", at, nil, 403) })
		r.sees("GET", at, nil, 200)
	},
	"D02": func(r rig) {
		all := reset(r, rows+"WhoAmI")
		var unresolved *net.DNSError
		if !errors.As(all[0], &unresolved) || !errors.Is(all[1], syscall.ECONNRESET) || !errors.Is(all[2], io.ErrUnexpectedEOF) {
			r.Error(all)
		}
		r.sees("GET", rows+"WhoAmI", nil, 200)
	},
	"D04": func(r rig) {
		times(3, func() { r.value(400, "not authorized to read secrets") })
		r.value(204)
	},
	"D05": func(r rig) { times(10, func() { r.value(400, "not authorized to read secrets") }) },
	"D06": func(r rig) { times(3, func() { r.value(400, "Could not verify the user permission") }) },
	"D07": func(r rig) {
		if a := r.variable("d07", 204); a.header.Get("OData-EntityId") != "" {
			r.Error(a.header)
		}
		r.sees("GET", rows+"environmentvariabledefinitions?$filter=schemaname%20eq%20'new_d07'", nil, 200, "new_d07")
	},
	"D11": func(r rig) { r.sees("POST", rows+"systemusers", mock.Doc{}, 412, "0x80040237") },
	"D12": func(r rig) {
		r.variable("d12", 405)
		r.variable("d12", 204)
	},
	"D15": func(r rig) {
		me := server.Text(r.sees("GET", rows+"WhoAmI", nil, 200).body, "UserId")
		r.sees("DELETE", rows+"systemusers("+me+")", nil, 403, "0x80040225")
		r.sees("PATCH", rows+"systemusers("+me+")", mock.Doc{"isdisabled": true}, 204)
		times(2, func() { r.sees("GET", rows+"systemusers("+me+")?$select=isdisabled", nil, 200, `!"isdisabled":true`) })
		if a := r.ask(r.Context(), "DELETE", rows+"systemusers("+me+")", nil); strings.Contains(a.text, "must be disabled before") {
			r.Error(a.text)
		}
	},
	"C01": func(r rig) {
		at := "https://aaaaaaaa0000400080000000000000.01.environment.api.powerplatform.com/connectivity/connections?api-version=1"
		if a := r.ask(r.Context(), "GET", at, nil); a.status == 404 && strings.Contains(a.text, "ServiceToService") {
			r.Error("an old environment: " + a.text)
		}
		r.created("c01")
		times(4, func() { r.sees("GET", at, nil, 404, "ServiceToServiceEnvironmentNotFound") })
		if a := r.ask(r.Context(), "GET", at, nil); strings.Contains(a.text, "ServiceToService") {
			r.Error("a fifth time: " + a.text)
		}
	},
	"C03": func(r rig) {
		if got := r.tenant.Switch("powerapps.secrets"); got != "clear" {
			r.Error(got)
		}
	},
	"C04": func(r rig) {
		at := powerapps + "/apis/cases?api-version=2016-11-01&$filter=environment%20eq%20'" + plain + "'"
		r.sees("PATCH", at, mock.Doc{}, 400, "ApiHubsRequestFailed", "500 (Internal Server Error)", "The hub failed.")
		if a := r.ask(r.Context(), "PATCH", at, mock.Doc{}); strings.Contains(a.text, "The hub failed.") {
			r.Error(a.text)
		}
	},
	"C05": func(r rig) {
		body := mock.Doc{"name": "Cases", "displayname": "Cases", "connectortype": 1, "openapidefinition": `{"swagger":"2.0","info":{"title":"` + strings.Repeat("x", 1000) + `","version":"1.0"},"host":"a.example","paths":{}}`}
		r.sees("POST", rows+"connectors", body, 400, "0x80044331")
	},
	"C06": func(r rig) {
		at := powerapps + "/apis/cases/permissions?api-version=2016-11-01&$filter=environment%20eq%20'" + plain + "'"
		if a := r.sees("GET", at, nil, 200); a.text != `{"value":[]}` {
			r.Error(a.text)
		}
	},
	"X01": func(r rig) {
		var waits []time.Duration
		times(5, func() {
			r.sees("GET", admin+version, nil, 429)
			entries := r.platform.Journal(r.tenant.ID)
			waits = append(waits, entries[len(entries)-1].RetryAfter)
		})
		if waits[0] != time.Second || waits[1] < 25*time.Second || waits[1] > 30*time.Second || waits[2] != 0 || waits[3] != 0 || waits[4] != 0 {
			r.Error(waits)
		}
		r.sees("GET", admin+version, nil, 200)
	},
	"X02": func(r rig) { times(5, func() { r.sees("GET", admin+version, nil, 401, "InvalidAuthenticationToken") }) },
	"X02-claims": func(r rig) {
		if a := r.sees("GET", admin+version, nil, 401); !strings.Contains(a.header.Get("WWW-Authenticate"), `error="insufficient_claims", claims="`) {
			r.Error(a.header)
		}
		r.sees("GET", admin+version, nil, 200)
	},
	"X03": func(r rig) {
		times(3, func() { r.sees("GET", admin+version, nil, 403, "does not have permission to access the path") })
	},
	"X04": func(r rig) {
		if a := r.sees("GET", admin+version, nil, 200, "<html>"); !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") {
			r.Error(a.header)
		}
		if a := r.sees("GET", admin+version, nil, 200); a.text != "" {
			r.Error(a.text)
		}
		if a := r.ask(r.Context(), "GET", admin+version, nil); len(a.text) != 20 || !errors.Is(a.err, io.ErrUnexpectedEOF) {
			r.Error(a.text, a.err)
		}
		r.sees("GET", admin+version, nil, 200)
	},
	"X05": func(r rig) {
		a := r.sees("GET", admin+version, nil, 200, "nextLink")
		if list, _ := a.body["value"].([]any); len(list) != 1 {
			r.Error(a.text)
		}
		if list, _ := r.sees("GET", rows+"roles", nil, 200, "@odata.nextLink").body["value"].([]any); len(list) != 1 {
			r.Error(list)
		}
	},
	"X06": func(r rig) {
		a := r.patch(plain, named("x"), 202)
		ctx, cancel := context.WithTimeout(r.Context(), 10*time.Millisecond)
		defer cancel()
		if got := r.ask(ctx, "GET", a.header.Get("Location"), nil); !errors.Is(got.err, context.DeadlineExceeded) {
			r.Error(got)
		}
		unspoilt(r)
		r.follow(a)
	},
}
