package bap_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

func TestListComesInPages(t *testing.T) {
	t.Parallel()
	seeds := []doc{}
	for _, id := range []string{"a", "b", "c", "d"} {
		seeds = append(seeds, doc{"id": id, "display_name": id})
	}
	seeds[1]["environment_group_id"] = group
	r := newRig(t, server.TenantSeed{Items: map[string][]doc{"environments": seeds}})
	all := []string{"Default-" + r.ID, "a", "b", "c", "d"}
	r.Send("GET", admin, nil).Has(doc{"value.#.name": all})
	r.SetSwitch(bap.SwitchPageSize, "2")
	for _, start := range []string{admin + "?$expand=properties/billingPolicy", admin + "?$top=4&$expand=properties/billingPolicy"} {
		var got []string
		pages := r.Send("GET", start, nil).Pages()
		for _, page := range pages {
			page.Has(doc{"value.0.properties.billingPolicy.id": ""})
			got = append(got, strings.Fields(page.Names("value.#.name"))...)
			at := page.Text("nextLink")
			if u, err := url.Parse(at); err != nil || at != "" && (u.Host != bap.Clouds[0].BAP || u.Query().Get("api-version") == "") {
				t.Fatalf("nextLink: %s", at)
			}
		}
		if !slices.Equal(got, all) || len(pages) != 3 {
			t.Errorf("%d pages: %v", len(pages), got)
		}
	}
	r.Send("GET", admin+"?$top=1", nil).Has(doc{"value.#": 1})
	filter := "?$filter=" + url.QueryEscape("properties/parentEnvironmentGroup/id eq "+group)
	r.Send("GET", admin+filter, nil).Has(doc{"value.#.name": []string{"b"}})
	r.Send("GET", admin+"?$filter=name", nil).Want(400, "InvalidFilter")
	r.Send("GET", admin+"?$top=-1", nil).Want(400, "InvalidQueryParameter")
	r.Send("GET", admin+"?$skiptoken=x", nil).Want(400, "InvalidQueryParameter")
	r.Send("GET", admin+"?$skiptoken=99", nil).Want(200).Has(doc{"value.#": 0})
}

func TestRecordShowsOnlyWhatIsExpanded(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{})
	at := admin + "/default-" + strings.ToUpper(r.ID)
	r.Send("GET", at, nil).Want(200).Has(doc{
		"properties.capacity": nil, "properties.billingPolicy": nil, "properties.copilotPolicies": nil, "properties.permissions": nil,
		"properties.environmentSku": "Default", "properties.isDefault": true,
	})
	r.Send("GET", at+"?$expand=properties/copilotPolicies,properties.billingPolicy", nil).Has(doc{
		"properties.capacity": nil, "properties.billingPolicy.id": "", "properties.copilotPolicies.crossGeoCopilotDataMovementEnabled": false,
	})
	r.read("Default-" + r.ID).Has(doc{"properties.capacity.#": 5})
}

