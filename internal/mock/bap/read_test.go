package bap_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

func values(t *testing.T, d doc, key string) []doc {
	t.Helper()
	list, ok := d[key].([]any)
	if !ok {
		t.Fatalf("%s is no list: %v", key, d[key])
	}
	var out []doc
	for _, v := range list {
		item, ok := v.(doc)
		if !ok {
			t.Fatalf("%v is no object", v)
		}
		out = append(out, item)
	}
	return out
}

func names(docs []doc) []string {
	var out []string
	for _, d := range docs {
		out = append(out, server.Text(d, "name"))
	}
	return out
}

func TestListComesInPages(t *testing.T) {
	t.Parallel()
	seeds := []doc{}
	for _, id := range []string{"a", "b", "c", "d"} {
		seeds = append(seeds, doc{"id": id, "display_name": id})
	}
	seeds[1]["environment_group_id"] = group
	r := newRig(t, server.TenantSeed{Items: map[string][]doc{"environments": seeds}})
	all := []string{"Default-" + r.tenant.ID, "a", "b", "c", "d"}
	if got := names(values(t, r.send("GET", admin, nil).body, "value")); !slices.Equal(got, all) {
		t.Errorf("all: %v", got)
	}
	r.tenant.SetSwitch(bap.SwitchPageSize, "2")
	for _, start := range []string{admin + "?$expand=properties/billingPolicy", admin + "?$top=4&$expand=properties/billingPolicy"} {
		var got []string
		pages := 0
		for at := start; at != ""; pages++ {
			page := r.want(r.send("GET", at, nil), 200, "").body
			list := values(t, page, "value")
			r.has(list[0], doc{"properties.billingPolicy.id": ""})
			got = append(got, names(list)...)
			at = server.Text(page, "nextLink")
			if u, err := url.Parse(at); err != nil || at != "" && (u.Host != r.cloud.BAP || u.Query().Get("api-version") == "") {
				t.Fatalf("nextLink: %s", at)
			}
		}
		if !slices.Equal(got, all) || pages != 3 {
			t.Errorf("%d pages: %v", pages, got)
		}
	}
	if got := names(values(t, r.send("GET", admin+"?$top=1", nil).body, "value")); len(got) != 1 {
		t.Errorf("$top: %v", got)
	}
	filter := "?$filter=" + url.QueryEscape("properties/parentEnvironmentGroup/id eq "+group)
	if got := names(values(t, r.send("GET", admin+filter, nil).body, "value")); !slices.Equal(got, []string{"b"}) {
		t.Errorf("$filter: %v", got)
	}
	r.want(r.send("GET", admin+"?$filter=name", nil), 400, "InvalidFilter")
	r.want(r.send("GET", admin+"?$top=-1", nil), 400, "InvalidQueryParameter")
	r.want(r.send("GET", admin+"?$skiptoken=x", nil), 400, "InvalidQueryParameter")
	if got := values(t, r.want(r.send("GET", admin+"?$skiptoken=99", nil), 200, "").body, "value"); len(got) != 0 {
		t.Errorf("beyond the end: %v", got)
	}
}

func TestRecordShowsOnlyWhatIsExpanded(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{})
	at := admin + "/default-" + strings.ToUpper(r.tenant.ID)
	r.has(r.want(r.send("GET", at, nil), 200, "").body, doc{
		"properties.capacity": nil, "properties.billingPolicy": nil, "properties.copilotPolicies": nil, "properties.permissions": nil,
		"properties.environmentSku": "Default", "properties.isDefault": true,
	})
	r.has(r.send("GET", at+"?$expand=properties/copilotPolicies,properties.billingPolicy", nil).body, doc{
		"properties.capacity": nil, "properties.billingPolicy.id": "", "properties.copilotPolicies.crossGeoCopilotDataMovementEnabled": false,
	})
	full := r.read("Default-" + r.tenant.ID)
	if c, _ := server.Lookup(full, "properties.capacity"); len(c.([]any)) != 5 {
		t.Errorf("capacity: %v", c)
	}
}