func TestDefaultEnvironmentStays(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{Location: "norway", Geography: server.GeographyMacroRegion, DisplayName: "Fjord"})
	at := admin + "/Default-" + r.ID
	r.Send("DELETE", at, nil).Want(400, "InvalidLifecycleOperationRequest")
	r.Send("GET", at, nil).Want(200).Has(doc{"location": "norway", "macroRegion": "eu-efta", "properties.displayName": "Fjord (default)"})
	r.Send("DELETE", admin+"/never", nil).Want(404, "EnvironmentNotFound")
	r.Send("GET", admin+"/never", nil).Want(404, "EnvironmentNotFound")
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
		"Default-" + r.ID: {
			[]string{"Edit"}, map[string]string{"Delete": "EnvironmentSkuType"},
		},
	} {
		record := r.Send("GET", admin+"/"+id, nil).Want(200)
		alone := r.Send("GET", "/environments/"+id+"/lifecycleOperationsEnforcement?api-version=2019-10-01", nil).Want(200)
		for prefix, a := range map[string]mocktest.Answer{"properties.lifecycleOperationsEnforcement.": record, "": alone} {
			allowed := strings.Fields(a.Names(prefix + "allowedOperations.#.type.id"))
			for _, want := range c.allowed {
				if !slices.Contains(allowed, want) {
					t.Errorf("%s: %s is not allowed", id, want)
				}
			}
			reasons := map[string]string{}
			for _, op := range a.List(prefix + "disallowedOperations") {
				kind := server.Text(op, "type.id")
				reasons[kind] = server.Text(op, "reason.type")
				if slices.Contains(allowed, kind) {
					t.Errorf("%s: %s is allowed and disallowed", id, kind)
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
	languages := r.Send("GET", "/locations/Europe/environmentLanguages", nil).Want(200).Has(doc{
		"value.#": 45, "value.8.id": prefix + "/locations/europe/environmentLanguages/1033", "value.8.properties.localeId": 1033,
		"value.8.properties.isTenantDefault": true, "value.8.properties.displayName": "English",
	})
	for _, id := range []string{"1033", "1031", "1036", "3082", "1041"} {
		if !slices.Contains(strings.Fields(languages.Names("value.#.name")), id) {
			t.Errorf("no language %s", id)
		}
	}
	currencies := r.Send("GET", "/locations/europe/environmentCurrencies", nil).Want(200).Has(doc{"value.#": 112})
	if got := defaults(currencies, "isTenantDefault"); got != "JPY" {
		t.Errorf("the default currency is %s", got)
	}
	r.Send("GET", "/locations/atlantis/environmentLanguages", nil).Want(400, "InvalidLocation")
	r.Send("GET", "/locations/atlantis/environmentCurrencies", nil).Want(400, "InvalidLocation")
	r.Send("GET", "/locations/atlantis/templates", nil).Want(400, "InvalidLocation")

	sales := func(want doc) {
		t.Helper()
		all := r.Send("GET", "/locations/japan/templates", nil).Want(200).List("production")
		mocktest.Has(t, all[slices.IndexFunc(all, func(d doc) bool { return d["name"] == "D365_Sales" })], want)
	}
	sales(doc{"location": "japan", "properties.isDisabled": true, "properties.disabledReason.code": "DynamicsEntitlementMissing"})
	r.SetSwitch(bap.SwitchDynamics, "on")
	sales(doc{"properties.isDisabled": false, "properties.disabledReason": nil})
	body := definition("sales")
	server.Assign(body, "properties.linkedEnvironmentMetadata.templates", []any{"D365_Sales"})
	r.read(r.made(body)).Has(doc{"properties.linkedAppMetadata.url": "https://sales.crm4.dynamics.com/main.aspx"})
}

func TestMacroRegionTenantTakesMacroRegionsWhereLocationsStood(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{Geography: server.GeographyMacroRegion, Location: "europe"})
	r.Send("GET", "/locations/unitedkingdom/environmentLanguages", nil).Want(400, "InvalidMacroRegion").Has(doc{
		"error.message": "macroRegion 'unitedkingdom' is not valid", "error.detailUrlType": "NotSpecified",
	})
	r.Send("GET", "/locations/europe/environmentCurrencies", nil).Want(400, "InvalidMacroRegion")
	r.Send("GET", "/locations/north-america/environmentLanguages", nil).Want(200).Has(doc{"value.#": 45})
	list := r.Send("GET", "/locations", nil).Want(200).Has(doc{"tenantProvisioningMode": "macroRegion", "macroRegions.#": 6, "value.#": 21})
	for _, m := range list.List("macroRegions") {
		if _, noted := m["dataResidencyNote"]; noted == (m["macroRegionId"] == "europe-uk") {
			t.Errorf("note of %v", m)
		}
	}
}

func TestLocationsOfAClassicTenant(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{Location: "unitedkingdom"})
	list := r.Send("GET", "/locations", nil).Want(200).Has(doc{"tenantProvisioningMode": "region", "macroRegions": []any{}})
	if home := defaults(list, "isDefault"); home != "unitedkingdom" {
		t.Errorf("home: %v", home)
	}
	for _, l := range list.List("value") {
		if l["name"] == "unitedkingdom" {
			mocktest.Has(t, l, doc{
				"id": prefix + "/locations/unitedkingdom", "properties.azureRegions": []string{"uksouth", "ukwest"}, "properties.code": "GBR",
			})
		}
	}
}

// defaults are the names of those of a list that have a property.
func defaults(a mocktest.Answer, property string) string {
	var out []string
	for _, d := range a.List("value") {
		if v, _ := server.Lookup(d, "properties."+property); v == true {
			out = append(out, server.Text(d, "name"))
		}
	}
	return strings.Join(out, " ")
}

func TestTenantIsWhatTheSeedSays(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{Location: "europe", Country: "CH", Properties: doc{"aadDataBoundary": "EU"}})
	r.Send("GET", "/tenant", nil).Want(200).Has(doc{
		"tenantId": r.ID, "state": "Enabled", "location": "europe", "aadCountryGeo": "switzerland", "dataStorageGeo": "europe",
		"defaultEnvironmentGeo": "europe", "aadDataBoundary": "EU", "fedRAMPHighCertificationRequired": false,
	})
	r = newRig(t, server.TenantSeed{Country: "LI"})
	r.Send("GET", "/tenant", nil).Has(doc{"aadCountryGeo": "unitedstates"})
}

func TestEveryCloudAnswersOnItsOwnHosts(t *testing.T) {
	t.Parallel()
	for _, cloud := range bap.Clouds {
		t.Run(cloud.Name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, server.TenantSeed{Location: "nowhere"}).in(cloud)
			location := r.Send("GET", "/tenant", nil).Want(200).Text("location")
			body := definition("sov")
			body["location"] = location
			a := r.Send("POST", "/environments", body)
			if at := a.Header.Get("Location"); !strings.HasPrefix(at, "https://"+location+"."+cloud.BAP+"/") {
				t.Errorf("Location: %s", at)
			}
			env := r.read(made(a.Follow("Location")))
			host := strings.Trim(strings.TrimPrefix(env.Text("properties.linkedEnvironmentMetadata.instanceUrl"), "https://"), "/")
			served := slices.ContainsFunc(bap.DynamicsHosts(), func(pattern string) bool { return server.Glob(pattern, host) })
			if !served {
				t.Errorf("no route serves %s", host)
			}
			if cloud.Name != "public" {
				r.Send("PATCH", admin+"/"+env.Text("name"), doc{"properties": doc{"bingChatEnabled": true}}).Want(400, "InvalidRequestContent")
			}
			r.Audience("https://api.powerplatform.com/x").Send("GET", "/tenant", nil).Want(401, "InvalidAuthenticationAudience")
		})
	}
}

func TestApplicationMustBeRegisteredForAdministration(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{Applications: []server.Application{{ClientID: app}, {ClientID: user, Admin: true}}})
	r.Send("GET", admin, nil).Want(403, "Forbidden",
		"The service principal with id '"+server.ObjectID(app)+"' for application "+app+" does not have permission to access the path 'https://10.0.8.12:20095/providers/",
		"in tenant "+r.ID)
	r.Send("PUT", "/adminApplications/"+app, nil).Want(403, "Forbidden") // an application cannot register itself
	r.Register(server.Application{ClientID: app, Admin: true})
	at := "/adminApplications/" + strings.ToUpper(group)
	r.Send("GET", at, nil).Want(404, "AdminApplicationNotFound")
	r.Send("DELETE", at, nil).Want(404, "AdminApplicationNotFound")
	r.Send("PUT", at, nil).Want(200).Has(doc{"applicationId": group})
	r.Send("GET", at, nil).Want(200).Has(doc{"applicationId": group})
	r.Send("DELETE", at, nil).Want(204)
	r.Send("GET", at, nil).Want(404, "AdminApplicationNotFound")
	r.Send("GET", "/adminApplications/"+user, nil).Want(200)
	r.Send("DELETE", "/adminApplications/"+app, nil).Want(204)
	r.Send("GET", "/tenant", nil).Want(403, "Forbidden")
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
	r.read("old").Has(doc{
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
			err := r.Platform().Seed(server.Seed{Tenants: []server.TenantSeed{{ID: r.ID, Items: map[string][]doc{"environments": {first, e}}}}})
			if err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), "OLD", "old"), want) {
				t.Errorf("error: %v", err)
			}
		})
	}
}