func TestDefaultEnvironmentStays(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{Location: "norway", Geography: server.GeographyMacroRegion, DisplayName: "Fjord"})
	at := admin + "/Default-" + r.tenant.ID
	r.want(r.send("DELETE", at, nil), 400, "InvalidLifecycleOperationRequest")
	r.has(r.want(r.send("GET", at, nil), 200, "").body, doc{"location": "norway", "macroRegion": "eu-efta", "properties.displayName": "Fjord (default)"})
	r.want(r.send("DELETE", admin+"/never", nil), 404, "EnvironmentNotFound")
	r.want(r.send("GET", admin+"/never", nil), 404, "EnvironmentNotFound")
}

func TestRecordTellsWhatMayBeDone(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{Items: map[string][]doc{"environments": {
		{"id": "managed", "display_name": "M", "type": "Production", "managed": true, "dataverse": doc{}},
		{"id": "plain", "display_name": "P", "dataverse": doc{}},
		{"id": "bare", "display_name": "B"},
	}}})
	for id, c := range map[string]struct {
		allowed   []string
		forbidden map[string]string
	}{
		"managed": {
			[]string{"NewNetworkInjection", "Delete", "UpdateGovernanceConfiguration", "ForceFailover"},
			map[string]string{"EnableGovernanceConfiguration": "GovernanceConfig", "Reset": "EnvironmentSkuType", "RotateCustomerManagedKey": "EnvironmentCmkLinked"},
		},
		"plain": {
			[]string{"SwapNetworkInjection", "Reset", "EnableGovernanceConfiguration"},
			map[string]string{"NewNetworkInjection": "GovernanceConfig", "Provision": "CdsLink", "ForceFailover": "EnvironmentSkuType"},
		},
		"bare": {[]string{"Provision", "Edit"}, map[string]string{"Backup": "CdsLink", "NewNetworkInjection": "CdsLink"}},
		"Default-" + r.tenant.ID: {
			[]string{"Edit"}, map[string]string{"Delete": "EnvironmentSkuType"},
		},
	} {
		record, _ := server.Lookup(r.send("GET", admin+"/"+id, nil).body, "properties.lifecycleOperationsEnforcement")
		alone := r.want(r.send("GET", "/environments/"+id+"/lifecycleOperationsEnforcement?api-version=2019-10-01", nil), 200, "").body
		for _, e := range []any{record, alone} {
			enforcement, ok := e.(doc)
			if !ok {
				t.Fatalf("%s: %v", id, e)
			}
			allowed := map[string]bool{}
			for _, op := range values(t, enforcement, "allowedOperations") {
				allowed[server.Text(op, "type.id")] = true
			}
			for _, want := range c.allowed {
				if !allowed[want] {
					t.Errorf("%s: %s is not allowed", id, want)
				}
			}
			reasons := map[string]string{}
			for _, op := range values(t, enforcement, "disallowedOperations") {
				reasons[server.Text(op, "type.id")] = server.Text(op, "reason.type")
				if allowed[server.Text(op, "type.id")] {
					t.Errorf("%s: %s is allowed and disallowed", id, server.Text(op, "type.id"))
				}
			}
			for kind, want := range c.forbidden {
				if reasons[kind] != want {
					t.Errorf("%s: %s is forbidden because of %q, want %q", id, kind, reasons[kind], want)
				}
			}
		}
	}
}

func TestCatalogOfALocation(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{Location: "japan"})
	languages := values(t, r.want(r.send("GET", "/locations/Europe/environmentLanguages", nil), 200, "").body, "value")
	if len(languages) != 45 {
		t.Errorf("%d languages", len(languages))
	}
	for _, id := range []string{"1033", "1031", "1036", "3082", "1041"} {
		if !slices.Contains(names(languages), id) {
			t.Errorf("no language %s", id)
		}
	}
	r.has(languages[8], doc{
		"id": prefix + "/locations/europe/environmentLanguages/1033", "properties.localeId": 1033, "properties.isTenantDefault": true,
		"properties.displayName": "English",
	})
	currencies := values(t, r.want(r.send("GET", "/locations/europe/environmentCurrencies", nil), 200, "").body, "value")
	var defaults []string
	for _, c := range currencies {
		if v, _ := server.Lookup(c, "properties.isTenantDefault"); v == true {
			defaults = append(defaults, server.Text(c, "name"))
		}
	}
	if len(currencies) != 112 || !slices.Equal(defaults, []string{"JPY"}) {
		t.Errorf("%d currencies, default %v", len(currencies), defaults)
	}
	r.want(r.send("GET", "/locations/atlantis/environmentLanguages", nil), 400, "InvalidLocation")
	r.want(r.send("GET", "/locations/atlantis/environmentCurrencies", nil), 400, "InvalidLocation")
	r.want(r.send("GET", "/locations/atlantis/templates", nil), 400, "InvalidLocation")

	sales := func() doc {
		all := values(t, r.want(r.send("GET", "/locations/japan/templates", nil), 200, "").body, "production")
		return all[slices.Index(names(all), "D365_Sales")]
	}
	r.has(sales(), doc{"location": "japan", "properties.isDisabled": true, "properties.disabledReason.code": "DynamicsEntitlementMissing"})
	r.tenant.SetSwitch(bap.SwitchDynamics, "on")
	r.has(sales(), doc{"properties.isDisabled": false, "properties.disabledReason": nil})
	body := definition("sales")
	server.Assign(body, "properties.linkedEnvironmentMetadata.templates", []any{"D365_Sales"})
	r.has(r.read(r.made(body)), doc{"properties.linkedAppMetadata.url": "https://sales.crm4.dynamics.com/main.aspx"})
}

func TestMacroRegionTenantTakesMacroRegionsWhereLocationsStood(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{Geography: server.GeographyMacroRegion, Location: "europe"})
	a := r.want(r.send("GET", "/locations/unitedkingdom/environmentLanguages", nil), 400, "InvalidMacroRegion")
	if server.Text(a.body, "error.message") != "macroRegion 'unitedkingdom' is not valid" || server.Text(a.body, "error.detailUrlType") != "NotSpecified" {
		t.Error(a.raw)
	}
	r.want(r.send("GET", "/locations/europe/environmentCurrencies", nil), 400, "InvalidMacroRegion")
	if got := values(t, r.want(r.send("GET", "/locations/north-america/environmentLanguages", nil), 200, "").body, "value"); len(got) != 45 {
		t.Errorf("%d languages", len(got))
	}
	list := r.want(r.send("GET", "/locations", nil), 200, "").body
	r.has(list, doc{"tenantProvisioningMode": "macroRegion"})
	regions := values(t, list, "macroRegions")
	if len(regions) != 6 || len(values(t, list, "value")) != 21 {
		t.Errorf("%d macro regions, %d locations", len(regions), len(values(t, list, "value")))
	}
	for _, m := range regions {
		if _, noted := m["dataResidencyNote"]; noted == (m["macroRegionId"] == "europe-uk") {
			t.Errorf("note of %v", m)
		}
	}
}

func TestLocationsOfAClassicTenant(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{Location: "unitedkingdom"})
	list := r.want(r.send("GET", "/locations", nil), 200, "").body
	r.has(list, doc{"tenantProvisioningMode": "region", "macroRegions": []any{}})
	var home []string
	for _, l := range values(t, list, "value") {
		if v, _ := server.Lookup(l, "properties.isDefault"); v == true {
			home = append(home, server.Text(l, "name"))
			r.has(l, doc{"id": prefix + "/locations/unitedkingdom", "properties.azureRegions": []string{"uksouth", "ukwest"}, "properties.code": "GBR"})
		}
	}
	if !slices.Equal(home, []string{"unitedkingdom"}) {
		t.Errorf("home: %v", home)
	}
}

func TestTenantIsWhatTheSeedSays(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{Location: "europe", Country: "CH", Properties: doc{"aadDataBoundary": "EU"}})
	r.has(r.want(r.send("GET", "/tenant", nil), 200, "").body, doc{
		"tenantId": r.tenant.ID, "state": "Enabled", "location": "europe", "aadCountryGeo": "switzerland", "dataStorageGeo": "europe",
		"defaultEnvironmentGeo": "europe", "aadDataBoundary": "EU", "fedRAMPHighCertificationRequired": false,
	})
	r = newRig(t, server.TenantSeed{Country: "LI"})
	r.has(r.send("GET", "/tenant", nil).body, doc{"aadCountryGeo": "unitedstates"})
}

func TestEveryCloudAnswersOnItsOwnHosts(t *testing.T) {
	t.Parallel()
	for _, cloud := range bap.Clouds {
		t.Run(cloud.Name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, server.TenantSeed{Location: "nowhere"})
			r.cloud = cloud
			location := server.Text(r.want(r.send("GET", "/tenant", nil), 200, "").body, "location")
			body := definition("sov")
			body["location"] = location
			a := r.send("POST", "/environments", body)
			if at := a.header.Get("Location"); !strings.HasPrefix(at, "https://"+location+"."+cloud.BAP+"/") {
				t.Errorf("Location: %s", at)
			}
			op := r.follow(a, "Location")
			path := server.Text(op, "links.environment.path")
			env := r.read(path[strings.LastIndex(path, "/")+1:])
			host := strings.Trim(strings.TrimPrefix(server.Text(env, "properties.linkedEnvironmentMetadata.instanceUrl"), "https://"), "/")
			served := slices.ContainsFunc(bap.DynamicsHosts(), func(pattern string) bool { return server.Glob(pattern, host) })
			if !served {
				t.Errorf("no route serves %s", host)
			}
			if cloud.Name != "public" {
				r.want(r.send("PATCH", admin+"/"+server.Text(env, "name"), doc{"properties": doc{"bingChatEnabled": true}}), 400, "InvalidRequestContent")
			}
			r.cloud.Audience = "https://api.powerplatform.com/x"
			r.want(r.send("GET", "/tenant", nil), 401, "InvalidAuthenticationAudience")
		})
	}
}

func TestApplicationMustBeRegisteredForAdministration(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{Applications: []server.Application{{ClientID: app}, {ClientID: user, Admin: true}}})
	a := r.want(r.send("GET", admin, nil), 403, "Forbidden")
	for _, part := range []string{
		"The service principal with id '" + server.ObjectID(app) + "' for application " + app + " does not have permission to access the path 'https://10.0.8.12:20095/providers/",
		"in tenant " + r.tenant.ID,
	} {
		if !strings.Contains(server.Text(a.body, "error.message"), part) {
			t.Errorf("%q is not in %s", part, a.raw)
		}
	}
	r.want(r.send("PUT", "/adminApplications/"+app, nil), 403, "Forbidden") // an application cannot register itself
	r.tenant.Register(server.Application{ClientID: app, Admin: true})
	at := "/adminApplications/" + strings.ToUpper(group)
	r.want(r.send("GET", at, nil), 404, "AdminApplicationNotFound")
	r.want(r.send("DELETE", at, nil), 404, "AdminApplicationNotFound")
	r.has(r.want(r.send("PUT", at, nil), 200, "").body, doc{"applicationId": group})
	r.has(r.want(r.send("GET", at, nil), 200, "").body, doc{"applicationId": group})
	r.want(r.send("DELETE", at, nil), 204, "")
	r.want(r.send("GET", at, nil), 404, "AdminApplicationNotFound")
	r.want(r.send("GET", "/adminApplications/"+user, nil), 200, "")
	r.want(r.send("DELETE", "/adminApplications/"+app, nil), 204, "")
	r.want(r.send("GET", "/tenant", nil), 403, "Forbidden")
}

func TestSeededEnvironmentsAreRead(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{Items: map[string][]doc{
		"billing_policies": {{"id": policy, "name": "Pay"}},
		"environments": {{
			"id": "old", "display_name": "Old", "description": "d", "location": "france", "azure_region": "francesouth", "type": "Production",
			"cadence": "Frequent", "release_cycle": "Early", "billing_policy_id": policy, "environment_group_id": group,
			"administration_mode": true, "managed": true, "allow_bing_search": true, "allow_microsoft_365_services": true,
			"allow_moving_data_across_regions": true, "created_time": "2020-01-02T03:04:05Z",
			"dataverse": doc{
				"domain": "OLD", "language_code": 1036, "currency_code": "CHF", "security_group_id": group, "unique_name": "unqold",
				"organization_id": user, "background_operation_enabled": false,
			},
		}},
	}})
	r.has(r.read("old"), doc{
		"location": "france", "properties.azureRegion": "francesouth", "properties.environmentSku": "Production", "properties.description": "d",
		"properties.updateCadence.id": "Frequent", "properties.cluster.category": "FirstRelease", "properties.billingPolicy.name": "Pay",
		"properties.parentEnvironmentGroup.id": group, "properties.states.runtime.id": "AdminMode",
		"properties.governanceConfiguration.protectionLevel": "Standard", "properties.bingChatEnabled": true, "properties.m365Enabled": true,
		"properties.copilotPolicies.crossGeoCopilotDataMovementEnabled": true, "properties.createdTime": "2020-01-02T03:04:05.0000000Z",
		"properties.linkedEnvironmentMetadata.domainName": "old", "properties.linkedEnvironmentMetadata.baseLanguage": 1036,
		"properties.linkedEnvironmentMetadata.securityGroupId": group, "properties.linkedEnvironmentMetadata.uniqueName": "unqold",
		"properties.linkedEnvironmentMetadata.resourceId": user, "properties.linkedEnvironmentMetadata.backgroundOperationsState": "Disabled",
		"properties.linkedEnvironmentMetadata.instanceUrl": "https://old.crm12.dynamics.com/",
	})
}

func TestSeedsThatMakeNoSenseAreRefused(t *testing.T) {
	t.Parallel()
	for want, e := range map[string]doc{
		"unknown key":                   {"display_name": "x", "colour": "red"},
		"display_name":                  {"id": "x"},
		"unknown location":              {"display_name": "x", "location": "atlantis"},
		"no Azure region":               {"display_name": "x", "location": "europe", "azure_region": "eastus"},
		"cloud: must be one of":         {"display_name": "x", "cloud": "blue"},
		"created_time":                  {"display_name": "x", "created_time": "yesterday"},
		"dataverse.colour: unknown key": {"display_name": "x", "dataverse": doc{"colour": "red"}},
		"there is no currency":          {"display_name": "x", "dataverse": doc{"currency_code": "XXX"}},
		"there is no base":              {"display_name": "x", "dataverse": doc{"language_code": 1}},
		"is not valid":                  {"display_name": "x", "dataverse": doc{"domain": "a_b"}},
		"is in use":                     {"display_name": "x", "location": "europe", "dataverse": doc{"domain": "there"}},
		`id: "old" is there`:            {"display_name": "x", "id": "OLD"},
		"environments[1].location:":     {"display_name": "the name", "location": "atlantis"},
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, server.TenantSeed{})
			first := doc{"id": "old", "display_name": "Old", "location": "europe", "dataverse": doc{"domain": "there"}}
			err := r.platform.Seed(server.Seed{Tenants: []server.TenantSeed{{ID: r.tenant.ID, Items: map[string][]doc{"environments": {first, e}}}}})
			if err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), "OLD", "old"), want) {
				t.Errorf("error: %v", err)
			}
		})
	}
}
